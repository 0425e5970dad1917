#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <ostream>
#include <sstream>

#include "profiler/diff/diff_writers.hpp"
#include "profiler/exporters/text_table.hpp"

namespace tinyscope {
namespace {

using Align = TextTable::Align;

// 1,234,567; fractions only of small numbers.
std::string figure(double value) {
  const double size = std::abs(value);
  if (size < 100 && size != std::floor(size)) return fmt::format("{:.2f}", value);
  std::string digits = fmt::format("{:.0f}", size);
  for (std::size_t i = digits.size(); i > 3; i -= 3) digits.insert(i - 3, ",");
  return value < 0 ? "-" + digits : digits;
}

std::string difference(const Change& change) {
  return (change.difference() > 0 ? "+" : "") + figure(change.difference());
}

std::string percent(const Change& change) {
  const auto relative = change.percent();
  if (change.difference() == 0) return "=";
  if (!relative) return "new";
  if (change.after == 0) return "gone";
  return fmt::format("{:+.1f} %", *relative);
}

// The cause whose cycles changed most in the direction of the whole.
std::string main_cause(const StallChanges& stalls, double whole) {
  std::size_t most = 0;
  for (std::size_t i = 1; i < stalls.size(); ++i) {
    const double sign = whole < 0 ? -1 : 1;
    if (sign * stalls[i].difference() > sign * stalls[most].difference()) most = i;
  }
  if (stalls[most].difference() == 0) return {};
  return fmt::format("{} {}", name_of(static_cast<StallCause>(most)), difference(stalls[most]));
}

class Writer {
 public:
  Writer(const ReportDiff& diff, const DiffTextOptions& options, std::ostream& out)
      : diff_(diff), options_(options), out_(out) {}

  void write() {
    out_ << fmt::format("before: {} ({} on {})\nafter:  {} ({} on {})\n",
                        printable(diff_.before.name), printable(diff_.before.firmware),
                        printable(diff_.before.board), printable(diff_.after.name),
                        printable(diff_.after.firmware), printable(diff_.after.board));
    for (const std::string& warning : diff_.warnings)
      out_ << "note: " << printable(warning) << '\n';
    for (const GroupDiff& group : diff_.groups) inference(group);
    if (diff_.groups.empty()) out_ << "\nneither report has a complete inference\n";
    quantities("Memory", diff_.memory);
    quantities("Whole run", diff_.run);
    functions();
  }

 private:
  // A table whose rows are coloured by what changed.
  class Table {
   public:
    Table(Writer& writer, std::vector<TextTable::Column> columns)
        : writer_(writer), table_(std::move(columns)) {}
    void row(std::vector<std::string> cells, const Change& change) {
      table_.row(std::move(cells));
      changes_.push_back(change.difference());
    }
    void write() {
      std::ostringstream text;
      table_.write(text, std::max(writer_.options_.width, 60u));
      std::istringstream lines(text.str());
      std::string line;
      // The rows are the last lines; what stands before them is the heading.
      std::vector<std::string> all;
      while (std::getline(lines, line)) all.push_back(line);
      const std::size_t heading = all.size() - std::min(all.size(), changes_.size());
      for (std::size_t i = 0; i < all.size(); ++i) {
        const double change = i < heading ? 0 : changes_[i - heading];
        const char* const colour = change > 0 ? "\x1B[31m" : "\x1B[32m";
        const bool coloured = writer_.options_.colours && change != 0;
        writer_.out_ << (coloured ? colour : "") << all[i] << (coloured ? "\x1B[0m" : "") << '\n';
      }
    }

   private:
    Writer& writer_;
    TextTable table_;
    std::vector<double> changes_;
  };

  void heading(const std::string& text) {
    out_ << '\n'
         << (options_.colours ? "\x1B[1m" : "") << text << (options_.colours ? "\x1B[0m" : "")
         << '\n';
  }

  static std::vector<TextTable::Column> value_columns(std::vector<TextTable::Column> columns) {
    for (const char* const title : {"before", "after", "change", ""}) {
      columns.push_back({title, Align::kRight, 0});
    }
    return columns;
  }

  static std::vector<std::string> values(std::vector<std::string> cells, const Change& change) {
    for (auto& text :
         {figure(change.before), figure(change.after), difference(change), percent(change)}) {
      cells.push_back(text);
    }
    return cells;
  }

  void inference(const GroupDiff& group) {
    const std::string model = printable(group.model.empty() ? group.function : group.model);
    if (group.inferences_before == 0 || group.inferences_after == 0) {
      heading(fmt::format("Inference of {}: only {}", model,
                          group.inferences_before == 0 ? "after" : "before"));
    } else {
      heading(fmt::format("Inference of {}: mean of {} before and {} after", model,
                          group.inferences_before, group.inferences_after));
    }
    Table sums(*this, value_columns({{"", Align::kLeft, 12}}));
    sums.row(values({"cycles"}, group.cycles), group.cycles);
    sums.row(values({"ms"}, group.milliseconds), group.milliseconds);
    if (group.energy_uj.before != 0 || group.energy_uj.after != 0) {
      sums.row(values({"uJ"}, group.energy_uj), group.energy_uj);
    }
    for (std::size_t i = 0; i < kStallCauseCount; ++i) {
      const Change& stall = group.stalls[i];
      if (stall.before == 0 && stall.after == 0) continue;
      sums.row(values({fmt::format("  {}", name_of(static_cast<StallCause>(i)))}, stall), stall);
    }
    sums.write();
    layers(group);
  }

  void layers(const GroupDiff& group) {
    std::size_t unchanged = 0;
    std::size_t left_out = 0;
    Table table(*this, value_columns({{"layer", Align::kRight, 0},
                                      {"operator", Align::kLeft, 10},
                                      {"name", Align::kLeft, 8},
                                      {"most in", Align::kLeft, 8}}));
    std::size_t listed = 0;
    for (const LayerDiff& layer : group.layers) {
      const bool moved = !layer.index_before || !layer.index_after;
      if (layer.cycles.difference() == 0 && !moved) {
        ++unchanged;
      } else if (listed == options_.listed) {
        ++left_out;
      } else {
        ++listed;
        table.row(values({layer_index(layer), printable(layer.op), printable(layer.name),
                          kernel_or_cause(layer)},
                         layer.cycles),
                  layer.cycles);
      }
    }
    if (listed != 0) {
      out_ << '\n';
      table.write();
    }
    if (left_out != 0) out_ << fmt::format("{} more layers changed less\n", left_out);
    if (unchanged != 0) out_ << fmt::format("{} unchanged in cycles\n", unchanged);
  }

  static std::string layer_index(const LayerDiff& layer) {
    if (!layer.index_before) return fmt::format("+{}", *layer.index_after);
    if (!layer.index_after) return fmt::format("-{}", *layer.index_before);
    if (*layer.index_before == *layer.index_after) return fmt::format("{}", *layer.index_after);
    return fmt::format("{}>{}", *layer.index_before, *layer.index_after);
  }

  // Another kernel says more than a stall.
  static std::string kernel_or_cause(const LayerDiff& layer) {
    const bool both = layer.index_before && layer.index_after;
    if (both && layer.kernel_before != layer.kernel_after && !layer.kernel_after.empty()) {
      return "now " + printable(layer.kernel_after);
    }
    return main_cause(layer.stalls, layer.cycles.difference());
  }

  void quantities(const char* title, const std::vector<QuantityDiff>& rows) {
    if (rows.empty()) return;
    heading(title);
    Table table(*this, value_columns({{"", Align::kLeft, 12}}));
    for (const QuantityDiff& row : rows) {
      const std::string name = row.unit.empty() ? row.name : row.name + ", " + row.unit;
      table.row(values({name}, row.change), row.change);
    }
    table.write();
  }

  void functions() {
    if (diff_.functions.empty()) return;
    heading("Functions, own cycles of the whole run");
    Table table(*this, value_columns({{"function", Align::kLeft, 16}}));
    for (std::size_t i = 0; i < std::min(options_.listed, diff_.functions.size()); ++i) {
      const FunctionDiff& row = diff_.functions[i];
      table.row(values({printable(row.name).substr(0, 60)}, row.cycles), row.cycles);
    }
    table.write();
    if (diff_.functions.size() > options_.listed) {
      out_ << fmt::format("{} more functions changed less\n",
                          diff_.functions.size() - options_.listed);
    }
  }

  const ReportDiff& diff_;
  const DiffTextOptions& options_;
  std::ostream& out_;
};

}  // namespace

void write_diff_text(const ReportDiff& diff, const DiffTextOptions& options, std::ostream& out) {
  Writer(diff, options, out).write();
}

}  // namespace tinyscope
