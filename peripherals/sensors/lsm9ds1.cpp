// ST LSM9DS1: accelerometer, gyroscope and magnetometer, as two dies in one package; device type
// "lsm9ds1", port "i2c" (0x6B and 0x1E), pins "int1", "int2" and "drdy_m".
//
// The stimulus is a CSV file with any of ax ay az (g), gx gy gz (dps), mx my mz (uT) and
// temperature (degC), along the axes of the part as sketches see them. At rest it lies flat: 1 g
// along z, a field of 20 uT along x and -40 uT along z, 25 degC.
//
// Digits are those of the data sheet: 70 mdps at 2000 dps and 0.14 mgauss at 4 gauss. The Arduino
// library divides by 32768 instead, so that its sketches show 0.872 of the rotation and of the
// field, on the board as here.
#include <array>

#include "peripherals/sensors/lsm9ds1_inertial.hpp"
#include "peripherals/sensors/lsm9ds1_magnetometer.hpp"
#include "sim/fed_part.hpp"
#include "sim/power_tracker.hpp"

namespace tinyscope {
namespace {

constexpr std::array kQuantities = {
    Measurements::Quantity{"ax", "g"},       Measurements::Quantity{"ay", "g"},
    Measurements::Quantity{"az", "g", 1},    Measurements::Quantity{"gx", "dps"},
    Measurements::Quantity{"gy", "dps"},     Measurements::Quantity{"gz", "dps"},
    Measurements::Quantity{"mx", "uT", 20},  Measurements::Quantity{"my", "uT"},
    Measurements::Quantity{"mz", "uT", -40}, Measurements::Quantity{"temperature", "degC", 25},
};

class Lsm9ds1 final : public Device, public FedPart, private I2cTarget {
 public:
  explicit Lsm9ds1(DeviceContext& context)
      : name_(context.name),
        scheduler_(context.scheduler),
        power_(context.power),
        measurements_(context, kQuantities),
        inertial_(context, measurements_, [this] { report_power(); }),
        magnetometer_(context, measurements_, [this] { report_power(); }) {}

  void set_fed(const Stimulus& stimulus) override { measurements_.set_fed(stimulus); }
  void reset(ResetKind kind) override {
    if (kind == ResetKind::kPowerOn) report_power();  // it has no reset pin
  }
  Port* port(std::string_view name) override {
    return name == "i2c" ? static_cast<I2cTarget*>(this) : nullptr;
  }
  bool connect_pin(std::string_view name, PadPort& pad) override {
    OutputPin* pin = inertial_.pin(name);
    if (pin == nullptr) pin = magnetometer_.pin(name);
    if (pin == nullptr) return false;
    pin->connect(pad);
    return true;
  }
  void set_supplied(bool supplied) override {
    inertial_.set_supplied(supplied);
    magnetometer_.set_supplied(supplied);
    inertial_.reset_registers();
    magnetometer_.reset_registers();
    report_power();
  }
  void snapshot(StateArchive& archive) override {
    inertial_.snapshot(archive);
    magnetometer_.snapshot(archive);
    archive(magnetometer_addressed_);
  }

 private:
  // Both dies hear each start; one of them answers.
  bool start(std::uint8_t address, bool read) override {
    const bool inertial = inertial_.start(address, read);
    magnetometer_addressed_ = magnetometer_.start(address, read);
    return inertial || magnetometer_addressed_;
  }
  bool write(std::uint8_t byte) override { return addressed().write(byte); }
  std::uint8_t read() override { return addressed().read(); }
  void stop() override {}
  I2cTarget& addressed() {
    return magnetometer_addressed_ ? static_cast<I2cTarget&>(magnetometer_) : inertial_;
  }

  void report_power() {
    using Mode = Lsm9ds1Inertial::Mode;
    std::string state;
    if (inertial_.supplied()) {
      switch (inertial_.mode()) {
        case Mode::kOff: state = magnetometer_.on() ? "magnetometer" : "power_down"; break;
        case Mode::kAccelerometer: state = "accelerometer"; break;
        case Mode::kGyroscopeLowPower: state = "gyroscope_low_power"; break;
        case Mode::kGyroscope: state = "gyroscope"; break;
      }
      if (inertial_.mode() != Mode::kOff && magnetometer_.on()) state += "_magnetometer";
    }
    power_.set(name_, state, scheduler_.now());
  }

  const std::string name_;
  Scheduler& scheduler_;
  PowerTracker& power_;
  Measurements measurements_;
  Lsm9ds1Inertial inertial_;
  Lsm9ds1Magnetometer magnetometer_;
  bool magnetometer_addressed_ = false;
};

const DeviceType kType("lsm9ds1",
                       [](DeviceContext& context) { return std::make_unique<Lsm9ds1>(context); });

}  // namespace
}  // namespace tinyscope
