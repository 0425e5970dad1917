#include "profiler/diff/report_diff.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <set>

#include "profiler/diff/layer_alignment.hpp"
#include "profiler/mean_inferences.hpp"

namespace tinyscope {
namespace {

double number(std::uint64_t value) { return static_cast<double>(value); }

std::vector<LayerRow> layer_rows(const MeanInference& mean) {
  std::vector<LayerRow> rows;
  for (const MeanLayer& layer : mean.layers) rows.push_back(layer.row);
  return rows;
}

std::vector<ModelLayers> model_layers(const std::vector<MeanInference>& means) {
  std::vector<ModelLayers> models;
  for (const MeanInference& mean : means) {
    models.push_back({mean.model, mean.function, layer_rows(mean)});
  }
  return models;
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
  diff.energy_uj = {a.energy_uj.value, b.energy_uj.value};
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
  diff.energy_uj = {a.energy_uj.value, b.energy_uj.value};
  diff.stalls = stall_changes(a.stalls, b.stalls);
  for (const auto& [i, j] : align_layers(layer_rows(a), layer_rows(b))) {
    diff.layers.push_back(compare_layers(i ? &a.layers[*i] : nullptr, j ? &b.layers[*j] : nullptr));
  }
  std::stable_sort(diff.layers.begin(), diff.layers.end(),
                   [](const LayerDiff& x, const LayerDiff& y) {
                     return std::abs(x.cycles.difference()) > std::abs(y.cycles.difference());
                   });
  return diff;
}

std::vector<GroupDiff> pair_groups(const std::vector<MeanInference>& before,
                                   const std::vector<MeanInference>& after) {
  std::vector<GroupDiff> groups;
  for (const auto& [i, j] : pair_models(model_layers(before), model_layers(after))) {
    groups.push_back(compare_groups(i ? &before[*i] : nullptr, j ? &after[*j] : nullptr));
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
  diff.groups = pair_groups(mean_inferences(before), mean_inferences(after));
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
