#include "peripherals/stimulus/measurements.hpp"

#include "sim/error.hpp"

namespace tinyscope {

struct Measurements::Recording {};

Measurements::Measurements(DeviceContext& context, std::span<const Quantity> quantities) {
  for (const Quantity& quantity : quantities) rest_.push_back(quantity.rest);
  if (!context.stimulus.empty()) {
    throw InputError(context.stimulus + ": this part cannot be fed from a file");
  }
}

Measurements::~Measurements() = default;

double Measurements::at(std::size_t quantity, TimePoint) const { return rest_.at(quantity); }

}  // namespace tinyscope
