#include "profiler/budget/baseline_text.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <ostream>

#include "profiler/budget/quantity.hpp"
#include "profiler/budget/row_pairs.hpp"
#include "profiler/exporters/text_table.hpp"

namespace tinyscope {
namespace {

using Align = TextTable::Align;

constexpr unsigned kNarrowest = 80;

std::string row_name(const MeasuredRow& row) {
  if (row.scope == Scope::kRun) return "run";
  if (row.scope == Scope::kLayer) return printable(row.name);
  return fmt::format("{} {}", name_of(row.scope), printable(row.name));
}

// Of layers and phases the figure that says most.
bool is_listed(const MeasuredRow& row, const Metric& metric) {
  if (row.scope == Scope::kRun || row.scope == Scope::kModel) return true;
  return metric.name == "cycles";
}

bool has_baseline(const MeasuredRow& row) {
  return row.scope == Scope::kRun || row.scope == Scope::kModel || row.scope == Scope::kLayer ||
         row.scope == Scope::kPhase;
}

void write_header(const RunMeasurements& of, std::ostream& out) {
  out << fmt::format("{} on {} at {} Hz, sha256 {}\n\n", printable(of.firmware.path),
                     printable(of.board), figure(static_cast<double>(of.clock_hz)),
                     printable(of.firmware.sha256));
}

}  // namespace

void write_baseline_text(const RunMeasurements& of, unsigned width, std::ostream& out) {
  write_header(of, out);
  TextTable table({{"where", Align::kLeft, 16}, {"metric", Align::kLeft, 0}, {"value"}});
  for (const MeasuredRow& row : of.rows) {
    if (!has_baseline(row)) continue;
    for (const Metric& metric : row.metrics) {
      if (!is_listed(row, metric)) continue;
      table.row({row_name(row), std::string(metric.name), figure(metric.value)});
    }
  }
  table.write(out, std::max(width, kNarrowest));
}

void write_baseline_changes(const RunMeasurements& before, const RunMeasurements& after,
                            unsigned width, std::ostream& out) {
  write_header(after, out);
  TextTable table({{"where", Align::kLeft, 16},
                   {"metric", Align::kLeft, 0},
                   {"before"},
                   {"now"},
                   {"change"},
                   {""}});
  std::size_t changes = 0;
  const auto add = [&](const MeasuredRow& row, const Metric* a, const Metric* b) {
    if (a != nullptr && b != nullptr && a->value == b->value) return;
    ++changes;
    const double from = a != nullptr ? a->value : 0;
    const double difference = (b != nullptr ? b->value : 0) - from;
    table.row({row_name(row), std::string((b != nullptr ? b : a)->name),
               a != nullptr ? figure(a->value) : "-", b != nullptr ? figure(b->value) : "-",
               signed_figure(difference),
               a == nullptr   ? "new"
               : b == nullptr ? "gone"
                              : signed_percent(difference, from)});
  };
  const RowPairs pairs(before, after);
  for (const MeasuredRow& row : after.rows) {
    if (!has_baseline(row)) continue;
    const MeasuredRow* const partner = pairs.before(row);
    for (const Metric& metric : row.metrics) {
      if (is_listed(row, metric)) {
        add(row, partner != nullptr ? partner->find(metric.name) : nullptr, &metric);
      }
    }
  }
  for (const MeasuredRow& row : before.rows) {
    if (pairs.after(row) != nullptr) continue;
    for (const Metric& metric : row.metrics) {
      if (is_listed(row, metric)) add(row, &metric, nullptr);
    }
  }
  if (changes == 0) {
    out << "nothing changed\n";
    return;
  }
  table.write(out, std::max(width, kNarrowest));
}

}  // namespace tinyscope
