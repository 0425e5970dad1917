// What the run as a whole did: cycles, interrupts, threads, functions.
#include <algorithm>

#include "profiler/exporters/terminal_page.hpp"
#include "profiler/exporters/terminal_text.hpp"
#include "profiler/exporters/text_table.hpp"

namespace tinyscope {

namespace {

constexpr std::size_t kShownFunctions = 12;

}  // namespace

void write_run(TerminalPage& page) {
  page.heading("Run");
  const double cpi =
      page.report.instructions == 0
          ? 0
          : static_cast<double>(page.report.total_cycles - page.report.sleep_cycles) /
                static_cast<double>(page.report.instructions);
  page.print("  cycles         {} ({} asleep), {:.6g} s simulated\n",
             grouped(page.report.total_cycles), grouped(page.report.sleep_cycles),
             page.report.simulated_seconds);
  page.print("  instructions   {}, {:.3f} cycles each while awake\n",
             grouped(page.report.instructions), cpi);
  page.print("  interrupts     {} cycles ({} %)\n", grouped(page.report.interrupt_cycles),
             percent(page.report.interrupt_cycles, page.report.total_cycles));
  page.print("  unattributed   {} cycles ({} %), outside of layers and interrupts\n",
             grouped(page.report.unattributed_cycles),
             percent(page.report.unattributed_cycles, page.report.total_cycles));
  if (!page.report.stop_reason.empty())
    page.print("  stopped by     {}\n", page.report.stop_reason);
}

void write_interrupts(TerminalPage& page) {
  if (page.report.interrupts.empty()) return;
  page.heading("Interrupts");
  for (const InterruptRow& row : page.report.interrupts) {
    page.print("  {:>3}  {:<40}  {:>10} times  {:>14} cycles\n", row.number,
               printable(row.name).substr(0, 40), grouped(row.count), grouped(row.cycles));
  }
}

void write_threads(TerminalPage& page) {
  const ThreadReport& report = page.report.threads;
  if (report.rtos.empty()) return;
  page.heading(fmt::format("Threads of {}", report.rtos));
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
        {printable(row.name) + (row.idle ? " (idle)" : ""), grouped(row.cycles - row.sleep_cycles),
         grouped(row.sleep_cycles), grouped(row.starts),
         known ? grouped(row.stack_peak_bytes) : "-", known ? grouped(row.stack_bytes) : "-"},
        overflow ? "  stack overflow" : "");
  }
  table.row({"(handlers)", grouped(report.handler_cycles), "", "", "", ""});
  table.write(page.out, std::max<std::size_t>(page.options.width, 60));
}

void write_phases(TerminalPage& page) {
  const ProfileReport& report = page.report;
  if (report.phases.empty()) return;
  page.heading("Phases");
  using Align = TextTable::Align;
  TextTable table({{"phase", Align::kLeft, 12},
                   {"times", Align::kRight, 0},
                   {"cycles", Align::kRight, 0},
                   {"%", Align::kRight, 0},
                   {"uJ", Align::kRight, 0}});
  for (const PhaseRow& row : report.phases) {
    table.row({printable(row.name), row.count != 0 ? grouped(row.count) : "-", grouped(row.cycles),
               percent(row.cycles, report.total_cycles), energy(row.energy_uj)});
  }
  table.write(page.out, std::max<std::size_t>(page.options.width, 60));
}

void write_functions(TerminalPage& page) {
  const ProfileReport& report = page.report;
  if (report.functions.empty()) return;
  const std::size_t count = std::min(report.functions.size(), kShownFunctions);
  page.heading(fmt::format("Functions with the most cycles of their own, {} of {}", count,
                           report.functions.size()));
  using Align = TextTable::Align;
  TextTable table({{"function", Align::kLeft, 24},
                   {"calls", Align::kRight, 0},
                   {"own cycles", Align::kRight, 0},
                   {"%", Align::kRight, 0},
                   {"with callees", Align::kRight, 0},
                   {"%", Align::kRight, 0}});
  for (std::size_t i = 0; i < count; ++i) {
    const FunctionRow& row = report.functions[i];
    table.row({printable(row.name), grouped(row.calls), grouped(row.cycles),
               percent(row.cycles, report.total_cycles), grouped(row.inclusive_cycles),
               percent(row.inclusive_cycles, report.total_cycles)});
  }
  table.write(page.out, std::max<std::size_t>(page.options.width, 60));
}

}  // namespace tinyscope
