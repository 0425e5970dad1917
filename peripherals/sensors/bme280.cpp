// Bosch BME280: pressure, temperature and humidity; device type "bme280", port "i2c" (0x76 or
// 0x77).
//
// Registers and compensation: bme280_defs.h and bme280.c of boschsensortec/BME280_driver (c90d419);
// typical times of a measurement: BST-BME280-DS002 (data sheet), section 9.1, from memory. The
// stimulus is a CSV file with pressure (hPa), temperature (degC) and humidity (%RH); at rest
// 1013.25 hPa, 22 degC and 45 %RH. Parameter: `address`.
//
// Each part has its own calibration; this one's is made up, of the size that real ones have. The
// model looks for the reading from which the driver's formulas give the measured value. The IIR
// filter has no effect. SPI is not modelled.
#include <array>
#include <cmath>

#include "peripherals/sensors/i2c_part.hpp"
#include "peripherals/sensors/sample_clock.hpp"
#include "peripherals/stimulus/measurements.hpp"
#include "sim/fed_part.hpp"

namespace tinyscope {
namespace {

enum Register : std::uint8_t {
  CALIB_00 = 0x88,
  CHIP_ID = 0xD0,
  RESET = 0xE0,
  CALIB_26 = 0xE1,
  CTRL_HUM = 0xF2,
  STATUS = 0xF3,
  CTRL_MEAS = 0xF4,
  CONFIG = 0xF5,
  PRESS_MSB = 0xF7,
};

constexpr std::uint8_t kSoftReset = 0xB6;
constexpr std::uint8_t kImUpdate = 1 << 0;
constexpr std::uint8_t kMeasuring = 1 << 3;
enum Mode : unsigned { kSleep = 0, kForced = 1, kNormal = 3 };  // 2 is forced too

constexpr std::array<unsigned, 8> kOversampling = {0, 1, 2, 4, 8, 16, 16, 16};
// BME280_STANDBY_TIME_*, us
constexpr std::array<std::uint64_t, 8> kStandbyUs = {500,     62'500,    125'000, 250'000,
                                                     500'000, 1'000'000, 10'000,  20'000};
constexpr Duration kStartUp = Duration::from_ms(2);  // BME280_STARTUP_DELAY

constexpr unsigned kSkipped = 0x80000;  // of a quantity that is not measured
constexpr unsigned kSkippedHumidity = 0x8000;

// The calibration.
constexpr int kT1 = 27504, kT2 = 26435, kT3 = -1000;
constexpr int kP1 = 36477, kP2 = -10685, kP3 = 3024, kP4 = 2855, kP5 = 140, kP6 = -7, kP7 = 15500,
              kP8 = -14600, kP9 = 6000;
constexpr int kH1 = 75, kH2 = 370, kH3 = 0, kH4 = 313, kH5 = 50, kH6 = 30;

// compensate_temperature(): t_fine is 5120 times the temperature in degC.
double t_fine(double reading) {
  const double a = (reading / 16384 - kT1 / 1024.0) * kT2;
  const double b = reading / 131072 - kT1 / 8192.0;
  return a + b * b * kT3;
}

// compensate_pressure(), Pa.
double pressure(double reading, double fine) {
  const double t = fine / 2 - 64000;
  const double offset = (t * t * kP6 / 32768 + t * kP5 * 2) / 4 + kP4 * 65536.0;
  const double slope = (1 + (kP3 * t * t / 524288 + kP2 * t) / 524288 / 32768) * kP1;
  const double p = (1048576 - reading - offset / 4096) * 6250 / slope;
  return p + (kP9 * p * p / 2147483648.0 + p * kP8 / 32768 + kP7) / 16;
}

// compensate_humidity(), %RH.
double humidity(double reading, double fine) {
  const double t = fine - 76800;
  const double shifted = reading - (kH4 * 64.0 + kH5 / 16384.0 * t);
  const double grown = 1 + kH3 / 67108864.0 * t;
  const double scaled = shifted * kH2 / 65536 * grown * (1 + kH6 / 67108864.0 * t * grown);
  return scaled * (1 - kH1 * scaled / 524288);
}

// The reading below `end` whose value comes closest to `wanted`; `value` rises with the reading.
template <class Function>
unsigned reading_for(double wanted, unsigned end, const Function& value) {
  unsigned low = 0;
  unsigned high = end - 1;
  while (low < high) {
    const unsigned middle = (low + high) / 2;
    if (value(middle) < wanted) {
      low = middle + 1;
    } else {
      high = middle;
    }
  }
  return low;
}

enum Quantity : std::size_t { kPressure, kTemperature, kHumidity };
constexpr std::array kQuantities = {
    Measurements::Quantity{"pressure", "hPa", 1013.25},
    Measurements::Quantity{"temperature", "degC", 22},
    Measurements::Quantity{"humidity", "%RH", 45},
};

class Bme280 final : public I2cPart, public FedPart {
 public:
  explicit Bme280(DeviceContext& context)
      : I2cPart(context, {0x76, 0x77}),
        measurements_(context, kQuantities),
        end_(context.scheduler, [this] { catch_up(); }) {
    notes_.assume({name_ + ".calibration", "the BME280's calibration is made up", "estimate"});
    power_on();
  }

  void set_fed(const Stimulus& stimulus) override { measurements_.set_fed(stimulus); }
  void snapshot(StateArchive& archive) override {
    I2cPart::snapshot(archive);
    archive(registers_, ctrl_hum_, forcing_, awake_at_.ps, data_expected_, target_);
    clock_.snapshot(archive);
    end_.snapshot(archive);
  }

 private:
  void power_on() override {
    registers_ = {};
    registers_[CHIP_ID] = 0x60;
    put16(CALIB_00, {kT1, kT2, kT3, kP1, kP2, kP3, kP4, kP5, kP6, kP7, kP8, kP9});
    registers_[CALIB_00 + 25] = kH1;
    put16(CALIB_26, {kH2});
    registers_[CALIB_26 + 2] = kH3;
    registers_[CALIB_26 + 3] = static_cast<std::uint8_t>(kH4 >> 4);
    registers_[CALIB_26 + 4] = static_cast<std::uint8_t>((kH4 & 0xF) | (kH5 & 0xF) << 4);
    registers_[CALIB_26 + 5] = static_cast<std::uint8_t>(kH5 >> 4);
    registers_[CALIB_26 + 6] = kH6;
    put_data(kSkipped, kSkipped, kSkippedHumidity);
    ctrl_hum_ = 0;
    forcing_ = false;
    clock_.stop();
    end_.cancel();
    awake_at_ = now() + kStartUp;
  }
  void put16(std::uint8_t reg, std::initializer_list<int> words) {
    for (const int word : words) {
      registers_[reg++] = static_cast<std::uint8_t>(word);
      registers_[reg++] = static_cast<std::uint8_t>(word >> 8);
    }
  }
  void put_data(unsigned press, unsigned temp, unsigned hum) {
    std::size_t reg = PRESS_MSB;
    for (const unsigned value : {press, temp}) {
      registers_[reg++] = static_cast<std::uint8_t>(value >> 12);
      registers_[reg++] = static_cast<std::uint8_t>(value >> 4);
      registers_[reg++] = static_cast<std::uint8_t>(value << 4);
    }
    registers_[reg++] = static_cast<std::uint8_t>(hum >> 8);
    registers_[reg++] = static_cast<std::uint8_t>(hum);
  }

  unsigned power_mode() const { return registers_[CTRL_MEAS] & 3; }
  std::string_view mode() const override {
    return power_mode() == kNormal ? "normal" : forcing_ ? "forced" : "sleep";
  }
  unsigned oversampling(Quantity quantity) const {
    switch (quantity) {
      case kPressure: return kOversampling[registers_[CTRL_MEAS] >> 2 & 7];
      case kTemperature: return kOversampling[registers_[CTRL_MEAS] >> 5];
      case kHumidity: return kOversampling[ctrl_hum_ & 7];
    }
    return 0;
  }
  // 1 ms, 2 ms for each sample of each quantity, and 0.5 ms for pressure and for humidity.
  Duration measurement_time() const {
    std::uint64_t us = 1000 + 2000ull * oversampling(kTemperature);
    for (const Quantity quantity : {kPressure, kHumidity}) {
      if (const unsigned count = oversampling(quantity); count > 0) us += 2000ull * count + 500;
    }
    return Duration::from_us(us);
  }

  void begin_measurement() {
    clock_.stop();
    end_.cancel();
    forcing_ = false;
    const Duration time = measurement_time();
    if (power_mode() == kNormal) {
      clock_.start_at(now() + time, time + Duration::from_us(kStandbyUs[registers_[CONFIG] >> 5]));
    } else if (power_mode() != kSleep) {
      forcing_ = true;
      clock_.start_at(now() + time, time);
      end_.at(clock_.next());  // for the energy: it sleeps again
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
    registers_[CTRL_MEAS] &= static_cast<std::uint8_t>(~3u);
    clock_.stop();
    end_.cancel();
    report_power();
  }
  bool measuring() const { return clock_.running() && clock_.next() <= now() + measurement_time(); }
  void measure(TimePoint when) {
    const double degrees = measurements_.at(kTemperature, when);
    const unsigned temp =
        reading_for(degrees * 5120, 1 << 20, [](unsigned reading) { return t_fine(reading); });
    const double fine = t_fine(temp);
    const double pascals = measurements_.at(kPressure, when) * 100;
    const unsigned press =
        reading_for(-pascals, 1 << 20, [&](unsigned reading) { return -pressure(reading, fine); });
    const unsigned hum = reading_for(measurements_.at(kHumidity, when), 1 << 16,
                                     [&](unsigned reading) { return humidity(reading, fine); });
    put_data(oversampling(kPressure) > 0 ? press : kSkipped,
             oversampling(kTemperature) > 0 ? temp : kSkipped,
             oversampling(kHumidity) > 0 ? hum : kSkippedHumidity);
  }

  // A burst sees the data of one moment.
  void started(bool) override { catch_up(); }
  // bme280_set_regs(): several registers are written as pairs of an address and a value.
  std::uint8_t select(std::uint8_t sub_address) override {
    target_ = sub_address;
    data_expected_ = true;
    return sub_address;
  }
  bool write_register(std::uint8_t, std::uint8_t byte) override {
    if (data_expected_) {
      write_setting(target_, byte);
    } else {
      target_ = byte;
    }
    data_expected_ = !data_expected_;
    return true;
  }
  void write_setting(std::uint8_t reg, std::uint8_t value) {
    switch (reg) {
      case RESET:
        if (value == kSoftReset) power_on();
        report_power();
        break;
      case CTRL_HUM: registers_[reg] = value & 7; break;  // counts after CTRL_MEAS is written
      case CONFIG:
        // The data sheet lets writes be ignored in normal mode; drivers sleep before.
        if (power_mode() != kNormal) registers_[reg] = value;
        break;
      case CTRL_MEAS:
        registers_[reg] = value;
        ctrl_hum_ = registers_[CTRL_HUM];
        begin_measurement();
        break;
      default: break;
    }
  }
  std::uint8_t read_register(std::uint8_t reg) override {
    if (reg != STATUS) return registers_[reg];
    return static_cast<std::uint8_t>((now() < awake_at_ ? kImUpdate : 0) |
                                     (measuring() ? kMeasuring : 0));
  }

  Measurements measurements_;
  std::array<std::uint8_t, 0x100> registers_{};
  std::uint8_t ctrl_hum_ = 0;  // in effect
  bool forcing_ = false;
  TimePoint awake_at_{};
  bool data_expected_ = true;
  std::uint8_t target_ = 0;
  SampleClock clock_;
  Event end_;  // of a forced measurement
};

const DeviceType kType("bme280",
                       [](DeviceContext& context) { return std::make_unique<Bme280>(context); });

}  // namespace
}  // namespace tinyscope
