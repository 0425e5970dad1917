#include "profiler/diff/report_diff.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <set>

#include "profiler/diff/layer_alignment.hpp"

namespace tinyscope {
namespace {

double number(std::uint64_t value) { return static_cast<double>(value); }

// The mean of a model's steady inferences.
struct MeanLayer {
  LayerRow row;  // of the last inference: what does not vary
  double cycles = 0;
  double energy_uj = 0;
  std::array<double, kStallCauseCount> stalls{};
};
struct MeanInference {
  std::string model;
  std::string function;
  unsigned count = 0;
  double cycles = 0;
  double milliseconds = 0;
  double energy_uj = 0;
  std::array<double, kStallCauseCount> stalls{};
  std::vector<MeanLayer> layers;
};

void add_stalls(std::array<double, kStallCauseCount>& sum, const StallCycles& stalls, double n) {
  for (std::size_t cause = 0; cause < kStallCauseCount; ++cause) {
    sum[cause] += number(stalls.by_cause[cause]) / n;
  }
}

bool same_layers(const InferenceRow& a, const InferenceRow& b) {
  return a.layers.size() == b.layers.size() &&
         std::equal(a.layers.begin(), a.layers.end(), b.layers.begin(),
                    [](const LayerRow& x, const LayerRow& y) { return x.op == y.op; });
}

// Complete inferences of the same model, function and operators; of these the steady ones, or all
// if none is.
std::vector<MeanInference> means(const ProfileReport& report) {
  std::vector<std::vector<const InferenceRow*>> groups;
  for (const InferenceRow& row : report.inferences) {
    if (!row.complete) continue;
    const auto found = std::find_if(groups.begin(), groups.end(), [&](const auto& group) {
      const InferenceRow& first = *group.front();
      return first.model == row.model && first.function == row.function && same_layers(first, row);
    });
    if (found == groups.end()) {
      groups.push_back({&row});
    } else {
      found->push_back(&row);
    }
  }
  std::vector<MeanInference> result;
  for (auto& group : groups) {
    std::vector<const InferenceRow*> steady;
    std::copy_if(group.begin(), group.end(), std::back_inserter(steady),
                 [](const InferenceRow* row) { return !row->warm_up; });
    if (!steady.empty()) group = std::move(steady);
    const double n = static_cast<double>(group.size());
    MeanInference mean;
    mean.model = group.front()->model;
    mean.function = group.front()->function;
    mean.count = static_cast<unsigned>(group.size());
    for (const LayerRow& layer : group.back()->layers) mean.layers.push_back({layer, 0, 0, {}});
    for (const InferenceRow* const row : group) {
      mean.cycles += number(row->cycles) / n;
      mean.milliseconds += number(row->end_ns - row->start_ns) / 1e6 / n;
      mean.energy_uj += row->energy_uj.value / n;
      add_stalls(mean.stalls, row->stalls, n);
      for (std::size_t i = 0; i < mean.layers.size(); ++i) {
        mean.layers[i].cycles += number(row->layers[i].cycles) / n;
        mean.layers[i].energy_uj += row->layers[i].energy_uj.value / n;
        add_stalls(mean.layers[i].stalls, row->layers[i].stalls, n);
      }
    }
    result.push_back(std::move(mean));
  }
  return result;
}

StallChanges stall_changes(const std::array<double, kStallCauseCount>& before,
                           const std::array<double, kStallCauseCount>& after) {
  StallChanges changes;
  for (std::size_t i = 0; i < kStallCauseCount; ++i) changes[i] = {before[i], after[i]};
  return changes;
}

LayerDiff compare_layers(const MeanLayer* before, const MeanLayer* after) {
  static const MeanLayer kNone;
  const MeanLayer& a = before != nullptr ? *before : kNone;
  const MeanLayer& b = after != nullptr ? *after : kNone;
  LayerDiff diff;
  if (before != nullptr) diff.index_before = a.row.index;
  if (after != nullptr) diff.index_after = b.row.index;
  const LayerRow& named = after != nullptr ? b.row : a.row;
  diff.op = named.op;
  diff.name = named.name;
  diff.kernel_before = a.row.kernel;
  diff.kernel_after = b.row.kernel;
  diff.cycles = {a.cycles, b.cycles};
  diff.energy_uj = {a.energy_uj, b.energy_uj};
  diff.stack_bytes = {number(a.row.stack_peak_bytes), number(b.row.stack_peak_bytes)};
  diff.arena_bytes = {number(a.row.arena_live_bytes), number(b.row.arena_live_bytes)};
  diff.weight_bytes = {number(a.row.weight_bytes), number(b.row.weight_bytes)};
  diff.stalls = stall_changes(a.stalls, b.stalls);
  return diff;
}

GroupDiff compare_groups(const MeanInference* before, const MeanInference* after) {
  static const MeanInference kNone;
  const MeanInference& a = before != nullptr ? *before : kNone;
  const MeanInference& b = after != nullptr ? *after : kNone;
  const MeanInference& named = after != nullptr ? b : a;
  GroupDiff diff;
  diff.model = named.model;
  diff.function = named.function;
  diff.inferences_before = a.count;
  diff.inferences_after = b.count;
  diff.cycles = {a.cycles, b.cycles};
  diff.milliseconds = {a.milliseconds, b.milliseconds};
  diff.energy_uj = {a.energy_uj, b.energy_uj};
  diff.stalls = stall_changes(a.stalls, b.stalls);
  std::vector<LayerRow> rows_before, rows_after;
  for (const MeanLayer& layer : a.layers) rows_before.push_back(layer.row);
  for (const MeanLayer& layer : b.layers) rows_after.push_back(layer.row);
  for (const auto& [i, j] : align_layers(rows_before, rows_after)) {
    diff.layers.push_back(compare_layers(i ? &a.layers[*i] : nullptr, j ? &b.layers[*j] : nullptr));
  }
  std::stable_sort(diff.layers.begin(), diff.layers.end(),
                   [](const LayerDiff& x, const LayerDiff& y) {
                     return std::abs(x.cycles.difference()) > std::abs(y.cycles.difference());
                   });
  return diff;
}

// Equal model and function first, then equal models, then what has most layers alike.
std::vector<GroupDiff> pair_groups(const std::vector<MeanInference>& before,
                                   const std::vector<MeanInference>& after) {
  std::vector<bool> used(after.size());
  std::vector<std::optional<std::size_t>> partner(before.size());
  const auto pair_by = [&](auto&& likeness) {
    for (std::size_t i = 0; i < before.size(); ++i) {
      std::size_t best = 0;
      for (std::size_t j = 0; j < after.size() && !partner[i]; ++j) {
        if (used[j]) continue;
        const std::size_t like = likeness(before[i], after[j]);
        best = std::max(best, like);
      }
      for (std::size_t j = 0; j < after.size() && !partner[i] && best > 0; ++j) {
        if (used[j] || likeness(before[i], after[j]) != best) continue;
        used[j] = true;
        partner[i] = j;
      }
    }
  };
  using Mean = MeanInference;
  pair_by([](const Mean& a, const Mean& b) -> std::size_t {
    return a.model == b.model && a.function == b.function && a.layers.size() == b.layers.size();
  });
  pair_by([](const Mean& a, const Mean& b) -> std::size_t {
    return a.model == b.model && a.function == b.function;
  });
  pair_by([](const Mean& a, const Mean& b) -> std::size_t { return a.model == b.model; });
  pair_by([](const Mean& a, const Mean& b) {
    std::vector<LayerRow> x, y;
    for (const MeanLayer& layer : a.layers) x.push_back(layer.row);
    for (const MeanLayer& layer : b.layers) y.push_back(layer.row);
    std::size_t alike = 0;
    for (const auto& [i, j] : align_layers(x, y)) alike += i && j;
    return alike;
  });
  std::vector<GroupDiff> groups;
  for (std::size_t i = 0; i < before.size(); ++i) {
    groups.push_back(compare_groups(&before[i], partner[i] ? &after[*partner[i]] : nullptr));
  }
  for (std::size_t j = 0; j < after.size(); ++j) {
    if (!used[j]) groups.push_back(compare_groups(nullptr, &after[j]));
  }
  return groups;
}

std::vector<QuantityDiff> compare_memory(const MemoryReport& a, const MemoryReport& b) {
  const std::vector<QuantityDiff> all = {
      {"flash", "bytes", {number(a.flash_bytes), number(b.flash_bytes)}},
      {"RAM peak", "bytes", {number(a.ram_peak_bytes), number(b.ram_peak_bytes)}},
      {"static RAM", "bytes", {number(a.static_ram_bytes), number(b.static_ram_bytes)}},
      {"main stack", "bytes", {number(a.stack_peak_bytes), number(b.stack_peak_bytes)}},
      {"heap peak", "bytes", {number(a.heap.peak_bytes), number(b.heap.peak_bytes)}},
      {"arena", "bytes", {number(a.arena_bytes), number(b.arena_bytes)}},
      {"arena used", "bytes", {number(a.arena.used_bytes), number(b.arena.used_bytes)}}};
  std::vector<QuantityDiff> known;
  std::copy_if(all.begin(), all.end(), std::back_inserter(known), [](const QuantityDiff& row) {
    return row.change.before != 0 || row.change.after != 0;
  });
  return known;
}

std::vector<FunctionDiff> compare_functions(const ProfileReport& before,
                                            const ProfileReport& after) {
  // Static functions of one name are taken together.
  std::map<std::string, FunctionDiff> rows;
  const auto add = [&rows](const ProfileReport& report, double Change::*side) {
    for (const FunctionRow& function : report.functions) {
      FunctionDiff& row = rows[function.name];
      row.name = function.name;
      row.cycles.*side += number(function.cycles);
      row.inclusive_cycles.*side += number(function.inclusive_cycles);
      row.calls.*side += number(function.calls);
    }
  };
  add(before, &Change::before);
  add(after, &Change::after);
  std::vector<FunctionDiff> changed;
  for (auto& [name, row] : rows) {
    if (row.cycles.difference() != 0) changed.push_back(std::move(row));
  }
  std::stable_sort(changed.begin(), changed.end(), [](const auto& x, const auto& y) {
    return std::abs(x.cycles.difference()) > std::abs(y.cycles.difference());
  });
  return changed;
}

// A frame's name within a stack: without what separates frames and columns.
std::string frame_name(const ProfileReport& report, const CallNode& node) {
  std::string name = node.function < report.functions.size() ? report.functions[node.function].name
                                                             : std::string("?");
  for (char& c : name) {
    if (c == ';') c = ',';
    if (c == ' ' || static_cast<unsigned char>(c) < 0x20) c = '_';
  }
  return name;
}

void add_stacks(ReportDiff& diff, const ProfileReport& report, std::size_t side) {
  std::vector<std::string> stacks(report.call_tree.size());
  for (std::size_t i = 0; i < report.call_tree.size(); ++i) {
    const CallNode& node = report.call_tree[i];
    const auto parent = static_cast<std::size_t>(node.parent);
    if (node.parent >= 0 && parent < i) {
      stacks[i] = stacks[parent] + ";";
    } else if (node.exception != 0) {
      stacks[i] = fmt::format("exception_{};", node.exception);
    }
    stacks[i] += frame_name(report, node);
    if (node.cycles != 0) diff.stacks[stacks[i]][side] += node.cycles;
  }
}

void warn(ReportDiff& diff) {
  const auto differ = [&diff](const char* what, const std::string& a, const std::string& b) {
    if (a != b) diff.warnings.push_back(fmt::format("{} differ: {} and {}", what, a, b));
  };
  differ("boards", diff.before.board, diff.after.board);
  differ("clocks", fmt::format("{} Hz", diff.before.clock_hz),
         fmt::format("{} Hz", diff.after.clock_hz));
}

}  // namespace

ReportDiff compare_reports(const ProfileReport& before, const std::string& before_name,
                           const ProfileReport& after, const std::string& after_name) {
  ReportDiff diff;
  diff.before = {before_name, before.firmware.path, before.board, before.clock_hz};
  diff.after = {after_name, after.firmware.path, after.board, after.clock_hz};
  warn(diff);
  diff.groups = pair_groups(means(before), means(after));
  diff.run = {
      {"cycles", "", {number(before.total_cycles), number(after.total_cycles)}},
      {"cycles asleep", "", {number(before.sleep_cycles), number(after.sleep_cycles)}},
      {"interrupts", "cycles", {number(before.interrupt_cycles), number(after.interrupt_cycles)}},
      {"time", "s", {before.simulated_seconds, after.simulated_seconds}},
      {"energy", "uJ", {before.energy.total_uj.value, after.energy.total_uj.value}}};
  diff.memory = compare_memory(before.memory, after.memory);
  diff.functions = compare_functions(before, after);
  add_stacks(diff, before, 0);
  add_stacks(diff, after, 1);
  return diff;
}

}  // namespace tinyscope
