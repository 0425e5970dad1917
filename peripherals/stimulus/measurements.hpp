// What a sensor's surroundings do over time: one number in physical units for each quantity the
// part can measure, from the file that the user gave for it, or at rest.
//
// The file is CSV: a line of column names, then one row for each instant. A column names its
// quantity and its unit, as "ax_g", "ax [g]" or "ax (m/s^2)"; one column is the time ("time_s",
// "t_ms", "timestamp_us"), or the rate is given in a comment line "# rate_hz = 50".
#pragma once

#include <cstddef>
#include <memory>
#include <span>
#include <string_view>
#include <vector>

#include "sim/registry.hpp"

namespace tinyscope {

class Measurements {
 public:
  struct Quantity {
    std::string_view name;  // "ax", "temperature"
    std::string_view unit;  // in which at() answers: "g", "degC"; columns in others are converted
    double rest = 0;        // without a stimulus, and where the file has no column for it
  };

  // Reads the device's stimulus, if there is one. Throws InputError with the file, the line and
  // the column for what does not fit: an unknown quantity or unit, a time that runs backwards, a
  // number that is none.
  Measurements(DeviceContext& context, std::span<const Quantity> quantities);
  ~Measurements();

  // The value of the quantity of that index at `when`, between rows by linear interpolation.
  double at(std::size_t quantity, TimePoint when) const;

 private:
  struct Recording;
  std::vector<double> rest_;
  std::unique_ptr<Recording> recording_;  // null: everything rests
};

}  // namespace tinyscope
