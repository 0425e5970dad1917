// The call tree as stacks of names, for flame graphs: which interrupt, then functions, with a frame
// such as "[3] CONV_2D" in front of the function that begins a layer, and "[asleep]" behind a
// function that slept.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "profiler/report.hpp"

namespace tinyscope {

class CallFrames {
 public:
  struct Frame {
    std::string name;            // clean_text
    std::int32_t function = -1;  // index in ProfileReport::functions; -1: not a function
  };

  explicit CallFrames(const ProfileReport& report);

  // Distinct frames, in the order in which the tree needs them.
  const std::vector<Frame>& frames() const { return frames_; }
  struct Stack {
    std::vector<std::uint32_t> frames;  // indices, outermost first
    std::uint64_t cycles = 0;           // of the last frame itself
  };
  // All that took cycles. They add up to those of the run.
  std::vector<Stack> stacks() const;

 private:
  // Of a node of the tree.
  std::vector<std::uint32_t> stack(std::size_t node) const;
  std::string layer_name(std::size_t node) const;
  std::uint32_t frame(std::string name, std::int32_t function);
  std::uint32_t function_frame(std::uint32_t function);

  const ProfileReport& report_;
  std::vector<Frame> frames_;
  std::vector<std::uint32_t> of_function_;         // by function, +1; 0: has none yet
  std::vector<std::vector<std::uint32_t>> added_;  // by node: what it adds to its parent's stack
  std::uint32_t asleep_ = 0;
  // Exception entries and returns, which no node of the tree owns.
  std::uint32_t exceptions_ = 0;
  std::uint64_t exception_cycles_ = 0;
};

}  // namespace tinyscope
