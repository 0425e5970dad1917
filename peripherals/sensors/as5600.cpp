// ams AS5600: rotation angle of a magnet, device type "as5600", port "i2c" (0x36), pin "dir".
//
// Registers and bits: AS5600.cpp of RobTillaart/AS5600 (890c921); the scaling of ANGLE, AGC and the
// registers at which reads stay: AS5600 data sheet, "Register description" and "Programming angular
// range", from memory. The stimulus is a CSV file with angle (deg, any number of turns) and field
// (mT); at rest 0 degrees and 60 mT.
//
// Not modelled, and reported when firmware uses it: burning settings, the analog and PWM output,
// low power modes, hysteresis, filters and watchdog (angles are exact at once).
#include <array>
#include <cmath>

#include "peripherals/sensors/i2c_part.hpp"
#include "peripherals/stimulus/measurements.hpp"
#include "sim/fed_part.hpp"

namespace tinyscope {
namespace {

enum Register : std::uint8_t {
  ZPOS = 0x01,
  MPOS = 0x03,
  MANG = 0x05,
  CONF = 0x07,
  CONF_LOW = 0x08,
  STATUS = 0x0B,
  RAW_ANGLE = 0x0C,
  ANGLE = 0x0E,
  AGC = 0x1A,
  MAGNITUDE = 0x1B,
  BURN = 0xFF,
};

// STATUS
constexpr std::uint8_t kMagnetHigh = 1 << 3;
constexpr std::uint8_t kMagnetLow = 1 << 4;
constexpr std::uint8_t kMagnetDetected = 1 << 5;

// Data sheet, magnetic characteristics: 30 to 90 mT; below 8 mT nothing is detected (estimate).
constexpr double kLowMt = 30, kHighMt = 90, kDetectedMt = 8;
constexpr double kFullAgc = 128;  // with a supply of 3.3 V; 255 with 5 V
constexpr unsigned kTurn = 4096;

enum Quantity : std::size_t { kAngle, kField };
constexpr std::array kQuantities = {
    Measurements::Quantity{"angle", "deg"},
    Measurements::Quantity{"field", "mT", 60},
};

class As5600 final : public I2cPart, public FedPart {
 public:
  explicit As5600(DeviceContext& context)
      : I2cPart(context, {0x36}), measurements_(context, kQuantities) {
    power_on();
  }

  bool connect_pin(std::string_view name, PadPort& pad) override {
    if (name != "dir") return false;
    direction_ = &pad;
    return true;
  }
  void set_fed(const Stimulus& stimulus) override { measurements_.set_fed(stimulus); }
  void snapshot(StateArchive& archive) override {
    I2cPart::snapshot(archive);
    archive(registers_, when_.ps);
  }

 private:
  void power_on() override { registers_ = {}; }
  std::string_view mode() const override { return "on"; }

  unsigned word(std::uint8_t reg) const {
    return (registers_[reg] << 8 | registers_[reg + 1u]) & 0xFFFu;
  }
  // Clockwise with DIR low.
  unsigned raw_angle() const {
    double turns = measurements_.at(kAngle, when_) / 360;
    if (direction_ != nullptr && direction_->level()) turns = -turns;
    return static_cast<unsigned>(std::lround((turns - std::floor(turns)) * kTurn)) % kTurn;
  }
  // From ZPOS on; over the range that MPOS or MANG gives, spread over all digits. Outside of it the
  // nearer end.
  unsigned angle() const {
    const unsigned from_zero = (raw_angle() - word(ZPOS)) % kTurn;
    unsigned range = 0;
    if (word(MANG) != 0) {
      range = word(MANG);
    } else if (word(MPOS) != 0) {
      range = (word(MPOS) - word(ZPOS)) % kTurn;
    }
    if (range == 0) return from_zero;
    if (from_zero > range) return from_zero - range < kTurn - from_zero ? kTurn - 1 : 0;
    return std::min(from_zero * kTurn / range, kTurn - 1);
  }
  double field() const { return measurements_.at(kField, when_); }
  std::uint8_t status() const {
    std::uint8_t status = 0;
    if (field() >= kDetectedMt) status |= kMagnetDetected;
    if (field() < kLowMt) status |= kMagnetLow;
    if (field() > kHighMt) status |= kMagnetHigh;
    return status;
  }
  // The gain that brings the field to the same size.
  std::uint8_t agc() const {
    const double part = std::clamp((kHighMt - field()) / (kHighMt - kLowMt), 0.0, 1.0);
    return static_cast<std::uint8_t>(std::lround(part * kFullAgc));
  }
  unsigned magnitude() const {
    const double gained = field() / std::clamp(field(), kLowMt, kHighMt);
    return static_cast<unsigned>(std::lround(std::clamp(gained * 2048, 0.0, 4095.0)));
  }

  // A burst sees one moment.
  void started(bool) override { when_ = now(); }
  // Reading goes round in the pairs of output registers.
  std::uint8_t after(std::uint8_t reg) override {
    const bool low = reg == RAW_ANGLE + 1 || reg == ANGLE + 1 || reg == MAGNITUDE + 1;
    return static_cast<std::uint8_t>(low ? reg - 1 : reg + 1);
  }
  std::uint8_t read_register(std::uint8_t reg) override {
    switch (reg) {
      case STATUS: return status();
      case RAW_ANGLE: return static_cast<std::uint8_t>(raw_angle() >> 8);
      case RAW_ANGLE + 1: return static_cast<std::uint8_t>(raw_angle());
      case ANGLE: return static_cast<std::uint8_t>(angle() >> 8);
      case ANGLE + 1: return static_cast<std::uint8_t>(angle());
      case AGC: return agc();
      case MAGNITUDE: return static_cast<std::uint8_t>(magnitude() >> 8);
      case MAGNITUDE + 1: return static_cast<std::uint8_t>(magnitude());
      default: return reg < registers_.size() ? registers_[reg] : 0;
    }
  }
  bool write_register(std::uint8_t reg, std::uint8_t value) override {
    if (reg == BURN) {
      unmodelled("BURN", reg, value);
    } else if (reg >= ZPOS && reg <= CONF_LOW) {
      registers_[reg] = value;
      if (reg >= CONF && value != 0) {
        unmodelled("CONF: power modes, hysteresis, output, filters, watchdog", reg, value);
      }
    }
    return true;
  }

  Measurements measurements_;
  std::array<std::uint8_t, 9> registers_{};
  TimePoint when_{};
  const PadPort* direction_ = nullptr;  // not connected: low
};

const DeviceType kType("as5600",
                       [](DeviceContext& context) { return std::make_unique<As5600>(context); });

}  // namespace
}  // namespace tinyscope
