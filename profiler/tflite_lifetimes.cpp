#include "profiler/tflite_lifetimes.hpp"

#include <algorithm>

namespace tinyscope {

namespace {

// 0 where it is not known or larger than any memory, so that sums stay sums.
std::uint64_t arena_bytes(const TfliteTensor& tensor) {
  const std::uint64_t bytes = tensor.bytes().value_or(0);
  return bytes <= 0xFFFFFFFFu ? bytes : 0;
}

std::vector<std::uint64_t> live_bytes_of(const TfliteSubgraph& graph, std::uint32_t alignment) {
  // Differences first, so that the work does not grow with the product of tensors and operators.
  std::vector<std::uint64_t> live(graph.operators.size() + 1);
  for (const TensorLifetime& tensor : tensor_lifetimes(graph)) {
    const std::uint64_t bytes = (tensor.bytes + alignment - 1) / alignment * alignment;
    live[static_cast<std::size_t>(tensor.first)] += bytes;
    live[static_cast<std::size_t>(tensor.last) + 1] -= bytes;
  }
  for (std::size_t i = 1; i < live.size(); ++i) live[i] += live[i - 1];
  live.pop_back();
  return live;
}

}  // namespace

std::vector<TensorLifetime> tensor_lifetimes(const TfliteSubgraph& graph) {
  const int count = static_cast<int>(graph.operators.size());
  if (count == 0) return {};
  constexpr int kNever = -1;
  struct Use {
    int first = kNever;
    int last = kNever;
  };
  std::vector<Use> uses(graph.tensors.size());
  const auto use = [&](int tensor, int first, int last) {
    if (tensor < 0) return;
    Use& seen = uses[static_cast<std::size_t>(tensor)];
    seen.first = seen.first == kNever ? first : std::min(seen.first, first);
    seen.last = std::max(seen.last, last);
  };
  for (const int tensor : graph.inputs) use(tensor, 0, 0);
  for (int i = 0; i < count; ++i) {
    const TfliteOperator& op = graph.operators[static_cast<std::size_t>(i)];
    for (const int tensor : op.inputs) use(tensor, i, i);
    for (const int tensor : op.outputs) use(tensor, i, i);
  }
  for (const int tensor : graph.outputs) use(tensor, count - 1, count - 1);

  std::vector<TensorLifetime> lifetimes;
  for (std::size_t i = 0; i < uses.size(); ++i) {
    const TfliteTensor& tensor = graph.tensors[i];
    if (uses[i].first == kNever || tensor.is_constant || tensor.is_variable) continue;
    lifetimes.push_back({static_cast<int>(i), uses[i].first, uses[i].last, arena_bytes(tensor)});
  }
  return lifetimes;
}

std::vector<std::uint64_t> live_bytes(const TfliteModel& model, std::uint32_t alignment) {
  std::vector<std::uint64_t> live = live_bytes_of(model.subgraphs.front(), alignment);
  std::vector<std::uint64_t> inner;  // most that each subgraph needs
  for (const TfliteSubgraph& graph : model.subgraphs) {
    const std::vector<std::uint64_t> all = live_bytes_of(graph, alignment);
    inner.push_back(all.empty() ? 0 : *std::max_element(all.begin(), all.end()));
  }
  for (std::size_t i = 0; i < live.size(); ++i) {
    std::uint64_t most = 0;
    for (const int index : model.subgraphs.front().operators[i].options.subgraphs) {
      most = std::max(most, inner[static_cast<std::size_t>(index)]);
    }
    live[i] += most;
  }
  return live;
}

}  // namespace tinyscope
