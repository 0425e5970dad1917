#include "profiler/budget/run_measurements.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "profiler/function_table.hpp"
#include "profiler/mean_inferences.hpp"

namespace tinyscope {
namespace {

Metric exact(std::string_view name, double value) { return {name, value, value, value}; }
Metric exact(std::string_view name, std::uint64_t value) {
  return exact(name, static_cast<double>(value));
}
Metric estimate(std::string_view name, const Estimate& value) {
  return {name, value.value, value.low, value.high};
}
Metric mean(std::string_view name, std::uint64_t sum, std::uint64_t count) {
  return exact(name, static_cast<double>(sum) / static_cast<double>(count));
}

class Rows {
 public:
  explicit Rows(const ProfileReport& report)
      : report_(report), energy_known_(!report.energy.parts.empty()) {
    out_.firmware = report.firmware;
    out_.board = report.board;
    out_.clock_hz = report.clock_hz;
  }

  RunMeasurements take() {
    const std::vector<MeanInference> means = mean_inferences(report_);
    for (const MeanInference& mean : means) {
      ModelLayers& layers = out_.models.emplace_back();
      layers.model = mean.model;
      layers.function = mean.function;
      for (const MeanLayer& layer : mean.layers) layers.layers.push_back(layer.row);
    }
    if (means.empty()) {
      out_.no_inference = report_.no_inference.empty()
                              ? "no inference was complete when the run ended"
                              : report_.no_inference;
    }
    run();
    for (std::size_t i = 0; i < means.size(); ++i) model(i, means[i]);
    for (const PhaseRow& row : report_.phases) phase(row);
    for (const FunctionRow& row : report_.functions) function(row);
    for (const InterruptRow& row : report_.interrupts) interrupt(row);
    for (const StackRow& row : report_.memory.stacks) stack(row);
    return std::move(out_);
  }

 private:
  MeasuredRow& add(Scope scope, std::string name, std::vector<std::string> matches) {
    MeasuredRow& row = out_.rows.emplace_back();
    row.scope = scope;
    row.name = std::move(name);
    row.matches = std::move(matches);
    return row;
  }

  static void add_elapsed(MeasuredRow& row, const std::vector<const InferenceRow*>& inferences) {
    for (const InferenceRow* const inference : inferences) {
      row.elapsed_ms.push_back(static_cast<double>(inference->end_ns - inference->start_ns) / 1e6);
    }
  }

  void run() {
    MeasuredRow& row = add(Scope::kRun, "", {});
    row.metrics = metrics(report_);
    std::vector<const InferenceRow*> complete;
    for (const InferenceRow& inference : report_.inferences) {
      if (inference.complete) complete.push_back(&inference);
    }
    add_elapsed(row, complete);
  }

  void model(std::size_t index, const MeanInference& mean) {
    MeasuredRow& row = add(Scope::kModel, mean.model, {mean.model, mean.function});
    row.model = index;
    row.place = place_of(mean.function);
    add_elapsed(row, mean.complete);
    std::uint64_t most_cycles = 0;
    std::uint64_t most_ns = 0;
    double instructions = 0;
    std::uint32_t stack = 0;
    for (const InferenceRow* const inference : mean.steady) {
      most_cycles = std::max(most_cycles, inference->cycles);
      most_ns = std::max(most_ns, inference->end_ns - inference->start_ns);
      instructions += static_cast<double>(inference->instructions);
      stack = std::max(stack, inference->stack_peak_bytes);
    }
    row.metrics = {exact("latency_ms", mean.milliseconds),
                   exact("latency_max_ms", static_cast<double>(most_ns) / 1e6),
                   exact("cycles", mean.cycles),
                   exact("cycles_max", most_cycles),
                   exact("instructions", instructions / static_cast<double>(mean.count)),
                   exact("stack_bytes", std::uint64_t{stack}),
                   exact("inferences", std::uint64_t{mean.complete.size()})};
    if (energy_known_) row.metrics.push_back(estimate("energy_uj", mean.energy_uj));
    for (std::size_t i = 0; i < mean.layers.size(); ++i) layer(index, i, mean.layers[i]);
  }

  void layer(std::size_t model, std::size_t index, const MeanLayer& mean) {
    const LayerRow& of = mean.row;
    MeasuredRow& row = add(Scope::kLayer, layer_name(out_, model, index), layer_matches(of));
    row.model = model;
    row.layer = index;
    row.place = place_of(of.kernel);
    row.metrics = {exact("latency_ms", mean.milliseconds), exact("cycles", mean.cycles),
                   exact("cycles_max", mean.cycles_max), exact("instructions", mean.instructions)};
    if (energy_known_) row.metrics.push_back(estimate("energy_uj", mean.energy_uj));
    if (of.macs) {
      row.metrics.push_back(exact("macs", *of.macs));
      if (mean.cycles > 0) {
        row.metrics.push_back(exact("macs_per_cycle", static_cast<double>(*of.macs) / mean.cycles));
      }
    }
    if (of.roof_percent) row.metrics.push_back(exact("roof_percent", *of.roof_percent));
    if (of.weight_bytes != 0 || of.macs) {
      row.metrics.push_back(exact("weight_bytes", of.weight_bytes));
    }
    row.metrics.push_back(exact("stack_bytes", std::uint64_t{of.stack_peak_bytes}));
    if (out_.run().find("heap_bytes") != nullptr) {
      row.metrics.push_back(exact("heap_bytes", of.heap_peak_bytes));
    }
    if (of.arena_live_bytes != 0) {
      row.metrics.push_back(exact("arena_bytes", std::uint64_t{of.arena_live_bytes}));
    }
  }

  void phase(const PhaseRow& of) {
    MeasuredRow& row = add(Scope::kPhase, of.name, {of.name});
    row.metrics = {exact("total_cycles", of.cycles)};
    if (of.count == 0) return;
    const double n = static_cast<double>(of.count);
    row.metrics.push_back(exact("count", of.count));
    row.metrics.push_back(mean("cycles", of.cycles, of.count));
    if (!energy_known_) return;
    row.metrics.push_back(estimate(
        "energy_uj", {of.energy_uj.value / n, of.energy_uj.low / n, of.energy_uj.high / n}));
  }

  void function(const FunctionRow& of) {
    MeasuredRow& row =
        add(Scope::kFunction, of.name, {of.name, FunctionTable::short_name(of.name)});
    row.place = {of.file, of.line};
    row.metrics = {exact("total_cycles", of.inclusive_cycles), exact("total_own_cycles", of.cycles),
                   exact("calls", of.calls)};
    if (of.calls == 0) return;
    row.metrics.push_back(mean("cycles", of.inclusive_cycles, of.calls));
    row.metrics.push_back(mean("own_cycles", of.cycles, of.calls));
  }

  void interrupt(const InterruptRow& of) {
    MeasuredRow& row = add(Scope::kInterrupt, of.name, {of.name, std::to_string(of.number)});
    row.place = place_of(of.name);
    row.metrics = {exact("total_cycles", of.cycles), exact("count", of.count)};
    if (of.count != 0) row.metrics.push_back(mean("cycles", of.cycles, of.count));
  }

  void stack(const StackRow& of) {
    MeasuredRow& row = add(Scope::kStack, of.name, {of.name});
    row.metrics = {exact("bytes", std::uint64_t{of.peak_bytes})};
    if (of.size_bytes == 0) return;
    row.metrics.push_back(exact("percent", 100.0 * of.peak_bytes / of.size_bytes));
  }

  // Rows name functions in short. Of several of one name the one that took most comes first.
  SourcePlace place_of(const std::string& function) const {
    for (const FunctionRow& row : report_.functions) {
      if (row.file.empty()) continue;
      if (row.name == function || FunctionTable::short_name(row.name) == function) {
        return {row.file, row.line};
      }
    }
    return {};
  }

  const ProfileReport& report_;
  bool energy_known_;
  RunMeasurements out_;
};

}  // namespace

const Metric* MeasuredRow::find(std::string_view metric) const {
  const auto found = std::find_if(metrics.begin(), metrics.end(),
                                  [&](const Metric& known) { return known.name == metric; });
  return found == metrics.end() ? nullptr : &*found;
}

RunMeasurements measure(const ProfileReport& report) { return Rows(report).take(); }

std::string layer_name(const RunMeasurements& of, std::size_t model, std::size_t layer) {
  const LayerRow& row = of.models[model].layers[layer];
  std::string name = fmt::format("layer {} {}", row.index, row.op);
  if (!row.name.empty()) name += " " + row.name;
  if (of.models.size() > 1) name += " of " + of.models[model].model;
  return name;
}

std::vector<std::string> layer_matches(const LayerRow& row) {
  return {row.op, row.name, row.kernel, fmt::format("#{}", row.index)};
}

}  // namespace tinyscope
