#include "profiler/exporters/terminal_table.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <ostream>

#include "profiler/exporters/text_table.hpp"

namespace tinyscope {

namespace {

constexpr std::size_t kListedInferences = 20;
constexpr std::size_t kBarBlocks = 10;

// 1,234,567
std::string grouped(std::uint64_t number) {
  std::string digits = std::to_string(number);
  for (std::size_t i = digits.size(); i > 3; i -= 3) digits.insert(i - 3, ",");
  return digits;
}

std::string percent(std::uint64_t part, std::uint64_t whole) {
  if (whole == 0) return "-";
  return fmt::format("{:.1f}", 100.0 * static_cast<double>(part) / static_cast<double>(whole));
}

double milliseconds(std::uint64_t cycles, std::uint64_t hz) {
  return hz == 0 ? 0 : 1e3 * static_cast<double>(cycles) / static_cast<double>(hz);
}

std::string energy(const Estimate& uj) {
  if (uj.high == 0) return "-";
  if (uj.value >= 1000) return grouped(static_cast<std::uint64_t>(uj.value + 0.5));
  return fmt::format("{:.4g}", uj.value);
}

// In millijoules from 10,000 microjoules on.
std::string bounds(const Estimate& uj) {
  const bool large = uj.value >= 10'000;
  const double scale = large ? 1e-3 : 1;
  return fmt::format("{:.4g} {} ({:.4g} to {:.4g})", uj.value * scale, large ? "mJ" : "uJ",
                     uj.low * scale, uj.high * scale);
}

std::string shape(const std::vector<int>& dimensions) {
  if (dimensions.empty()) return "-";
  return fmt::format("{}", fmt::join(dimensions, "x"));
}

// The last part of a qualified name is what tells functions apart in a narrow column.
std::string unqualified(const std::string& name) {
  const std::size_t end = std::min(name.find('<'), name.size());
  const std::size_t colons = name.rfind("::", end);
  return colons == std::string::npos ? name : name.substr(colons + 2);
}

std::string bar(std::uint64_t part, std::uint64_t most) {
  if (most == 0) return {};
  // Eighths of a block: U+2588 is a full one, U+2589 to U+258F are seven eighths to one.
  const std::uint64_t eighths = (part * kBarBlocks * 8 + most / 2) / most;
  std::string text;
  for (std::uint64_t i = 0; i < eighths / 8; ++i) text += "\u2588";
  if (eighths % 8 != 0) {
    text += "\xE2\x96";
    text += static_cast<char>(0x90 - static_cast<int>(eighths % 8));
  }
  return text;
}

// Names of any length, for headings.
std::string shortened(const std::string& name) { return printable(name).substr(0, 72); }

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
  for (LayerRow& layer : result.layers) {
    rounded(layer.cycles);
    rounded(layer.instructions);
    layer.energy_uj = divided(layer.energy_uj, static_cast<double>(n));
  }
  return result;
}

class Writer {
 public:
  Writer(const ProfileReport& report, const TerminalOptions& options, std::ostream& out)
      : report_(report), options_(options), out_(out) {}

  void write() {
    print("{} on {} ({}, {:.6g} MHz)\n", printable(report_.firmware.path), report_.board,
          report_.soc, static_cast<double>(report_.clock_hz) / 1e6);
    inferences();
    run();
    interrupts();
    threads();
    memory();
    energies();
    notes();
  }

 private:
  template <class... Args>
  void print(fmt::format_string<Args...> format, Args&&... args) {
    out_ << fmt::format(format, std::forward<Args>(args)...);
  }

  std::string coloured(const char* code, const std::string& text) const {
    return options_.colours ? fmt::format("\x1b[{}m{}\x1b[0m", code, text) : text;
  }

  void heading(const std::string& text) { out_ << '\n' << coloured("1", text) << '\n'; }

  // A long text, broken between words, with an indent.
  void paragraph(const std::string& text) {
    const std::string indent = "    ";
    const std::size_t width = std::max<std::size_t>(options_.width, 40);
    std::string line = "  ";
    std::size_t at = 0;
    while (at < text.size()) {
      const std::size_t space = std::min(text.find(' ', at), text.size());
      const std::string word = text.substr(at, space - at);
      if (line.size() + word.size() + 1 > width && line.size() > indent.size()) {
        out_ << line << '\n';
        line = indent;
      }
      line += (line.back() == ' ' ? "" : " ") + word;
      at = space + 1;
    }
    out_ << line << '\n';
  }

  void inferences() {
    if (report_.inferences.empty()) {
      heading("No inference found");
      paragraph(report_.no_inference);
      hottest_functions();
      return;
    }
    // The last complete one, if there is any.
    const InferenceRow* shown = &report_.inferences.back();
    for (const InferenceRow& row : report_.inferences) {
      if (row.complete) shown = &row;
    }
    const bool several = report_.inferences.size() > 1;
    std::size_t averaged = 1;
    InferenceRow row = *shown;
    if (several && options_.show == TerminalOptions::Show::kMean && shown->complete) {
      row = mean(report_.inferences, *shown, averaged);
      heading(fmt::format("Mean over {} inferences: {}", averaged, shortened(row.model)));
    } else {
      heading(fmt::format("Inference {} of {}: {}{}", shown->index + 1, report_.inferences.size(),
                          shortened(row.model), row.complete ? "" : " (cut short)"));
    }
    layers(row);
    if (several) list_inferences();
  }

  void layers(const InferenceRow& row) {
    using Align = TextTable::Align;
    TextTable table({{"#", Align::kRight, 0},
                     {"operator", Align::kLeft, 12},
                     {"kernel", Align::kLeft, 12},
                     {"output", Align::kLeft, 8},
                     {"MACs", Align::kRight, 0},
                     {"cycles", Align::kRight, 0},
                     {"%", Align::kRight, 0},
                     {"ms", Align::kRight, 0},
                     {"cyc/MAC", Align::kRight, 0},
                     {"stack B", Align::kRight, 0},
                     {"uJ", Align::kRight, 0}});
    std::uint64_t macs = 0;
    std::uint64_t most = 0;
    for (const LayerRow& layer : row.layers) most = std::max(most, layer.cycles);
    for (const LayerRow& layer : row.layers) {
      const bool counts = layer.macs && *layer.macs != 0;
      if (counts) macs += *layer.macs;
      std::string suffix = options_.bars ? bar(layer.cycles, most) : "";
      if (!suffix.empty() && layer.cycles * 2 >= most) suffix = coloured("33", suffix);
      const std::string kernel = layer.kernel.empty() ? layer.name : unqualified(layer.kernel);
      table.row({std::to_string(layer.index), printable(unqualified(layer.op)), printable(kernel),
                 shape(layer.output_shape), counts ? grouped(*layer.macs) : "-",
                 grouped(layer.cycles), percent(layer.cycles, row.cycles), time(layer.cycles),
                 counts ? per_mac(layer.cycles, *layer.macs) : "-",
                 std::to_string(layer.stack_peak_bytes), energy(layer.energy_uj)},
                suffix);
    }
    table.row({"", "(invoke loop)", printable(unqualified(row.function)), "", "-",
               grouped(row.own_cycles), percent(row.own_cycles, row.cycles), time(row.own_cycles),
               "-", "", ""});
    table.rule();
    table.row({"", "total", "", "", macs != 0 ? grouped(macs) : "-", grouped(row.cycles),
               percent(row.cycles, row.cycles), time(row.cycles),
               macs != 0 ? per_mac(row.cycles, macs) : "-", std::to_string(row.stack_peak_bytes),
               energy(row.energy_uj)});
    const std::size_t bars = options_.bars ? kBarBlocks + 2 : 0;
    table.write(out_, std::max<std::size_t>(options_.width, 60) - bars);
  }

  std::string time(std::uint64_t cycles) const {
    return fmt::format("{:.3f}", milliseconds(cycles, report_.clock_hz));
  }

  static std::string per_mac(std::uint64_t cycles, std::uint64_t macs) {
    return fmt::format("{:.2f}", static_cast<double>(cycles) / static_cast<double>(macs));
  }

  void list_inferences() {
    const std::size_t count = report_.inferences.size();
    const std::size_t first = count > kListedInferences ? count - kListedInferences : 0;
    heading("Inferences");
    if (first != 0) print("  the last {} of {}:\n", kListedInferences, count);
    for (std::size_t i = first; i < count; ++i) {
      const InferenceRow& row = report_.inferences[i];
      print("  {:>4}  {:>14} cycles  {:>10} ms  {:>9} uJ  {:>12} cycles in interrupts{}\n",
            row.index + 1, grouped(row.cycles), time(row.cycles), energy(row.energy_uj),
            grouped(row.interrupt_cycles), row.complete ? "" : "  (cut short)");
    }
  }

  void hottest_functions() {
    if (report_.functions.empty()) return;
    heading("Functions with the most cycles of their own");
    for (const FunctionRow& row : report_.functions) {
      print("  {:>14}  {:>5} %  {}\n", grouped(row.cycles),
            percent(row.cycles, report_.total_cycles), printable(row.name).substr(0, 90));
    }
  }

  void run() {
    heading("Run");
    const double cpi = report_.instructions == 0
                           ? 0
                           : static_cast<double>(report_.total_cycles - report_.sleep_cycles) /
                                 static_cast<double>(report_.instructions);
    print("  cycles         {} ({} asleep), {:.6g} s simulated\n", grouped(report_.total_cycles),
          grouped(report_.sleep_cycles), report_.simulated_seconds);
    print("  instructions   {}, {:.3f} cycles each while awake\n", grouped(report_.instructions),
          cpi);
    print("  interrupts     {} cycles ({} %)\n", grouped(report_.interrupt_cycles),
          percent(report_.interrupt_cycles, report_.total_cycles));
    print("  unattributed   {} cycles ({} %), outside of layers and interrupts\n",
          grouped(report_.unattributed_cycles),
          percent(report_.unattributed_cycles, report_.total_cycles));
    if (!report_.stop_reason.empty()) print("  stopped by     {}\n", report_.stop_reason);
  }

  void interrupts() {
    if (report_.interrupts.empty()) return;
    heading("Interrupts");
    for (const InterruptRow& row : report_.interrupts) {
      print("  {:>3}  {:<40}  {:>10} times  {:>14} cycles\n", row.number,
            printable(row.name).substr(0, 40), grouped(row.count), grouped(row.cycles));
    }
  }

  void threads() {
    const ThreadReport& report = report_.threads;
    if (report.rtos.empty()) return;
    heading(fmt::format("Threads of {}", report.rtos));
    TextTable table({{"thread", TextTable::Align::kLeft, 12},
                     {"cycles awake", TextTable::Align::kRight, 0},
                     {"cycles asleep", TextTable::Align::kRight, 0},
                     {"starts", TextTable::Align::kRight, 0},
                     {"stack B", TextTable::Align::kRight, 0},
                     {"of", TextTable::Align::kRight, 0}});
    for (const ThreadRow& row : report.threads) {
      const bool known = row.stack_bytes != 0;
      const bool overflow = row.stack_peak_bytes > row.stack_bytes;
      table.row(
          {printable(row.name) + (row.idle ? " (idle)" : ""),
           grouped(row.cycles - row.sleep_cycles), grouped(row.sleep_cycles), grouped(row.starts),
           known ? grouped(row.stack_peak_bytes) : "-", known ? grouped(row.stack_bytes) : "-"},
          overflow ? "  stack overflow" : "");
    }
    table.row({"(handlers)", grouped(report.handler_cycles), "", "", "", ""});
    table.write(out_, std::max<std::size_t>(options_.width, 60));
  }

  void memory() {
    const MemoryReport& memory = report_.memory;
    heading("Memory");
    print("  flash          {} of {} bytes\n", grouped(memory.flash_bytes),
          grouped(memory.flash_total_bytes));
    print("  static RAM     {} of {} bytes\n", grouped(memory.static_ram_bytes),
          grouped(memory.ram_total_bytes));
    print("  main stack     {} bytes at its deepest\n", grouped(memory.stack_peak_bytes));
    if (memory.arena_bytes != 0) {
      print("  arena          {} bytes ({})\n", grouped(memory.arena_bytes),
            printable(memory.arena_symbol).substr(0, 80));
    }
  }

  void energies() {
    const EnergyReport& report = report_.energy;
    if (report.parts.empty()) return;
    heading(fmt::format("Energy, estimated at {:.3g} V", report.supply_volts));
    print("  whole run      {}\n", bounds(report.total_uj));
    if (report.per_inference_uj) print("  per inference  {}\n", bounds(*report.per_inference_uj));
    for (const EnergyPart& part : report.parts) {
      const std::string unit = part.unit + " " + part.state +
                               (part.condition.empty() ? "" : " (" + part.condition + ")");
      print("  {:<32}  {:>10.6f} s  {}\n", unit, part.seconds, bounds(part.uj));
    }
  }

  void notes() {
    if (!report_.assumptions.empty()) {
      heading(fmt::format("Assumptions ({})", report_.assumptions.size()));
      for (const Assumption& note : report_.assumptions) {
        paragraph(printable(fmt::format("{}: {} [{}]", note.topic, note.text, note.source)));
      }
    }
    if (!report_.unmodelled.empty()) {
      heading(
          fmt::format("Accesses to hardware that is not modelled ({})", report_.unmodelled.size()));
      for (const UnmodelledAccess& access : report_.unmodelled) {
        print("  {:#010x}  {:<5}  {} {}, {} times, first value {:#x}\n", access.address,
              access.write ? "write" : "read", access.block, access.what, access.count,
              access.first_value);
      }
    }
  }

  const ProfileReport& report_;
  const TerminalOptions& options_;
  std::ostream& out_;
};

}  // namespace

void TerminalTable::write(const ProfileReport& report, std::ostream& out) const {
  Writer(report, options_, out).write();
}

}  // namespace tinyscope
