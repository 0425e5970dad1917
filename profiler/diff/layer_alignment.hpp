// Which layer of one network is which of another, changed one: by order, operator and name.
#pragma once

#include <optional>
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

}  // namespace tinyscope
