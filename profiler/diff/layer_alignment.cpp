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

}  // namespace tinyscope
