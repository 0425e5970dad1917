#include "peripherals/sensors/apds9960_scene.hpp"

#include <algorithm>
#include <cmath>

namespace tinyscope {
namespace {

enum Quantity : std::size_t { kLight, kRed, kGreen, kBlue, kProximity, kUp, kDown, kLeft, kRight };
constexpr std::array kQuantities = {
    Measurements::Quantity{"light", "lux", 300}, Measurements::Quantity{"red", "lux"},
    Measurements::Quantity{"green", "lux"},      Measurements::Quantity{"blue", "lux"},
    Measurements::Quantity{"proximity", ""},     Measurements::Quantity{"up", ""},
    Measurements::Quantity{"down", ""},          Measurements::Quantity{"left", ""},
    Measurements::Quantity{"right", ""},
};
constexpr std::array<std::string_view, 4> kGestures = {"up", "down", "left", "right"};

// A hand that passes shines on the photodiodes one after another: the one whose name the gesture
// has first, its opposite last, the other two between. That is the order from which drivers tell
// the direction (Arduino_APDS9960.cpp, handleGesture(): first minus last value of u - d and r - l).
constexpr double kPeakCounts = 200;
constexpr double kFirst = 0.4, kBetween = 0.5, kLast = 0.6;  // when, of the gesture's length
constexpr double kWidth = 0.12;

double passing(double part, double peak) {
  const double distance = (part - peak) / kWidth;
  return kPeakCounts * std::exp(-distance * distance / 2);
}

}  // namespace

Apds9960Scene::Apds9960Scene(DeviceContext& context)
    : measurements_(context, kQuantities, kGestures) {}

std::array<double, 4> Apds9960Scene::light(TimePoint when) const {
  std::array<double, 4> lux{};
  lux[0] = std::max(0.0, measurements_.at(kLight, when));
  for (std::size_t channel = kRed; channel <= kBlue; ++channel) {
    lux[channel] = measurements_.source(channel, when)
                       ? std::max(0.0, measurements_.at(channel, when))
                       : lux[0] / 3;
  }
  return lux;
}

std::array<std::uint8_t, 4> Apds9960Scene::diodes(TimePoint when) const {
  std::array<double, 4> counts{};
  for (std::size_t i = 0; i < 4; ++i) counts[i] = measurements_.at(kUp + i, when);
  if (const auto gesture = measurements_.action(when)) {
    const double part = gesture->into.seconds() / gesture->length.seconds();
    const std::size_t opposite = gesture->kind ^ 1;
    for (std::size_t i = 0; i < 4; ++i) {
      counts[i] += passing(part, i == gesture->kind ? kFirst : i == opposite ? kLast : kBetween);
    }
  }
  std::array<std::uint8_t, 4> bytes{};
  for (std::size_t i = 0; i < 4; ++i) {
    bytes[i] = static_cast<std::uint8_t>(std::lround(std::clamp(counts[i], 0.0, 255.0)));
  }
  return bytes;
}

double Apds9960Scene::proximity(TimePoint when) const {
  double sum = 0;
  for (const std::uint8_t diode : diodes(when)) sum += diode;
  return std::max(measurements_.at(kProximity, when), sum / 4);
}

}  // namespace tinyscope
