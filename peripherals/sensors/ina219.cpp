// TI INA219: voltage and current of a supply, device type "ina219", port "i2c" (0x40 to 0x4F).
//
// Registers: Adafruit_INA219.h of adafruit/Adafruit_INA219 (ce59837); current and power: the same,
// setCalibration_*(), and SBOS448 (data sheet), section 8.5, from memory. The stimulus is a CSV
// file with voltage (V, of the bus) and current (A); at rest 0. Parameters: `address`, `shunt_ohms`
// (0.1).
//
// Averaging has no effect but on the time of a conversion: what is measured has no bandwidth.
#include <array>
#include <cmath>

#include "peripherals/sensors/i2c_part.hpp"
#include "peripherals/sensors/sample_clock.hpp"
#include "peripherals/stimulus/measurements.hpp"
#include "sim/fed_part.hpp"

namespace tinyscope {
namespace {

enum Register : std::uint8_t {
  CONFIG = 0,
  SHUNTVOLTAGE = 1,
  BUSVOLTAGE = 2,
  POWER = 3,
  CURRENT = 4,
  CALIBRATION = 5,
};
constexpr std::size_t kRegisters = 6;

// CONFIG
constexpr std::uint16_t kReset = 1 << 15;
constexpr std::uint16_t kConfigAfterReset = 0x399F;
// BUSVOLTAGE
constexpr std::uint16_t kCnvr = 1 << 1;
constexpr std::uint16_t kOvf = 1 << 0;

enum Quantity : std::size_t { kVoltage, kCurrent };
constexpr std::array kQuantities = {
    Measurements::Quantity{"voltage", "V"},
    Measurements::Quantity{"current", "A"},
};

// INA219_CONFIG_SADCRES_*: 9 to 12 bits, then averages of 12 bits.
Duration conversion_time(unsigned adc) {
  constexpr std::array<std::uint64_t, 4> kSingleUs = {84, 148, 276, 532};
  return Duration::from_us(adc < 8 ? kSingleUs[adc & 3] : kSingleUs[3] << (adc & 7));
}
unsigned resolution_bits(unsigned adc) { return adc < 8 ? 9 + (adc & 3) : 12; }

class Ina219 final : public I2cPart, public FedPart {
 public:
  explicit Ina219(DeviceContext& context)
      : I2cPart(context, {0x40, 0x41, 0x42, 0x43, 0x44, 0x45, 0x46, 0x47, 0x48, 0x49, 0x4A, 0x4B,
                          0x4C, 0x4D, 0x4E, 0x4F}),
        measurements_(context, kQuantities),
        shunt_ohms_(context.params.number("shunt_ohms").value_or(0.1)) {
    if (!(shunt_ohms_ > 0)) context.params.fail("shunt_ohms", "expected a number above 0");
    power_on();
  }

  void set_fed(const Stimulus& stimulus) override { measurements_.set_fed(stimulus); }
  void snapshot(StateArchive& archive) override {
    I2cPart::snapshot(archive);
    archive(registers_, second_byte_, high_byte_, latched_);
    clock_.snapshot(archive);
  }

 private:
  void power_on() override {
    registers_ = {};
    registers_[CONFIG] = kConfigAfterReset;
    second_byte_ = false;
    begin_conversion();
  }
  unsigned operation() const { return registers_[CONFIG] & 7u; }
  bool continuous() const { return operation() > 4; }
  bool triggered() const { return operation() >= 1 && operation() <= 3; }
  bool measures_shunt() const { return (operation() & 1) != 0; }
  bool measures_bus() const { return (operation() & 2) != 0; }
  unsigned shunt_adc() const { return registers_[CONFIG] >> 3 & 0xFu; }
  unsigned bus_adc() const { return registers_[CONFIG] >> 7 & 0xFu; }
  std::string_view mode() const override {
    return operation() == 0 ? "power_down" : operation() == 4 ? "idle" : "active";
  }

  void begin_conversion() {
    clock_.stop();
    registers_[BUSVOLTAGE] &= static_cast<std::uint16_t>(~kCnvr);
    Duration time{};
    if (measures_shunt()) time = time + conversion_time(shunt_adc());
    if (measures_bus()) time = time + conversion_time(bus_adc());
    if (continuous() || triggered()) clock_.start_at(now() + time, time);
    report_power();
  }
  void catch_up() {
    const std::uint64_t due = clock_.due(now());
    if (due == 0) return;
    if (!triggered()) clock_.take(due - 1);
    measure(clock_.next());
    clock_.take();
    if (triggered()) clock_.stop();
  }
  // Shunt: 10 uV, clipped at the range that PG selects (40 mV and more). Bus: 4 mV from bit 3 on,
  // up to 16 or 32 V. The resolution drops low bits.
  void measure(TimePoint when) {
    if (measures_shunt()) {
      const double limit = 4000 << (registers_[CONFIG] >> 11 & 3);
      const double exact = measurements_.at(kCurrent, when) * shunt_ohms_ / 10e-6;
      registers_[SHUNTVOLTAGE] =
          reduced(std::lround(std::clamp(exact, -limit, limit)), resolution_bits(shunt_adc()));
    }
    if (measures_bus()) {
      const double limit = (registers_[CONFIG] & 1u << 13) != 0 ? 8000 : 4000;
      const double exact = measurements_.at(kVoltage, when) / 4e-3;
      const auto digits =
          reduced(std::lround(std::clamp(exact, 0.0, limit)), resolution_bits(bus_adc()));
      registers_[BUSVOLTAGE] = static_cast<std::uint16_t>(digits << 3);
    }
    registers_[BUSVOLTAGE] |= kCnvr;
    calculate();
  }
  static std::uint16_t reduced(long value, unsigned bits) {
    return static_cast<std::uint16_t>(value & ~((1L << (12 - bits)) - 1));
  }
  // Current = shunt * calibration / 4096; power = current * bus / 5000.
  void calculate() {
    const int shunt = static_cast<std::int16_t>(registers_[SHUNTVOLTAGE]);
    const int current = shunt * registers_[CALIBRATION] / 4096;
    const int power = static_cast<int>(static_cast<std::int64_t>(std::abs(current)) *
                                       (registers_[BUSVOLTAGE] >> 3) / 5000);
    const bool overflow = std::abs(current) > 0x7FFF || power > 0xFFFF;
    registers_[CURRENT] = static_cast<std::uint16_t>(current);
    registers_[POWER] = static_cast<std::uint16_t>(power);
    const auto flags = static_cast<std::uint16_t>(registers_[BUSVOLTAGE] & ~kOvf);
    registers_[BUSVOLTAGE] = static_cast<std::uint16_t>(flags | (overflow ? kOvf : 0));
  }

  // Registers have two bytes, upper one first; the pointer stays.
  void started(bool) override {
    catch_up();
    second_byte_ = false;
  }
  std::uint8_t after(std::uint8_t reg) override { return reg; }
  std::uint8_t read_register(std::uint8_t reg) override {
    if (!second_byte_) latched_ = reg < kRegisters ? registers_[reg] : std::uint16_t{0};
    second_byte_ = !second_byte_;
    if (second_byte_) return static_cast<std::uint8_t>(latched_ >> 8);
    if (reg == POWER) registers_[BUSVOLTAGE] &= static_cast<std::uint16_t>(~kCnvr);
    return static_cast<std::uint8_t>(latched_);
  }
  bool write_register(std::uint8_t reg, std::uint8_t value) override {
    if (!second_byte_) {
      high_byte_ = value;
      second_byte_ = true;
      return true;
    }
    second_byte_ = false;
    const auto word = static_cast<std::uint16_t>(high_byte_ << 8 | value);
    if (reg == CONFIG) {
      if ((word & kReset) != 0) {
        power_on();
        return true;
      }
      registers_[CONFIG] = word;
      begin_conversion();
    } else if (reg == CALIBRATION) {
      registers_[CALIBRATION] = word & 0xFFFE;  // bit 0 is 0
      calculate();
    }
    return true;
  }

  Measurements measurements_;
  const double shunt_ohms_;
  std::array<std::uint16_t, kRegisters> registers_{};
  bool second_byte_ = false;
  std::uint8_t high_byte_ = 0;
  std::uint16_t latched_ = 0;
  SampleClock clock_;
};

const DeviceType kType("ina219",
                       [](DeviceContext& context) { return std::make_unique<Ina219>(context); });

}  // namespace
}  // namespace tinyscope
