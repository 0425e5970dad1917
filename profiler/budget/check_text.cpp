#include <fmt/format.h>

#include <algorithm>
#include <ostream>
#include <sstream>

#include "profiler/budget/check_writers.hpp"
#include "profiler/exporters/text_table.hpp"

namespace tinyscope {
namespace {

using Align = TextTable::Align;

constexpr const char* kBroken = "BROKEN";
constexpr unsigned kNarrowest = 80;

std::string place(const SourcePlace& of) {
  return of.line == 0 ? printable(of.file) : fmt::format("{}:{}", printable(of.file), of.line);
}

std::string coloured(bool wanted, const char* code, const std::string& text) {
  return wanted ? fmt::format("\x1b[{}m{}\x1b[0m", code, text) : text;
}

void write_table(const CheckResult& result, const CheckTextOptions& options, std::ostream& out) {
  TextTable table({{"", Align::kLeft, 0},
                   {"metric", Align::kLeft, 0},
                   {"where", Align::kLeft, 16},
                   {"limit", Align::kLeft, 16},
                   {"measured", Align::kRight, 0},
                   {"off by", Align::kRight, 0},
                   {"", Align::kRight, 0}});
  for (const Outcome* const row : result.failed_first()) {
    table.row({row->kept ? "kept" : kBroken, std::string(row->kind->name), printable(row->where()),
               printable(row->limit_text), row->measured_text(), row->difference_text(),
               row->percent_text()});
  }
  std::ostringstream text;
  table.write(text, std::max(options.width, kNarrowest));
  std::istringstream lines(text.str());
  for (std::string line; std::getline(lines, line);) {
    out << coloured(options.colours && line.find(kBroken) == 0, "31", line) << '\n';
  }
}

}  // namespace

void write_check_text(const CheckResult& result, const CheckTextOptions& options,
                      std::ostream& out) {
  out << fmt::format(
      "Budgets of {} on {}, from {}{}\n\n", printable(result.firmware), printable(result.board),
      printable(result.budget_path),
      result.baseline_path.empty() ? "" : ", against " + printable(result.baseline_path));
  write_table(result, options, out);
  for (const std::string& note : result.notes) out << "\nnote: " << printable(note) << '\n';
  if (result.broken() != 0) out << '\n';
  for (const Outcome* const row : result.failed_first()) {
    if (row->kept) continue;
    out << fmt::format("{}: {}\n", place(row->budget), printable(row->message()));
    if (!row->source.file.empty()) out << fmt::format("  code: {}\n", place(row->source));
  }
  if (!result.run_failure.empty()) {
    out << fmt::format("\nthe run itself failed: {}\n", printable(result.run_failure));
  }
  const std::size_t all = result.outcomes.size();
  out << '\n'
      << coloured(options.colours, result.passed() ? "32" : "31",
                  result.broken() == 0
                      ? fmt::format("all {} budgets kept", all)
                      : fmt::format("{} of {} budgets broken", result.broken(), all))
      << '\n';
}

}  // namespace tinyscope
