#include "profiler/arena_report.hpp"

#include <algorithm>

#include "profiler/arena_content.hpp"
#include "profiler/tflite_lifetimes.hpp"

namespace tinyscope {
namespace {

// Tensors and an arena's own beginning are aligned to this by TFLM (MicroArenaBufferAlignment).
constexpr std::uint32_t kAlignment = 16;
constexpr std::uint32_t kGranule = 64;
// Less dead space than this is not worth a suggestion.
constexpr std::uint32_t kWorthwhile = 256;

std::uint32_t longest_gap(const std::vector<bool>& used) {
  std::uint32_t longest = 0;
  std::uint32_t gap = 0;
  for (const bool byte : used) {
    gap = byte ? 0 : gap + 1;
    longest = std::max(longest, gap);
  }
  return longest;
}

const TfliteModel* model_of(const InferenceRow& row, const std::vector<TfliteModel>& models) {
  for (const TfliteModel& model : models) {
    if (row.model_address != 0 && model.address == row.model_address) return &model;
  }
  return nullptr;
}

std::vector<ArenaTensor> arena_tensors(const TfliteSubgraph& graph) {
  std::vector<ArenaTensor> tensors;
  for (const TensorLifetime& life : tensor_lifetimes(graph)) {
    const TfliteTensor& tensor = graph.tensors[static_cast<std::size_t>(life.tensor)];
    tensors.push_back(
        {tensor.name, static_cast<std::uint32_t>(life.bytes), -1, life.first, life.last});
  }
  return tensors;
}

}  // namespace

void describe_use(const std::vector<bool>& used, ArenaReport& arena) {
  arena.used_bytes = used_bytes(used);
  const std::uint32_t gap = longest_gap(used);
  if (arena.used_bytes == 0 || gap < kWorthwhile + kAlignment) return;
  // Memory planners fill an arena from both ends, so its size can shrink by the gap between.
  const std::uint32_t needed = arena.bytes - gap + kAlignment;
  arena.suggested_bytes = (needed + kGranule - 1) / kGranule * kGranule;
}

int fill_tensors(ProfileReport& report, const std::vector<TfliteModel>& models) {
  ArenaReport& arena = report.memory.arena;
  int first = -1;
  const TfliteModel* described = nullptr;
  for (InferenceRow& row : report.inferences) {
    const TfliteModel* const model = model_of(row, models);
    if (model == nullptr) continue;
    const TfliteSubgraph& graph = model->subgraphs.front();
    const std::vector<std::uint64_t> live = live_bytes(*model, kAlignment);
    if (live.empty()) continue;
    if (arena.tensors.empty()) {
      const auto peak = std::max_element(live.begin(), live.end());
      arena.tensors = arena_tensors(graph);
      arena.tensor_peak_bytes = static_cast<std::uint32_t>(*peak);
      arena.peak_layer = static_cast<unsigned>(peak - live.begin());
      described = model;
    }
    if (row.layers.size() != live.size()) continue;
    for (std::size_t i = 0; i < live.size(); ++i) {
      row.layers[i].arena_live_bytes = static_cast<std::uint32_t>(live[i]);
    }
    if (first < 0 && model == described) first = static_cast<int>(row.index);
  }
  return first;
}

}  // namespace tinyscope
