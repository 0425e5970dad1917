// The call graph as a tree of call paths: one node for each function called from one place of one
// path, with the calls and cycles that it took there.
//
// Bounded: paths beyond kMaxNodes are lumped together in one node, kOther. What a function took on
// its own is counted elsewhere and stays exact.
#pragma once

#include <cstdint>
#include <vector>

#include "profiler/function_table.hpp"
#include "sim/types.hpp"

namespace tinyscope {

class CallTree {
 public:
  using NodeId = std::uint32_t;
  static constexpr NodeId kOther = 0;
  static constexpr std::size_t kMaxNodes = 1u << 16;

  struct Node {
    std::int32_t parent = -1;
    FunctionId function = kNoFunction;
    Address return_address = 0;   // of the call; 0: a root, or a tail call
    std::uint32_t exception = 0;  // of a root
    std::int32_t layer = -1;      // index within the inference of the layer that begins here
    std::uint64_t calls = 0;
    std::uint64_t cycles = 0;        // own
    std::uint64_t sleep_cycles = 0;  // of `cycles`
    std::uint64_t instructions = 0;  // own
    std::int32_t first_child = -1;
    std::int32_t next_sibling = -1;
  };

  CallTree() : nodes_(1), slots_(kFirstSlots) {}

  // Each finds or makes a node and counts a call of it.
  NodeId root(FunctionId function, std::uint32_t exception);
  NodeId call(NodeId caller, FunctionId function, Address return_address, std::int32_t layer);
  // The frame of `node` goes on as `function`. A chain of tail calls that comes round again is not
  // a longer path.
  NodeId tail_call(NodeId node, FunctionId function, std::int32_t layer);
  void add_cycles(NodeId node, std::uint64_t cycles, std::uint64_t instructions) {
    nodes_[node].cycles += cycles;
    nodes_[node].instructions += instructions;
  }
  void add_sleep(NodeId node, std::uint64_t cycles) {
    nodes_[node].cycles += cycles;
    nodes_[node].sleep_cycles += cycles;
  }

  // By NodeId; parents come before their children.
  const std::vector<Node>& nodes() const { return nodes_; }
  // Cycles of each function with its callees, by FunctionId below `functions`; recursion is counted
  // once. What ran in kOther is not among them.
  std::vector<std::uint64_t> inclusive_cycles(std::size_t functions) const;

 private:
  static constexpr std::size_t kFirstSlots = 1024;

  NodeId enter(const Node& wanted);
  NodeId add(const Node& wanted);
  std::size_t slot_of(const Node& wanted) const;

  std::vector<Node> nodes_;
  std::int32_t first_root_ = -1;
  // Nodes by the hash of what tells them apart, at most half full; kOther: free.
  std::vector<NodeId> slots_;
};

}  // namespace tinyscope
