// Figures with units as people write them in budgets, and as they are shown.
#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace tinyscope {

// "64 KiB", "60 ms", "1.5 mJ", "900_000" in the unit of a metric ("bytes", "ms", "uJ", "mW",
// "cycles", "%" or none); a number alone is in that unit. Nothing if it is no such quantity.
std::optional<double> parse_quantity(std::string_view text, std::string_view unit);
// "B, KB, KiB, …": for messages.
std::string known_units(std::string_view unit);

// 1,234,567; fractions with six digits.
std::string figure(double value);
// With the unit: "1,234 bytes", "59.2 ms", "12.5 %".
std::string figure(double value, std::string_view unit);
// "+1,234" and "+0.5 %"; the latter "-" where there is nothing to be relative to.
std::string signed_figure(double value);
std::string signed_percent(double difference, double of);

}  // namespace tinyscope
