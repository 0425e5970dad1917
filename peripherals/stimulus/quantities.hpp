// Names and units of what can be measured, in the spellings that recordings use: "ax_g",
// "accX [m/s^2]", "gyro_x (deg/s)", "temp_c".
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace tinyscope {

// value in the wanted unit = scale * value in the written one + offset.
struct UnitConversion {
  double scale = 1;
  double offset = 0;
  double operator()(double value) const { return scale * value + offset; }
};

// A column heading taken apart for one quantity.
struct HeadingMatch {
  bool name_fits = false;
  std::string unit;                          // as written; empty: none
  std::optional<UnitConversion> conversion;  // nullopt: no unit of this quantity
};

// Whether `heading` names the quantity `name`, measured in `unit`, by any of its spellings.
HeadingMatch match_heading(std::string_view heading, std::string_view name, std::string_view unit);

// Spellings of the unit that convert to `unit`, for messages: "g, mg, m/s^2".
std::vector<std::string> units_like(std::string_view unit);

}  // namespace tinyscope
