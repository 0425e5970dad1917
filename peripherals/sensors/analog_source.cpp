// A voltage on a pad of the chip: a potentiometer, a battery divider, a signal generator or a
// recording; device type "analog_source", pin "out".
//
// Parameters:
//   volts (default 0)       the voltage, or the middle of the waveform
//   waveform                "sine", "triangle" or "square"; without it the voltage is constant
//   frequency_hz            of the waveform; above 0
//   amplitude_volts         from the middle to the peak
//   phase_degrees (0)       at power-on; a sine begins at its rising zero crossing, a triangle and
//   a
//                           square likewise
//   noise_volts (0)         standard deviation of Gaussian noise; a new value each noise_us (100)
// A stimulus is a CSV file with a column "volts" over time, which takes the place of `volts`.
//
// The source is ideal: it has no resistance, and drives the pad from power-on on. Where its pad is
// read as a logic level, it is high from `threshold_volts` (default 1.65, half of 3.3 V) on.
#include <algorithm>
#include <array>
#include <cmath>
#include <numbers>
#include <string>

#include "peripherals/common/random.hpp"
#include "peripherals/stimulus/measurements.hpp"
#include "sim/registry.hpp"

namespace tinyscope {
namespace {

enum class Waveform { kConstant, kSine, kTriangle, kSquare };

// Of amplitude 1 at `turns` periods after the rising zero crossing.
double wave(Waveform form, double turns) {
  const double part = turns - std::floor(turns);
  switch (form) {
    case Waveform::kConstant: return 0;
    case Waveform::kSine: return std::sin(2 * std::numbers::pi * part);
    case Waveform::kTriangle:
      return part < 0.25 ? 4 * part : part < 0.75 ? 2 - 4 * part : 4 * part - 4;
    case Waveform::kSquare: return part < 0.5 ? 1 : -1;
  }
  return 0;
}

Waveform waveform_of(TomlTable& params) {
  const std::string name = params.string("waveform").value_or("constant");
  if (name == "constant") return Waveform::kConstant;
  if (name == "sine") return Waveform::kSine;
  if (name == "triangle") return Waveform::kTriangle;
  if (name == "square") return Waveform::kSquare;
  params.fail("waveform", R"(expected "constant", "sine", "triangle" or "square")");
}

class AnalogSource final : public Device, private PadSignal {
 public:
  explicit AnalogSource(DeviceContext& context)
      : form_(waveform_of(context.params)),
        frequency_hz_(context.params.number("frequency_hz").value_or(0)),
        amplitude_(context.params.number("amplitude_volts").value_or(0)),
        phase_(context.params.number("phase_degrees").value_or(0) / 360),
        noise_(context.params.number("noise_volts").value_or(0)),
        noise_step_(Duration::from_us(context.params.u32("noise_us").value_or(100))),
        threshold_(context.params.number("threshold_volts").value_or(1.65)),
        recorded_(!context.stimulus.empty()),
        voltage_(context, quantity(context.params.number("volts").value_or(0))),
        seed_(Random(context.seed, context.name).next()) {
    if (form_ != Waveform::kConstant && !(frequency_hz_ > 0 && frequency_hz_ <= 1e6)) {
      context.params.fail("frequency_hz", "expected more than 0 and at most 1e6 for a waveform");
    }
    if (!(noise_ >= 0)) context.params.fail("noise_volts", "expected a number not below 0");
    if (noise_step_.ps == 0) context.params.fail("noise_us", "expected at least 1");
  }

  void reset(ResetKind) override {}  // outside the chip: time goes on
  Port* port(std::string_view) override { return nullptr; }
  bool connect_pin(std::string_view pin, PadPort& pad) override {
    if (pin != "out") return false;
    pad.node().volts = [this](TimePoint when) { return std::optional(volts(when)); };
    pad.node().volts_change = [this](TimePoint when) { return next_change(when); };
    pad.follow(this);
    return true;
  }
  void snapshot(StateArchive&) override {}  // a function of time

 private:
  static std::array<Measurements::Quantity, 1> quantity(double rest) {
    return {Measurements::Quantity{"volts", "V", rest}};
  }

  double volts(TimePoint when) const {
    return voltage_.at(0, when) +
           amplitude_ * wave(form_, frequency_hz_ * when.seconds() + phase_) + noise(when);
  }

  // Box and Muller's Gaussian from two numbers that depend on the time step only, so that whoever
  // looks, and however often, sees the same noise.
  double noise(TimePoint when) const {
    if (noise_ == 0) return 0;
    Random random(seed_ + when.ps / noise_step_.ps, "noise");
    const double u = (random.next() + 1.0) / 4294967296.0;
    const double v = random.next() / 4294967296.0;
    return noise_ * std::sqrt(-2 * std::log(u)) * std::cos(2 * std::numbers::pi * v);
  }

  std::optional<TimePoint> next_change(TimePoint when) const {
    const bool smooth = form_ == Waveform::kSine || form_ == Waveform::kTriangle || recorded_;
    if (smooth) return when;
    std::optional<TimePoint> next;
    if (form_ == Waveform::kSquare) next = next_square_edge(when);
    if (noise_ > 0) {
      const TimePoint step{(when.ps / noise_step_.ps + 1) * noise_step_.ps};
      next = next ? std::min(*next, step) : step;
    }
    return next;
  }
  TimePoint next_square_edge(TimePoint when) const {
    const double half_periods = 2 * (frequency_hz_ * when.seconds() + phase_);
    const double edge = (std::floor(half_periods) + 1) / 2;
    const double seconds = (edge - phase_) / frequency_hz_;
    const auto ps = static_cast<std::uint64_t>(std::ceil(seconds * 1e12));
    return {std::max(ps, when.ps + 1)};
  }

  // PadSignal: the same as a logic level. Edges of what is no square are looked for where somebody
  // waits for them, kLooks times a period, or each millisecond in a recording.
  bool level(TimePoint when) override { return volts(when) >= threshold_; }
  std::optional<TimePoint> next_edge(TimePoint when) override {
    const auto change = next_change(when);
    if (!change || *change > when) return change;
    constexpr double kLooks = 64;
    const double seconds = form_ == Waveform::kConstant ? 1e-3 : 1 / (kLooks * frequency_hz_);
    return when + Duration{std::max<std::uint64_t>(1, static_cast<std::uint64_t>(seconds * 1e12))};
  }

  const Waveform form_;
  const double frequency_hz_;
  const double amplitude_;
  const double phase_;  // in periods
  const double noise_;
  const Duration noise_step_;
  const double threshold_;
  const bool recorded_;
  const Measurements voltage_;
  const std::uint64_t seed_;
};

const DeviceType kType("analog_source", [](DeviceContext& context) {
  return std::make_unique<AnalogSource>(context);
});

}  // namespace
}  // namespace tinyscope
