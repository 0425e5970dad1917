#include "profiler/exporters/terminal_table.hpp"

#include "profiler/exporters/terminal_page.hpp"
#include "profiler/exporters/text_table.hpp"

namespace tinyscope {

void TerminalTable::write(const ProfileReport& report, std::ostream& out) const {
  TerminalPage page{report, options_, out};
  page.print("{} on {} ({}, {:.6g} MHz)\n", printable(report.firmware.path), report.board,
             report.soc, static_cast<double>(report.clock_hz) / 1e6);
  write_inferences(page);
  write_run(page);
  write_phases(page);
  write_functions(page);
  write_lines(page);
  write_interrupts(page);
  write_threads(page);
  write_memory(page);
  write_energy(page);
  write_lint(page);
  write_advice(page);
  write_notes(page);
}

}  // namespace tinyscope
