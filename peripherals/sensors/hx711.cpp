// Avia HX711: amplifier and converter for a load cell, device type "hx711", pins "dout" and "sck".
//
// Protocol: HX711.cpp of bogde/HX711 (be5e3d2); times, inputs and power down: HX711 data sheet,
// "Serial interface" and "Reset and power-down", from memory. The stimulus is a CSV file with force
// (N, or gram-force as "force_gf") and force_b at the second input; at rest 0. Parameters:
//   rate_hz (10)          10 or 80, as the RATE pin is wired
//   capacity_newton (49)  of the cell, where it gives
//   millivolts_per_volt (1)
//   zero_offset (0)       counts without a load, with a gain of 128
//
// DOUT goes low when a conversion is ready. 24 pulses on SCK shift it out, upper bit first; one to
// three more choose input and gain of the next. SCK high for more than 60 us switches the part off
// until it is low again. The cell is fed by the converter's reference, so its supply does not
// matter.
#include <algorithm>
#include <array>
#include <cmath>

#include "peripherals/sensors/output_pin.hpp"
#include "peripherals/stimulus/measurements.hpp"
#include "sim/fed_part.hpp"
#include "sim/power_tracker.hpp"

namespace tinyscope {
namespace {

constexpr unsigned kBits = 24;
constexpr Duration kPowerDown = Duration::from_us(60);
constexpr std::uint64_t kSettling = 4;  // conversions after power-up or another input
constexpr double kFullScale = 1 << 23;  // at a difference of half the reference over the gain

enum Quantity : std::size_t { kForce, kForceB };
constexpr std::array kQuantities = {
    Measurements::Quantity{"force", "N"},
    Measurements::Quantity{"force_b", "N"},
};

// By pulses after the 24th: input and gain.
struct Input {
  Quantity quantity;
  double gain;
};
constexpr std::array<Input, 3> kInputs = {Input{kForce, 128}, Input{kForceB, 32},
                                          Input{kForce, 64}};

class Hx711 final : public Device, public FedPart {
 public:
  explicit Hx711(DeviceContext& context)
      : name_(context.name),
        scheduler_(context.scheduler),
        power_(context.power),
        measurements_(context, kQuantities),
        capacity_(context.params.number("capacity_newton").value_or(49)),
        sensitivity_(context.params.number("millivolts_per_volt").value_or(1) / 1000),
        zero_offset_(context.params.number("zero_offset").value_or(0)),
        ready_event_(context.scheduler, [this] { finish_conversion(); }),
        off_event_(context.scheduler, [this] { switch_off(); }) {
    const std::uint32_t rate = context.params.u32("rate_hz").value_or(10);
    if (rate != 10 && rate != 80) context.params.fail("rate_hz", "expected 10 or 80");
    if (!(capacity_ > 0)) context.params.fail("capacity_newton", "expected a number above 0");
    period_ = Duration{1'000'000'000'000ull / rate};
    start();
  }

  void set_fed(const Stimulus& stimulus) override { measurements_.set_fed(stimulus); }
  void reset(ResetKind kind) override {
    if (kind == ResetKind::kPowerOn) report_power();
  }
  Port* port(std::string_view) override { return nullptr; }
  bool connect_pin(std::string_view name, PadPort& pad) override {
    if (name == "dout") {
      dout_.connect(pad);
    } else if (name == "sck") {
      pad.on_level([this](bool level) { clock(level); });
    } else {
      return false;
    }
    return true;
  }
  void set_supplied(bool supplied) override {
    supplied_ = supplied;
    input_ = 0;
    start();
    if (!supplied) {
      ready_event_.cancel();
      off_event_.cancel();
      dout_.release();
    }
    report_power();
  }
  void snapshot(StateArchive& archive) override {
    archive(supplied_, off_, ready_, input_, old_input_, pulses_, shift_, grid_.ps, next_.ps);
    dout_.snapshot(archive);
    ready_event_.snapshot(archive);
    off_event_.snapshot(archive);
  }

 private:
  void report_power() {
    power_.set(name_, !supplied_ ? "" : off_ ? "power_down" : "on", scheduler_.now());
  }

  // Conversions begin anew.
  void start() {
    off_ = ready_ = false;
    pulses_ = 0;
    dout_.drive(true);
    grid_ = scheduler_.now();
    next_ = grid_ + period_ * kSettling;
    ready_event_.at(next_);
  }
  void finish_conversion() {
    ready_ = true;
    pulses_ = 0;
    dout_.drive(false);
  }
  void switch_off() {
    off_ = true;
    ready_ = false;
    ready_event_.cancel();
    dout_.drive(true);
    report_power();
  }

  // The latest conversion that was finished at `now`, in two's complement.
  std::uint32_t conversion() const {
    const TimePoint now = scheduler_.now();
    const std::uint64_t conversions = (now - grid_).ps / period_.ps;
    const TimePoint when = grid_ + period_ * conversions;
    const Input& input = kInputs[input_];
    const double ratio =
        measurements_.at(input.quantity, std::max(when, next_)) / capacity_ * sensitivity_;
    const double counts = (ratio * 2 * kFullScale + zero_offset_ / 128) * input.gain;
    const long value = std::lround(std::clamp(counts, -kFullScale, kFullScale - 1));
    return static_cast<std::uint32_t>(value) & 0xFF'FFFF;
  }

  void clock(bool level) {
    if (!supplied_) return;
    if (!level) {
      off_event_.cancel();
      if (off_) {
        input_ = 0;  // channel A, gain 128
        start();
        report_power();
      } else if (pulses_ > kBits) {
        end_of_read();
      }
      return;
    }
    off_event_.after(kPowerDown);
    if (!ready_ && pulses_ == 0) return;
    if (pulses_ == 0) shift_ = conversion();
    ++pulses_;
    if (pulses_ <= kBits) {
      dout_.drive((shift_ >> (kBits - pulses_) & 1) != 0);
      return;
    }
    dout_.drive(true);
    ready_ = false;
  }
  // After each pulse behind the 24th: what the next conversion measures.
  void end_of_read() {
    const unsigned input = std::min<unsigned>(pulses_ - kBits - 1, kInputs.size() - 1);
    const TimePoint now = scheduler_.now();
    if (pulses_ == kBits + 1) old_input_ = input_;
    input_ = input;
    if (input_ != old_input_) {
      grid_ = now;
      next_ = now + period_ * kSettling;
    } else {
      next_ = grid_ + period_ * ((now - grid_).ps / period_.ps + 1);
    }
    ready_event_.at(next_);
  }

  const std::string name_;
  Scheduler& scheduler_;
  PowerTracker& power_;
  Measurements measurements_;
  const double capacity_;     // N
  const double sensitivity_;  // at capacity, in parts of the supply
  const double zero_offset_;  // counts
  Duration period_{};

  bool supplied_ = true;
  bool off_ = false;
  bool ready_ = false;
  unsigned input_ = 0;
  unsigned old_input_ = 0;
  unsigned pulses_ = 0;  // on SCK in this read
  std::uint32_t shift_ = 0;
  TimePoint grid_{};  // conversions end at multiples of the period from here
  TimePoint next_{};  // the first that may be read
  OutputPin dout_;
  Event ready_event_;
  Event off_event_;
};

const DeviceType kType("hx711",
                       [](DeviceContext& context) { return std::make_unique<Hx711>(context); });

}  // namespace
}  // namespace tinyscope
