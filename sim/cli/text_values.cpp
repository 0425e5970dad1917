#include "sim/cli/text_values.hpp"

#include <fmt/format.h>

#include <array>
#include <charconv>
#include <cmath>
#include <utility>
#include <vector>

#include "sim/error.hpp"
#include "sim/text.hpp"

namespace tinyscope {

Duration parse_duration(std::string_view text, std::string_view what) {
  constexpr std::array<std::pair<std::string_view, double>, 4> kUnits = {
      {{"ns", 1e3}, {"us", 1e6}, {"ms", 1e9}, {"s", 1e12}}};
  constexpr double kLongestPs = 1e18;  // 11 days
  for (const auto& [unit, ps] : kUnits) {
    if (!text.ends_with(unit)) continue;
    const std::string_view digits = text.substr(0, text.size() - unit.size());
    double number = 0;
    const auto [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), number);
    if (error != std::errc() || end != digits.data() + digits.size()) continue;
    if (number < 0 || !std::isfinite(number) || number * ps > kLongestPs) break;
    return {static_cast<std::uint64_t>(std::llround(number * ps))};
  }
  throw InputError(
      fmt::format("{}: '{}' is not a time; expected a number with a unit, for example "
                  "2.5s, 10ms, 3us or 100ns",
                  what, text));
}

std::uint64_t parse_unsigned(std::string_view text, std::string_view what) {
  const bool hex = text.starts_with("0x") || text.starts_with("0X");
  const std::string_view digits = hex ? text.substr(2) : text;
  std::uint64_t value = 0;
  const auto [end, error] =
      std::from_chars(digits.data(), digits.data() + digits.size(), value, hex ? 16 : 10);
  if (error != std::errc() || end != digits.data() + digits.size() || digits.empty()) {
    throw InputError(
        fmt::format("{}: '{}' is not a number; expected decimal digits or 0x and "
                    "hexadecimal digits",
                    what, text));
  }
  return value;
}

std::int64_t parse_integer(std::string_view text, std::string_view what) {
  const bool negative = text.starts_with('-');
  const std::uint64_t magnitude = parse_unsigned(negative ? text.substr(1) : text, what);
  if (magnitude > static_cast<std::uint64_t>(INT64_MAX)) {
    throw InputError(fmt::format("{}: {} is too large", what, text));
  }
  const auto value = static_cast<std::int64_t>(magnitude);
  return negative ? -value : value;
}

Place parse_place(std::string_view text, const SymbolTable& symbols, std::string_view what) {
  if (!text.empty() && text[0] >= '0' && text[0] <= '9') {
    const std::uint64_t address = parse_unsigned(text, what);
    if (address > 0xFFFFFFFFu) {
      throw InputError(fmt::format("{}: address {} does not fit 32 bits", what, text));
    }
    return {static_cast<Address>(address), 0};
  }
  if (const Symbol* const found = symbols.find(text)) return {found->address, found->size};
  if (symbols.empty()) {
    throw InputError(fmt::format("{}: the firmware has no symbols; give an address instead of '{}'",
                                 what, text));
  }
  std::vector<std::string> names;
  for (const Symbol& symbol : symbols.all()) names.push_back(symbol.demangled);
  const std::string closest = closest_match(text, names);
  throw InputError(
      fmt::format("{}: the firmware has no symbol '{}'{}", what, text,
                  closest.empty() ? "" : fmt::format("; did you mean '{}'?", closest)));
}

std::string unescape(std::string_view text) {
  std::string result;
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (text[i] != '\\' || i + 1 == text.size()) {
      result += text[i];
      continue;
    }
    switch (text[++i]) {
      case 'n': result += '\n'; break;
      case 'r': result += '\r'; break;
      case 't': result += '\t'; break;
      case '0': result += '\0'; break;
      case 'x': {
        unsigned value = 0;
        const char* const first = text.data() + i + 1;
        const char* const last = text.data() + std::min(text.size(), i + 3);
        const auto end = std::from_chars(first, last, value, 16).ptr;
        result += static_cast<char>(value);
        i += static_cast<std::size_t>(end - first);
        break;
      }
      default: result += text[i];
    }
  }
  return result;
}

}  // namespace tinyscope
