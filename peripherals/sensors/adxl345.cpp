// Analog Devices ADXL345: accelerometer, device type "adxl345", port "i2c" (0x53 or 0x1D), pins
// "int1" and "int2".
//
// Registers: SparkFun_ADXL345.h of sparkfun/SparkFun_ADXL345_Arduino_Library (6d795cc); bits, scale
// and FIFO: ADXL345 data sheet, "Register definitions" and "FIFO", from memory, as Adafruit_ADXL345
// (8e799d7) uses them. The stimulus is a CSV file with ax ay az (g); at rest 1 g along z.
// Parameters: `address`, `axes` (three_axes.hpp).
//
// Not modelled, and reported when firmware uses it: taps, activity, inactivity, free fall, auto
// sleep, the trigger mode of the FIFO (it works as stream), self-test, SPI.
#include <array>

#include "peripherals/sensors/i2c_part.hpp"
#include "peripherals/sensors/output_pin.hpp"
#include "peripherals/sensors/sample_clock.hpp"
#include "peripherals/sensors/sample_fifo.hpp"
#include "peripherals/sensors/three_axes.hpp"
#include "sim/fed_part.hpp"

namespace tinyscope {
namespace {

enum Register : std::uint8_t {
  DEVID = 0x00,
  THRESH_TAP = 0x1D,
  OFSX = 0x1E,
  ACT_INACT_CTL = 0x27,
  TAP_AXES = 0x2A,
  ACT_TAP_STATUS = 0x2B,
  BW_RATE = 0x2C,
  POWER_CTL = 0x2D,
  INT_ENABLE = 0x2E,
  INT_MAP = 0x2F,
  INT_SOURCE = 0x30,
  DATA_FORMAT = 0x31,
  DATAX0 = 0x32,
  DATAZ1 = 0x37,
  FIFO_CTL = 0x38,
  FIFO_STATUS = 0x39,
};

// BW_RATE
constexpr std::uint8_t kLowPower = 1 << 4;
// POWER_CTL
constexpr std::uint8_t kMeasure = 1 << 3;
constexpr std::uint8_t kSleepBits = 0x37;  // link, AUTO_SLEEP, sleep, wakeup
// INT_ENABLE, INT_MAP, INT_SOURCE
constexpr std::uint8_t kDataReady = 1 << 7;
constexpr std::uint8_t kWatermark = 1 << 1;
constexpr std::uint8_t kOverrun = 1 << 0;
constexpr std::uint8_t kMotion = 0x7C;
// DATA_FORMAT
constexpr std::uint8_t kSelfTest = 1 << 7;
constexpr std::uint8_t kIntInvert = 1 << 5;
constexpr std::uint8_t kFullRes = 1 << 3;
constexpr std::uint8_t kJustify = 1 << 2;

enum FifoMode : unsigned { kBypass = 0, kFifo = 1, kStream = 2, kTrigger = 3 };

constexpr double kDigitsPerG = 256;      // at 2 g, and at each range with full resolution
constexpr double kGPerOffset = 15.6e-3;  // OFSX, OFSY, OFSZ
constexpr double kFastestHz = 3200;      // code 15; each code below has half the rate

constexpr std::array kQuantities = {
    Measurements::Quantity{"ax", "g"},
    Measurements::Quantity{"ay", "g"},
    Measurements::Quantity{"az", "g", 1},
};

class Adxl345 final : public I2cPart, public FedPart {
 public:
  explicit Adxl345(DeviceContext& context)
      : I2cPart(context, {0x53, 0x1D}),
        measurements_(context, kQuantities),
        axes_(context.params),
        event_(context.scheduler, [this] {
          catch_up();
          update_pins();
        }) {
    power_on();
  }

  bool connect_pin(std::string_view name, PadPort& pad) override {
    if (name != "int1" && name != "int2") return false;
    (name == "int1" ? int1_ : int2_).connect(pad);
    return true;
  }
  void set_fed(const Stimulus& stimulus) override { measurements_.set_fed(stimulus); }
  void snapshot(StateArchive& archive) override {
    I2cPart::snapshot(archive);
    archive(registers_, output_, fresh_, overrun_);
    clock_.snapshot(archive);
    fifo_.snapshot(archive);
    int1_.snapshot(archive);
    int2_.snapshot(archive);
    event_.snapshot(archive);
  }

 private:
  using Axes = std::array<std::int16_t, 3>;

  void power_on() override {
    registers_ = {};
    registers_[DEVID] = 0xE5;
    registers_[BW_RATE] = 0x0A;
    output_ = {};
    fresh_ = overrun_ = false;
    fifo_.clear();
    clock_.stop();
    update_pins();
  }
  bool measures() const { return (registers_[POWER_CTL] & kMeasure) != 0; }
  std::string_view mode() const override {
    if (!measures()) return "standby";
    return (registers_[BW_RATE] & kLowPower) != 0 ? "low_power" : "measure";
  }
  unsigned fifo_mode() const { return registers_[FIFO_CTL] >> 6; }

  Axes sample(TimePoint when) const {
    const std::uint8_t format = registers_[DATA_FORMAT];
    const unsigned range = format & 3;
    const bool full = (format & kFullRes) != 0;
    const unsigned bits = full ? 10 + range : 10;
    Axes values{};
    for (std::size_t axis = 0; axis < 3; ++axis) {
      const auto offset = static_cast<std::int8_t>(registers_[OFSX + axis]);
      const double g = axes_.read(measurements_, 0, axis, when) + offset * kGPerOffset;
      values[axis] = to_digits(g, full ? kDigitsPerG : kDigitsPerG / (1 << range), bits);
      if ((format & kJustify) != 0) {
        values[axis] = static_cast<std::int16_t>(values[axis] * (1 << (16 - bits)));
      }
    }
    return values;
  }

  void take_sample(TimePoint when) {
    const bool full = fifo_mode() == kBypass ? fresh_ : fifo_.level() == fifo_.kDepth;
    if (full) overrun_ = true;
    if (fifo_mode() == kFifo && full) return;
    output_ = sample(when);
    fresh_ = true;
    if (fifo_mode() != kBypass) fifo_.push(output_);
  }
  void catch_up() {
    std::uint64_t due = clock_.due(now());
    const std::uint64_t kept = fifo_mode() == kBypass ? 2 : fifo_.kDepth + 1;
    const bool fills_once = fifo_mode() == kFifo && fifo_.level() < fifo_.kDepth;
    if (due > kept && !fills_once) {
      clock_.take(due - kept);
      due = kept;
    }
    for (; due > 0; --due) {
      take_sample(clock_.next());
      clock_.take();
      if (fifo_mode() == kFifo && overrun_ && due > 1) {
        clock_.take(due - 1);
        due = 1;
      }
    }
  }

  std::uint8_t source() const {
    const unsigned samples = registers_[FIFO_CTL] & 0x1F;
    const bool ready = fifo_mode() == kBypass ? fresh_ : !fifo_.empty();
    const bool watermark = fifo_mode() != kBypass && samples != 0 && fifo_.level() >= samples;
    return static_cast<std::uint8_t>((ready ? kDataReady : 0) | (watermark ? kWatermark : 0) |
                                     (overrun_ ? kOverrun : 0));
  }

  // A burst sees the data of one moment.
  void started(bool) override {
    catch_up();
    update_pins();
  }
  std::uint8_t read_register(std::uint8_t reg) override {
    if (reg >= registers_.size()) return 0;
    if (reg == INT_SOURCE) return source();
    if (reg == FIFO_STATUS) return static_cast<std::uint8_t>(fifo_.level());
    if (reg < DATAX0 || reg > DATAZ1) return registers_[reg];
    const std::size_t axis = (reg - DATAX0) / 2u;
    const auto word =
        static_cast<std::uint16_t>(fifo_mode() == kBypass ? output_[axis] : fifo_.front()[axis]);
    const bool high = (reg - DATAX0) % 2 != 0;
    if (reg == DATAZ1) {  // the set was read
      fresh_ = overrun_ = false;
      fifo_.pop();
      update_pins();
    }
    return static_cast<std::uint8_t>(high ? word >> 8 : word);
  }

  bool write_register(std::uint8_t reg, std::uint8_t value) override {
    const bool writable = reg >= THRESH_TAP && reg < registers_.size() && reg != ACT_TAP_STATUS &&
                          reg != INT_SOURCE && (reg < DATAX0 || reg > DATAZ1) && reg != FIFO_STATUS;
    if (!writable) return true;
    const std::uint8_t before = registers_[reg];
    registers_[reg] = value;
    switch (reg) {
      case POWER_CTL:
        if ((value & kSleepBits) != 0 && measures()) {
          unmodelled("POWER_CTL: sleep and link", reg, value);
        }
        [[fallthrough]];
      case BW_RATE:
        if (before != value) restart();
        break;
      case INT_ENABLE:
        if ((value & kMotion) != 0) {
          unmodelled("INT_ENABLE: taps, activity, inactivity, free fall", reg, value);
        }
        break;
      case DATA_FORMAT:
        if ((value & kSelfTest) != 0) unmodelled("DATA_FORMAT: self-test", reg, value);
        break;
      case FIFO_CTL:
        if (before >> 6 != value >> 6) {
          fifo_.clear();
          overrun_ = false;
        }
        if (value >> 6 == kTrigger) unmodelled("FIFO_CTL: trigger mode", reg, value);
        break;
      default: break;
    }
    report_power();
    update_pins();
    return true;
  }
  void restart() {
    clock_.start(now(), measures() ? std::ldexp(kFastestHz, (registers_[BW_RATE] & 0xF) - 15) : 0);
  }

  void update_pins() {
    event_.cancel();
    if (!supplied()) {
      int1_.release();
      int2_.release();
      return;
    }
    const std::uint8_t enabled = registers_[INT_ENABLE];
    const std::uint8_t active = source() & enabled;
    const bool inverted = (registers_[DATA_FORMAT] & kIntInvert) != 0;
    int1_.drive(((active & ~registers_[INT_MAP]) != 0) != inverted);
    int2_.drive(((active & registers_[INT_MAP]) != 0) != inverted);
    const bool waiting = (enabled & (kDataReady | kWatermark | kOverrun)) != 0 &&
                         (int1_.connected() || int2_.connected());
    if (waiting && clock_.running()) event_.at(clock_.next());
  }

  Measurements measurements_;
  const AxisOrder axes_;
  std::array<std::uint8_t, 0x3A> registers_{};
  SampleClock clock_;
  SampleFifo<Axes> fifo_;
  Axes output_{};
  bool fresh_ = false;  // output_ was not read yet
  bool overrun_ = false;
  OutputPin int1_;
  OutputPin int2_;
  Event event_;
};

const DeviceType kType("adxl345",
                       [](DeviceContext& context) { return std::make_unique<Adxl345>(context); });

}  // namespace
}  // namespace tinyscope
