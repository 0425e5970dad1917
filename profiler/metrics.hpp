// The figures of a run that people compare, limit and plot, by fixed names: one flat list for
// budgets, sweeps and Python.
#pragma once

#include <optional>
#include <span>
#include <string_view>
#include <vector>

#include "profiler/report.hpp"

namespace tinyscope {

// What a name stands for, whatever the run.
struct MetricKind {
  std::string_view name;
  std::string_view unit;  // "ms", "cycles", "uJ", "mW", "bytes"; empty: a plain number
  std::string_view text;
  bool more_is_better = false;
  bool estimate = false;      // has bounds; all others are exact
  bool of_inference = false;  // not known until one is complete
};

struct Metric {
  std::string_view name;
  double value = 0;
  double low = 0;  // bounds of an estimate; else equal to value
  double high = 0;
};

// All names, in the order in which metrics() gives them.
std::span<const MetricKind> metric_kinds();

// Only what is known: without an inference there is no latency, without symbols no heap. A 0 is a
// measured 0.
std::vector<Metric> metrics(const ProfileReport& report);

// Those that statistics are of: complete and no warm-up; if there are none, all complete ones.
std::vector<const InferenceRow*> steady_inferences(const std::vector<InferenceRow>& inferences);

}  // namespace tinyscope
