// Registers: ST DocID025715 (LSM9DS1 data sheet) Rev 3, sections 3.1 (operating modes), 3.5 (FIFO),
// 6 and 7; bits as in STMicroelectronics/lsm9ds1-pid, lsm9ds1_reg.h.
//
// Not modelled, and reported when firmware uses it: the interrupt generators (INT_GEN_*), activity
// detection (ACT_*), self-test, SPI, big-endian output, the FIFO modes that wait for the interrupt
// generator. Filters have no effect: what is measured has no bandwidth.
#include "peripherals/sensors/lsm9ds1_inertial.hpp"

#include <algorithm>
#include <cmath>

namespace tinyscope {
namespace {

enum Register : std::uint8_t {
  ACT_THS = 0x04,
  ACT_DUR = 0x05,
  INT_GEN_CFG_XL = 0x06,
  INT1_CTRL = 0x0C,
  INT2_CTRL = 0x0D,
  WHO_AM_I = 0x0F,
  CTRL_REG1_G = 0x10,
  CTRL_REG3_G = 0x12,
  ORIENT_CFG_G = 0x13,
  OUT_TEMP_L = 0x15,
  OUT_TEMP_H = 0x16,
  STATUS_REG = 0x17,
  OUT_X_L_G = 0x18,
  OUT_Z_H_G = 0x1D,
  CTRL_REG4 = 0x1E,
  CTRL_REG5_XL = 0x1F,
  CTRL_REG6_XL = 0x20,
  CTRL_REG8 = 0x22,
  CTRL_REG9 = 0x23,
  CTRL_REG10 = 0x24,
  STATUS_REG_2 = 0x27,  // the same register at a second address (section 6, table 21)
  OUT_X_L_XL = 0x28,
  OUT_Z_H_XL = 0x2D,
  FIFO_CTRL = 0x2E,
  FIFO_SRC = 0x2F,
  INT_GEN_CFG_G = 0x30,
};

// STATUS_REG
constexpr std::uint8_t kXlda = 1 << 0;
constexpr std::uint8_t kGda = 1 << 1;
constexpr std::uint8_t kTda = 1 << 2;
// CTRL_REG8
constexpr std::uint8_t kSwReset = 1 << 0;
constexpr std::uint8_t kBle = 1 << 1;
constexpr std::uint8_t kIfAddInc = 1 << 2;
constexpr std::uint8_t kHLactive = 1 << 5;
constexpr std::uint8_t kPpOd = 1 << 4;
constexpr std::uint8_t kBdu = 1 << 6;
constexpr std::uint8_t kBoot = 1 << 7;
// CTRL_REG9
constexpr std::uint8_t kStopOnFth = 1 << 0;
constexpr std::uint8_t kFifoEn = 1 << 1;
constexpr std::uint8_t kSleepG = 1 << 6;
// FIFO_SRC
constexpr std::uint8_t kOvrn = 1 << 6;
constexpr std::uint8_t kFth = 1 << 7;

enum FifoMode : unsigned { kBypass = 0, kFifo = 1, kContinuous = 6 };

// CTRL_REG1_G, table 46, and CTRL_REG6_XL, table 68: codes 1 to 6. With the gyroscope on, both run
// at its rate.
constexpr std::array<double, 8> kGyroscopeHz = {0, 14.9, 59.5, 119, 238, 476, 952, 0};
constexpr std::array<double, 8> kAccelerometerHz = {0, 10, 50, 119, 238, 476, 952, 0};

// Table 3: mdps per digit at 245, 500, (reserved) and 2000 dps. These are not full scale / 32768:
// 2000 dps are 28571 digits.
constexpr std::array<double, 4> kMdpsPerDigit = {8.75, 17.5, 17.5, 70};
// g per digit at 2, 16, 4 and 8 g. Table 3 rounds 2/32768 to 0.061 mg; at 16 g it is 0.732 mg.
constexpr std::array<double, 4> kGPerDigit = {2.0 / 32768, 0.732e-3, 4.0 / 32768, 8.0 / 32768};
// Table 5: 16 digits per degree, 0 at 25 degC.
constexpr double kDigitsPerDegree = 16;
constexpr double kZeroDegrees = 25;

std::int16_t digits(double value, double per_digit) {
  return static_cast<std::int16_t>(std::lround(std::clamp(value / per_digit, -32768.0, 32767.0)));
}

}  // namespace

Lsm9ds1Inertial::Lsm9ds1Inertial(DeviceContext& context, const Measurements& measurements,
                                 std::function<void()> changed)
    : I2cRegisters({0x6B}),
      name_(context.name),
      scheduler_(context.scheduler),
      notes_(context.notes),
      measurements_(measurements),
      changed_(std::move(changed)),
      sample_event_(context.scheduler, [this] {
        catch_up();
        update_pins();
      }) {
  reset_registers();
}

void Lsm9ds1Inertial::reset_registers() {
  registers_ = {};
  registers_[CTRL_REG4] = 0x38;     // Zen_G, Yen_G, Xen_G
  registers_[CTRL_REG5_XL] = 0x38;  // Zen_XL, Yen_XL, Xen_XL
  registers_[CTRL_REG8] = kIfAddInc;
  set_increments(true);
  outputs_ = {};
  temperature_ = 0;
  status_ = 0;
  half_read_ = {};
  restart();
}

bool Lsm9ds1Inertial::gyroscope_on() const {
  return kGyroscopeHz[registers_[CTRL_REG1_G] >> 5] > 0;
}

// Section 3.1: with the gyroscope on, the accelerometer is on too.
bool Lsm9ds1Inertial::accelerometer_on() const { return rate_hz() > 0; }

double Lsm9ds1Inertial::rate_hz() const {
  const double gyroscope = kGyroscopeHz[registers_[CTRL_REG1_G] >> 5];
  return gyroscope > 0 ? gyroscope : kAccelerometerHz[registers_[CTRL_REG6_XL] >> 5];
}

Lsm9ds1Inertial::Mode Lsm9ds1Inertial::mode() const {
  if (gyroscope_on()) {
    const bool low_power = (registers_[CTRL_REG3_G] & 0x80) != 0 && rate_hz() <= 119;
    return low_power ? Mode::kGyroscopeLowPower : Mode::kGyroscope;
  }
  return accelerometer_on() ? Mode::kAccelerometer : Mode::kOff;
}

bool Lsm9ds1Inertial::fifo_on() const {
  return (registers_[CTRL_REG9] & kFifoEn) != 0 && registers_[FIFO_CTRL] >> 5 != kBypass;
}

std::size_t Lsm9ds1Inertial::fifo_depth() const {
  const bool limited = (registers_[CTRL_REG9] & kStopOnFth) != 0;
  return limited ? (registers_[FIFO_CTRL] & 0x1Fu) + 1 : SampleFifo<Sample>::kDepth;
}

// Section 3.5: FTH is set from the threshold on; a threshold of 0 sets it never.
std::uint8_t Lsm9ds1Inertial::fifo_source() const {
  const std::size_t threshold = registers_[FIFO_CTRL] & 0x1Fu;
  auto source = static_cast<std::uint8_t>(fifo_.level());
  if (fifo_overrun_) source |= kOvrn;
  if (threshold != 0 && fifo_.level() >= threshold) source |= kFth;
  return source;
}

void Lsm9ds1Inertial::restart() {
  clock_.start(scheduler_.now(), rate_hz());
  fifo_.clear();
  fifo_stopped_ = fifo_overrun_ = false;
  update_pins();
}

Lsm9ds1Inertial::Sample Lsm9ds1Inertial::sample(TimePoint when) const {
  using namespace lsm9ds1;
  Sample values{};
  const double dps = kMdpsPerDigit[registers_[CTRL_REG1_G] >> 3 & 3] / 1000;
  const double g = kGPerDigit[registers_[CTRL_REG6_XL] >> 3 & 3];
  const bool gyroscope = gyroscope_on() && (registers_[CTRL_REG9] & kSleepG) == 0;
  for (std::size_t axis = 0; axis < 3; ++axis) {
    const unsigned enable = 1u << (3 + axis);
    if (gyroscope && (registers_[CTRL_REG4] & enable) != 0) {
      values[axis] = digits(measurements_.at(kGx + axis, when), dps);
    }
    if ((registers_[CTRL_REG5_XL] & enable) != 0) {
      values[3 + axis] = digits(measurements_.at(kAx + axis, when), g);
    }
  }
  return values;
}

void Lsm9ds1Inertial::take_sample(TimePoint when) {
  const Sample values = sample(when);
  if (fifo_on()) {
    const bool full = fifo_.level() >= fifo_depth();
    const bool keeps = registers_[FIFO_CTRL] >> 5 != kContinuous;
    if (full && keeps) fifo_stopped_ = true;
    if (full && !keeps) fifo_overrun_ = true;
    if (fifo_stopped_) return;
    if (full) fifo_.pop();
    fifo_.push(values);
  } else {
    for (std::size_t channel = 0; channel < outputs_.size(); ++channel) {
      if (!half_read_[channel]) outputs_[channel] = values[channel];
    }
  }
}

void Lsm9ds1Inertial::catch_up() {
  const TimePoint now = scheduler_.now();
  std::uint64_t due = clock_.due(now);
  if (due == 0) return;
  // Of a long time without a look only the last samples leave a trace; what a full FIFO drops, and
  // outputs that were overwritten, need not be computed.
  const std::uint64_t kept = fifo_on() ? 2 * SampleFifo<Sample>::kDepth : 1;
  const bool fills_once = fifo_on() && registers_[FIFO_CTRL] >> 5 != kContinuous;
  if (due > kept && !fills_once) {
    if (fifo_on()) {
      fifo_.clear();
      fifo_overrun_ = true;
    }
    clock_.take(due - kept);
    due = kept;
  }
  for (; due > 0; --due) {
    take_sample(clock_.next());
    if (fifo_stopped_) {
      clock_.take(due);
      break;
    }
    clock_.take();
  }
  status_ |= kXlda | kTda;
  if (gyroscope_on()) status_ |= kGda;
  const double degrees = measurements_.at(lsm9ds1::kTemperature, now) - kZeroDegrees;
  temperature_ = static_cast<std::int16_t>(std::lround(degrees * kDigitsPerDegree));
}

std::uint8_t Lsm9ds1Inertial::read_output(std::size_t channel, bool high) {
  const bool block = (registers_[CTRL_REG8] & kBdu) != 0;
  const auto value = static_cast<std::uint16_t>(fifo_on() && channel < 6 ? fifo_.front()[channel]
                                                                         : outputs_[channel]);
  const bool accelerometer = channel >= 3;
  if (!high) {
    half_read_[channel] = block;
    return static_cast<std::uint8_t>(value);
  }
  half_read_[channel] = false;
  // The last byte of a set: the data are no longer new, and the slot of the FIFO is free.
  if (channel % 3 == 2) {
    status_ &= static_cast<std::uint8_t>(accelerometer ? ~kXlda : ~kGda);
    if (fifo_on() && accelerometer) {
      fifo_.pop();
      fifo_overrun_ = false;
      const bool fifo_mode = registers_[FIFO_CTRL] >> 5 == kFifo;
      if (!fifo_mode) fifo_stopped_ = false;
    }
    if (fifo_on() && !fifo_.empty()) status_ |= accelerometer ? kXlda : kGda;
  }
  return static_cast<std::uint8_t>(value >> 8);
}

std::uint8_t Lsm9ds1Inertial::read_register(std::uint8_t reg) {
  catch_up();
  std::uint8_t value = 0;
  if (reg >= OUT_X_L_G && reg <= OUT_Z_H_G) {
    value = read_output((reg - OUT_X_L_G) / 2u, (reg & 1) != 0);
  } else if (reg >= OUT_X_L_XL && reg <= OUT_Z_H_XL) {
    value = read_output(3 + (reg - OUT_X_L_XL) / 2u, (reg & 1) != 0);
  } else if (reg == WHO_AM_I) {
    value = 0x68;
  } else if (reg == STATUS_REG || reg == STATUS_REG_2) {
    value = status_;
  } else if (reg == FIFO_SRC) {
    value = fifo_source();
  } else if (reg == OUT_TEMP_L) {
    value = static_cast<std::uint8_t>(temperature_);
  } else if (reg == OUT_TEMP_H) {
    status_ &= static_cast<std::uint8_t>(~kTda);
    value = static_cast<std::uint8_t>(temperature_ >> 8);
  } else if (reg < registers_.size()) {
    value = registers_[reg];
  }
  update_pins();
  return value;
}

bool Lsm9ds1Inertial::write_register(std::uint8_t reg, std::uint8_t value) {
  catch_up();
  const bool read_only = reg == WHO_AM_I || reg == 0x14 ||
                         (reg >= OUT_TEMP_L && reg <= OUT_Z_H_G) ||
                         (reg > CTRL_REG10 && reg < FIFO_CTRL) || reg == FIFO_SRC;
  if (reg >= registers_.size() || read_only) return true;
  write_control(reg, value);
  update_pins();
  return true;
}

void Lsm9ds1Inertial::write_control(std::uint8_t reg, std::uint8_t value) {
  const Mode before = mode();
  const double rate_before = rate_hz();
  const bool fifo_before = fifo_on();
  const std::uint8_t old = registers_[reg];
  registers_[reg] = value;
  const auto unmodelled = [&](std::string_view what) {
    notes_.unmodelled(name_, what, reg, true, value);
  };
  switch (reg) {
    case CTRL_REG8:
      if ((value & (kSwReset | kBoot)) != 0) {
        reset_registers();
        registers_[CTRL_REG8] =
            value & static_cast<std::uint8_t>(~(kSwReset | kBoot));  // clear themselves
      }
      set_increments((registers_[CTRL_REG8] & kIfAddInc) != 0);
      if ((value & kBle) != 0) unmodelled("CTRL_REG8.BLE: outputs stay little-endian");
      break;
    case FIFO_CTRL:
      if (const unsigned mode = value >> 5;
          mode != kBypass && mode != kFifo && mode != kContinuous) {
        unmodelled("FIFO_CTRL.FMODE that waits for the interrupt generator");
      }
      if (old >> 5 != value >> 5) {
        fifo_.clear();
        fifo_stopped_ = fifo_overrun_ = false;
      }
      break;
    case CTRL_REG9:
      if (!fifo_before && fifo_on()) fifo_.clear();
      break;
    case ACT_THS:
    case ACT_DUR:
      if (value != 0) unmodelled("ACT_THS, ACT_DUR: activity detection");
      break;
    case INT_GEN_CFG_XL:
    case INT_GEN_CFG_G:
      if ((value & 0x3F) != 0) unmodelled("INT_GEN_CFG: interrupt generator");
      break;
    case ORIENT_CFG_G:
      if (value != 0) unmodelled("ORIENT_CFG_G: signs and order of the axes");
      break;
    case CTRL_REG10:
      if ((value & 0x05) != 0) unmodelled("CTRL_REG10: self-test");
      break;
    default: break;
  }
  if (!fifo_before && fifo_on()) {
    notes_.assume({name_ + ".fifo_slot",
                   "a slot of the FIFO is free when the last byte of the acceleration was read; "
                   "the gyroscope's half goes with it",
                   "estimate"});
  }
  if (rate_hz() != rate_before) restart();
  if (mode() != before) changed_();
}

// INT1_CTRL and INT2_CTRL have the same bits where both have one.
bool Lsm9ds1Inertial::interrupt(std::uint8_t control) const {
  const std::uint8_t enabled = registers_[control];
  const std::uint8_t source = fifo_source();
  const bool temperature = control == INT2_CTRL && (enabled & 0x04) != 0;
  return ((enabled & 0x01) != 0 && (status_ & kXlda) != 0) ||
         ((enabled & 0x02) != 0 && (status_ & kGda) != 0) ||
         (temperature && (status_ & kTda) != 0) ||
         ((enabled & 0x08) != 0 && (source & kFth) != 0) ||
         ((enabled & 0x10) != 0 && (source & kOvrn) != 0) ||
         ((enabled & 0x20) != 0 && fifo_.level() == SampleFifo<Sample>::kDepth);
}

void Lsm9ds1Inertial::update_pins() {
  const bool low_active = (registers_[CTRL_REG8] & kHLactive) != 0;
  const bool open_drain = (registers_[CTRL_REG8] & kPpOd) != 0;
  bool waiting = false;
  for (const auto& [pin, control] : {std::pair(&int1_, INT1_CTRL), std::pair(&int2_, INT2_CTRL)}) {
    if (!pin->connected()) continue;
    waiting = waiting || registers_[control] != 0;
    pin->show(supplied(), interrupt(control) != low_active, open_drain);
  }
  if (waiting && supplied() && clock_.running()) {
    sample_event_.at(clock_.next());
  } else {
    sample_event_.cancel();
  }
}

OutputPin* Lsm9ds1Inertial::pin(std::string_view name) {
  return name == "int1" ? &int1_ : name == "int2" ? &int2_ : nullptr;
}

void Lsm9ds1Inertial::snapshot(StateArchive& archive) {
  I2cRegisters::snapshot(archive);
  archive(registers_, fifo_stopped_, fifo_overrun_, outputs_, temperature_, status_, half_read_);
  clock_.snapshot(archive);
  fifo_.snapshot(archive);
  int1_.snapshot(archive);
  int2_.snapshot(archive);
  sample_event_.snapshot(archive);
}

}  // namespace tinyscope
