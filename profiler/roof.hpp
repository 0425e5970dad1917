// How fast multiply-accumulates can be on a core, as a measure for layers.
#pragma once

#include <optional>
#include <string_view>

#include "profiler/report.hpp"

namespace tinyscope {

enum class Arithmetic : std::uint8_t { kInteger, kFloat };

// The best rate that kernels reach on a core of this type ("cortex-m4f"); nothing where we know of
// none. The derivation is in the result's text.
std::optional<Roof> attainable_roof(std::string_view core, Arithmetic arithmetic);

}  // namespace tinyscope
