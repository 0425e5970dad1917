#include "profiler/budget/budget_check.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <functional>
#include <set>

#include "profiler/budget/quantity.hpp"
#include "profiler/budget/row_pairs.hpp"
#include "sim/error.hpp"
#include "sim/glob.hpp"
#include "sim/text.hpp"

namespace tinyscope {
namespace {

double end_of(const Metric& metric, EstimateEnd end) {
  switch (end) {
    case EstimateEnd::kValue: return metric.value;
    case EstimateEnd::kLow: return metric.low;
    case EstimateEnd::kHigh: return metric.high;
  }
  return metric.value;
}

std::string_view words(EstimateEnd end) {
  switch (end) {
    case EstimateEnd::kValue: return "";
    case EstimateEnd::kLow: return " (lower bound)";
    case EstimateEnd::kHigh: return " (upper bound)";
  }
  return "";
}

bool matches(const Budget& budget, const MeasuredRow& row) {
  if (row.scope != budget.scope) return false;
  if (budget.scope == Scope::kRun) return true;
  return std::any_of(row.matches.begin(), row.matches.end(), [&](const std::string& name) {
    return !name.empty() && glob_match(budget.pattern, name);
  });
}

class Check {
 public:
  Check(const BudgetFile& file, const RunMeasurements& now, const std::optional<Baseline>& baseline)
      : file_(file), now_(now), baseline_(baseline ? &*baseline : nullptr) {
    if (baseline_ != nullptr) pairs_.emplace(baseline_->measurements, now);
  }

  CheckResult run() {
    out_.firmware = now_.firmware.path;
    out_.sha256 = now_.firmware.sha256;
    out_.board = now_.board;
    out_.clock_hz = now_.clock_hz;
    out_.budget_path = file_.path;
    if (baseline_ != nullptr) compare_headers();
    for (const Budget& budget : file_.budgets) check(budget);
    if (baseline_ != nullptr) layer_changes();
    return std::move(out_);
  }

 private:
  void compare_headers() {
    const RunMeasurements& before = baseline_->measurements;
    out_.baseline_path = baseline_->path;
    if (before.board != now_.board) {
      throw InputError(
          fmt::format("{}: is of {}, and this run of {}; give the baseline of this board, or write "
                      "it anew with `tinyscope baseline update`",
                      baseline_->path, before.board, now_.board));
    }
    if (before.clock_hz != now_.clock_hz) {
      out_.notes.push_back(fmt::format("the clock was {} Hz in the baseline and is {} Hz",
                                       figure(static_cast<double>(before.clock_hz)),
                                       figure(static_cast<double>(now_.clock_hz))));
    }
  }

  void check(const Budget& budget) {
    if (budget.is_relative() && baseline_ == nullptr) {
      fail(budget, "is relative to a baseline; give one with --baseline");
    }
    std::vector<const MeasuredRow*> rows;
    for (const MeasuredRow& row : now_.rows) {
      if (matches(budget, row)) rows.push_back(&row);
    }
    if (needs_inference(budget, rows) && !now_.no_inference.empty()) {
      return broken(budget, budget.pattern, "was not measured: " + now_.no_inference);
    }
    check_absolute(budget, rows);
    if (budget.is_relative()) check_relative(budget, rows);
  }

  static bool needs_inference(const Budget& budget, const std::vector<const MeasuredRow*>& rows) {
    switch (budget.scope) {
      case Scope::kModel:
      case Scope::kLayer: return rows.empty();
      case Scope::kRun: return budget.kind->of_inference || budget.deadline_ms.has_value();
      default: return false;
    }
  }

  void check_absolute(const Budget& budget, const std::vector<const MeasuredRow*>& rows) {
    if (!budget.max && !budget.min) return;
    if (rows.empty()) {
      if (budget.is_relative()) return;  // the baseline may have had them
      fail(budget, nothing_matches(budget, now_, "there is"));
    }
    bool known = false;
    for (const MeasuredRow* const row : rows) {
      const std::optional<double> measured = value_of(budget, *row);
      if (!measured) continue;
      known = true;
      if (budget.max) judge(budget, *row, true, *budget.max, *measured, std::nullopt);
      if (budget.min) judge(budget, *row, false, *budget.min, *measured, std::nullopt);
    }
    if (!known) fail(budget, not_known(budget, "this run"));
  }

  void check_relative(const Budget& budget, const std::vector<const MeasuredRow*>& rows) {
    std::vector<const MeasuredRow*> before;
    for (const MeasuredRow& row : baseline_->measurements.rows) {
      if (matches(budget, row)) before.push_back(&row);
    }
    if (rows.empty() && before.empty()) fail(budget, nothing_matches(budget, now_, "there is"));
    if (before.empty()) {
      fail(budget, nothing_matches(budget, baseline_->measurements, baseline_->path + " has") +
                       "; write it anew with `tinyscope baseline update`");
    }
    // A row whose kernel changed matches on one side only, and is looked at all the same.
    std::vector<const MeasuredRow*> both = rows;
    for (const MeasuredRow* const row : before) {
      const MeasuredRow* const partner = pairs_->after(*row);
      if (partner == nullptr) {
        gone(budget, *row);
      } else if (std::find(both.begin(), both.end(), partner) == both.end()) {
        both.push_back(partner);
      }
    }
    bool known = both.empty();
    for (const MeasuredRow* const row : both) known |= compare(budget, *row);
    if (!known) fail(budget, not_known(budget, "this run"));
  }

  // False where this run does not know the figure.
  bool compare(const Budget& budget, const MeasuredRow& row) {
    const std::optional<double> measured = value_of(budget, row);
    if (!measured) return false;
    const MeasuredRow* const before = pairs_->before(row);
    if (before == nullptr) {
      broken(budget, row.name,
             "is not in the baseline, so nothing limits it; if it is meant to be there, run "
             "`tinyscope baseline update`",
             row.place);
      return true;
    }
    const std::optional<double> base = value_of(budget, *before);
    if (!base) {
      fail(budget,
           not_known(budget, baseline_->path) + "; write it anew with `tinyscope baseline update`");
    }
    if (budget.above) judge(budget, row, true, *base + budget.above->of(*base), *measured, base);
    if (budget.below) judge(budget, row, false, *base - budget.below->of(*base), *measured, base);
    return true;
  }

  std::optional<double> value_of(const Budget& budget, const MeasuredRow& row) const {
    if (budget.deadline_ms) {
      return static_cast<double>(
          std::count_if(row.elapsed_ms.begin(), row.elapsed_ms.end(),
                        [&](double ms) { return ms > *budget.deadline_ms; }));
    }
    const Metric* const metric = row.find(budget.kind->name);
    if (metric == nullptr) return std::nullopt;
    return end_of(*metric, budget.end);
  }

  void judge(const Budget& budget, const MeasuredRow& row, bool at_most, double limit,
             double measured, std::optional<double> base) {
    Outcome& outcome = add(budget, row.name, at_most, base.has_value());
    outcome.source = row.place;
    outcome.limit = limit;
    outcome.measured = measured;
    outcome.baseline = base;
    outcome.kept = at_most ? measured <= limit : measured >= limit;
  }

  void gone(const Budget& budget, const MeasuredRow& row) {
    broken(budget, row.name,
           "is gone: the baseline has it and this run does not; if that is meant, run `tinyscope "
           "baseline update`");
  }

  void broken(const Budget& budget, const std::string& row, const std::string& reason,
              const SourcePlace& place = {}) {
    const bool relative = budget.is_relative();
    const bool at_most = relative ? budget.above.has_value() : budget.max.has_value();
    Outcome& outcome = add(budget, row, at_most, relative);
    outcome.source = place;
    outcome.kept = false;
    outcome.reason = reason;
  }

  Outcome& add(const Budget& budget, const std::string& row, bool at_most, bool relative) {
    Outcome& outcome = out_.outcomes.emplace_back();
    outcome.scope = budget.scope;
    outcome.kind = budget.kind;
    outcome.row = row;
    outcome.at_most = at_most;
    outcome.budget = {budget.file, budget.line};
    const char* const bound = at_most ? "at most" : "at least";
    if (relative) {
      outcome.limit_text = fmt::format("{} the baseline {} {}", bound, at_most ? '+' : '-',
                                       at_most ? budget.above->text : budget.below->text);
    } else {
      outcome.limit_text = fmt::format(
          "{} {}", bound, figure(at_most ? *budget.max : *budget.min, budget.kind->unit));
    }
    if (budget.deadline_ms) {
      outcome.limit_text += fmt::format(" above {}", figure(*budget.deadline_ms, "ms"));
    }
    outcome.limit_text += words(budget.end);
    return outcome;
  }

  [[noreturn]] static void fail(const Budget& budget, const std::string& message) {
    const std::string in = budget.scope == Scope::kRun
                               ? ""
                               : fmt::format("{} \"{}\": ", name_of(budget.scope), budget.pattern);
    throw InputError(fmt::format("{}: {}{}: {}", budget.where(), in, budget.kind->name, message));
  }

  static std::string nothing_matches(const Budget& budget, const RunMeasurements& in,
                                     const std::string& there_is) {
    std::set<std::string> names;
    for (const MeasuredRow& row : in.rows) {
      if (row.scope != budget.scope) continue;
      for (const std::string& name : row.matches) {
        if (!name.empty() && !name.starts_with('#')) names.insert(name);
      }
    }
    std::vector<std::string> known(names.begin(), names.end());
    constexpr std::size_t kListed = 20;
    const std::string closest = closest_match(budget.pattern, known);
    const std::size_t more = known.size() > kListed ? known.size() - kListed : 0;
    known.resize(std::min(known.size(), kListed));
    return fmt::format("no {} matches{}; {}: {}{}", name_of(budget.scope),
                       closest.empty() ? "" : fmt::format(", did you mean '{}'?", closest),
                       there_is, join(known), more == 0 ? "" : fmt::format(" and {} more", more));
  }

  static std::string not_known(const Budget& budget, const std::string& where) {
    if (budget.kind->estimate) {
      return fmt::format("{} does not know it: the chip has no currents for energy", where);
    }
    return fmt::format("{} does not know it", where);
  }

  void layer_changes() {
    const auto cycles = [](const MeasuredRow* row) -> std::optional<double> {
      if (row == nullptr) return std::nullopt;
      const Metric* const metric = row->find("cycles");
      if (metric == nullptr) return std::nullopt;
      return metric->value;
    };
    const auto add_change = [&](const MeasuredRow* before, const MeasuredRow* after) {
      const auto a = cycles(before);
      const auto b = cycles(after);
      if (a == b) return;
      out_.layers.push_back({after != nullptr ? after->name : before->name, a, b});
    };
    for (const MeasuredRow& row : now_.rows) {
      if (row.scope == Scope::kLayer) add_change(pairs_->before(row), &row);
    }
    for (const MeasuredRow& row : baseline_->measurements.rows) {
      if (row.scope == Scope::kLayer && pairs_->after(row) == nullptr) add_change(&row, nullptr);
    }
    const auto size = [](const LayerChange& change) {
      return std::abs(change.after.value_or(0) - change.before.value_or(0));
    };
    std::stable_sort(out_.layers.begin(), out_.layers.end(),
                     [&](const LayerChange& a, const LayerChange& b) { return size(a) > size(b); });
  }

  const BudgetFile& file_;
  const RunMeasurements& now_;
  const Baseline* baseline_;
  std::optional<RowPairs> pairs_;
  CheckResult out_;
};

}  // namespace

CheckResult check_budgets(const BudgetFile& file, const RunMeasurements& now,
                          const std::optional<Baseline>& baseline) {
  return Check(file, now, baseline).run();
}

}  // namespace tinyscope
