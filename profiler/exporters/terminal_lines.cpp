// The source lines that took most cycles.
#include <algorithm>

#include "profiler/exporters/terminal_page.hpp"
#include "profiler/exporters/terminal_text.hpp"
#include "profiler/exporters/text_table.hpp"

namespace tinyscope {

void write_lines(TerminalPage& page) {
  constexpr std::size_t kShownLines = 8;
  const ProfileReport& report = page.report;
  const bool known = std::any_of(report.lines.begin(), report.lines.end(),
                                 [](const LineRow& row) { return !row.file.empty(); });
  if (!known) return;
  const std::size_t count = std::min(report.lines.size(), kShownLines);
  page.heading(
      fmt::format("Source lines with the most cycles, {} of {}; `tinyscope annotate` "
                  "shows their code",
                  count, report.lines.size()));
  using Align = TextTable::Align;
  TextTable table({{"line", Align::kLeft, 24},
                   {"function", Align::kLeft, 16},
                   {"instructions", Align::kRight, 0},
                   {"cycles", Align::kRight, 0},
                   {"%", Align::kRight, 0}});
  for (std::size_t i = 0; i < count; ++i) {
    const LineRow& row = report.lines[i];
    table.row({row.file.empty() ? "-" : printable(fmt::format("{}:{}", row.file, row.line)),
               printable(unqualified(row.function)), grouped(row.count), grouped(row.cycles),
               percent(row.cycles, report.total_cycles)});
  }
  table.write(page.out, std::max<std::size_t>(page.options.width, 60));
}

}  // namespace tinyscope
