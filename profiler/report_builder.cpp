#include "profiler/report_builder.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "profiler/function_report.hpp"
#include "profiler/inference_groups.hpp"
#include "profiler/layer_knowledge.hpp"
#include "profiler/memory_report.hpp"
#include "profiler/model_matcher.hpp"
#include "profiler/phase_report.hpp"
#include "sim/error.hpp"
#include "sim/image/source_frames.hpp"

namespace tinyscope {

namespace {

void add(Estimate& sum, const Estimate& part) {
  sum.value += part.value;
  sum.low += part.low;
  sum.high += part.high;
}

class Builder {
 public:
  Builder(const ReportInputs& inputs, const RunSummary& run, const RunNotes& notes)
      : in_(inputs),
        run_(run),
        notes_(notes),
        knowledge_(inputs.image, inputs.functions, inputs.collector, inputs.soc.core.type) {}

  ProfileReport build() {
    header();
    for (const CollectedInference& seen : in_.collector.inferences()) inference(seen);
    report_.roof = knowledge_.roof();
    interrupts();
    unattributed();
    report_phases(in_.collector, in_.energy, report_);
    report_functions(in_.collector, in_.functions, in_.image, in_.read, notes_, report_);
    memory();
    energy();
    group_inferences(report_, in_.skip);
    if (report_.inferences.empty()) explain_no_inference();
    check();
    in_.energy.note_assumptions(notes_);
    report_.assumptions = notes_.assumptions();
    unmodelled();
    return std::move(report_);
  }

 private:
  // Each with the place of the source that came first.
  void unmodelled() {
    report_.unmodelled = notes_.unmodelled_accesses();
    for (UnmodelledAccess& access : report_.unmodelled) {
      if (access.pc == 0) continue;
      const SourceFrame frame = source_frames(in_.image, access.pc).front();
      access.function = frame.function;
      access.file = frame.file;
      access.line = frame.line;
    }
  }

  void header() {
    report_.firmware.path = in_.image.path.filename().string();
    report_.firmware.format = in_.image.format;
    report_.firmware.sha256 = in_.image.sha256;
    report_.board = run_.board;
    report_.soc = in_.soc.name;
    report_.clock_hz = run_.clock_hz;
    report_.total_cycles = run_.total_cycles;
    report_.sleep_cycles = in_.collector.sleep_cycles();
    report_.simulated_seconds = run_.end.seconds();
    report_.stop_reason = run_.stop_reason;
    report_.exit_code = run_.exit_code;
    report_.host = run_.host;
  }

  LayerRow layer(const CollectedLayer& collected) const {
    const CostBucket& cost = in_.collector.bucket(collected.bucket);
    LayerRow row;
    row.kernel = FunctionTable::short_name(in_.functions.name(in_.collector.kernel_of(collected)));
    row.cycles = cost.stalls.total();
    row.stalls = cost.stalls;
    row.instructions = cost.instructions;
    row.stack_peak_bytes = cost.stack_peak_bytes;
    row.energy_uj = in_.energy.energy_uj(cost.charge);
    row.start_ns = in_.time.ns(collected.start_cycle);
    row.end_ns = in_.time.ns(collected.end_cycle);
    return row;
  }

  // The operator that the names of a layer's functions suggest.
  static std::string suggested_op(const CollectedInference& seen, const std::string& function,
                                  const std::string& kernel) {
    const std::string_view op = seen.rules->op_of(function);
    return std::string(op.empty() ? seen.rules->op_of(kernel) : op);
  }

  void inference(const CollectedInference& seen) {
    InferenceRow row;
    row.index = static_cast<unsigned>(report_.inferences.size());
    row.rules = seen.rules->name;
    row.function = in_.functions.name(seen.function);
    row.complete = seen.complete;
    row.start_cycle = seen.start_cycle;
    row.start_ns = in_.time.ns(seen.start_cycle);
    row.end_ns = in_.time.ns(seen.end_cycle);
    row.elapsed_cycles = seen.end_cycle - seen.start_cycle;
    row.interrupt_cycles = seen.interrupt_cycles;

    const CostBucket& own = in_.collector.bucket(seen.own_bucket);
    row.own_cycles = own.stalls.total();
    row.stalls = own.stalls;
    row.instructions = own.instructions;
    row.stack_peak_bytes = own.stack_peak_bytes;
    row.energy_uj = in_.energy.energy_uj(own.charge);

    std::vector<std::string> suggested;
    for (const std::uint32_t index : seen.layers) {
      const CollectedLayer& collected = in_.collector.layer(index);
      LayerRow part = layer(collected);
      part.index = static_cast<unsigned>(row.layers.size());
      const std::string& function = in_.functions.name(collected.function);
      suggested.push_back(suggested_op(seen, function, part.kernel));
      part.op = suggested.back().empty() ? FunctionTable::short_name(function) : suggested.back();
      row.stalls += part.stalls;
      row.instructions += part.instructions;
      row.stack_peak_bytes = std::max(row.stack_peak_bytes, part.stack_peak_bytes);
      add(row.energy_uj, part.energy_uj);
      row.layers.push_back(std::move(part));
    }
    row.cycles = row.stalls.total();
    const ModelMatch& match = matched(suggested, row.complete);
    name_layers(row, match);
    knowledge_.describe(row, seen, match);
    if (row.layers.empty() && row.complete) {
      notes_.assume({fmt::format("layers.{}", row.rules),
                     fmt::format("no call of an operator was seen in {}: the compiler may have "
                                 "inlined them; -fno-inline keeps them apart",
                                 row.function),
                     "call graph"});
    }
    report_.inferences.push_back(std::move(row));
  }

  void name_layers(InferenceRow& row, const ModelMatch& match) {
    row.model = match.model != nullptr ? match.model->label() : row.rules;
    if (!match.note.empty()) {
      notes_.assume({fmt::format("model.{}", row.model), match.note, "operator sequence"});
    }
    if (match.model == nullptr) return;
    row.model_address = match.model->address;
    const TfliteSubgraph& graph = match.model->subgraphs.front();
    for (std::size_t i = 0; i < row.layers.size(); ++i) {
      if (match.operators[i] < 0) continue;
      const TfliteOperator& op = graph.operators[static_cast<std::size_t>(match.operators[i])];
      LayerRow& part = row.layers[i];
      part.op = op.op;
      part.macs = graph.macs(op);
      if (const TfliteTensor* output = graph.output(op, 0)) {
        part.name = output->name;
        part.output_shape = output->shape;
      }
    }
  }

  // Most inferences of a run are alike, so matching is done once for each kind.
  const ModelMatch& matched(const std::vector<std::string>& suggested, bool complete) {
    for (const KnownMatch& known : known_) {
      if (known.complete == complete && known.suggested == suggested) return known.match;
    }
    known_.push_back({suggested, complete, match_model(suggested, complete, in_.models)});
    return known_.back().match;
  }

  void interrupts() {
    for (const auto& [number, seen] : in_.collector.interrupts()) {
      const CostBucket& cost = in_.collector.bucket(seen.bucket);
      InterruptRow row;
      row.number = number;
      row.name =
          number >= 16 ? fmt::format("IRQ {}", number - 16) : fmt::format("exception {}", number);
      if (seen.handler != kNoFunction && in_.functions.has_symbols()) {
        row.name = FunctionTable::short_name(in_.functions.name(seen.handler));
      }
      row.count = seen.count;
      row.cycles = cost.stalls.total();
      row.stalls = cost.stalls;
      row.instructions = cost.instructions;
      row.energy_uj = in_.energy.energy_uj(cost.charge);
      report_.interrupt_cycles += row.cycles;
      report_.interrupts.push_back(std::move(row));
    }
  }

  void unattributed() {
    const CostBucket nobody = in_.collector.unattributed();
    report_.unattributed_stalls = nobody.stalls;
    report_.instructions = nobody.instructions;
    report_.stalls = report_.unattributed_stalls;
    for (const CollectedInference& seen : in_.collector.inferences()) {
      report_.unattributed_stalls += in_.collector.bucket(seen.own_bucket).stalls;
    }
    report_.unattributed_cycles = report_.unattributed_stalls.total();
    for (const InferenceRow& row : report_.inferences) {
      report_.instructions += row.instructions;
      report_.stalls += row.stalls;
    }
    for (const InterruptRow& row : report_.interrupts) {
      report_.instructions += row.instructions;
      report_.stalls += row.stalls;
    }
  }

  void memory() {
    report_.memory =
        static_memory(in_.image, in_.soc, arena_patterns(in_.collector.active_rules()));
    report_.memory.stack_peak_bytes = in_.collector.main_stack_peak_bytes();
  }

  void energy() {
    report_.energy = in_.energy.report(run_.end);
    check_energy();
    Estimate sum;
    std::size_t count = 0;
    for (const InferenceRow& row : report_.inferences) {
      if (!row.complete) continue;
      add(sum, row.energy_uj);
      ++count;
    }
    if (count == 0 || !in_.energy.has_currents()) return;
    const double n = static_cast<double>(count);
    report_.energy.per_inference_uj = Estimate{sum.value / n, sum.low / n, sum.high / n};
  }

  // What the owners of cycles drew is all that was drawn, but for units that drew on after the last
  // cycle.
  void check_energy() const {
    double sum = in_.energy.energy_uj(in_.collector.unattributed().charge).value;
    for (const InferenceRow& row : report_.inferences) sum += row.energy_uj.value;
    for (const InterruptRow& row : report_.interrupts) sum += row.energy_uj.value;
    const double total = in_.energy.report({}).total_uj.value;
    TINYSCOPE_ASSERT(std::abs(sum - total) <= 1e-6 * total + 1e-9);
  }

  void explain_no_inference() {
    if (!in_.functions.has_symbols()) {
      report_.no_inference =
          "the image has no function symbols; give the ELF file with symbols, or as invoke "
          "function "
          "the address of the one that runs the operators, such as 0x08001234";
    } else if (in_.collector.active_rules().empty()) {
      report_.no_inference =
          "no rule knows an invoke function of this firmware; name the function that runs the "
          "operators, or write a rule file for its framework (profiler/README.md)";
    } else {
      report_.no_inference = fmt::format(
          "the firmware has the functions of {}, but none ran before the run ended; let it run "
          "longer or feed it the input it waits for",
          in_.collector.active_rules().front()->name);
    }
  }

  void check() const {
    std::uint64_t sum = report_.interrupt_cycles + report_.unattributed_cycles;
    for (const InferenceRow& row : report_.inferences) {
      std::uint64_t cycles = row.own_cycles;
      for (const LayerRow& part : row.layers) {
        TINYSCOPE_ASSERT(part.cycles == part.stalls.total());
        cycles += part.cycles;
        sum += part.cycles;
      }
      TINYSCOPE_ASSERT(row.cycles == cycles && row.cycles == row.stalls.total());
    }
    for (const InterruptRow& row : report_.interrupts) {
      TINYSCOPE_ASSERT(row.cycles == row.stalls.total());
    }
    TINYSCOPE_ASSERT(report_.stalls.total() == report_.total_cycles);
    TINYSCOPE_ASSERT(sum == report_.total_cycles);
  }

  struct KnownMatch {
    std::vector<std::string> suggested;
    bool complete = true;
    ModelMatch match;
  };

  const ReportInputs& in_;
  const RunSummary& run_;
  RunNotes notes_;
  std::vector<KnownMatch> known_;
  LayerKnowledge knowledge_;
  ProfileReport report_;
};

}  // namespace

ProfileReport build_report(const ReportInputs& inputs, const RunSummary& run,
                           const RunNotes& notes) {
  return Builder(inputs, run, notes).build();
}

}  // namespace tinyscope
