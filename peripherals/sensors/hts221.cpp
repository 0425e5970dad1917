// ST HTS221: humidity and temperature; device type "hts221", port "i2c" (0x5F), pin "drdy".
//
// Registers: ST DocID026333 (HTS221 data sheet) Rev 4, section 7; bits as in
// STMicroelectronics/hts221-pid, hts221_reg.h. The stimulus is a CSV file with humidity (%RH) and
// temperature (degC); at rest 45 %RH and 22 degC.
//
// Each part has its own calibration; this one's is made up, with the resolution that the data sheet
// names (0.004 %RH and 0.016 degC per digit). Drivers read it and get the measured values back,
// rounded to a digit. Not modelled, and reported when firmware uses it: the heater.
//
// Parameter: conversion_us, how long a conversion takes; it does not depend on AV_CONF.
#include <algorithm>
#include <array>
#include <cmath>

#include "peripherals/common/assumed_parameter.hpp"
#include "peripherals/sensors/i2c_part.hpp"
#include "peripherals/sensors/output_pin.hpp"
#include "peripherals/sensors/sample_clock.hpp"
#include "peripherals/stimulus/measurements.hpp"
#include "sim/fed_part.hpp"
#include "sim/power_tracker.hpp"

namespace tinyscope {
namespace {

enum Register : std::uint8_t {
  WHO_AM_I = 0x0F,
  AV_CONF = 0x10,
  CTRL_REG1 = 0x20,
  CTRL_REG2 = 0x21,
  CTRL_REG3 = 0x22,
  STATUS_REG = 0x27,
  HUMIDITY_OUT_L = 0x28,
  TEMP_OUT_H = 0x2B,
  H0_rH_x2 = 0x30,
  H1_rH_x2 = 0x31,
  T0_degC_x8 = 0x32,
  T1_degC_x8 = 0x33,
  T1_T0_msb = 0x35,
  H0_T0_OUT = 0x36,
  H1_T0_OUT = 0x3A,
  T0_OUT = 0x3C,
  T1_OUT = 0x3E,
};

// CTRL_REG1
constexpr std::uint8_t kPd = 1 << 7;
constexpr std::uint8_t kBdu = 1 << 2;
// CTRL_REG2
constexpr std::uint8_t kOneShot = 1 << 0;
constexpr std::uint8_t kHeater = 1 << 1;
constexpr std::uint8_t kBoot = 1 << 7;
// CTRL_REG3
constexpr std::uint8_t kDrdy = 1 << 2;
constexpr std::uint8_t kPpOd = 1 << 6;
constexpr std::uint8_t kDrdyHL = 1 << 7;
// STATUS_REG
constexpr std::uint8_t kTda = 1 << 0;
constexpr std::uint8_t kHda = 1 << 1;

constexpr std::array<double, 4> kHz = {0, 1, 7, 12.5};  // ODR of CTRL_REG1; 0: one-shot

// The calibration: two points each.
constexpr double kH0 = 20, kH1 = 80;           // %RH
constexpr int kH0Out = 1500, kH1Out = -13500;  // humidity falls with the digits, as in real parts
constexpr double kT0 = 10, kT1 = 40;           // degC
constexpr int kT0Out = -20, kT1Out = 1855;

enum Quantity : std::size_t { kHumidity, kTemperature };
constexpr std::array kQuantities = {
    Measurements::Quantity{"humidity", "%RH", 45},
    Measurements::Quantity{"temperature", "degC", 22},
};

std::int16_t digits(double value, double low, double high, int low_out, int high_out) {
  const double exact = low_out + (value - low) / (high - low) * (high_out - low_out);
  return static_cast<std::int16_t>(std::lround(std::clamp(exact, -32768.0, 32767.0)));
}

class Hts221 final : public I2cPart, public FedPart {
 public:
  explicit Hts221(DeviceContext& context)
      : I2cPart(context, {0x5F}),
        measurements_(context, kQuantities),
        conversion_(Duration::from_us(assumed_parameter(
            context, "conversion_us", 5000, "microseconds that one HTS221 conversion takes"))),
        sample_event_(context.scheduler, [this] {
          catch_up();
          update_pin();
        }) {
    context.notes.assume({context.name + ".calibration",
                          "the HTS221's calibration is made up: 20 %RH at 1500 and 80 %RH at "
                          "-13500 digits, 10 degC at -20 and 40 degC at 1855 digits",
                          "estimate"});
    power_on();
  }

  bool connect_pin(std::string_view name, PadPort& pad) override {
    if (name != "drdy") return false;
    ready_.connect(pad);
    return true;
  }
  void set_fed(const Stimulus& stimulus) override { measurements_.set_fed(stimulus); }
  void snapshot(StateArchive& archive) override {
    I2cPart::snapshot(archive);
    archive(registers_, outputs_, half_read_, status_, shot_end_.ps, shooting_);
    clock_.snapshot(archive);
    ready_.snapshot(archive);
    sample_event_.snapshot(archive);
  }

 private:
  void power_on() override {
    registers_ = {};
    registers_[WHO_AM_I] = 0xBC;
    registers_[AV_CONF] = 0x1B;
    registers_[H0_rH_x2] = static_cast<std::uint8_t>(kH0 * 2);
    registers_[H1_rH_x2] = static_cast<std::uint8_t>(kH1 * 2);
    constexpr auto kT0x8 = static_cast<unsigned>(kT0 * 8);
    constexpr auto kT1x8 = static_cast<unsigned>(kT1 * 8);
    registers_[T0_degC_x8] = kT0x8 & 0xFF;
    registers_[T1_degC_x8] = kT1x8 & 0xFF;
    registers_[T1_T0_msb] = static_cast<std::uint8_t>(kT0x8 >> 8 | kT1x8 >> 8 << 2);
    put16(H0_T0_OUT, kH0Out);
    put16(H1_T0_OUT, kH1Out);
    put16(T0_OUT, kT0Out);
    put16(T1_OUT, kT1Out);
    outputs_ = {};
    half_read_ = {};
    status_ = 0;
    shooting_ = false;
    clock_.start(now(), 0);
    update_pin();
  }
  void put16(std::uint8_t reg, int value) {
    registers_[reg] = static_cast<std::uint8_t>(value);
    registers_[reg + 1u] = static_cast<std::uint8_t>(value >> 8);
  }
  bool active() const { return (registers_[CTRL_REG1] & kPd) != 0; }

  void convert(TimePoint when) {
    const std::array<std::int16_t, 2> values = {
        digits(measurements_.at(kHumidity, when), kH0, kH1, kH0Out, kH1Out),
        digits(measurements_.at(kTemperature, when), kT0, kT1, kT0Out, kT1Out)};
    for (std::size_t i = 0; i < 2; ++i) {
      if (!half_read_[i]) outputs_[i] = values[i];
    }
    status_ |= kTda | kHda;
  }

  void catch_up() {
    const TimePoint now = this->now();
    if (shooting_ && now >= shot_end_) {
      shooting_ = false;
      registers_[CTRL_REG2] &= static_cast<std::uint8_t>(~kOneShot);
      convert(shot_end_);
      report_power();
    }
    if (const std::uint64_t due = clock_.due(now); due > 0) {
      clock_.take(due - 1);
      convert(clock_.next());
      clock_.take();
    }
  }

  // Section 5.1.1: bit 7 of the sub-address asks for automatic increments.
  std::uint8_t select(std::uint8_t sub_address) override {
    set_increments((sub_address & 0x80) != 0);
    return sub_address & 0x7F;
  }

  std::uint8_t read_register(std::uint8_t reg) override {
    catch_up();
    if (reg >= registers_.size()) return 0;
    std::uint8_t value = registers_[reg];
    if (reg == STATUS_REG) value = status_;
    if (reg >= HUMIDITY_OUT_L && reg <= TEMP_OUT_H) {
      const std::size_t channel = (reg - HUMIDITY_OUT_L) / 2u;
      const bool high = (reg & 1) != 0;
      half_read_[channel] = !high && (registers_[CTRL_REG1] & kBdu) != 0;
      value = static_cast<std::uint8_t>(static_cast<std::uint16_t>(outputs_[channel]) >>
                                        (high ? 8 : 0));
      if (high) {
        status_ &= static_cast<std::uint8_t>(~(channel == kHumidity ? kHda : kTda));
        update_pin();
      }
    }
    return value;
  }

  bool write_register(std::uint8_t reg, std::uint8_t value) override {
    catch_up();
    switch (reg) {
      case AV_CONF:
      case CTRL_REG3: registers_[reg] = value; break;
      case CTRL_REG1: {
        const bool was_active = active();
        const unsigned rate = registers_[CTRL_REG1] & 3u;
        registers_[CTRL_REG1] = value & 0x87;
        if (active() != was_active || (value & 3u) != rate) {
          shooting_ = shooting_ && active();
          if (!shooting_) registers_[CTRL_REG2] &= static_cast<std::uint8_t>(~kOneShot);
          clock_.start(now(), active() ? kHz[value & 3u] : 0);
        }
        break;
      }
      case CTRL_REG2:
        if ((value & kHeater) != 0) {
          notes_.unmodelled(name_, "CTRL_REG2.HEATER: warms nothing", reg, true, value);
        }
        // BOOT clears itself; so does ONE_SHOT, when the conversion is complete.
        registers_[CTRL_REG2] = value & kHeater;
        if ((value & kBoot) != 0) status_ = 0;
        if ((value & kOneShot) != 0 && active() && (registers_[CTRL_REG1] & 3u) == 0) {
          registers_[CTRL_REG2] |= kOneShot;
          if (!shooting_) shot_end_ = now() + conversion_;
          shooting_ = true;
        }
        break;
      default: break;  // read-only or reserved
    }
    report_power();
    update_pin();
    return true;
  }

  void update_pin() {
    const std::uint8_t control = registers_[CTRL_REG3];
    const bool waits = ready_.connected() && supplied() && (control & kDrdy) != 0;
    const bool level = (status_ != 0) != ((control & kDrdyHL) != 0);
    ready_.show(waits, level, (control & kPpOd) != 0);
    if (shooting_) {
      sample_event_.at(shot_end_);  // its power ends then, whoever looks
    } else if (waits && clock_.running()) {
      sample_event_.at(clock_.next());
    } else {
      sample_event_.cancel();
    }
  }

  std::string_view mode() const override {
    static constexpr std::array<std::string_view, 4> kPeriodic = {"power_down", "periodic_1hz",
                                                                  "periodic_7hz", "periodic_12hz"};
    return !active()   ? "power_down"
           : shooting_ ? "converting"
                       : kPeriodic[registers_[CTRL_REG1] & 3u];
  }

  Measurements measurements_;
  const Duration conversion_;
  std::array<std::uint8_t, 0x40> registers_{};
  std::array<std::int16_t, 2> outputs_{};
  std::array<bool, 2> half_read_{};
  std::uint8_t status_ = 0;
  SampleClock clock_;
  TimePoint shot_end_{};
  bool shooting_ = false;
  OutputPin ready_;
  Event sample_event_;
};

const DeviceType kType("hts221",
                       [](DeviceContext& context) { return std::make_unique<Hts221>(context); });

}  // namespace
}  // namespace tinyscope
