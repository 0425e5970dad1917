// ST LIS2DH12 and LIS3DH: accelerometers with the same registers; device types "lis2dh12" and
// "lis3dh", port "i2c" (0x19 or 0x18), pins "int1" and "int2".
//
// Registers: lis2dh12_reg.h of STMicroelectronics/lis2dh12-pid (f34d7f2) and lis3dh_reg.h of
// STMicroelectronics/lis3dh-pid (1f7c83e); when bits are set and cleared: AN3308 (LIS3DH), sections
// 3 and 9, from memory. The stimulus is a CSV file with ax ay az (g) and temperature (degC); at
// rest 1 g along z and 25 degC. Parameters: `address`, `axes` (three_axes.hpp).
//
// Not modelled, and reported when firmware uses it: the interrupt generators IA1 and IA2, clicks,
// activity (so "int2" never changes), the high-pass filter, self-test, big-endian output, the FIFO
// mode that waits for an interrupt, the LIS3DH's ADC pads, SPI.
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
  STATUS_REG_AUX = 0x07,
  OUT_TEMP_L = 0x0C,
  OUT_TEMP_H = 0x0D,
  WHO_AM_I = 0x0F,
  CTRL_REG0 = 0x1E,
  TEMP_CFG_REG = 0x1F,
  CTRL_REG1 = 0x20,
  CTRL_REG2 = 0x21,
  CTRL_REG3 = 0x22,
  CTRL_REG4 = 0x23,
  CTRL_REG5 = 0x24,
  CTRL_REG6 = 0x25,
  STATUS_REG = 0x27,
  OUT_X_L = 0x28,
  OUT_Z_H = 0x2D,
  FIFO_CTRL_REG = 0x2E,
  FIFO_SRC_REG = 0x2F,
  INT1_CFG = 0x30,
  INT1_SRC = 0x31,
  INT2_CFG = 0x34,
  INT2_SRC = 0x35,
  CLICK_CFG = 0x38,
  CLICK_SRC = 0x39,
  ACT_THS = 0x3E,
};

// TEMP_CFG_REG, STATUS_REG_AUX
constexpr std::uint8_t kTempEn = 1 << 6;
constexpr std::uint8_t kAdcEn = 1 << 7;
constexpr std::uint8_t kTda = 1 << 2;
// CTRL_REG1
constexpr std::uint8_t kLpen = 1 << 3;
// CTRL_REG2
constexpr std::uint8_t kFds = 1 << 3;
// CTRL_REG3
constexpr std::uint8_t kI1Overrun = 1 << 1;
constexpr std::uint8_t kI1Wtm = 1 << 2;
constexpr std::uint8_t kI1Zyxda = 1 << 4;
// CTRL_REG4
constexpr std::uint8_t kSelfTest = 3 << 1;
constexpr std::uint8_t kHr = 1 << 3;
constexpr std::uint8_t kBle = 1 << 6;
// CTRL_REG5
constexpr std::uint8_t kFifoEn = 1 << 6;
constexpr std::uint8_t kBoot = 1 << 7;
// CTRL_REG6
constexpr std::uint8_t kIntPolarity = 1 << 1;
// STATUS_REG
constexpr std::uint8_t kXyzDa = 7;
constexpr std::uint8_t kZyxda = 1 << 3;
constexpr unsigned kOverrunPos = 4;
// FIFO_SRC_REG
constexpr std::uint8_t kEmpty = 1 << 5;
constexpr std::uint8_t kOvrnFifo = 1 << 6;
constexpr std::uint8_t kWtm = 1 << 7;

enum FifoMode : unsigned { kBypass = 0, kFifo = 1, kStream = 2, kStreamToFifo = 3 };

// lis2dh12_odr_t; code 9 is 5376 Hz with low power.
constexpr std::array<double, 16> kHz = {0, 1, 10, 25, 50, 100, 200, 400, 1620, 1344};
constexpr double kFastLowPowerHz = 5376;
// mg for each of the 12 bits of high resolution at 2, 4, 8 and 16 g (lis2dh12_from_fs*_hr_to_mg);
// the 10 and 8 bits of the other modes are the upper ones of these.
constexpr std::array<double, 4> kMgPerDigit = {1, 2, 4, 12};

enum Quantity : std::size_t { kAx, kTemperature = 3 };
constexpr std::array kQuantities = {
    Measurements::Quantity{"ax", "g"},
    Measurements::Quantity{"ay", "g"},
    Measurements::Quantity{"az", "g", 1},
    Measurements::Quantity{"temperature", "degC", 25},
};

class Lis2dh12 final : public I2cPart, public FedPart {
 public:
  Lis2dh12(DeviceContext& context, bool has_adc)
      : I2cPart(context, {0x19, 0x18}),
        has_adc_(has_adc),
        measurements_(context, kQuantities),
        axes_(context.params),
        event_(context.scheduler, [this] {
          catch_up();
          update_pin();
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
    archive(registers_, output_, status_, rate_hz_, temperature_ready_);
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
    registers_[WHO_AM_I] = 0x33;
    registers_[CTRL_REG0] = 0x10;
    registers_[CTRL_REG1] = 0x07;
    output_ = {};
    status_ = 0;
    temperature_ready_ = false;
    fifo_.clear();
    rate_hz_ = 0;
    clock_.stop();
    update_pin();
  }

  double rate_hz() const {
    const unsigned odr = registers_[CTRL_REG1] >> 4;
    return odr == 9 && low_power() ? kFastLowPowerHz : kHz[odr];
  }
  bool low_power() const { return (registers_[CTRL_REG1] & kLpen) != 0; }
  std::string_view mode() const override {
    if (rate_hz() == 0) return "power_down";
    if (low_power()) return "low_power";
    return (registers_[CTRL_REG4] & kHr) != 0 ? "high_resolution" : "normal";
  }
  unsigned fifo_mode() const {
    return (registers_[CTRL_REG5] & kFifoEn) != 0 ? registers_[FIFO_CTRL_REG] >> 6u
                                                  : unsigned{kBypass};
  }
  // AN3308: the level has five bits, so the 32nd sample shows as OVRN only.
  std::uint8_t fifo_source() const {
    const std::size_t level = fifo_.level();
    auto source = static_cast<std::uint8_t>(std::min<std::size_t>(level, 31));
    if (level == 0) source |= kEmpty;
    if (level == fifo_.kDepth) source |= kOvrnFifo;
    if (level > (registers_[FIFO_CTRL_REG] & 0x1Fu)) source |= kWtm;
    return source;
  }

  Axes sample(TimePoint when) const {
    const double digits_per_g = 1000 / kMgPerDigit[registers_[CTRL_REG4] >> 4 & 3];
    const unsigned unused = low_power() ? 8 : (registers_[CTRL_REG4] & kHr) != 0 ? 4 : 6;
    Axes values{};
    for (std::size_t axis = 0; axis < 3; ++axis) {
      if ((registers_[CTRL_REG1] >> axis & 1) == 0) continue;
      const double g = axes_.read(measurements_, kAx, axis, when);
      // Rounded to the digits of the mode, which stand at the upper end.
      const double scale = digits_per_g * 16 / (1 << unused);
      values[axis] = static_cast<std::int16_t>(to_digits(g, scale, 16 - unused) * (1 << unused));
    }
    return values;
  }

  void take_sample(TimePoint when) {
    const unsigned overrun = (status_ & kXyzDa) << kOverrunPos;
    status_ = static_cast<std::uint8_t>(status_ | overrun | (registers_[CTRL_REG1] & kXyzDa));
    output_ = sample(when);
    const bool keeps = fifo_mode() == kFifo && fifo_.level() == fifo_.kDepth;
    if (fifo_mode() != kBypass && !keeps) fifo_.push(output_);
  }

  void catch_up() {
    std::uint64_t due = clock_.due(now());
    if (due == 0) return;
    temperature_ready_ = true;
    const std::uint64_t kept = fifo_mode() == kBypass ? 2 : fifo_.kDepth + 1;
    const bool fills_once = fifo_mode() == kFifo && fifo_.level() < fifo_.kDepth;
    if (due > kept && !fills_once) {
      clock_.take(due - kept);
      due = kept;
    }
    for (; due > 0; --due) {
      take_sample(clock_.next());
      clock_.take();
      if (fifo_mode() == kFifo && fifo_.level() == fifo_.kDepth && due > 2) {
        clock_.take(due - 2);
        due = 2;
      }
    }
  }

  // A burst sees the data of one moment.
  void started(bool) override {
    catch_up();
    update_pin();
  }
  std::uint8_t select(std::uint8_t sub_address) override {
    set_increments((sub_address & 0x80) != 0);
    return sub_address & 0x7F;
  }
  // With the FIFO, a burst begins again at OUT_X_L.
  std::uint8_t after(std::uint8_t reg) override {
    const std::uint8_t next = I2cRegisters::after(reg);
    return reg == OUT_Z_H && next != reg && fifo_mode() != kBypass ? std::uint8_t{OUT_X_L} : next;
  }

  std::uint8_t read_register(std::uint8_t reg) override {
    if (reg >= registers_.size()) return 0;
    if (reg >= OUT_X_L && reg <= OUT_Z_H) return read_output(reg);
    switch (reg) {
      case STATUS_REG: return status();
      case STATUS_REG_AUX:
        return temperature_ready_ && (registers_[TEMP_CFG_REG] & kTempEn) != 0 ? kTda : 0;
      case FIFO_SRC_REG: return fifo_source();
      case OUT_TEMP_L: return static_cast<std::uint8_t>(temperature());
      case OUT_TEMP_H:
        temperature_ready_ = false;
        return static_cast<std::uint8_t>(static_cast<std::uint16_t>(temperature()) >> 8);
      default: return registers_[reg];
    }
  }
  std::uint8_t status() const {
    const bool overrun = status_ >> kOverrunPos != 0;
    return static_cast<std::uint8_t>(status_ | ((status_ & kXyzDa) != 0 ? kZyxda : 0) |
                                     (overrun ? 0x80 : 0));
  }
  // lis2dh12_from_lsb_nm_to_celsius(): a degree a digit of the upper byte, two more bits below it
  // unless power is low; 0 at 25 degC.
  std::int16_t temperature() const {
    if ((registers_[TEMP_CFG_REG] & kTempEn) == 0) return 0;
    const unsigned bits = low_power() ? 8 : 10;
    const double degrees = measurements_.at(kTemperature, now()) - 25;
    return static_cast<std::int16_t>(to_digits(degrees, 1 << (bits - 8), bits) *
                                     (1 << (16 - bits)));
  }
  std::uint8_t read_output(std::uint8_t reg) {
    const std::size_t axis = (reg - OUT_X_L) / 2u;
    const bool high = (reg & 1) != 0;
    const auto word =
        static_cast<std::uint16_t>(fifo_mode() == kBypass ? output_[axis] : fifo_.front()[axis]);
    if (high) {
      const auto read = static_cast<std::uint8_t>(1u << axis | 1u << (axis + kOverrunPos));
      status_ &= static_cast<std::uint8_t>(~read);
      if (axis == 2) fifo_.pop();
      update_pin();
    }
    return static_cast<std::uint8_t>(high ? word >> 8 : word);
  }

  bool write_register(std::uint8_t reg, std::uint8_t value) override {
    const bool read_only = reg <= WHO_AM_I || (reg >= STATUS_REG && reg <= OUT_Z_H) ||
                           reg == FIFO_SRC_REG || reg == INT1_SRC || reg == INT2_SRC ||
                           reg == CLICK_SRC;
    if (reg >= registers_.size() || read_only) return true;
    const unsigned fifo_before = fifo_mode();
    registers_[reg] = value;
    report_unmodelled(reg, value);
    if (reg == CTRL_REG5) registers_[CTRL_REG5] &= static_cast<std::uint8_t>(~kBoot);
    if (fifo_mode() != fifo_before) fifo_.clear();
    if (rate_hz() != rate_hz_) {
      rate_hz_ = rate_hz();
      clock_.start(now(), rate_hz_);
    }
    report_power();
    update_pin();
    return true;
  }
  void report_unmodelled(std::uint8_t reg, std::uint8_t value) {
    switch (reg) {
      case TEMP_CFG_REG:
        if (has_adc_ && (value & kAdcEn) != 0 && (value & kTempEn) == 0) {
          unmodelled("TEMP_CFG_REG: ADC pads", reg, value);
        }
        break;
      case CTRL_REG2:
        if ((value & (kFds | 7)) != 0) unmodelled("CTRL_REG2: high-pass filter", reg, value);
        break;
      case CTRL_REG4:
        if ((value & kSelfTest) != 0) unmodelled("CTRL_REG4: self-test", reg, value);
        if ((value & kBle) != 0) unmodelled("CTRL_REG4: big-endian output", reg, value);
        break;
      case FIFO_CTRL_REG:
        if (value >> 6 == kStreamToFifo) unmodelled("FIFO_CTRL_REG: Stream-to-FIFO", reg, value);
        break;
      case INT1_CFG:
      case INT2_CFG:
        if (value != 0) unmodelled("INT1_CFG, INT2_CFG: interrupt generators", reg, value);
        break;
      case CLICK_CFG:
        if (value != 0) unmodelled("CLICK_CFG: clicks", reg, value);
        break;
      case ACT_THS:
        if (value != 0) unmodelled("ACT_THS: activity", reg, value);
        break;
      default: break;
    }
  }

  void update_pin() {
    event_.cancel();
    if (!supplied()) {
      int1_.release();
      int2_.release();
      return;
    }
    const bool low_active = (registers_[CTRL_REG6] & kIntPolarity) != 0;
    const std::uint8_t enabled = registers_[CTRL_REG3];
    const bool active = ((enabled & kI1Zyxda) != 0 && (status_ & kXyzDa) != 0) ||
                        ((enabled & kI1Wtm) != 0 && (fifo_source() & kWtm) != 0) ||
                        ((enabled & kI1Overrun) != 0 && (fifo_source() & kOvrnFifo) != 0);
    int1_.drive(active != low_active);
    int2_.drive(low_active);
    const bool waiting = (enabled & (kI1Zyxda | kI1Wtm | kI1Overrun)) != 0;
    if (waiting && int1_.connected() && clock_.running()) event_.at(clock_.next());
  }

  const bool has_adc_;  // LIS3DH
  Measurements measurements_;
  const AxisOrder axes_;
  std::array<std::uint8_t, 0x40> registers_{};
  SampleClock clock_;
  double rate_hz_ = 0;
  SampleFifo<Axes> fifo_;
  Axes output_{};
  std::uint8_t status_ = 0;  // new data and overrun, by axis
  bool temperature_ready_ = false;
  OutputPin int1_;
  OutputPin int2_;
  Event event_;
};

const DeviceType kLis2dh12("lis2dh12", [](DeviceContext& context) {
  return std::make_unique<Lis2dh12>(context, false);
});
const DeviceType kLis3dh("lis3dh", [](DeviceContext& context) {
  return std::make_unique<Lis2dh12>(context, true);
});

}  // namespace
}  // namespace tinyscope
