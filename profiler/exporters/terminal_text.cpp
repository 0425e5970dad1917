#include "profiler/exporters/terminal_text.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "profiler/exporters/text_table.hpp"

namespace tinyscope {

std::string grouped(std::uint64_t number) {
  std::string digits = std::to_string(number);
  for (std::size_t i = digits.size(); i > 3; i -= 3) digits.insert(i - 3, ",");
  return digits;
}

std::string percent(std::uint64_t part, std::uint64_t whole) {
  if (whole == 0) return "-";
  return fmt::format("{:.1f}", 100.0 * static_cast<double>(part) / static_cast<double>(whole));
}

double milliseconds(std::uint64_t cycles, std::uint64_t hz) {
  return hz == 0 ? 0 : 1e3 * static_cast<double>(cycles) / static_cast<double>(hz);
}

std::string energy(const Estimate& uj) {
  if (uj.high == 0) return "-";
  if (uj.value >= 1000) return grouped(static_cast<std::uint64_t>(uj.value + 0.5));
  return fmt::format("{:.4g}", uj.value);
}

std::string bounds(const Estimate& uj) {
  const bool large = uj.value >= 10'000;
  const double scale = large ? 1e-3 : 1;
  return fmt::format("{:.4g} {} ({:.4g} to {:.4g})", uj.value * scale, large ? "mJ" : "uJ",
                     uj.low * scale, uj.high * scale);
}

std::string shape(const std::vector<int>& dimensions) {
  if (dimensions.empty()) return "-";
  return fmt::format("{}", fmt::join(dimensions, "x"));
}

std::string unqualified(const std::string& name) {
  const std::size_t end = std::min(name.find('<'), name.size());
  const std::size_t colons = name.rfind("::", end);
  return colons == std::string::npos ? name : name.substr(colons + 2);
}

std::string bar(std::uint64_t part, std::uint64_t most) {
  if (most == 0) return {};
  // Eighths of a block: U+2588 is a full one, U+2589 to U+258F are seven eighths to one.
  const std::uint64_t eighths = (part * kBarBlocks * 8 + most / 2) / most;
  std::string text;
  for (std::uint64_t i = 0; i < eighths / 8; ++i) text += "\u2588";
  if (eighths % 8 != 0) {
    text += "\xE2\x96";
    text += static_cast<char>(0x90 - static_cast<int>(eighths % 8));
  }
  return text;
}

std::string shortened(const std::string& name) { return printable(name).substr(0, 72); }

}  // namespace tinyscope
