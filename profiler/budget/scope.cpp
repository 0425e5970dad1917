#include "profiler/budget/scope.hpp"

namespace tinyscope {
namespace {

constexpr bool kMoreIsBetter = true;
constexpr bool kEstimate = true;

constexpr MetricKind kModelKinds[] = {
    {"latency_ms", "ms", "mean elapsed time of an inference, interrupts included"},
    {"latency_max_ms", "ms", "longest elapsed time of an inference"},
    {"cycles", "cycles", "mean of an inference, interrupts excluded"},
    {"cycles_max", "cycles", "most cycles of an inference"},
    {"instructions", "", "mean of an inference"},
    {"energy_uj", "uJ", "mean energy of an inference", !kMoreIsBetter, kEstimate},
    {"stack_bytes", "bytes", "deepest stack during an inference"},
    {"inferences", "", "complete inferences, warm-up included", kMoreIsBetter},
};
constexpr MetricKind kLayerKinds[] = {
    {"latency_ms", "ms", "mean elapsed time, interrupts included"},
    {"cycles", "cycles", "mean over inferences, interrupts excluded"},
    {"cycles_max", "cycles", "most in an inference"},
    {"instructions", "", "mean over inferences"},
    {"energy_uj", "uJ", "mean energy", !kMoreIsBetter, kEstimate},
    {"macs", "", "multiply-accumulates"},
    {"macs_per_cycle", "", "multiply-accumulates per cycle", kMoreIsBetter},
    {"roof_percent", "%", "multiply-accumulates per cycle, of what core and kernels could reach",
     kMoreIsBetter},
    {"weight_bytes", "bytes", "constant operands, biases included"},
    {"stack_bytes", "bytes", "deepest stack while it ran"},
    {"heap_bytes", "bytes", "most that was live on the heap while it ran"},
    {"arena_bytes", "bytes", "tensors alive while it ran"},
};
constexpr MetricKind kPhaseKinds[] = {
    {"cycles", "cycles", "mean of each time it was entered"},
    {"energy_uj", "uJ", "mean energy of each time it was entered", !kMoreIsBetter, kEstimate},
    {"total_cycles", "cycles", "over the whole run"},
    {"count", "", "times it was entered"},
};
constexpr MetricKind kFunctionKinds[] = {
    {"cycles", "cycles", "mean of a call, callees included"},
    {"own_cycles", "cycles", "mean of a call, callees excluded"},
    {"total_cycles", "cycles", "over the whole run, callees included"},
    {"total_own_cycles", "cycles", "over the whole run, callees excluded"},
    {"calls", "", "over the whole run"},
};
constexpr MetricKind kInterruptKinds[] = {
    {"cycles", "cycles", "mean of an interrupt, entry and return included"},
    {"total_cycles", "cycles", "over the whole run"},
    {"count", "", "over the whole run"},
};
constexpr MetricKind kStackKinds[] = {
    {"bytes", "bytes", "deepest use"},
    {"percent", "%", "deepest use, of its room"},
};

}  // namespace

std::string_view name_of(Scope scope) {
  switch (scope) {
    case Scope::kRun: return "run";
    case Scope::kModel: return "model";
    case Scope::kLayer: return "layer";
    case Scope::kPhase: return "phase";
    case Scope::kFunction: return "function";
    case Scope::kInterrupt: return "interrupt";
    case Scope::kStack: return "stack";
  }
  return "";
}

std::span<const MetricKind> metric_kinds(Scope scope) {
  switch (scope) {
    case Scope::kRun: return metric_kinds();
    case Scope::kModel: return kModelKinds;
    case Scope::kLayer: return kLayerKinds;
    case Scope::kPhase: return kPhaseKinds;
    case Scope::kFunction: return kFunctionKinds;
    case Scope::kInterrupt: return kInterruptKinds;
    case Scope::kStack: return kStackKinds;
  }
  return {};
}

const MetricKind* find_kind(Scope scope, std::string_view name) {
  for (const MetricKind& kind : metric_kinds(scope)) {
    if (kind.name == name) return &kind;
  }
  return nullptr;
}

}  // namespace tinyscope
