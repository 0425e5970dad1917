// Which layer of one network is which of another, changed one: by order, operator and name; and
// which network is which where there are several.
#pragma once

#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "profiler/report.hpp"

namespace tinyscope {

// Pairs in the order of both; one side is empty where a layer was added or removed. Layers of
// different operators are never paired. Of all such pairings that keep both orders the one with
// the most layers alike, equal names and shapes counting more.
using LayerPair = std::pair<std::optional<std::size_t>, std::optional<std::size_t>>;
std::vector<LayerPair> align_layers(const std::vector<LayerRow>& before,
                                    const std::vector<LayerRow>& after);

struct ModelLayers {
  std::string model;
  std::string function;
  std::vector<LayerRow> layers;
};

// Equal model and function first, then equal models, then what has most layers alike. In the order
// of `before`, then those that only `after` has; one side is empty where a model was added or
// removed.
using ModelPair = std::pair<std::optional<std::size_t>, std::optional<std::size_t>>;
std::vector<ModelPair> pair_models(const std::vector<ModelLayers>& before,
                                   const std::vector<ModelLayers>& after);

}  // namespace tinyscope
