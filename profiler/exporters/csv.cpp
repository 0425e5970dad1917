#include "profiler/exporters/csv.hpp"

#include <fmt/format.h>

#include <ostream>

#include "profiler/exporters/clean_text.hpp"

namespace tinyscope {
namespace {

constexpr std::string_view kOwnRow = "[invoke]";

// Texts that begin with one of these would be formulas in a spreadsheet, whoever named the tensor;
// an apostrophe in front keeps them texts.
std::string cell(std::string_view text) {
  std::string clean = clean_text(text);
  if (!clean.empty() && std::string_view("=+-@").find(clean[0]) != std::string_view::npos) {
    clean.insert(0, 1, '\'');
  }
  if (clean.find_first_of("\",") == std::string::npos) return clean;
  std::string quoted = "\"";
  for (const char c : clean) {
    if (c == '"') quoted += '"';
    quoted += c;
  }
  return quoted + '"';
}

template <class T>
std::string joined(const std::vector<T>& values, std::string_view between) {
  return fmt::format("{}", fmt::join(values, between));
}

template <class T>
std::string or_empty(const std::optional<T>& value) {
  return value ? fmt::format("{}", *value) : "";
}

class Row {
 public:
  explicit Row(std::ostream& out) : out_(out) {}
  ~Row() { out_ << "\r\n"; }
  Row(const Row&) = delete;
  Row& operator=(const Row&) = delete;

  Row& text(std::string_view value) { return add(cell(value)); }
  template <class T>
  Row& number(T value) {
    return add(fmt::format("{}", value));
  }
  Row& add(std::string_view value) {
    if (!first_) out_ << ',';
    first_ = false;
    out_ << value;
    return *this;
  }
  Row& stalls(const StallCycles& cycles) {
    for (const std::uint64_t count : cycles.by_cause) number(count);
    return *this;
  }
  Row& energy(const Estimate& uj) { return number(uj.value).number(uj.low).number(uj.high); }
  Row& empty(std::size_t cells) {
    for (std::size_t i = 0; i < cells; ++i) add("");
    return *this;
  }

 private:
  std::ostream& out_;
  bool first_ = true;
};

void header(std::ostream& out) {
  Row row(out);
  for (const char* const name :
       {"inference", "model", "complete", "warm_up", "layer", "op", "name", "kernel", "kernel_kind",
        "output_shape", "macs", "cycles", "cycles_per_mac", "roof_percent", "instructions",
        "energy_uj", "energy_low_uj", "energy_high_uj"}) {
    row.add(name);
  }
  for (std::size_t i = 0; i < kStallCauseCount; ++i) {
    row.add(fmt::format("{}_cycles", name_of(static_cast<StallCause>(i))));
  }
  for (const char* const name : {"start_ns", "end_ns", "weight_bytes", "stack_peak_bytes",
                                 "arena_live_bytes", "heap_peak_bytes", "notes"}) {
    row.add(name);
  }
}

Row& begin(Row& row, const InferenceRow& inference) {
  return row.number(inference.index)
      .text(inference.model)
      .number(inference.complete ? 1 : 0)
      .number(inference.warm_up ? 1 : 0);
}

void layer_row(const InferenceRow& inference, const LayerRow& layer, std::ostream& out) {
  Row row(out);
  begin(row, inference)
      .number(layer.index)
      .text(layer.op)
      .text(layer.name)
      .text(layer.kernel)
      .add(name_of(layer.kernel_kind))
      .add(joined(layer.output_shape, "x"))
      .add(or_empty(layer.macs))
      .number(layer.cycles);
  if (layer.macs && *layer.macs != 0) {
    row.number(static_cast<double>(layer.cycles) / static_cast<double>(*layer.macs));
  } else {
    row.add("");
  }
  row.add(or_empty(layer.roof_percent))
      .number(layer.instructions)
      .energy(layer.energy_uj)
      .stalls(layer.stalls)
      .number(layer.start_ns)
      .number(layer.end_ns)
      .number(layer.weight_bytes)
      .number(layer.stack_peak_bytes)
      .number(layer.arena_live_bytes)
      .number(layer.heap_peak_bytes)
      .text(joined(layer.notes, "; "));
}

// What an inference took outside of its layers.
void own_row(const InferenceRow& inference, std::ostream& out) {
  StallCycles stalls = inference.stalls;
  std::uint64_t instructions = inference.instructions;
  Estimate energy = inference.energy_uj;
  for (const LayerRow& layer : inference.layers) {
    for (std::size_t i = 0; i < kStallCauseCount; ++i) {
      stalls.by_cause[i] -= layer.stalls.by_cause[i];
    }
    instructions -= layer.instructions;
    energy.value -= layer.energy_uj.value;
    energy.low -= layer.energy_uj.low;
    energy.high -= layer.energy_uj.high;
  }
  Row row(out);
  begin(row, inference)
      .add("")
      .text(kOwnRow)
      .add("")
      .text(inference.function)
      .empty(3)
      .number(inference.own_cycles)
      .empty(2)
      .number(instructions)
      .energy(energy)
      .stalls(stalls)
      .number(inference.start_ns)
      .number(inference.end_ns)
      .empty(5);
}

}  // namespace

void CsvExporter::write(const ProfileReport& report, std::ostream& out) const {
  header(out);
  for (const InferenceRow& inference : report.inferences) {
    for (const LayerRow& layer : inference.layers) layer_row(inference, layer, out);
    own_row(inference, out);
  }
}

}  // namespace tinyscope
