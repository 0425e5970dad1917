#include "profiler/metrics.hpp"

#include <algorithm>

#include "sim/error.hpp"

namespace tinyscope {
namespace {

constexpr bool kMoreIsBetter = true;
constexpr bool kEstimate = true;
constexpr bool kOfInference = true;

constexpr MetricKind kKinds[] = {
    {"latency_ms", "ms", "mean elapsed time of an inference, interrupts included", !kMoreIsBetter,
     !kEstimate, kOfInference},
    {"latency_max_ms", "ms", "longest elapsed time of an inference", !kMoreIsBetter, !kEstimate,
     kOfInference},
    {"cycles", "cycles", "mean of an inference, interrupts excluded", !kMoreIsBetter, !kEstimate,
     kOfInference},
    {"cycles_max", "cycles", "most cycles of an inference", !kMoreIsBetter, !kEstimate,
     kOfInference},
    {"instructions", "", "mean of an inference", !kMoreIsBetter, !kEstimate, kOfInference},
    {"energy_uj", "uJ", "mean energy of an inference", !kMoreIsBetter, kEstimate, kOfInference},
    {"average_mw", "mW", "mean power over the run", !kMoreIsBetter, kEstimate},
    {"ram_bytes", "bytes", "static data and the most that main stack and heap took at once"},
    {"static_ram_bytes", "bytes", "static data"},
    {"stack_bytes", "bytes", "deepest use of the main stack"},
    {"heap_bytes", "bytes", "most that was live on the heap"},
    {"arena_bytes", "bytes", "tensor arena in use; its size where its use is not known"},
    {"flash_bytes", "bytes", "image in flash"},
    {"inferences", "", "complete inferences, warm-up included", kMoreIsBetter},
    {"macs", "", "multiply-accumulates of an inference", !kMoreIsBetter, !kEstimate, kOfInference},
    {"macs_per_cycle", "", "multiply-accumulates per cycle of an inference", kMoreIsBetter,
     !kEstimate, kOfInference},
    {"total_cycles", "cycles", "of the whole run, sleep included"},
};

// Puts values in the order of kKinds, which is also the order in which they are added.
class List {
 public:
  void add(std::string_view name, const Estimate& value) {
    while (next_ < std::size(kKinds) && kKinds[next_].name != name) ++next_;
    TINYSCOPE_ASSERT(next_ < std::size(kKinds));
    metrics_.push_back({name, value.value, value.low, value.high});
  }
  void add(std::string_view name, double value) { add(name, {value, value, value}); }
  void add(std::string_view name, std::uint64_t value) { add(name, static_cast<double>(value)); }
  std::vector<Metric> take() { return std::move(metrics_); }

 private:
  std::vector<Metric> metrics_;
  std::size_t next_ = 0;
};

using Rows = std::vector<const InferenceRow*>;

template <class Value>
double mean(const Rows& rows, Value&& value) {
  double sum = 0;
  for (const InferenceRow* const row : rows) sum += static_cast<double>(value(*row));
  return sum / static_cast<double>(rows.size());
}

template <class Value>
double most(const Rows& rows, Value&& value) {
  double result = 0;
  for (const InferenceRow* const row : rows) {
    result = std::max(result, static_cast<double>(value(*row)));
  }
  return result;
}

double elapsed_ms(const InferenceRow& row) {
  return static_cast<double>(row.end_ns - row.start_ns) / 1e6;
}

// Mean over inferences; nothing if no layer's number is known.
std::optional<double> mean_macs(const Rows& rows) {
  bool known = false;
  const double macs = mean(rows, [&known](const InferenceRow& row) {
    std::uint64_t sum = 0;
    for (const LayerRow& layer : row.layers) {
      known |= layer.macs.has_value();
      sum += layer.macs.value_or(0);
    }
    return sum;
  });
  if (!known) return std::nullopt;
  return macs;
}

void add_inference_metrics(List& list, const Rows& steady, bool energy_known) {
  const auto cycles = [](const InferenceRow& row) { return row.cycles; };
  list.add("latency_ms", mean(steady, elapsed_ms));
  list.add("latency_max_ms", most(steady, elapsed_ms));
  list.add("cycles", mean(steady, cycles));
  list.add("cycles_max", most(steady, cycles));
  list.add("instructions", mean(steady, [](const InferenceRow& row) { return row.instructions; }));
  if (!energy_known) return;
  list.add("energy_uj",
           Estimate{mean(steady, [](const InferenceRow& row) { return row.energy_uj.value; }),
                    mean(steady, [](const InferenceRow& row) { return row.energy_uj.low; }),
                    mean(steady, [](const InferenceRow& row) { return row.energy_uj.high; })});
}

void add_memory_metrics(List& list, const MemoryReport& memory) {
  // A raw binary has neither sections nor symbols: what of RAM is static data cannot be seen.
  const bool sections_known = !memory.sections.empty();
  if (sections_known && memory.ram_peak_bytes != 0) list.add("ram_bytes", memory.ram_peak_bytes);
  if (sections_known) list.add("static_ram_bytes", std::uint64_t{memory.static_ram_bytes});
  list.add("stack_bytes", std::uint64_t{memory.stack_peak_bytes});
  // With symbols an allocator would have been seen, so none means that nothing was allocated.
  if (!memory.heap.allocator.empty() || !memory.symbols.empty()) {
    list.add("heap_bytes", memory.heap.peak_bytes);
  }
  if (!memory.arena.symbol.empty()) {
    const bool use_known = memory.arena.used_bytes != 0;
    list.add("arena_bytes",
             std::uint64_t{use_known ? memory.arena.used_bytes : memory.arena.bytes});
  }
  if (memory.flash_bytes != 0) list.add("flash_bytes", std::uint64_t{memory.flash_bytes});
}

}  // namespace

std::span<const MetricKind> metric_kinds() { return kKinds; }

std::vector<const InferenceRow*> steady_inferences(const std::vector<InferenceRow>& inferences) {
  Rows complete, steady;
  for (const InferenceRow& row : inferences) {
    if (!row.complete) continue;
    complete.push_back(&row);
    if (!row.warm_up) steady.push_back(&row);
  }
  return steady.empty() ? complete : steady;
}

std::vector<Metric> metrics(const ProfileReport& report) {
  List list;
  const Rows steady = steady_inferences(report.inferences);
  const bool energy_known = !report.energy.parts.empty();
  if (!steady.empty()) add_inference_metrics(list, steady, energy_known);
  if (energy_known) list.add("average_mw", report.energy.average_mw);
  add_memory_metrics(list, report.memory);
  list.add("inferences", static_cast<std::uint64_t>(
                             std::count_if(report.inferences.begin(), report.inferences.end(),
                                           [](const InferenceRow& row) { return row.complete; })));
  if (const auto macs = steady.empty() ? std::nullopt : mean_macs(steady)) {
    list.add("macs", *macs);
    const double cycles = mean(steady, [](const InferenceRow& row) { return row.cycles; });
    if (cycles > 0) list.add("macs_per_cycle", *macs / cycles);
  }
  list.add("total_cycles", report.total_cycles);
  return list.take();
}

}  // namespace tinyscope
