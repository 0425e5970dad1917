// Gaussian noise that depends on a seed and an index (a sample's number, a time) only: whoever
// looks, and however often, sees the same. Box and Muller, Annals of Mathematical Statistics 29
// (1958).
#pragma once

#include <cmath>
#include <cstdint>
#include <numbers>

#include "peripherals/common/random.hpp"

namespace tinyscope {

// Mean 0, standard deviation 1.
inline double gaussian(std::uint64_t seed, std::uint64_t index) {
  Random random(seed ^ index * 0x9E37'79B9'7F4A'7C15, "gaussian");
  const double u = (random.next() + 1.0) / 4294967296.0;
  const double v = random.next() / 4294967296.0;
  return std::sqrt(-2 * std::log(u)) * std::cos(2 * std::numbers::pi * v);
}

}  // namespace tinyscope
