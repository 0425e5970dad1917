// Bosch BMM150: magnetometer, device type "bmm150", port "i2c" (0x10 to 0x13), pin "drdy".
//
// Registers: bmm150_defs.h and bmm150.c of boschsensortec/BMM150_SensorAPI (0dce061); the time of a
// measurement: BST-BMM150-DS001 (data sheet), section 4.2.4, from memory. The stimulus is a CSV
// file with mx my mz (uT); at rest 20 uT along x and -40 uT along z, as for the LSM9DS1.
// Parameters: `address`, `axes` (three_axes.hpp).
//
// Each part has its own trim values; these are made up, of the size that real ones have. The model
// turns the driver's compensation around, so that the driver gets the field back.
//
// Not modelled, and reported when firmware uses it: threshold interrupts, advanced self-test, SPI.
#include <algorithm>
#include <array>

#include "peripherals/sensors/i2c_part.hpp"
#include "peripherals/sensors/output_pin.hpp"
#include "peripherals/sensors/sample_clock.hpp"
#include "peripherals/sensors/three_axes.hpp"
#include "sim/fed_part.hpp"

namespace tinyscope {
namespace {

enum Register : std::uint8_t {
  CHIP_ID = 0x40,
  DATA_X_LSB = 0x42,
  DATA_RHALL_LSB = 0x48,
  DATA_RHALL_MSB = 0x49,
  INTERRUPT_STATUS = 0x4A,
  POWER_CONTROL = 0x4B,
  OP_MODE = 0x4C,
  INT_CONFIG = 0x4D,
  AXES_ENABLE = 0x4E,
  REP_XY = 0x51,
  REP_Z = 0x52,
  DIG_X1 = 0x5D,
  DIG_Y1 = 0x5E,
  DIG_Z4_LSB = 0x62,
  DIG_X2 = 0x64,
  DIG_Y2 = 0x65,
  DIG_Z2_LSB = 0x68,
  DIG_Z1_LSB = 0x6A,
  DIG_XYZ1_LSB = 0x6C,
  DIG_Z3_LSB = 0x6E,
  DIG_XY2 = 0x70,
  DIG_XY1 = 0x71,
};

constexpr std::uint8_t kPowerControlBit = 1 << 0;
constexpr std::uint8_t kSoftReset = 0x82;
// OP_MODE
constexpr std::uint8_t kSelfTest = 1 << 0;
constexpr std::uint8_t kAdvSelfTest = 0xC0;
enum OpMode : unsigned { kNormal = 0, kForced = 1, kSleep = 3 };
// INT_CONFIG, AXES_ENABLE
constexpr std::uint8_t kThresholds = 0x3F;  // 1: off
constexpr std::uint8_t kDrdyEn = 1 << 7;
constexpr std::uint8_t kDrdyPolarity = 1 << 2;

constexpr std::array<double, 8> kHz = {10, 2, 6, 8, 15, 20, 25, 30};  // BMM150_DATA_RATE_*
constexpr Duration kStartUp = Duration::from_ms(3);                   // BMM150_START_UP_TIME

// The trim values.
constexpr int kX1 = 1, kY1 = -2, kX2 = 26, kY2 = 25, kXy1 = 29, kXy2 = -3;
constexpr int kZ1 = 24747, kZ2 = 763, kZ3 = -100, kZ4 = 12, kXyz1 = 6753;
constexpr int kRhall = 6800;  // of the Hall element, at every temperature

constexpr int kOverflowXy = -4096;  // BMM150_OVERFLOW_ADCVAL_*
constexpr int kOverflowZ = -16384;

constexpr std::array kQuantities = {
    Measurements::Quantity{"mx", "uT", 20},
    Measurements::Quantity{"my", "uT"},
    Measurements::Quantity{"mz", "uT", -40},
};

int rounded(double value, int limit, int overflow) {
  return std::abs(value) >= limit ? overflow : static_cast<int>(std::lround(value));
}

// compensate_x() and compensate_y(), solved for the reading.
int raw_xy(double microtesla, int dig_1, int dig_2) {
  const double ratio = kXyz1 * 16384.0 / kRhall - 16384.0;
  const double scale = (kXy2 * ratio * ratio / 128 + ratio * kXy1 * 128) / 512 + 0x10'0000;
  const double gain = scale * (dig_2 + 0xA0) / 4096 / 8192;
  return rounded((microtesla * 16 - dig_1 * 8) / gain, 4096, kOverflowXy);
}

// compensate_z(), solved for the reading.
int raw_z(double microtesla) {
  const double divisor = kZ2 + std::floor((kZ1 * 2.0 * kRhall + 32768) / 65536);
  const double hall = kZ3 * static_cast<double>(kRhall - kXyz1) / 4;
  return rounded((microtesla * 16 * divisor + hall) / 32768 + kZ4, 16384, kOverflowZ);
}

class Bmm150 final : public I2cPart, public FedPart {
 public:
  explicit Bmm150(DeviceContext& context)
      : I2cPart(context, {0x10, 0x11, 0x12, 0x13}),
        measurements_(context, kQuantities),
        axes_(context.params),
        event_(context.scheduler, [this] {
          catch_up();
          update_pin();
        }) {
    notes_.assume({name_ + ".trim", "the BMM150's trim values are made up", "estimate"});
    power_on();
  }

  bool connect_pin(std::string_view name, PadPort& pad) override {
    if (name != "drdy") return false;
    drdy_.connect(pad);
    return true;
  }
  void set_fed(const Stimulus& stimulus) override { measurements_.set_fed(stimulus); }
  void snapshot(StateArchive& archive) override {
    I2cPart::snapshot(archive);
    archive(registers_, raw_, ready_, read_data_, self_tested_, forcing_, awake_at_.ps);
    clock_.snapshot(archive);
    drdy_.snapshot(archive);
    event_.snapshot(archive);
  }

 private:
  void power_on() override {
    registers_ = {};
    reset_registers();
  }
  void reset_registers() {
    const std::uint8_t power = registers_[POWER_CONTROL] & kPowerControlBit;
    registers_ = {};
    registers_[CHIP_ID] = 0x32;
    registers_[POWER_CONTROL] = power;
    registers_[OP_MODE] = kSleep << 1;
    registers_[INT_CONFIG] = kThresholds;
    registers_[AXES_ENABLE] = 0x07;
    put(DIG_X1, kX1);
    put(DIG_Y1, kY1);
    put16(DIG_Z4_LSB, kZ4);
    put(DIG_X2, kX2);
    put(DIG_Y2, kY2);
    put16(DIG_Z2_LSB, kZ2);
    put16(DIG_Z1_LSB, kZ1);
    put16(DIG_XYZ1_LSB, kXyz1);
    put16(DIG_Z3_LSB, kZ3);
    put(DIG_XY2, kXy2);
    put(DIG_XY1, kXy1);
    raw_ = {};
    ready_ = read_data_ = self_tested_ = forcing_ = false;
    clock_.stop();
    update_pin();
  }
  void put(std::uint8_t reg, int value) { registers_[reg] = static_cast<std::uint8_t>(value); }
  void put16(std::uint8_t reg, int value) {
    put(reg, value);
    put(static_cast<std::uint8_t>(reg + 1), value >> 8);
  }

  bool suspended() const { return (registers_[POWER_CONTROL] & kPowerControlBit) == 0; }
  // In suspend, and until the start-up is over, nothing but POWER_CONTROL answers.
  bool asleep() const { return suspended() || now() < awake_at_; }
  unsigned op_mode() const { return registers_[OP_MODE] >> 1 & 3; }
  std::string_view mode() const override {
    if (suspended()) return "suspend";
    return op_mode() == kNormal ? "normal" : forcing_ ? "forced" : "sleep";
  }

  // 145 us for each repetition of X and Y, 500 us for each of Z, and 980 us.
  Duration measurement_time() const {
    const std::uint64_t xy = 1 + 2u * registers_[REP_XY];
    const std::uint64_t z = 1 + registers_[REP_Z];
    return Duration::from_us(145 * xy + 500 * z + 980);
  }

  void set_mode() {
    forcing_ = false;
    clock_.stop();
    if (op_mode() == kNormal) {
      const double hz = kHz[registers_[OP_MODE] >> 3 & 7];
      const Duration period{static_cast<std::uint64_t>(std::llround(1e12 / hz))};
      clock_.start_at(now() + measurement_time(), std::max(period, measurement_time()));
    } else if (op_mode() == kForced) {
      forcing_ = true;
      clock_.start_at(now() + measurement_time(), measurement_time());
    }
    report_power();
  }

  void catch_up() {
    const std::uint64_t due = clock_.due(now());
    if (due == 0) return;
    if (!forcing_) clock_.take(due - 1);
    measure(clock_.next());
    clock_.take();
    if (!forcing_) return;
    forcing_ = false;
    registers_[OP_MODE] |= kSleep << 1;
    clock_.stop();
    report_power();
  }
  void measure(TimePoint when) {
    const unsigned off = registers_[AXES_ENABLE] >> 3 & 7;
    const auto field = [&](std::size_t axis) { return axes_.read(measurements_, 0, axis, when); };
    if ((off & 1) == 0) raw_[0] = raw_xy(field(0), kX1, kX2);
    if ((off & 2) == 0) raw_[1] = raw_xy(field(1), kY1, kY2);
    if ((off & 4) == 0) raw_[2] = raw_z(field(2));
    ready_ = true;
    self_tested_ = false;
  }

  // X and Y have 13 bits from bit 3 on, Z 15 from bit 1, the Hall resistance 14 from bit 2.
  std::uint8_t data(std::uint8_t reg) const {
    const std::size_t channel = (reg - DATA_X_LSB) / 2u;
    constexpr std::array<unsigned, 4> kShift = {3, 3, 1, 2};
    const int value = channel == 3 ? kRhall : raw_[channel];
    auto word = static_cast<unsigned>(value) << kShift[channel];
    if (channel == 3 ? ready_ : self_tested_) word |= 1;
    return static_cast<std::uint8_t>((reg - DATA_X_LSB) % 2 != 0 ? word >> 8 : word);
  }

  void started(bool) override {
    catch_up();
    end_burst();
    update_pin();
  }
  void stop() override {
    end_burst();
    update_pin();
  }
  // "Data ready interrupt is always cleared after reading out the data" (interrupt_pin_settings()
  // in bmm150.c); here at the end of the burst, whose byte 0x48 still says so.
  void end_burst() {
    if (read_data_) ready_ = false;
    read_data_ = false;
  }

  std::uint8_t read_register(std::uint8_t reg) override {
    if (reg == POWER_CONTROL) return registers_[reg];
    if (asleep() || reg >= registers_.size()) return 0;
    if (reg < DATA_X_LSB || reg > DATA_RHALL_MSB) return registers_[reg];
    if (reg < DATA_RHALL_LSB) read_data_ = true;
    return data(reg);
  }

  bool write_register(std::uint8_t reg, std::uint8_t value) override {
    catch_up();
    if (reg == POWER_CONTROL) {
      write_power(value);
    } else if (!asleep() && reg > POWER_CONTROL && reg <= REP_Z) {
      registers_[reg] = value;
      if (reg == OP_MODE) write_op_mode(value);
      if (reg == INT_CONFIG && (value & kThresholds) != kThresholds) {
        unmodelled("INT_CONFIG: threshold interrupts", reg, value);
      }
    }
    update_pin();
    return true;
  }
  void write_power(std::uint8_t value) {
    const bool was_suspended = suspended();
    registers_[POWER_CONTROL] = value & kPowerControlBit;
    if ((value & kSoftReset) == kSoftReset) reset_registers();
    if (suspended()) {
      clock_.stop();
      forcing_ = false;
      registers_[OP_MODE] |= kSleep << 1;
    } else if (was_suspended) {
      awake_at_ = now() + kStartUp;
    }
    report_power();
  }
  void write_op_mode(std::uint8_t value) {
    if ((value & kAdvSelfTest) != 0) unmodelled("OP_MODE: advanced self-test", OP_MODE, value);
    if ((value & kSelfTest) != 0 && op_mode() == kSleep) {
      registers_[OP_MODE] &= static_cast<std::uint8_t>(~kSelfTest);  // over, and passed
      self_tested_ = true;
    }
    set_mode();
  }

  void update_pin() {
    const bool enabled = (registers_[AXES_ENABLE] & kDrdyEn) != 0 && supplied() && !suspended();
    const bool active_high = (registers_[AXES_ENABLE] & kDrdyPolarity) != 0;
    event_.cancel();
    if (!enabled) {
      drdy_.release();
      return;
    }
    drdy_.drive(ready_ == active_high);
    if (drdy_.connected() && clock_.running()) event_.at(clock_.next());
  }

  Measurements measurements_;
  const AxisOrder axes_;
  std::array<std::uint8_t, 0x72> registers_{};
  std::array<int, 3> raw_{};
  bool ready_ = false;
  bool read_data_ = false;  // in this burst
  bool self_tested_ = false;
  bool forcing_ = false;
  TimePoint awake_at_{};
  SampleClock clock_;
  OutputPin drdy_;
  Event event_;
};

const DeviceType kType("bmm150",
                       [](DeviceContext& context) { return std::make_unique<Bmm150>(context); });

}  // namespace
}  // namespace tinyscope
