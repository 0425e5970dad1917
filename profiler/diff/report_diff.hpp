// What changed from one report to another: layers matched by operator and name, functions by name.
//
// Of several inferences of one model the mean over the steady ones is compared. Rows that only one
// report has stay visible: a layer that was added costs all that it costs.
#pragma once

#include <array>
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "profiler/report.hpp"

namespace tinyscope {

// Of one quantity, before and after; a row that one report does not have counts as 0 there.
struct Change {
  double before = 0;
  double after = 0;
  double difference() const { return after - before; }
  // Relative to before, in percent; nothing if that was 0.
  std::optional<double> percent() const {
    if (before == 0) return std::nullopt;
    return 100.0 * (after - before) / before;
  }
};

// A quantity with its name: "cycles", "heap peak".
struct QuantityDiff {
  std::string name;
  std::string unit;
  Change change;
};

using StallChanges = std::array<Change, kStallCauseCount>;

struct LayerDiff {
  std::optional<unsigned> index_before;  // nothing: the layer was added
  std::optional<unsigned> index_after;   // nothing: it was removed
  std::string op;
  std::string name;
  std::string kernel_before;
  std::string kernel_after;
  Change cycles;
  Change energy_uj;
  Change stack_bytes;
  Change arena_bytes;
  Change weight_bytes;
  StallChanges stalls;
};

// Inferences of one model.
struct GroupDiff {
  std::string model;
  std::string function;
  unsigned inferences_before = 0;  // that the means are of; 0: the model was added
  unsigned inferences_after = 0;   // 0: it was removed
  Change cycles;
  Change milliseconds;
  Change energy_uj;
  StallChanges stalls;
  std::vector<LayerDiff> layers;  // largest change of cycles first, either way
};

struct FunctionDiff {
  std::string name;
  Change cycles;  // own, over the whole run
  Change inclusive_cycles;
  Change calls;
};

struct ReportSide {
  std::string name;  // of the file
  std::string firmware;
  std::string board;
  std::uint64_t clock_hz = 0;
};

struct ReportDiff {
  ReportSide before;
  ReportSide after;
  std::vector<std::string> warnings;  // why the two may not be comparable
  std::vector<GroupDiff> groups;
  std::vector<QuantityDiff> run;        // cycles, time and energy of the whole run
  std::vector<QuantityDiff> memory;     // those that are known on either side
  std::vector<FunctionDiff> functions;  // changed ones, largest change first
  // Own cycles of each stack "outermost;...;innermost" in both runs, for a differential flame
  // graph.
  std::map<std::string, std::array<std::uint64_t, 2>> stacks;
};

// `before_name` and `after_name` are for headings.
ReportDiff compare_reports(const ProfileReport& before, const std::string& before_name,
                           const ProfileReport& after, const std::string& after_name);

}  // namespace tinyscope
