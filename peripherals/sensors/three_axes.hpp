// Readings along three axes: how the part is mounted, and physical units as digits.
#pragma once

#include <algorithm>
#include <array>
#include <cmath>
#include <cstdint>
#include <string>
#include <string_view>

#include "peripherals/stimulus/measurements.hpp"

namespace tinyscope {

// `value` in digits of `bits` bits, rounded, and clipped at full scale.
inline std::int16_t to_digits(double value, double digits_per_unit, unsigned bits = 16) {
  const double limit = std::ldexp(1.0, static_cast<int>(bits) - 1);
  return static_cast<std::int16_t>(
      std::lround(std::clamp(value * digits_per_unit, -limit, limit - 1)));
}

// Parameter `axes`: what the part's x, y and z see of the stimulus, which is in the axes of the
// board: ["-y", "-x", "z"]. Without it both are the same.
class AxisOrder {
 public:
  explicit AxisOrder(TomlTable& params) {
    const std::vector<std::string> given = params.strings("axes");
    if (given.empty()) return;
    constexpr std::string_view kMessage =
        R"(expected three different axes with an optional sign, as ["-y", "x", "z"])";
    if (given.size() != 3) params.fail("axes", kMessage);
    std::array<bool, 3> taken{};
    for (std::size_t i = 0; i < 3; ++i) {
      std::string_view axis = given[i];
      sign_[i] = axis.starts_with('-') ? -1 : 1;
      if (axis.starts_with('-') || axis.starts_with('+')) axis.remove_prefix(1);
      source_[i] = axis == "x" ? 0u : axis == "y" ? 1u : axis == "z" ? 2u : 3u;
      if (source_[i] == 3 || taken[source_[i]]) params.fail("axes", kMessage);
      taken[source_[i]] = true;
    }
  }

  // What the part's own axis 0, 1 or 2 sees of three quantities that begin at `first`.
  double read(const Measurements& measurements, std::size_t first, std::size_t axis,
              TimePoint when) const {
    return sign_[axis] * measurements.at(first + source_[axis], when);
  }

 private:
  std::array<std::size_t, 3> source_ = {0, 1, 2};
  std::array<int, 3> sign_ = {1, 1, 1};
};

}  // namespace tinyscope
