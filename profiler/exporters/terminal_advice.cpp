// What costs and need not, and what would save how much.
#include <algorithm>
#include <cmath>

#include "profiler/exporters/terminal_page.hpp"
#include "profiler/exporters/terminal_text.hpp"
#include "profiler/exporters/text_table.hpp"

namespace tinyscope {
namespace {

std::string signed_figure(double value) {
  const std::string digits = grouped(static_cast<std::uint64_t>(std::llround(std::abs(value))));
  return value < 0 ? "-" + digits : digits;
}

// Nothing where there is nothing to say.
std::string small(double value) { return value == 0 ? "" : fmt::format("{:.4g}", value); }

// The last complete inference, which the share is of; null: there is none.
const InferenceRow* last_complete(const ProfileReport& report) {
  const auto found = std::find_if(report.inferences.rbegin(), report.inferences.rend(),
                                  [](const InferenceRow& row) { return row.complete; });
  return found == report.inferences.rend() ? nullptr : &*found;
}

}  // namespace

void write_lint(TerminalPage& page) {
  const auto& rows = page.report.lint;
  if (rows.empty()) return;
  page.heading(fmt::format("Findings ({})", rows.size()));
  for (const LintRow& row : rows) {
    page.paragraph(printable(fmt::format("{}: {}", row.rule, row.text)));
    page.paragraph(printable(fmt::format("  -> {}", row.fix)));
  }
}

void write_advice(TerminalPage& page) {
  const auto& rows = page.report.advice;
  if (rows.empty()) return;
  page.heading("Advice: what would be saved in one inference (negative: it would cost)");
  const InferenceRow* const inference = last_complete(page.report);
  TextTable table({{"", TextTable::Align::kRight, 0},
                   {"cycles", TextTable::Align::kRight, 0},
                   {"%", TextTable::Align::kRight, 0},
                   {"ms", TextTable::Align::kRight, 0},
                   {"uJ", TextTable::Align::kRight, 0},
                   {"RAM bytes", TextTable::Align::kRight, 0},
                   {"what", TextTable::Align::kLeft, 20}});
  for (std::size_t i = 0; i < rows.size(); ++i) {
    const AdviceRow& row = rows[i];
    const bool known = inference != nullptr && inference->cycles != 0 && row.cycles_saved != 0;
    const std::string share =
        known
            ? fmt::format("{:.1f}", 100 * row.cycles_saved / static_cast<double>(inference->cycles))
            : "";
    const double ram = static_cast<double>(row.ram_bytes_saved);
    table.row({std::to_string(i + 1), row.cycles_saved == 0 ? "" : signed_figure(row.cycles_saved),
               share, small(row.milliseconds_saved), small(row.uj_saved),
               row.ram_bytes_saved == 0 ? "" : signed_figure(ram), printable(row.title)});
  }
  table.write(page.out, std::max<std::size_t>(page.options.width, 60));
  for (std::size_t i = 0; i < rows.size(); ++i) {
    page.paragraph(
        printable(fmt::format("{}. {}: {} [{}]", i + 1, rows[i].title, rows[i].text, rows[i].how)));
  }
}

}  // namespace tinyscope
