// What was assumed, and what the firmware touched that is not modelled.
#include "profiler/exporters/terminal_page.hpp"
#include "profiler/exporters/terminal_text.hpp"
#include "profiler/exporters/text_table.hpp"

namespace tinyscope {

void write_notes(TerminalPage& page) {
  if (!page.report.assumptions.empty()) {
    page.heading(fmt::format("Assumptions ({})", page.report.assumptions.size()));
    for (const Assumption& note : page.report.assumptions) {
      page.paragraph(printable(fmt::format("{}: {} [{}]", note.topic, note.text, note.source)));
    }
  }
  if (!page.report.unmodelled.empty()) {
    page.heading(fmt::format("Accesses to hardware that is not modelled ({})",
                             page.report.unmodelled.size()));
    for (const UnmodelledAccess& access : page.report.unmodelled) {
      page.print("  {:#010x}  {:<5}  {} {}, {} times, first value {:#x}\n", access.address,
                 access.write ? "write" : "read", access.block, access.what, access.count,
                 access.first_value);
    }
  }
}

}  // namespace tinyscope
