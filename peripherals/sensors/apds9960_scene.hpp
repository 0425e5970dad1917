// What an APDS-9960 sees: light, how much of its own infrared comes back, and hands that pass.
#pragma once

#include <array>

#include "peripherals/stimulus/measurements.hpp"

namespace tinyscope {

class Apds9960Scene {
 public:
  explicit Apds9960Scene(DeviceContext& context);

  // Illuminance in lux: all, red, green, blue. Light whose colour is not given is white: a third
  // each.
  std::array<double, 4> light(TimePoint when) const;
  // Counts of the four gesture photodiodes: up, down, left, right.
  std::array<std::uint8_t, 4> diodes(TimePoint when) const;
  // Counts of the proximity channel as set up for the data sheet's test condition.
  double proximity(TimePoint when) const;

 private:
  const Measurements measurements_;
};

}  // namespace tinyscope
