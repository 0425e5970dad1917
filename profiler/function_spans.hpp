// When each function ran, for the timeline: one track for thread mode, one for each exception, one
// for each further thread whose stack is in use at the same time.
//
// A span lasts from the call to the return, whatever interrupts it meanwhile.
#pragma once

#include <cstdint>
#include <deque>
#include <string>
#include <vector>

#include "profiler/frame_listener.hpp"
#include "profiler/span_track.hpp"

namespace tinyscope {

class FunctionSpans final : public FrameListener {
 public:
  // `most` spans are kept, on all tracks together about as many.
  explicit FunctionSpans(std::size_t most) : most_(most) {}

  void on_frame_entered(const Frame& frame, const Frame* caller, std::uint32_t exception,
                        std::uint64_t cycle) override;
  void on_frame_renamed(const Frame& frame, std::uint64_t cycle) override;
  void on_frame_left(const Frame& frame, std::uint64_t cycle) override;

  struct Lane {
    std::uint32_t exception = 0;        // 0: thread mode
    SpanTrack spans;                    // names are FunctionIds
    std::vector<std::uint64_t> frames;  // serial numbers of the open ones, innermost last
  };
  std::deque<Lane>& lanes() { return lanes_; }

 private:
  // Null: no lane has this frame.
  Lane* lane_with(std::uint64_t serial);
  Lane& free_lane(std::uint32_t exception);

  std::size_t most_;
  std::deque<Lane> lanes_;  // stable addresses
  Lane* last_ = nullptr;    // most often the next event is on the same
};

}  // namespace tinyscope
