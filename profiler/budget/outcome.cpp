#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <limits>

#include "profiler/budget/budget_check.hpp"
#include "profiler/budget/quantity.hpp"

namespace tinyscope {
namespace {

// How far beyond its limit, as a part of it; without figures further than anything.
double excess(const Outcome& outcome) {
  constexpr double kMost = std::numeric_limits<double>::infinity();
  if (!outcome.limit || !outcome.measured) return kMost;
  const double beyond = std::abs(*outcome.measured - *outcome.limit);
  return *outcome.limit == 0 ? kMost : beyond / std::abs(*outcome.limit);
}

}  // namespace

std::string Outcome::where() const {
  if (scope == Scope::kRun) return "run";
  return scope == Scope::kLayer ? row : fmt::format("{} {}", name_of(scope), row);
}

std::string Outcome::title() const {
  const std::string of = row.empty() ? "" : fmt::format(" of {}", where());
  return fmt::format("{}{}: {}", kind->name, of, limit_text);
}

std::string Outcome::message() const {
  const std::string of = row.empty() ? "" : fmt::format(" of {}", where());
  if (!reason.empty()) return fmt::format("{}{} {}", kind->name, of, reason);
  std::string text =
      fmt::format("{}{} is {}, expected {}", kind->name, of, measured_text(), limit_text);
  if (baseline) {
    text += fmt::format(" (the baseline is {}, so {})", figure(*baseline, kind->unit),
                        figure(*limit, kind->unit));
  }
  if (kept) return text;
  const double off = std::abs(*measured - *limit);
  text += fmt::format(": {} too {}", figure(off, kind->unit), at_most ? "much" : "little");
  if (*limit != 0) text += fmt::format(" ({})", percent_text());
  return text;
}

std::string Outcome::measured_text() const {
  return measured ? figure(*measured, kind->unit) : "-";
}

std::string Outcome::difference_text() const {
  return measured && limit ? signed_figure(*measured - *limit) : "-";
}

std::string Outcome::percent_text() const {
  return measured && limit ? signed_percent(*measured - *limit, *limit) : "-";
}

std::size_t CheckResult::broken() const {
  return static_cast<std::size_t>(std::count_if(
      outcomes.begin(), outcomes.end(), [](const Outcome& outcome) { return !outcome.kept; }));
}

std::vector<const Outcome*> CheckResult::failed_first() const {
  std::vector<const Outcome*> sorted;
  for (const Outcome& outcome : outcomes) sorted.push_back(&outcome);
  std::stable_sort(sorted.begin(), sorted.end(), [](const Outcome* a, const Outcome* b) {
    if (a->kept || b->kept) return !a->kept && b->kept;
    return excess(*a) > excess(*b);
  });
  return sorted;
}

}  // namespace tinyscope
