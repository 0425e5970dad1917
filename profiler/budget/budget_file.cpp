#include "profiler/budget/budget_file.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <cmath>

#include "profiler/budget/quantity.hpp"
#include "sim/description/toml.hpp"
#include "sim/error.hpp"
#include "sim/text.hpp"

namespace tinyscope {
namespace {

constexpr MetricKind kDeadlineMisses = {"deadline_misses", "",
                                        "complete inferences that took longer than the deadline"};

// Baselines hold no rows of these: there are many, and their names come and go.
bool has_baseline(Scope scope) {
  return scope != Scope::kFunction && scope != Scope::kInterrupt && scope != Scope::kStack;
}

bool has_deadline(Scope scope) { return scope == Scope::kRun || scope == Scope::kModel; }

// The limits of one metric: what stands behind a key.
class LimitReader {
 public:
  LimitReader(Budget& budget, TomlTable& table, std::string_view key)
      : budget_(budget), outer_(table), key_(key) {}

  void read() {
    switch (*outer_.type(key_)) {
      case TomlType::kTable: {
        TomlTable limits = *outer_.table(key_);
        read_table(limits);
        break;
      }
      default:
        if (budget_.kind->more_is_better) {
          outer_.fail(key_, "more is better here; expected { min = ... } or { max = ... }");
        }
        budget_.max = quantity(outer_, key_);
    }
  }

 private:
  void read_table(TomlTable& limits) {
    if (limits.contains("max")) budget_.max = quantity(limits, "max");
    if (limits.contains("min")) budget_.min = quantity(limits, "min");
    if (budget_.max && budget_.min && *budget_.min > *budget_.max) {
      limits.fail("min", "is above max, so that nothing could keep both");
    }
    if (limits.contains("baseline")) read_baseline(limits);
    if (const auto use = limits.string("use")) read_end(limits, *use);
    if (!budget_.max && !budget_.min && !budget_.is_relative()) {
      outer_.fail(key_, "limits nothing; expected max, min or baseline");
    }
  }

  double quantity(TomlTable& table, std::string_view key) {
    const MetricKind& kind = *budget_.kind;
    double value = 0;
    if (*table.type(key) == TomlType::kString) {
      const std::string text = *table.string(key);
      const auto known = parse_quantity(text, kind.unit);
      if (!known) table.fail(key, expected_quantity(text));
      value = *known;
    } else {
      value = *table.number(key);
    }
    if (value < 0) table.fail(key, "expected 0 or more");
    return value;
  }

  std::string expected_quantity(const std::string& text) const {
    const std::string units = known_units(budget_.kind->unit);
    return fmt::format("'{}' does not fit {}; expected a number{}", text, budget_.kind->name,
                       units.empty() ? " without a unit" : ", alone or with one of " + units);
  }

  void read_baseline(TomlTable& limits) {
    if (!has_baseline(budget_.scope)) {
      limits.fail("baseline", fmt::format("a baseline holds no {}s; expected max or min",
                                          name_of(budget_.scope)));
    }
    std::vector<std::string> texts;
    if (*limits.type("baseline") == TomlType::kArray) {
      texts = limits.strings("baseline");
    } else {
      texts.push_back(limits.require_string("baseline"));
    }
    for (const std::string& text : texts) add_tolerance(limits, text);
    if (texts.empty()) limits.fail("baseline", "is empty; expected such as \"+2 %\"");
  }

  void add_tolerance(const TomlTable& limits, const std::string& text) {
    const bool up = text.starts_with('+');
    if (!up && !text.starts_with('-')) {
      limits.fail("baseline",
                  fmt::format("'{}': expected how far above or below the baseline is allowed, such "
                              "as \"+2 %\", \"-5 %\" or \"+500\"",
                              text));
    }
    const std::string_view size = std::string_view(text).substr(1);
    std::optional<Tolerance>& side = up ? budget_.above : budget_.below;
    if (!side) side.emplace();
    if (const auto percent = size.ends_with('%') ? parse_quantity(size, "%") : std::nullopt) {
      side->percent = std::max(side->percent, *percent);
      note(*side, fmt::format("{} %", figure(*percent)));
    } else if (const auto absolute = parse_quantity(size, budget_.kind->unit)) {
      side->absolute = std::max(side->absolute, *absolute);
      note(*side, figure(*absolute, budget_.kind->unit));
    } else {
      limits.fail("baseline", expected_quantity(text) + ", or %");
    }
  }

  static void note(Tolerance& side, const std::string& text) {
    if (!side.text.empty()) side.text += " or ";
    side.text += text;
  }

  void read_end(const TomlTable& limits, const std::string& use) {
    if (!budget_.kind->estimate) {
      limits.fail("use",
                  fmt::format("{} is exact, only estimates have bounds", budget_.kind->name));
    }
    if (use == "value") {
      budget_.end = EstimateEnd::kValue;
    } else if (use == "high") {
      budget_.end = EstimateEnd::kHigh;
    } else if (use == "low") {
      budget_.end = EstimateEnd::kLow;
    } else {
      limits.fail("use", fmt::format("expected value, low or high, found '{}'", use));
    }
  }

  Budget& budget_;
  TomlTable& outer_;
  std::string_view key_;
};

class Reader {
 public:
  explicit Reader(TomlTable table) : file_(std::move(table)) {}

  BudgetFile read(std::string_view path) {
    out_.path = path;
    out_.board = file_.string("board").value_or("");
    if (auto run = file_.table("budget")) read_table(*run, Scope::kRun, "");
    for (const Scope scope : kAllScopes) {
      if (scope == Scope::kRun) continue;
      for (TomlTable& table : file_.tables(name_of(scope))) {
        const std::string pattern = table.require_string("match");
        if (pattern.empty())
          table.fail("match", "is empty; expected a name or a pattern, such as *");
        read_table(table, scope, pattern);
      }
    }
    file_.reject_unknown_keys();
    if (out_.budgets.empty()) {
      throw InputError(
          fmt::format("{}: holds no budget; expected limits below [budget], such as "
                      "latency_ms = 60 (docs/ci.md)",
                      path));
    }
    return std::move(out_);
  }

 private:
  void read_table(TomlTable& table, Scope scope, const std::string& pattern) {
    for (const std::string& key : table.keys()) {
      if (key == "match" && scope != Scope::kRun) continue;
      Budget budget;
      budget.scope = scope;
      budget.pattern = pattern;
      set_place(budget, table.where(key));
      if (key == "deadline" && has_deadline(scope)) {
        read_deadline(budget, table);
      } else {
        budget.kind = find_kind(scope, key);
        if (budget.kind == nullptr) table.fail(key, unknown(scope, key));
        LimitReader(budget, table, key).read();
      }
      out_.budgets.push_back(std::move(budget));
    }
  }

  static void read_deadline(Budget& budget, TomlTable& outer) {
    TomlTable table = *outer.table("deadline");
    budget.kind = &kDeadlineMisses;
    budget.deadline_ms = table.require_number("ms");
    if (!(*budget.deadline_ms > 0)) table.fail("ms", "expected a time above 0");
    budget.max = table.u32("misses").value_or(0);
  }

  static std::string unknown(Scope scope, const std::string& key) {
    std::vector<std::string> known;
    for (const MetricKind& kind : metric_kinds(scope)) known.emplace_back(kind.name);
    if (has_deadline(scope)) known.emplace_back("deadline");
    return fmt::format("no metric of a {}{}", name_of(scope), suggest(key, known));
  }

  // "file:line"
  static void set_place(Budget& budget, const std::string& where) {
    const std::size_t colon = where.rfind(':');
    budget.file = where.substr(0, colon);
    if (colon == std::string::npos) return;
    std::from_chars(where.data() + colon + 1, where.data() + where.size(), budget.line);
  }

  TomlTable file_;
  BudgetFile out_;
};

}  // namespace

double Tolerance::of(double baseline) const {
  return std::max(std::abs(baseline) * percent / 100, absolute);
}

std::string Budget::where() const { return fmt::format("{}:{}", file, line); }

const MetricKind& deadline_kind() { return kDeadlineMisses; }

BudgetFile read_budget(const std::filesystem::path& path) {
  return Reader(TomlTable::from_file(path)).read(path.string());
}

BudgetFile parse_budget(std::string_view text, std::string_view name) {
  return Reader(TomlTable::from_text(text, name)).read(name);
}

}  // namespace tinyscope
