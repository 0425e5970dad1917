// What was assumed, and what the firmware touched that is not modelled.
#include <fmt/format.h>

#include <filesystem>
#include <string>

#include "profiler/exporters/terminal_page.hpp"
#include "profiler/exporters/terminal_text.hpp"
#include "profiler/exporters/text_table.hpp"

namespace tinyscope {
namespace {

// ", first in nfct_init (nfct.c:12)", or as much of it as is known.
std::string place_of(const UnmodelledAccess& access) {
  if (access.pc == 0) return "";
  const std::string function =
      access.function.empty() ? fmt::format("{:#010x}", access.pc) : printable(access.function);
  if (access.file.empty()) return ", first in " + function;
  return fmt::format(", first in {} ({}:{})", function,
                     printable(std::filesystem::path(access.file).filename().string()),
                     access.line);
}

}  // namespace

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
      page.print("  {:#010x}  {:<5}  {}{} {}{}, {} times, first value {:#x}{}{}\n", access.address,
                 access.write ? "write" : "read", access.block, access.stub ? " (stub)" : "",
                 access.what, access.fields.empty() ? "" : fmt::format(" [{}]", access.fields),
                 access.count, access.first_value,
                 access.last_value == access.first_value
                     ? ""
                     : fmt::format(", last {:#x}", access.last_value),
                 place_of(access));
    }
  }
}

}  // namespace tinyscope
