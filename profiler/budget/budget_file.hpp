// Budgets as a project keeps them: a TOML file of limits on what a run may take (docs/ci.md).
#pragma once

#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "profiler/budget/run_measurements.hpp"

namespace tinyscope {

// How far from a baseline something may be; of the two the larger counts.
struct Tolerance {
  double percent = 0;
  double absolute = 0;  // in the metric's unit
  std::string text;     // as it was written: "2 %", "2 % or 500 cycles"

  double of(double baseline) const;
};

// Which end of an estimate counts.
enum class EstimateEnd : std::uint8_t { kValue, kLow, kHigh };

// Limits on one metric of all rows of a scope that a pattern matches. At least one is set.
struct Budget {
  Scope scope = Scope::kRun;
  std::string pattern;  // `*` and `?`; empty: the run
  const MetricKind* kind = nullptr;
  EstimateEnd end = EstimateEnd::kValue;
  std::optional<double> max;
  std::optional<double> min;
  std::optional<Tolerance> above;  // the baseline at most
  std::optional<Tolerance> below;
  std::optional<double> deadline_ms;  // of deadline_misses, which `max` limits
  std::string file;
  int line = 0;

  bool is_relative() const { return above || below; }
  std::string where() const;  // "budget.toml:7"
};

// The kind of `deadline = { ms = 50, misses = 0 }`: inferences that took longer.
const MetricKind& deadline_kind();

struct BudgetFile {
  std::string path;
  std::string board;  // empty: none is named
  std::vector<Budget> budgets;
};

// Both throw InputError with file and line: unknown keys, units that do not fit, empty limits.
BudgetFile read_budget(const std::filesystem::path& path);
BudgetFile parse_budget(std::string_view text, std::string_view name);

}  // namespace tinyscope
