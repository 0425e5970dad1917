// ST LPS22HB: pressure and temperature; device type "lps22hb", port "i2c" (0x5C), pin "int_drdy".
//
// Registers: ST DocID027083 (LPS22HB data sheet) Rev 6, sections 5 (FIFO) and 9; bits as in
// STMicroelectronics/lps22hb-pid, lps22hb_reg.h. The stimulus is a CSV file with pressure (hPa) and
// temperature (degC); at rest 1013.25 hPa and 22 degC.
//
// Not modelled, and reported when firmware uses it: pressure thresholds and the reference pressure
// (INTERRUPT_CFG), the offset RPDS, the FIFO modes that wait for a threshold. The low-pass filter
// has no effect: what is measured has no bandwidth.
//
// Parameter: conversion_us, how long a one-shot conversion takes.
#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cmath>

#include "peripherals/common/assumed_parameter.hpp"
#include "peripherals/sensors/i2c_part.hpp"
#include "peripherals/sensors/output_pin.hpp"
#include "peripherals/sensors/sample_clock.hpp"
#include "peripherals/sensors/sample_fifo.hpp"
#include "peripherals/stimulus/measurements.hpp"
#include "sim/fed_part.hpp"
#include "sim/power_tracker.hpp"

namespace tinyscope {
namespace {

enum Register : std::uint8_t {
  INTERRUPT_CFG = 0x0B,
  WHO_AM_I = 0x0F,
  CTRL_REG1 = 0x10,
  CTRL_REG2 = 0x11,
  CTRL_REG3 = 0x12,
  FIFO_CTRL = 0x14,
  RPDS_L = 0x18,
  RPDS_H = 0x19,
  RES_CONF = 0x1A,
  INT_SOURCE = 0x25,
  FIFO_STATUS = 0x26,
  STATUS = 0x27,
  PRESS_OUT_XL = 0x28,
  PRESS_OUT_H = 0x2A,
  TEMP_OUT_H = 0x2C,
  LPFP_RES = 0x33,
};

// CTRL_REG1
constexpr std::uint8_t kBdu = 1 << 1;
// CTRL_REG2
constexpr std::uint8_t kOneShot = 1 << 0;
constexpr std::uint8_t kSwReset = 1 << 2;
constexpr std::uint8_t kIfAddInc = 1 << 4;
constexpr std::uint8_t kStopOnFth = 1 << 5;
constexpr std::uint8_t kFifoEn = 1 << 6;
constexpr std::uint8_t kBoot = 1 << 7;
// CTRL_REG3
constexpr std::uint8_t kDrdy = 1 << 2;
constexpr std::uint8_t kFOvr = 1 << 3;
constexpr std::uint8_t kFFth = 1 << 4;
constexpr std::uint8_t kFFss5 = 1 << 5;
constexpr std::uint8_t kPpOd = 1 << 6;
constexpr std::uint8_t kIntHL = 1 << 7;
// STATUS
constexpr std::uint8_t kPda = 1 << 0;
constexpr std::uint8_t kTda = 1 << 1;
constexpr std::uint8_t kPor = 1 << 4;
constexpr std::uint8_t kTor = 1 << 5;
// FIFO_STATUS
constexpr std::uint8_t kOvr = 1 << 6;
constexpr std::uint8_t kFth = 1 << 7;

enum FifoMode : unsigned { kBypass = 0, kFifo = 1, kStream = 2, kDynamicStream = 6 };

constexpr std::array<double, 8> kHz = {0, 1, 10, 25, 50, 75, 0, 0};  // ODR of CTRL_REG1
constexpr double kDigitsPerHpa = 4096;
constexpr double kDigitsPerDegree = 100;
constexpr double kLargest = 8388607;  // 24 bits

enum Quantity : std::size_t { kPressure, kTemperature };
constexpr std::array kQuantities = {
    Measurements::Quantity{"pressure", "hPa", 1013.25},
    Measurements::Quantity{"temperature", "degC", 22},
};

class Lps22hb final : public I2cPart, public FedPart {
 public:
  explicit Lps22hb(DeviceContext& context)
      : I2cPart(context, {0x5C}),
        measurements_(context, kQuantities),
        conversion_(Duration::from_us(assumed_parameter(
            context, "conversion_us", 13000,
            "microseconds that one LPS22HB one-shot conversion takes (1 / 75 Hz)"))),
        sample_event_(context.scheduler, [this] {
          catch_up();
          update_pin();
        }) {
    power_on();
  }

  bool connect_pin(std::string_view name, PadPort& pad) override {
    if (name != "int_drdy") return false;
    interrupt_.connect(pad);
    return true;
  }
  void set_fed(const Stimulus& stimulus) override { measurements_.set_fed(stimulus); }
  void snapshot(StateArchive& archive) override {
    I2cPart::snapshot(archive);
    archive(registers_, outputs_, half_read_, status_, fifo_overrun_, shot_end_.ps, shooting_);
    clock_.snapshot(archive);
    fifo_.snapshot(archive);
    interrupt_.snapshot(archive);
    sample_event_.snapshot(archive);
  }

 private:
  struct Sample {
    std::int32_t pressure = 0;  // 24 bits
    std::int16_t temperature = 0;
  };

  void power_on() override {
    registers_ = {};
    registers_[WHO_AM_I] = 0xB1;
    registers_[CTRL_REG2] = kIfAddInc;
    set_increments(true);
    outputs_ = {};
    half_read_ = false;
    status_ = 0;
    shooting_ = false;
    clear_fifo();
    clock_.start(now(), 0);
    update_pin();
  }
  void clear_fifo() {
    fifo_.clear();
    fifo_overrun_ = false;
  }
  unsigned fifo_mode() const { return registers_[FIFO_CTRL] >> 5; }
  bool fifo_on() const { return (registers_[CTRL_REG2] & kFifoEn) != 0 && fifo_mode() != kBypass; }
  std::size_t fifo_depth() const {
    const bool limited = (registers_[CTRL_REG2] & kStopOnFth) != 0;
    return limited ? (registers_[FIFO_CTRL] & 0x1Fu) + 1 : SampleFifo<Sample>::kDepth;
  }
  // FTH: from the watermark on; WTM of n is a watermark of n + 1 samples (FIFO_CTRL, section 9.9).
  std::uint8_t fifo_status() const {
    auto status = static_cast<std::uint8_t>(fifo_.level());
    if (fifo_overrun_) status |= kOvr;
    if (fifo_on() && fifo_.level() > (registers_[FIFO_CTRL] & 0x1Fu)) status |= kFth;
    return status;
  }

  void convert(TimePoint when) {
    Sample sample;
    sample.pressure = static_cast<std::int32_t>(
        std::lround(std::clamp(measurements_.at(kPressure, when) * kDigitsPerHpa, 0.0, kLargest)));
    sample.temperature = static_cast<std::int16_t>(std::lround(
        std::clamp(measurements_.at(kTemperature, when) * kDigitsPerDegree, -32768.0, 32767.0)));
    if (fifo_on()) {
      const bool full = fifo_.level() >= fifo_depth();
      if (full && fifo_mode() == kFifo) return;
      if (full) {
        fifo_overrun_ = true;
        fifo_.pop();
      }
      fifo_.push(sample);
    }
    if (!half_read_) outputs_ = sample;
    if ((status_ & kPda) != 0) status_ |= kPor;
    if ((status_ & kTda) != 0) status_ |= kTor;
    status_ |= kPda | kTda;
  }

  void catch_up() {
    const TimePoint now = this->now();
    if (shooting_ && now >= shot_end_) {
      shooting_ = false;
      registers_[CTRL_REG2] &= static_cast<std::uint8_t>(~kOneShot);
      convert(shot_end_);
      report_power();
    }
    std::uint64_t due = clock_.due(now);
    // Samples that others have replaced since need not be computed; two say that one was lost.
    const std::uint64_t kept = fifo_on() ? SampleFifo<Sample>::kDepth + 1 : 2;
    if (due > kept && !(fifo_on() && fifo_mode() == kFifo)) {
      clock_.take(due - kept);
      due = kept;
    }
    for (; due > 0; --due) {
      convert(clock_.next());
      clock_.take();
      if (fifo_on() && fifo_mode() == kFifo && fifo_.level() >= fifo_depth()) {
        clock_.take(due - 1);
        break;
      }
    }
  }

  std::uint8_t read_output(std::uint8_t reg) {
    const Sample& sample = fifo_on() ? fifo_.front() : outputs_;
    const unsigned byte = reg - PRESS_OUT_XL;
    const bool pressure = reg <= PRESS_OUT_H;
    const auto bits = static_cast<std::uint32_t>(
        pressure ? sample.pressure : static_cast<std::uint16_t>(sample.temperature));
    const auto value = static_cast<std::uint8_t>(bits >> 8 * (pressure ? byte : byte - 3));
    const bool last = reg == PRESS_OUT_H || reg == TEMP_OUT_H;
    half_read_ = !last && (registers_[CTRL_REG1] & kBdu) != 0;
    if (reg == PRESS_OUT_H) status_ &= static_cast<std::uint8_t>(~(kPda | kPor));
    if (reg == TEMP_OUT_H) {
      status_ &= static_cast<std::uint8_t>(~(kTda | kTor));
      if (fifo_on()) {  // the last byte of a slot
        fifo_.pop();
        fifo_overrun_ = false;
      }
    }
    return value;
  }

  std::uint8_t read_register(std::uint8_t reg) override {
    catch_up();
    std::uint8_t value = reg < registers_.size() ? registers_[reg] : 0;
    if (reg == STATUS) value = status_;
    if (reg == FIFO_STATUS) value = fifo_status();
    if (reg >= PRESS_OUT_XL && reg <= TEMP_OUT_H) value = read_output(reg);
    update_pin();
    return value;
  }

  // With the FIFO on, a burst goes round from TEMP_OUT_H to PRESS_OUT_XL (section 5.8).
  std::uint8_t after(std::uint8_t reg) override {
    const std::uint8_t next = I2cRegisters::after(reg);
    return reg == TEMP_OUT_H && next != reg && fifo_on() ? std::uint8_t{PRESS_OUT_XL} : next;
  }

  bool write_register(std::uint8_t reg, std::uint8_t value) override {
    catch_up();
    const bool read_only =
        reg == WHO_AM_I || (reg >= INT_SOURCE && reg <= TEMP_OUT_H) || reg == LPFP_RES;
    if (reg >= registers_.size() || read_only) return true;
    const std::uint8_t old = registers_[reg];
    const bool fifo_was_on = fifo_on();
    registers_[reg] = value;
    switch (reg) {
      case CTRL_REG1:
        if ((old ^ value) >> 4 != 0) clock_.start(now(), kHz[value >> 4 & 7]);
        break;
      case CTRL_REG2: write_control2(value); break;
      case FIFO_CTRL:
        if (fifo_mode() > kStream && fifo_mode() != kDynamicStream) {
          notes_.unmodelled(name_, "FIFO_CTRL.F_MODE that waits for a threshold", reg, true, value);
        }
        if (old >> 5 != value >> 5) clear_fifo();
        break;
      case INTERRUPT_CFG:
        if (value != 0) {
          notes_.unmodelled(name_, "INTERRUPT_CFG: thresholds and reference", reg, true, value);
        }
        break;
      case RPDS_L:
      case RPDS_H:
        if (value != 0) notes_.unmodelled(name_, "RPDS: offset", reg, true, value);
        break;
      default: break;
    }
    if (fifo_was_on != fifo_on()) clear_fifo();
    report_power();
    update_pin();
    return true;
  }

  void write_control2(std::uint8_t value) {
    if ((value & (kSwReset | kBoot)) != 0) {
      // SWRESET sets the registers back and clears itself; BOOT reloads the trimming.
      if ((value & kSwReset) != 0) power_on();
      registers_[CTRL_REG2] &= static_cast<std::uint8_t>(~(kSwReset | kBoot));
      if ((value & kSwReset) != 0) return;
    }
    set_increments((value & kIfAddInc) != 0);
    if ((value & kOneShot) == 0) {
      if (shooting_) registers_[CTRL_REG2] |= kOneShot;  // clears itself only
    } else if (clock_.running()) {
      registers_[CTRL_REG2] &= static_cast<std::uint8_t>(~kOneShot);  // for power-down only
    } else if (!shooting_) {
      shooting_ = true;
      shot_end_ = now() + conversion_;
    }
  }

  void update_pin() {
    const std::uint8_t control = registers_[CTRL_REG3];
    const bool waits =
        interrupt_.connected() && supplied() && (control & (kDrdy | kFOvr | kFFth | kFFss5)) != 0;
    const std::uint8_t fifo = fifo_status();
    const bool active = ((control & kDrdy) != 0 && (status_ & kPda) != 0) ||
                        ((control & kFOvr) != 0 && (fifo & kOvr) != 0) ||
                        ((control & kFFth) != 0 && (fifo & kFth) != 0) ||
                        ((control & kFFss5) != 0 && fifo_.level() == SampleFifo<Sample>::kDepth);
    interrupt_.show(waits, active != ((control & kIntHL) != 0), (control & kPpOd) != 0);
    if (shooting_) {
      sample_event_.at(shot_end_);  // its power ends then, whoever looks
    } else if (waits && clock_.running()) {
      sample_event_.at(clock_.next());
    } else {
      sample_event_.cancel();
    }
  }

  // "power_down", "low_noise_10hz", "low_current_converting"
  std::string_view mode() const override {
    static constexpr std::array<std::string_view, 8> kLowCurrent = {
        "power_down",       "low_current_1hz",  "low_current_10hz", "low_current_25hz",
        "low_current_50hz", "low_current_75hz", "power_down",       "power_down"};
    static constexpr std::array<std::string_view, 8> kLowNoise = {
        "power_down",     "low_noise_1hz",  "low_noise_10hz", "low_noise_25hz",
        "low_noise_50hz", "low_noise_75hz", "power_down",     "power_down"};
    const bool low_current = (registers_[RES_CONF] & 1) != 0;
    if (shooting_) return low_current ? "low_current_converting" : "low_noise_converting";
    return (low_current ? kLowCurrent : kLowNoise)[registers_[CTRL_REG1] >> 4 & 7];
  }

  Measurements measurements_;
  const Duration conversion_;
  std::array<std::uint8_t, 0x40> registers_{};
  Sample outputs_;
  bool half_read_ = false;  // BDU: a byte of the sample was read, the last one not yet
  std::uint8_t status_ = 0;
  SampleClock clock_;
  SampleFifo<Sample> fifo_;
  bool fifo_overrun_ = false;
  TimePoint shot_end_{};
  bool shooting_ = false;
  OutputPin interrupt_;
  Event sample_event_;
};

const DeviceType kType("lps22hb",
                       [](DeviceContext& context) { return std::make_unique<Lps22hb>(context); });

}  // namespace
}  // namespace tinyscope
