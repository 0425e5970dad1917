// InvenSense MPU-6050 and MPU-9250: accelerometer and gyroscope, the latter with a magnetometer
// (mpu6050_compass.hpp); device types "mpu6050" and "mpu9250", port "i2c" (0x68 or 0x69), pin
// "int".
//
// Registers: MPU6050.h of ElectronicCats/mpu6050 (b782cd0), MPU9250RegisterMap.h of hideakitai/
// MPU9250 (3741120); what they do: RM-MPU-6000A and RM-MPU-9250A (register maps) from memory, as
// Adafruit_MPU6050 (0492727) uses them. The stimulus is a CSV file with ax ay az (g), gx gy gz
// (dps), temperature (degC) and for the MPU-9250 mx my mz (uT, along the magnetometer's own axes);
// at rest 1 g along z, 25 degC, 20 uT along x and -40 uT along z. Parameters: `address`, `axes`
// (three_axes.hpp; of acceleration and rotation).
//
// Not modelled, and reported when firmware uses it: the motion processor (DMP), the I2C master (the
// magnetometer is reached in bypass mode), motion and free-fall interrupts, self-test, offsets,
// FSYNC, the low-power cycle of the MPU-9250. Filters have no effect but on the rate.
#include <array>

#include "peripherals/sensors/byte_fifo.hpp"
#include "peripherals/sensors/i2c_part.hpp"
#include "peripherals/sensors/mpu6050_compass.hpp"
#include "peripherals/sensors/output_pin.hpp"
#include "peripherals/sensors/three_axes.hpp"
#include "sim/fed_part.hpp"

namespace tinyscope {
namespace {

enum Register : std::uint8_t {
  XA_OFFS_H = 0x06,
  ZA_OFFS_L = 0x0B,
  XG_OFFS_USRH = 0x13,
  ZG_OFFS_USRL = 0x18,
  SMPLRT_DIV = 0x19,
  CONFIG = 0x1A,
  GYRO_CONFIG = 0x1B,
  ACCEL_CONFIG = 0x1C,
  FIFO_EN = 0x23,
  INT_PIN_CFG = 0x37,
  INT_ENABLE = 0x38,
  INT_STATUS = 0x3A,
  ACCEL_XOUT_H = 0x3B,
  TEMP_OUT_H = 0x41,
  GYRO_XOUT_H = 0x43,
  GYRO_ZOUT_L = 0x48,
  SIGNAL_PATH_RESET = 0x68,
  USER_CTRL = 0x6A,
  PWR_MGMT_1 = 0x6B,
  PWR_MGMT_2 = 0x6C,
  BANK_SEL = 0x6D,
  MEM_R_W = 0x6F,
  FIFO_COUNTH = 0x72,
  FIFO_COUNTL = 0x73,
  FIFO_R_W = 0x74,
  WHO_AM_I = 0x75,
};

// CONFIG of the MPU-9250
constexpr std::uint8_t kFifoMode = 1 << 6;  // a full FIFO keeps what it has
// GYRO_CONFIG, ACCEL_CONFIG
constexpr std::uint8_t kSelfTest = 0xE0;
// FIFO_EN
constexpr std::uint8_t kTempFifoEn = 1 << 7;
constexpr std::uint8_t kAccelFifoEn = 1 << 3;
constexpr std::uint8_t kSlaveFifoEn = 7;
// INT_PIN_CFG
constexpr std::uint8_t kIntLevel = 1 << 7;
constexpr std::uint8_t kIntOpen = 1 << 6;
constexpr std::uint8_t kLatchIntEn = 1 << 5;
constexpr std::uint8_t kIntRdClear = 1 << 4;
constexpr std::uint8_t kBypassEn = 1 << 1;
// INT_ENABLE, INT_STATUS
constexpr std::uint8_t kDataRdy = 1 << 0;
constexpr std::uint8_t kFifoOflow = 1 << 4;
// USER_CTRL
constexpr std::uint8_t kDmpEn = 1 << 7;
constexpr std::uint8_t kFifoEn = 1 << 6;
constexpr std::uint8_t kI2cMstEn = 1 << 5;
constexpr std::uint8_t kFifoReset = 1 << 2;
constexpr std::uint8_t kSelfClearing = 0x0F;
// PWR_MGMT_1, PWR_MGMT_2
constexpr std::uint8_t kDeviceReset = 1 << 7;
constexpr std::uint8_t kSleep = 1 << 6;
constexpr std::uint8_t kCycle = 1 << 5;
constexpr std::uint8_t kGyroStandby = 7;

constexpr Duration kPulse = Duration::from_us(50);  // MPU6050_INTLATCH_50USPULSE

enum Quantity : std::size_t { kAx, kGx = 3, kTemperature = 6, kMx };
constexpr std::array kQuantities = {
    Measurements::Quantity{"ax", "g"},
    Measurements::Quantity{"ay", "g"},
    Measurements::Quantity{"az", "g", 1},
    Measurements::Quantity{"gx", "dps"},
    Measurements::Quantity{"gy", "dps"},
    Measurements::Quantity{"gz", "dps"},
    Measurements::Quantity{"temperature", "degC", 25},
    Measurements::Quantity{"mx", "uT", 20},
    Measurements::Quantity{"my", "uT"},
    Measurements::Quantity{"mz", "uT", -40},
};

// What differs.
struct Variant {
  std::uint8_t who_am_i;
  std::uint8_t power;  // PWR_MGMT_1 after reset
  std::size_t fifo_bytes;
  std::size_t quantities;
  double digits_per_degree;
  double zero_digits_degrees;  // temperature at which the output is 0
  bool compass;
};
constexpr Variant kMpu6050 = {0x68, kSleep, 1024, kMx, 340, 36.53, false};
constexpr Variant kMpu9250 = {0x71, 0x01, 512, kQuantities.size(), 333.87, 21, true};

class Mpu6050 final : public I2cPart, public FedPart {
 public:
  Mpu6050(DeviceContext& context, const Variant& variant)
      : I2cPart(context, {0x68, 0x69}),
        variant_(variant),
        measurements_(context, std::span(kQuantities).first(variant.quantities)),
        axes_(context.params),
        compass_(context, measurements_, kMx, [this] { report_power(); }),
        both_(*this),
        event_(context.scheduler, [this] {
          catch_up();
          update_pin();
        }) {
    power_on();
  }

  Port* port(std::string_view name) override {
    if (name == "i2c" && variant_.compass) return &both_;
    return I2cPart::port(name);
  }
  bool connect_pin(std::string_view name, PadPort& pad) override {
    if (name != "int") return false;
    int_.connect(pad);
    return true;
  }
  void set_supplied(bool supplied) override {
    compass_.set_supplied(supplied);
    compass_.power_on();
    I2cPart::set_supplied(supplied);
  }
  void set_fed(const Stimulus& stimulus) override { measurements_.set_fed(stimulus); }
  void snapshot(StateArchive& archive) override {
    I2cPart::snapshot(archive);
    archive(registers_, outputs_, int_status_, pulse_end_.ps, rate_hz_, both_.compass_addressed);
    compass_.snapshot(archive);
    clock_.snapshot(archive);
    fifo_.snapshot(archive);
    int_.snapshot(archive);
    event_.snapshot(archive);
  }

 private:
  // Both dies on one bus; the compass hears it only in bypass mode.
  struct Both final : I2cTarget {
    explicit Both(Mpu6050& owner) : part(owner) {}
    bool start(std::uint8_t address, bool read) override {
      const bool own = part.I2cRegisters::start(address, read);
      compass_addressed = part.bypass() && part.compass_.start(address, read);
      return own || compass_addressed;
    }
    bool write(std::uint8_t byte) override { return addressed().write(byte); }
    std::uint8_t read() override { return addressed().read(); }
    void stop() override { addressed().stop(); }
    I2cTarget& addressed() {
      return compass_addressed ? static_cast<I2cTarget&>(part.compass_) : part;
    }
    Mpu6050& part;
    bool compass_addressed = false;
  };

  void power_on() override {
    registers_ = {};
    registers_[WHO_AM_I] = variant_.who_am_i;
    registers_[PWR_MGMT_1] = variant_.power;
    outputs_ = {};
    int_status_ = 0;
    pulse_end_ = {};
    rate_hz_ = 0;
    clock_.stop();
    fifo_.clear();
    update_clock();
    update_pin();
  }
  bool bypass() const {
    return (registers_[INT_PIN_CFG] & kBypassEn) != 0 && (registers_[USER_CTRL] & kI2cMstEn) == 0;
  }

  bool asleep() const { return (registers_[PWR_MGMT_1] & kSleep) != 0; }
  bool cycles() const { return (registers_[PWR_MGMT_1] & kCycle) != 0 && !variant_.compass; }
  // The gyroscope's rate is 8 kHz without its filter, else 1 kHz; SMPLRT_DIV divides it. In cycle
  // mode LP_WAKE_CTRL says how often the accelerometer wakes up.
  double rate_hz() const {
    if (asleep()) return 0;
    if (cycles()) return std::array{1.25, 5.0, 20.0, 40.0}[registers_[PWR_MGMT_2] >> 6];
    const unsigned filter = registers_[CONFIG] & 7;
    return (filter == 0 || filter == 7 ? 8000.0 : 1000.0) / (1 + registers_[SMPLRT_DIV]);
  }
  std::string_view mode() const override {
    const bool compass = compass_.on();
    if (asleep()) return compass ? "magnetometer" : "sleep";
    if (cycles()) return "cycle";
    if ((registers_[PWR_MGMT_2] & kGyroStandby) == kGyroStandby) {
      return compass ? "accelerometer_magnetometer" : "accelerometer";
    }
    return compass ? "accelerometer_gyroscope_magnetometer" : "accelerometer_gyroscope";
  }
  void update_clock() {
    if (const double rate = rate_hz(); rate != rate_hz_) {
      rate_hz_ = rate;
      clock_.start(now(), rate);
    }
    report_power();
  }

  void take_sample(TimePoint when) {
    const double digits_per_g = 16384.0 / (1 << (registers_[ACCEL_CONFIG] >> 3 & 3));
    const double digits_per_dps = 131.072 / (1 << (registers_[GYRO_CONFIG] >> 3 & 3));
    const std::uint8_t standby = registers_[PWR_MGMT_2];
    for (std::size_t axis = 0; axis < 3; ++axis) {
      if ((standby >> (5 - axis) & 1) == 0) {
        outputs_[axis] = to_digits(axes_.read(measurements_, kAx, axis, when), digits_per_g);
      }
      if ((standby >> (2 - axis) & 1) == 0 && !cycles()) {
        outputs_[4 + axis] = to_digits(axes_.read(measurements_, kGx, axis, when), digits_per_dps);
      }
    }
    outputs_[3] = to_digits(measurements_.at(kTemperature, when) - variant_.zero_digits_degrees,
                            variant_.digits_per_degree);
    int_status_ |= kDataRdy;
    pulse_end_ = when + kPulse;
    if ((registers_[USER_CTRL] & kFifoEn) != 0) fill_fifo();
  }
  // In the order of the registers. A full FIFO loses its oldest bytes, not whole samples.
  void fill_fifo() {
    std::vector<std::uint8_t> bytes;
    for (std::size_t i = 0; i < outputs_.size(); ++i) {
      if (!in_fifo(i)) continue;
      const auto word = static_cast<std::uint16_t>(outputs_[i]);
      bytes.push_back(static_cast<std::uint8_t>(word >> 8));
      bytes.push_back(static_cast<std::uint8_t>(word));
    }
    const std::size_t wanted = fifo_.level() + bytes.size();
    if (wanted > variant_.fifo_bytes) {
      int_status_ |= kFifoOflow;
      if (variant_.compass && (registers_[CONFIG] & kFifoMode) != 0) return;
      fifo_.drop(wanted - variant_.fifo_bytes);
    }
    fifo_.push(bytes);
  }
  bool in_fifo(std::size_t output) const {
    const std::uint8_t enabled = registers_[FIFO_EN];
    if (output < 3) return (enabled & kAccelFifoEn) != 0;
    if (output == 3) return (enabled & kTempFifoEn) != 0;
    return (enabled >> (10 - output) & 1) != 0;  // XG, YG, ZG: bits 6 to 4
  }
  void catch_up() {
    std::uint64_t due = clock_.due(now());
    // After a long time without a look, only the last sample or what the FIFO can hold. Dropping
    // multiples of its size keeps the bytes in step.
    const bool fills = (registers_[USER_CTRL] & kFifoEn) != 0 && registers_[FIFO_EN] != 0;
    const std::uint64_t kept = fills ? variant_.fifo_bytes : 1;
    if (due > 2 * kept) {
      const std::uint64_t skipped = (due - kept) / kept * kept;
      clock_.take(skipped);
      due -= skipped;
    }
    for (; due > 0; --due) {
      take_sample(clock_.next());
      clock_.take();
    }
  }

  // A burst sees the data of one moment.
  void started(bool) override {
    catch_up();
    update_pin();
  }
  std::uint8_t after(std::uint8_t reg) override {
    return reg == FIFO_R_W || reg == MEM_R_W ? reg : static_cast<std::uint8_t>(reg + 1);
  }
  std::uint8_t read_register(std::uint8_t reg) override {
    if (reg >= registers_.size()) return 0;
    std::uint8_t value = registers_[reg];
    if (reg >= ACCEL_XOUT_H && reg <= GYRO_ZOUT_L) {
      const auto word = static_cast<std::uint16_t>(outputs_[(reg - ACCEL_XOUT_H) / 2u]);
      value = static_cast<std::uint8_t>((reg - ACCEL_XOUT_H) % 2 == 0 ? word >> 8 : word);
    } else if (reg == INT_STATUS) {
      value = int_status_;
    } else if (reg == FIFO_COUNTH) {
      value = static_cast<std::uint8_t>(fifo_.level() >> 8);
    } else if (reg == FIFO_COUNTL) {
      value = static_cast<std::uint8_t>(fifo_.level());
    } else if (reg == FIFO_R_W) {
      value = fifo_.empty() ? 0xFF : fifo_.at(0);
      fifo_.drop(1);
    }
    if (reg == INT_STATUS || (registers_[INT_PIN_CFG] & kIntRdClear) != 0) int_status_ = 0;
    update_pin();
    return value;
  }

  bool write_register(std::uint8_t reg, std::uint8_t value) override {
    const bool read_only = (reg >= INT_STATUS && reg < 0x63) || reg == WHO_AM_I ||
                           reg == FIFO_COUNTH || reg == FIFO_COUNTL;
    if (reg >= registers_.size() || read_only) return true;
    if (reg == PWR_MGMT_1 && (value & kDeviceReset) != 0) {
      power_on();
      return true;
    }
    registers_[reg] = value;
    report_unmodelled(reg, value);
    if (reg == USER_CTRL) {
      if ((value & kFifoReset) != 0) fifo_.clear();
      registers_[USER_CTRL] &= static_cast<std::uint8_t>(~kSelfClearing);
    }
    if (reg == SIGNAL_PATH_RESET) registers_[reg] = 0;
    if (reg == FIFO_R_W) fifo_.push(std::array{value});
    update_clock();
    update_pin();
    return true;
  }
  void report_unmodelled(std::uint8_t reg, std::uint8_t value) {
    if (value == 0) return;
    const auto offset = [&](unsigned first, unsigned last) { return reg >= first && reg <= last; };
    switch (reg) {
      case CONFIG:
        if ((value & 0x38) != 0) unmodelled("CONFIG: FSYNC", reg, value);
        break;
      case GYRO_CONFIG:
      case ACCEL_CONFIG:
        if ((value & kSelfTest) != 0)
          unmodelled("GYRO_CONFIG, ACCEL_CONFIG: self-test", reg, value);
        break;
      case FIFO_EN:
        if ((value & kSlaveFifoEn) != 0) unmodelled("FIFO_EN: external sensors", reg, value);
        break;
      case INT_ENABLE:
        if ((value & ~(kDataRdy | kFifoOflow)) != 0) {
          unmodelled("INT_ENABLE: motion, free fall, I2C master", reg, value);
        }
        break;
      case USER_CTRL:
        if ((value & kDmpEn) != 0) unmodelled("USER_CTRL: DMP", reg, value);
        if ((value & kI2cMstEn) != 0) unmodelled("USER_CTRL: I2C master", reg, value);
        break;
      case PWR_MGMT_1:
        if ((value & kCycle) != 0 && variant_.compass) {
          unmodelled("PWR_MGMT_1: cycle", reg, value);
        }
        break;
      default:
        if (offset(XA_OFFS_H, ZA_OFFS_L) || offset(XG_OFFS_USRH, ZG_OFFS_USRL) ||
            (variant_.compass && offset(0x77, 0x7E))) {
          unmodelled("offset registers", reg, value);
        }
        if (offset(BANK_SEL, MEM_R_W)) unmodelled("BANK_SEL, MEM_R_W: DMP", reg, value);
        break;
    }
  }

  void update_pin() {
    event_.cancel();
    const std::uint8_t config = registers_[INT_PIN_CFG];
    const std::uint8_t active = int_status_ & registers_[INT_ENABLE];
    const bool latched = (config & kLatchIntEn) != 0;
    const bool on = active != 0 && (latched || now() < pulse_end_);
    const bool level = on != ((config & kIntLevel) != 0);
    int_.show(supplied(), level, (config & kIntOpen) != 0);
    const bool waiting =
        int_.connected() && (registers_[INT_ENABLE] & (kDataRdy | kFifoOflow)) != 0;
    if (!waiting || !clock_.running() || !supplied()) return;
    event_.at(on && !latched ? std::min(pulse_end_, clock_.next()) : clock_.next());
  }

  const Variant& variant_;
  Measurements measurements_;
  const AxisOrder axes_;
  Ak8963 compass_;
  Both both_;
  std::array<std::uint8_t, 0x80> registers_{};
  std::array<std::int16_t, 7> outputs_{};  // acceleration, temperature, rotation
  std::uint8_t int_status_ = 0;
  TimePoint pulse_end_{};
  double rate_hz_ = 0;
  SampleClock clock_;
  ByteFifo fifo_;
  OutputPin int_;
  Event event_;
};

const DeviceType kType6050("mpu6050", [](DeviceContext& context) {
  return std::make_unique<Mpu6050>(context, kMpu6050);
});
const DeviceType kType9250("mpu9250", [](DeviceContext& context) {
  return std::make_unique<Mpu6050>(context, kMpu9250);
});

}  // namespace
}  // namespace tinyscope
