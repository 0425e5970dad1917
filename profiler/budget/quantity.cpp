#include "profiler/budget/quantity.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <cmath>
#include <span>
#include <vector>

#include "profiler/exporters/terminal_text.hpp"
#include "sim/text.hpp"

namespace tinyscope {
namespace {

struct Unit {
  std::string_view name;
  double factor;  // in units of the metric
};
constexpr Unit kBytes[] = {{"bytes", 1},  {"B", 1},    {"KB", 1e3},         {"kB", 1e3},
                           {"KiB", 1024}, {"MB", 1e6}, {"MiB", 1024 * 1024}};
constexpr Unit kMilliseconds[] = {{"ms", 1}, {"us", 1e-3}, {"ns", 1e-6}, {"s", 1e3}};
constexpr Unit kMicrojoules[] = {{"uJ", 1}, {"nJ", 1e-3}, {"mJ", 1e3}, {"J", 1e6}};
constexpr Unit kMilliwatts[] = {{"mW", 1}, {"uW", 1e-3}, {"W", 1e3}};
constexpr Unit kCycles[] = {{"cycles", 1}};
constexpr Unit kPercent[] = {{"%", 1}};

std::span<const Unit> units_of(std::string_view unit) {
  if (unit == "bytes") return kBytes;
  if (unit == "ms") return kMilliseconds;
  if (unit == "uJ") return kMicrojoules;
  if (unit == "mW") return kMilliwatts;
  if (unit == "cycles") return kCycles;
  if (unit == "%") return kPercent;
  return {};
}

std::string_view trimmed(std::string_view text) {
  while (text.starts_with(' ')) text.remove_prefix(1);
  while (text.ends_with(' ')) text.remove_suffix(1);
  return text;
}

}  // namespace

std::optional<double> parse_quantity(std::string_view text, std::string_view unit) {
  text = trimmed(text);
  const std::size_t end = std::min(text.find_first_not_of("0123456789._"), text.size());
  std::string digits(text.substr(0, end));
  std::erase(digits, '_');
  double number = 0;
  const auto [last, error] = std::from_chars(digits.data(), digits.data() + digits.size(), number);
  if (error != std::errc() || last != digits.data() + digits.size()) return std::nullopt;
  const std::string_view named = trimmed(text.substr(end));
  if (named.empty()) return number;
  for (const Unit& known : units_of(unit)) {
    if (known.name == named) return number * known.factor;
  }
  return std::nullopt;
}

std::string known_units(std::string_view unit) {
  std::vector<std::string> names;
  for (const Unit& known : units_of(unit)) names.emplace_back(known.name);
  return join(names);
}

std::string figure(double value) {
  const double size = std::abs(value);
  std::string text;
  if (size < 1e15 && (size == std::floor(size) || size >= 1e6)) {
    text = grouped(static_cast<std::uint64_t>(size + 0.5));
  } else {
    text = fmt::format("{:.6g}", size);
    const std::size_t end = std::min(text.find('.'), text.size());
    if (size >= 1000) text = grouped(static_cast<std::uint64_t>(size)) + text.substr(end);
  }
  return value < 0 ? "-" + text : text;
}

std::string figure(double value, std::string_view unit) {
  return unit.empty() ? figure(value) : fmt::format("{} {}", figure(value), unit);
}

std::string signed_figure(double value) { return (value < 0 ? "" : "+") + figure(value); }

std::string signed_percent(double difference, double of) {
  if (of == 0) return "-";
  const double percent = 100.0 * difference / std::abs(of);
  if (percent != 0 && std::abs(percent) < 0.05) return fmt::format("{:+.2g} %", percent);
  return fmt::format("{:+.1f} %", percent);
}

}  // namespace tinyscope
