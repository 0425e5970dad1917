// What a budget can be about, and the metrics that each of these has.
#pragma once

#include <cstdint>
#include <span>
#include <string_view>

#include "profiler/metrics.hpp"

namespace tinyscope {

enum class Scope : std::uint8_t { kRun, kModel, kLayer, kPhase, kFunction, kInterrupt, kStack };
inline constexpr Scope kAllScopes[] = {Scope::kRun,   Scope::kModel,    Scope::kLayer,
                                       Scope::kPhase, Scope::kFunction, Scope::kInterrupt,
                                       Scope::kStack};
std::string_view name_of(Scope scope);  // "run", "model", …
// The metrics that rows of a scope may have.
std::span<const MetricKind> metric_kinds(Scope scope);
// nullptr: there is none of that name.
const MetricKind* find_kind(Scope scope, std::string_view name);

}  // namespace tinyscope
