#include "profiler/exporters/call_frames.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "profiler/exporters/clean_text.hpp"
#include "sim/error.hpp"

namespace tinyscope {
namespace {

constexpr unsigned kFirstIrq = 16;

std::string handler_name(unsigned exception) {
  return exception < kFirstIrq ? fmt::format("<exception {}>", exception)
                               : fmt::format("<IRQ {}>", exception - kFirstIrq);
}

}  // namespace

CallFrames::CallFrames(const ProfileReport& report)
    : report_(report), of_function_(report.functions.size()) {
  std::uint64_t cycles = 0;
  added_.reserve(report.call_tree.size());
  for (std::size_t i = 0; i < report.call_tree.size(); ++i) {
    const CallNode& node = report.call_tree[i];
    TINYSCOPE_ASSERT(node.parent < static_cast<std::int64_t>(i));
    std::vector<std::uint32_t> added;
    if (node.parent < 0 && node.exception != 0) {
      added.push_back(frame(handler_name(node.exception), -1));
    }
    if (node.layer >= 0) added.push_back(frame(layer_name(i), -1));
    added.push_back(function_frame(node.function));
    added_.push_back(std::move(added));
    cycles += node.cycles;
  }
  if (report.call_tree.empty()) return;
  TINYSCOPE_ASSERT(cycles <= report.total_cycles);
  exception_cycles_ = report.total_cycles - cycles;
  if (exception_cycles_ != 0) exceptions_ = frame("[exception entry and return]", -1);
  const auto sleeps = [](const CallNode& node) { return node.sleep_cycles != 0; };
  if (std::any_of(report.call_tree.begin(), report.call_tree.end(), sleeps)) {
    asleep_ = frame("[asleep]", -1);
  }
}

std::vector<CallFrames::Stack> CallFrames::stacks() const {
  std::vector<Stack> stacks;
  for (std::size_t i = 0; i < report_.call_tree.size(); ++i) {
    const CallNode& node = report_.call_tree[i];
    if (node.cycles == 0) continue;
    Stack stack{this->stack(i), node.cycles - node.sleep_cycles};
    if (stack.cycles != 0) stacks.push_back(stack);
    if (node.sleep_cycles == 0) continue;
    stack.frames.push_back(asleep_);
    stack.cycles = node.sleep_cycles;
    stacks.push_back(std::move(stack));
  }
  if (exception_cycles_ != 0) stacks.push_back({{exceptions_}, exception_cycles_});
  return stacks;
}

std::vector<std::uint32_t> CallFrames::stack(std::size_t node) const {
  std::vector<std::uint32_t> frames;
  for (auto at = static_cast<std::int64_t>(node); at >= 0;
       at = report_.call_tree[static_cast<std::size_t>(at)].parent) {
    const std::vector<std::uint32_t>& added = added_[static_cast<std::size_t>(at)];
    frames.insert(frames.end(), added.rbegin(), added.rend());
  }
  std::reverse(frames.begin(), frames.end());
  return frames;
}

// The tree does not say of which model a layer is. Those whose invoke function lies above are the
// candidates; where they name the operator differently, all names are given.
std::string CallFrames::layer_name(std::size_t node) const {
  const auto index = static_cast<std::size_t>(report_.call_tree[node].layer);
  const auto below = [&](const std::string& function) {
    for (std::int64_t at = report_.call_tree[node].parent; at >= 0;
         at = report_.call_tree[static_cast<std::size_t>(at)].parent) {
      const std::uint32_t id = report_.call_tree[static_cast<std::size_t>(at)].function;
      if (report_.functions[id].name == function) return true;
    }
    return false;
  };
  std::vector<std::string> names;
  for (const InferenceGroup& group : report_.groups) {
    if (group.inferences.empty() || !below(group.function)) continue;
    const unsigned inference = group.inferences.front();
    if (inference >= report_.inferences.size()) continue;
    const InferenceRow& row = report_.inferences[inference];
    if (index >= row.layers.size()) continue;
    if (std::find(names.begin(), names.end(), row.layers[index].op) == names.end()) {
      names.push_back(row.layers[index].op);
    }
  }
  return fmt::format("[{}] {}", index,
                     names.empty() ? "layer" : fmt::format("{}", fmt::join(names, "|")));
}

std::uint32_t CallFrames::frame(std::string name, std::int32_t function) {
  name = clean_text(name);
  const auto same = [&](const Frame& known) {
    return known.function == function && known.name == name;
  };
  const auto found = std::find_if(frames_.begin(), frames_.end(), same);
  if (found != frames_.end()) return static_cast<std::uint32_t>(found - frames_.begin());
  frames_.push_back({std::move(name), function});
  return static_cast<std::uint32_t>(frames_.size() - 1);
}

std::uint32_t CallFrames::function_frame(std::uint32_t function) {
  TINYSCOPE_ASSERT(function < of_function_.size());
  std::uint32_t& known = of_function_[function];
  if (known == 0) {
    frames_.push_back(
        {clean_text(report_.functions[function].name), static_cast<std::int32_t>(function)});
    known = static_cast<std::uint32_t>(frames_.size());
  }
  return known - 1;
}

}  // namespace tinyscope
