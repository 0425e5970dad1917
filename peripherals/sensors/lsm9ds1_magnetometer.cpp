// Registers: ST DocID025715 (LSM9DS1 data sheet) Rev 3, section 8; bits as in
// STMicroelectronics/lsm9ds1-pid, lsm9ds1_reg.h.
//
// Not modelled, and reported when firmware uses it: the interrupt generator (INT_CFG_M), self-test,
// big-endian output, SPI.
#include "peripherals/sensors/lsm9ds1_magnetometer.hpp"

#include <algorithm>
#include <cmath>

#include "peripherals/sensors/lsm9ds1_inertial.hpp"

namespace tinyscope {
namespace {

enum Register : std::uint8_t {
  OFFSET_X_REG_L_M = 0x05,
  WHO_AM_I_M = 0x0F,
  CTRL_REG1_M = 0x20,
  CTRL_REG2_M = 0x21,
  CTRL_REG3_M = 0x22,
  CTRL_REG4_M = 0x23,
  CTRL_REG5_M = 0x24,
  STATUS_REG_M = 0x27,
  OUT_X_L_M = 0x28,
  OUT_Z_H_M = 0x2D,
  INT_CFG_M = 0x30,
  INT_SRC_M = 0x31,
};

// STATUS_REG_M: XDA to ZDA, ZYXDA, and the same for overruns.
constexpr std::uint8_t kZyxda = 1 << 3;
constexpr std::uint8_t kZyxor = 1 << 7;
// CTRL_REG1_M
constexpr std::uint8_t kFastOdr = 1 << 1;
// CTRL_REG2_M
constexpr std::uint8_t kSoftRst = 1 << 2;
constexpr std::uint8_t kReboot = 1 << 3;
// CTRL_REG5_M
constexpr std::uint8_t kBdu = 1 << 6;

// DO, table 111; FAST_ODR by operating mode OM, lsm9ds1_reg.h (1000, 560, 300 and 155 Hz).
constexpr std::array<double, 8> kHz = {0.625, 1.25, 2.5, 5, 10, 20, 40, 80};
constexpr std::array<double, 4> kFastHz = {1000, 560, 300, 155};
// Table 3: gauss per digit at 4, 8, 12 and 16 gauss; 4 gauss are 28571 digits.
constexpr std::array<double, 4> kGaussPerDigit = {0.14e-3, 0.29e-3, 0.43e-3, 0.58e-3};
constexpr double kMicroteslaPerGauss = 100;

}  // namespace

Lsm9ds1Magnetometer::Lsm9ds1Magnetometer(DeviceContext& context, const Measurements& measurements,
                                         std::function<void()> changed)
    : I2cRegisters({0x1E}),
      name_(context.name),
      scheduler_(context.scheduler),
      notes_(context.notes),
      measurements_(measurements),
      changed_(std::move(changed)),
      sample_event_(context.scheduler, [this] {
        catch_up();
        update_pin();
      }) {
  reset_registers();
}

void Lsm9ds1Magnetometer::reset_registers() {
  registers_ = {};
  registers_[CTRL_REG1_M] = 0x10;  // 10 Hz
  registers_[CTRL_REG3_M] = 0x03;  // power-down
  outputs_ = {};
  half_read_ = {};
  status_ = 0;
  restart();
}

double Lsm9ds1Magnetometer::rate_hz() const {
  const std::uint8_t control = registers_[CTRL_REG1_M];
  return (control & kFastOdr) != 0 ? kFastHz[control >> 5 & 3] : kHz[control >> 2 & 7];
}

// MD of CTRL_REG3_M: 0 continuous, 1 a single conversion, which takes one period.
void Lsm9ds1Magnetometer::restart() {
  const unsigned mode = registers_[CTRL_REG3_M] & 3u;
  on_ = mode < 2;
  clock_.start(scheduler_.now(), on_ ? rate_hz() : 0);
  update_pin();
}

void Lsm9ds1Magnetometer::catch_up() {
  const std::uint64_t due = clock_.due(scheduler_.now());
  if (due == 0) return;
  const bool single = (registers_[CTRL_REG3_M] & 3u) == 1;
  if (!single) clock_.take(due - 1);
  const TimePoint when = clock_.next();
  clock_.take();
  const double gauss = kGaussPerDigit[registers_[CTRL_REG2_M] >> 5 & 3];
  for (std::size_t axis = 0; axis < 3; ++axis) {
    const double field = measurements_.at(lsm9ds1::kMx + axis, when) / kMicroteslaPerGauss;
    const auto flag = static_cast<std::uint8_t>(1u << axis);
    if ((status_ & flag) != 0) status_ |= static_cast<std::uint8_t>(flag << 4);
    status_ |= flag;
    if (half_read_[axis]) continue;
    outputs_[axis] =
        static_cast<std::int16_t>(std::lround(std::clamp(field / gauss, -32768.0, 32767.0)));
  }
  if ((status_ & kZyxda) != 0 || due > 1) status_ |= kZyxor;
  status_ |= kZyxda;
  if (single) {
    registers_[CTRL_REG3_M] |= 3;  // back to power-down
    clock_.start(scheduler_.now(), 0);
    on_ = false;
    changed_();
  }
}

std::uint8_t Lsm9ds1Magnetometer::read_output(std::size_t axis, bool high) {
  const auto value = static_cast<std::uint16_t>(outputs_[axis]);
  half_read_[axis] = !high && (registers_[CTRL_REG5_M] & kBdu) != 0;
  if (!high) return static_cast<std::uint8_t>(value);
  const auto flags = static_cast<std::uint8_t>(0x11u << axis);
  status_ &= static_cast<std::uint8_t>(~flags);
  // All three were read: ZYXDA goes with the last of XDA, YDA, ZDA.
  if ((status_ & 7u) == 0) status_ &= static_cast<std::uint8_t>(~(kZyxda | kZyxor));
  return static_cast<std::uint8_t>(value >> 8);
}

// Bit 7 of the sub-address asks for automatic increments (section 5.1.1).
std::uint8_t Lsm9ds1Magnetometer::select(std::uint8_t sub_address) {
  set_increments((sub_address & 0x80) != 0);
  return sub_address & 0x7F;
}

std::uint8_t Lsm9ds1Magnetometer::read_register(std::uint8_t reg) {
  catch_up();
  std::uint8_t value = 0;
  if (reg >= OUT_X_L_M && reg <= OUT_Z_H_M) {
    value = read_output((reg - OUT_X_L_M) / 2u, (reg & 1) != 0);
  } else if (reg == WHO_AM_I_M) {
    value = 0x3D;
  } else if (reg == STATUS_REG_M) {
    value = status_;
  } else if (reg < registers_.size()) {
    value = registers_[reg];
  }
  update_pin();
  return value;
}

bool Lsm9ds1Magnetometer::write_register(std::uint8_t reg, std::uint8_t value) {
  catch_up();
  const bool read_only =
      reg == WHO_AM_I_M || (reg >= STATUS_REG_M && reg <= OUT_Z_H_M) || reg == INT_SRC_M;
  if (reg < registers_.size() && !read_only) write_control(reg, value);
  return true;
}

void Lsm9ds1Magnetometer::write_control(std::uint8_t reg, std::uint8_t value) {
  const bool was_on = on_;
  const double rate_before = rate_hz();
  registers_[reg] = value;
  const auto unmodelled = [&](std::string_view what) {
    notes_.unmodelled(name_, what, reg, true, value);
  };
  switch (reg) {
    case CTRL_REG1_M:
      if ((value & 1) != 0) unmodelled("CTRL_REG1_M.ST: self-test");
      if (rate_hz() != rate_before) restart();
      break;
    case CTRL_REG2_M:
      if ((value & (kSoftRst | kReboot)) != 0) {
        reset_registers();
        // Both bits clear themselves; the full scale that came with them holds.
        registers_[CTRL_REG2_M] = value & 0x60;
      }
      break;
    case CTRL_REG3_M: restart(); break;
    case CTRL_REG4_M:
      if ((value & 2) != 0) unmodelled("CTRL_REG4_M.BLE: outputs stay little-endian");
      break;
    case INT_CFG_M:
      if ((value & 0xE0) != 0) unmodelled("INT_CFG_M: interrupt generator");
      break;
    default:
      if (reg >= OFFSET_X_REG_L_M && reg < WHO_AM_I_M && value != 0) {
        unmodelled("OFFSET_REG_M: offsets are not subtracted");
      }
      break;
  }
  if (on_ != was_on) changed_();
}

void Lsm9ds1Magnetometer::update_pin() {
  if (!ready_.connected() || !supplied()) {
    ready_.release();
    sample_event_.cancel();
    return;
  }
  ready_.drive((status_ & kZyxda) != 0);
  if (clock_.running()) {
    sample_event_.at(clock_.next());
  } else {
    sample_event_.cancel();
  }
}

void Lsm9ds1Magnetometer::snapshot(StateArchive& archive) {
  I2cRegisters::snapshot(archive);
  archive(registers_, on_, outputs_, half_read_, status_);
  clock_.snapshot(archive);
  ready_.snapshot(archive);
  sample_event_.snapshot(archive);
}

}  // namespace tinyscope
