// Budgets against what a run took: one outcome for each limit and each row that it is about.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "profiler/budget/budget_file.hpp"
#include "profiler/budget/run_measurements.hpp"

namespace tinyscope {

struct Outcome {
  Scope scope = Scope::kRun;
  const MetricKind* kind = nullptr;
  std::string row;         // MeasuredRow::name; empty: the run
  std::string limit_text;  // "at most 60 ms", "at most the baseline + 2 %": the same in every run
  bool kept = true;
  bool at_most = true;  // else at least
  // A figure for each; where there is none `reason` says why, and the budget is not kept.
  std::optional<double> limit;
  std::optional<double> measured;
  std::optional<double> baseline;  // of relative limits
  std::string reason;              // "is gone: …"; empty: figures say it all
  SourcePlace source;              // of the code; its file is empty where none is known
  SourcePlace budget;              // of the limit

  std::string where() const;            // "run", "layer 2 CONV_2D conv1", "phase sleep"
  std::string title() const;            // "cycles of layer 2 CONV_2D conv1: at most 900,000 cycles"
  std::string message() const;          // what was measured and by how much that is off
  std::string measured_text() const;    // "-" without a figure, as the next two
  std::string difference_text() const;  // "+234,824": measured less limit
  std::string percent_text() const;     // the same relative to the limit
};

// Cycles of a layer against the baseline; one side is empty where it was added or removed.
struct LayerChange {
  std::string name;
  std::optional<double> before;
  std::optional<double> after;
};

struct CheckResult {
  std::string firmware;
  std::string sha256;
  std::string board;
  std::uint64_t clock_hz = 0;
  std::string budget_path;
  std::string baseline_path;        // empty: none was given
  std::string run_failure;          // why the run itself failed; empty: it did not
  std::vector<Outcome> outcomes;    // in the order of the budget file
  std::vector<LayerChange> layers;  // that changed, largest change first
  std::vector<std::string> notes;   // what makes the baseline another thing

  std::size_t broken() const;
  bool passed() const { return broken() == 0 && run_failure.empty(); }
  std::vector<const Outcome*> failed_first() const;  // these most above their limit first
};

struct Baseline {
  std::string path;
  RunMeasurements measurements;
};

// Throws InputError naming file and line of the budget: a pattern that matches nothing, a figure
// that is not known, a baseline that is missing, of another board or without such a row. A layer
// that only the baseline has is a broken budget, and so is all that needs an inference where none
// was complete.
CheckResult check_budgets(const BudgetFile& file, const RunMeasurements& now,
                          const std::optional<Baseline>& baseline);

}  // namespace tinyscope
