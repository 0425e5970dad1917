// The layers of one inference, or of the mean over several, and the list of all inferences.
#include <algorithm>

#include "profiler/exporters/terminal_kernels.hpp"
#include "profiler/exporters/terminal_page.hpp"
#include "profiler/exporters/terminal_text.hpp"
#include "profiler/exporters/text_table.hpp"

namespace tinyscope {

namespace {

constexpr std::size_t kListedInferences = 20;

bool alike(const InferenceRow& a, const InferenceRow& b) {
  return a.complete && b.complete && a.layers.size() == b.layers.size() &&
         std::equal(a.layers.begin(), a.layers.end(), b.layers.begin(),
                    [](const LayerRow& x, const LayerRow& y) { return x.op == y.op; });
}

void add(Estimate& sum, const Estimate& part) {
  sum.value += part.value;
  sum.low += part.low;
  sum.high += part.high;
}

Estimate divided(const Estimate& sum, double n) {
  return {sum.value / n, sum.low / n, sum.high / n};
}

// Adds everything the table shows of `row` to `sum`.
void accumulate(InferenceRow& sum, const InferenceRow& row) {
  sum.cycles += row.cycles;
  sum.own_cycles += row.own_cycles;
  sum.interrupt_cycles += row.interrupt_cycles;
  sum.instructions += row.instructions;
  sum.stack_peak_bytes = std::max(sum.stack_peak_bytes, row.stack_peak_bytes);
  add(sum.energy_uj, row.energy_uj);
  for (std::size_t i = 0; i < sum.layers.size(); ++i) {
    LayerRow& layer = sum.layers[i];
    const LayerRow& other = row.layers[i];
    layer.cycles += other.cycles;
    layer.instructions += other.instructions;
    layer.stack_peak_bytes = std::max(layer.stack_peak_bytes, other.stack_peak_bytes);
    add(layer.energy_uj, other.energy_uj);
  }
}

// The mean of all inferences like `model`; peaks are the highest of all. `count`: how many.
InferenceRow mean(const std::vector<InferenceRow>& rows, const InferenceRow& model,
                  std::size_t& count) {
  InferenceRow result = model;
  count = 1;
  for (const InferenceRow& row : rows) {
    if (row.index == model.index || !alike(row, model)) continue;
    accumulate(result, row);
    ++count;
  }
  const auto n = static_cast<std::uint64_t>(count);
  const auto rounded = [n](std::uint64_t& sum) { sum = (sum + n / 2) / n; };
  rounded(result.cycles);
  rounded(result.own_cycles);
  rounded(result.interrupt_cycles);
  rounded(result.instructions);
  result.energy_uj = divided(result.energy_uj, static_cast<double>(n));
  for (std::size_t i = 0; i < result.layers.size(); ++i) {
    LayerRow& layer = result.layers[i];
    rounded(layer.cycles);
    rounded(layer.instructions);
    layer.energy_uj = divided(layer.energy_uj, static_cast<double>(n));
    if (layer.roof_percent && layer.cycles != 0) {
      const auto cycles = static_cast<double>(model.layers[i].cycles);
      *layer.roof_percent *= cycles / static_cast<double>(layer.cycles);
    }
  }
  return result;
}

std::string time(const TerminalPage& page, std::uint64_t cycles) {
  return fmt::format("{:.3f}", milliseconds(cycles, page.report.clock_hz));
}

std::string per_mac(std::uint64_t cycles, std::uint64_t macs) {
  return fmt::format("{:.2f}", static_cast<double>(cycles) / static_cast<double>(macs));
}

void layers(TerminalPage& page, const InferenceRow& row) {
  using Align = TextTable::Align;
  TextTable table({{"#", Align::kRight, 0},
                   {"operator", Align::kLeft, 15},
                   {"kernel", Align::kLeft, 10},
                   {"", Align::kLeft, 0},
                   {"output", Align::kLeft, 5},
                   {"MACs", Align::kRight, 0},
                   {"cycles", Align::kRight, 0},
                   {"%", Align::kRight, 0},
                   {"ms", Align::kRight, 0},
                   {"c/MAC", Align::kRight, 0},
                   {"roof%", Align::kRight, 0},
                   {"stack", Align::kRight, 0},
                   {"uJ", Align::kRight, 0}});
  std::uint64_t macs = 0;
  std::uint64_t most = 0;
  for (const LayerRow& layer : row.layers) most = std::max(most, layer.cycles);
  for (const LayerRow& layer : row.layers) {
    const bool counts = layer.macs && *layer.macs != 0;
    if (counts) macs += *layer.macs;
    std::string suffix = page.options.bars ? bar(layer.cycles, most) : "";
    if (!suffix.empty() && layer.cycles * 2 >= most) suffix = page.coloured("33", suffix);
    const std::string kernel = layer.kernel.empty() ? layer.name : unqualified(layer.kernel);
    table.row({std::to_string(layer.index), printable(unqualified(layer.op)), printable(kernel),
               kernel_mark(layer.kernel_kind), shape(layer.output_shape),
               counts ? grouped(*layer.macs) : "-", grouped(layer.cycles),
               percent(layer.cycles, row.cycles), time(page, layer.cycles),
               counts ? per_mac(layer.cycles, *layer.macs) : "-", roof_percent(layer),
               std::to_string(layer.stack_peak_bytes), energy(layer.energy_uj)},
              suffix);
  }
  table.row({"", "(invoke loop)", printable(unqualified(row.function)), "", "", "-",
             grouped(row.own_cycles), percent(row.own_cycles, row.cycles),
             time(page, row.own_cycles), "-", "-", "", ""});
  table.rule();
  table.row({"", "total", "", "", "", macs != 0 ? grouped(macs) : "-", grouped(row.cycles),
             percent(row.cycles, row.cycles), time(page, row.cycles),
             macs != 0 ? per_mac(row.cycles, macs) : "-", "", std::to_string(row.stack_peak_bytes),
             energy(row.energy_uj)});
  const std::size_t bars = page.options.bars ? kBarBlocks + 2 : 0;
  table.write(page.out, std::max<std::size_t>(page.options.width, 60) - bars);
}

void list_inferences(TerminalPage& page) {
  const std::size_t count = page.report.inferences.size();
  const std::size_t first = count > kListedInferences ? count - kListedInferences : 0;
  page.heading("Inferences");
  if (first != 0) page.print("  the last {} of {}:\n", kListedInferences, count);
  for (std::size_t i = first; i < count; ++i) {
    const InferenceRow& row = page.report.inferences[i];
    page.print("  {:>4}  {:>14} cycles  {:>10} ms  {:>9} uJ  {:>12} cycles in interrupts{}\n",
               row.index + 1, grouped(row.cycles), time(page, row.cycles), energy(row.energy_uj),
               grouped(row.interrupt_cycles),
               !row.complete ? "  (cut short)" : (row.warm_up ? "  (warm-up)" : ""));
  }
}

void steady_state(TerminalPage& page, const InferenceGroup& group) {
  if (group.steady < 2) return;
  page.heading(fmt::format("Steady state of {}: {} inferences after {} of warm-up",
                           shortened(group.model), group.steady, group.warm_up));
  using Align = TextTable::Align;
  TextTable table({{"", Align::kLeft, 0},
                   {"mean", Align::kRight, 0},
                   {"min", Align::kRight, 0},
                   {"max", Align::kRight, 0},
                   {"deviation", Align::kRight, 0}});
  const auto whole = [](double value) { return grouped(static_cast<std::uint64_t>(value + 0.5)); };
  const Statistics& cycles = group.cycles;
  table.row({"cycles", whole(cycles.mean), whole(cycles.min), whole(cycles.max),
             fmt::format("{:.1f}", cycles.deviation)});
  const auto row = [&table](const char* name, const Statistics& of) {
    table.row({name, fmt::format("{:.4f}", of.mean), fmt::format("{:.4f}", of.min),
               fmt::format("{:.4f}", of.max), fmt::format("{:.4f}", of.deviation)});
  };
  row("ms", group.milliseconds);
  if (group.energy_uj.max > 0) row("uJ", group.energy_uj);
  table.write(page.out, std::max<std::size_t>(page.options.width, 60));
}

}  // namespace

void write_inferences(TerminalPage& page) {
  if (page.report.inferences.empty()) {
    page.heading("No inference found");
    page.paragraph(page.report.no_inference);
    return;
  }
  // The last complete one, if there is any.
  const InferenceRow* shown = &page.report.inferences.back();
  for (const InferenceRow& row : page.report.inferences) {
    if (row.complete) shown = &row;
  }
  if (page.report.shown_inference >= 0) {
    shown = &page.report.inferences[static_cast<std::size_t>(page.report.shown_inference)];
  }
  const bool several = page.report.inferences.size() > 1;
  std::size_t averaged = 1;
  InferenceRow row = *shown;
  if (several && page.options.show == TerminalOptions::Show::kMean && shown->complete) {
    row = mean(page.report.inferences, *shown, averaged);
    page.heading(fmt::format("Mean over {} inferences: {}", averaged, shortened(row.model)));
  } else {
    page.heading(fmt::format("Inference {} of {}: {}{}", shown->index + 1,
                             page.report.inferences.size(), shortened(row.model),
                             row.complete ? "" : " (cut short)"));
  }
  layers(page, row);
  write_layer_notes(page, row);
  if (!several) return;
  list_inferences(page);
  for (const InferenceGroup& group : page.report.groups) steady_state(page, group);
}

}  // namespace tinyscope
