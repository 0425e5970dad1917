#include "profiler/diff/layer_alignment.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cstdint>

#include "sim/error.hpp"

namespace tinyscope {
namespace {

// 0: cannot be the same layer.
int likeness(const LayerRow& a, const LayerRow& b) {
  if (a.op != b.op) return 0;
  int score = 2;
  if (!a.name.empty() && a.name == b.name) score += 3;
  if (!a.output_shape.empty() && a.output_shape == b.output_shape) score += 1;
  return score;
}

}  // namespace

// The longest common subsequence with weights, from the ends of both.
std::vector<LayerPair> align_layers(const std::vector<LayerRow>& before,
                                    const std::vector<LayerRow>& after) {
  const std::size_t rows = before.size() + 1;
  const std::size_t columns = after.size() + 1;
  constexpr std::size_t kMostPairs = std::size_t{1} << 26;
  if (rows > kMostPairs / columns) {
    throw InputError(fmt::format("cannot match {} with {} layers: expected at most {} pairs",
                                 before.size(), after.size(), kMostPairs));
  }
  std::vector<std::int32_t> best(rows * columns);
  const auto at = [&](std::size_t i, std::size_t j) -> std::int32_t& {
    return best[i * columns + j];
  };
  for (std::size_t i = before.size(); i-- > 0;) {
    for (std::size_t j = after.size(); j-- > 0;) {
      const int like = likeness(before[i], after[j]);
      at(i, j) = std::max(at(i + 1, j), at(i, j + 1));
      if (like > 0) at(i, j) = std::max(at(i, j), like + at(i + 1, j + 1));
    }
  }
  std::vector<LayerPair> pairs;
  std::size_t i = 0;
  std::size_t j = 0;
  while (i < before.size() || j < after.size()) {
    const bool both = i < before.size() && j < after.size();
    const int like = both ? likeness(before[i], after[j]) : 0;
    if (like > 0 && at(i, j) == like + at(i + 1, j + 1)) {
      pairs.emplace_back(i++, j++);
    } else if (j == after.size() || (i < before.size() && at(i, j) == at(i + 1, j))) {
      pairs.emplace_back(i++, std::nullopt);
    } else {
      pairs.emplace_back(std::nullopt, j++);
    }
  }
  return pairs;
}

std::vector<ModelPair> pair_models(const std::vector<ModelLayers>& before,
                                   const std::vector<ModelLayers>& after) {
  std::vector<bool> used(after.size());
  std::vector<std::optional<std::size_t>> partner(before.size());
  const auto pair_by = [&](auto&& likeness) {
    for (std::size_t i = 0; i < before.size(); ++i) {
      std::size_t best = 0;
      for (std::size_t j = 0; j < after.size() && !partner[i]; ++j) {
        if (used[j]) continue;
        const std::size_t like = likeness(before[i], after[j]);
        best = std::max(best, like);
      }
      for (std::size_t j = 0; j < after.size() && !partner[i] && best > 0; ++j) {
        if (used[j] || likeness(before[i], after[j]) != best) continue;
        used[j] = true;
        partner[i] = j;
      }
    }
  };
  using Model = ModelLayers;
  pair_by([](const Model& a, const Model& b) -> std::size_t {
    return a.model == b.model && a.function == b.function && a.layers.size() == b.layers.size();
  });
  pair_by([](const Model& a, const Model& b) -> std::size_t {
    return a.model == b.model && a.function == b.function;
  });
  pair_by([](const Model& a, const Model& b) -> std::size_t { return a.model == b.model; });
  pair_by([](const Model& a, const Model& b) {
    std::size_t alike = 0;
    for (const auto& [i, j] : align_layers(a.layers, b.layers)) alike += i && j;
    return alike;
  });
  std::vector<ModelPair> pairs;
  for (std::size_t i = 0; i < before.size(); ++i) pairs.emplace_back(i, partner[i]);
  for (std::size_t j = 0; j < after.size(); ++j) {
    if (!used[j]) pairs.emplace_back(std::nullopt, j);
  }
  return pairs;
}

}  // namespace tinyscope
