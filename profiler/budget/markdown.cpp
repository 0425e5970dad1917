#include <fmt/format.h>

#include <algorithm>
#include <ostream>

#include "profiler/budget/check_writers.hpp"
#include "profiler/budget/quantity.hpp"
#include "profiler/exporters/clean_text.hpp"

namespace tinyscope {
namespace {

// A comment on GitHub may have 65,536 characters.
constexpr std::size_t kListed = 100;

// As code, so that nothing in a name of the firmware is markup or a mention. Within a table a bar
// would end the cell even so.
std::string code(const std::string& text) {
  std::string safe;
  for (const char c : clean_text(text)) {
    if (c == '`') {
      safe += '\'';
      continue;
    }
    if (c == '|') safe += '\\';
    safe += c;
  }
  return safe.empty() ? "" : "`" + safe + "`";
}

void write_rows(const std::vector<const Outcome*>& rows, std::ostream& out) {
  out << "| | metric | where | limit | measured | off by | |\n"
         "|---|---|---|---|--:|--:|--:|\n";
  for (std::size_t i = 0; i < rows.size() && i < kListed; ++i) {
    const Outcome& row = *rows[i];
    out << fmt::format("| {} | {} | {} | {} | {} | {} | {} |\n",
                       row.kept ? ":white_check_mark:" : ":x:", row.kind->name,
                       row.row.empty() ? "run" : code(row.where()), row.limit_text,
                       row.measured_text(), row.difference_text(), row.percent_text());
  }
  if (rows.size() > kListed) out << fmt::format("\n… and {} more\n", rows.size() - kListed);
}

void write_reasons(const std::vector<const Outcome*>& rows, std::ostream& out) {
  std::size_t listed = 0;
  for (const Outcome* const row : rows) {
    if (row->reason.empty() || listed++ == kListed) continue;
    out << fmt::format("\n- {}{}", row->kind->name, row->row.empty() ? "" : " of ")
        << (row->row.empty() ? "" : code(row->where())) << ' ' << clean_text(row->reason);
  }
  if (listed != 0) out << '\n';
}

void write_layers(const CheckResult& result, std::ostream& out) {
  if (result.baseline_path.empty()) return;
  if (result.layers.empty()) {
    out << "\nNo layer changed against the baseline.\n";
    return;
  }
  out << "\n#### Layers that changed against the baseline\n\n"
         "| layer | baseline cycles | cycles | change | |\n"
         "|---|--:|--:|--:|--:|\n";
  for (std::size_t i = 0; i < result.layers.size() && i < kListed; ++i) {
    const LayerChange& row = result.layers[i];
    const double before = row.before.value_or(0);
    const double change = row.after.value_or(0) - before;
    out << fmt::format("| {} | {} | {} | {} | {} |\n", code(row.name),
                       row.before ? figure(*row.before) : "-", row.after ? figure(*row.after) : "-",
                       signed_figure(change),
                       !row.before  ? "new"
                       : !row.after ? "gone"
                                    : signed_percent(change, before));
  }
  if (result.layers.size() > kListed) {
    out << fmt::format("\n… and {} more\n", result.layers.size() - kListed);
  }
}

}  // namespace

void write_markdown(const CheckResult& result, std::ostream& out) {
  std::vector<const Outcome*> broken, kept;
  for (const Outcome* const row : result.failed_first()) (row->kept ? kept : broken).push_back(row);
  // The first line lets a bot find the comment that it wrote before.
  out << "<!-- tinyscope-check -->\n"
      << fmt::format("### {} {} on {}: ", result.passed() ? ":white_check_mark:" : ":x:",
                     code(result.firmware), code(result.board));
  if (broken.empty()) {
    out << fmt::format("all {} budgets kept\n", kept.size());
  } else {
    out << fmt::format("{} of {} budgets broken\n\n", broken.size(), result.outcomes.size());
    write_rows(broken, out);
    write_reasons(broken, out);
  }
  if (!result.run_failure.empty()) {
    out << "\n:x: The run itself failed: " << code(result.run_failure) << '\n';
  }
  for (const std::string& note : result.notes) out << "\nNote: " << clean_text(note) << '\n';
  if (!kept.empty()) {
    out << fmt::format("\n<details><summary>{} budgets kept</summary>\n\n", kept.size());
    write_rows(kept, out);
    out << "\n</details>\n";
  }
  write_layers(result, out);
}

}  // namespace tinyscope
