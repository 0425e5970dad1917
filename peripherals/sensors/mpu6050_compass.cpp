#include "peripherals/sensors/mpu6050_compass.hpp"

#include <cmath>

#include "peripherals/sensors/three_axes.hpp"

namespace tinyscope {
namespace {

enum Register : std::uint8_t {
  WIA = 0x00,
  INFO = 0x01,
  ST1 = 0x02,
  HXL = 0x03,
  HZH = 0x08,
  ST2 = 0x09,
  CNTL1 = 0x0A,
  CNTL2 = 0x0B,
  ASTC = 0x0C,
  ASAX = 0x10,
  ASAZ = 0x12,
};

constexpr std::uint8_t kDrdy = 1 << 0;
constexpr std::uint8_t kDor = 1 << 1;
constexpr std::uint8_t kHofl = 1 << 3;
constexpr std::uint8_t kBitm = 1 << 4;
// CNTL1
constexpr std::uint8_t kWide = 1 << 4;
enum Mode : unsigned { kPowerDown = 0, kSingle = 1, k8Hz = 2, k100Hz = 6, kFuseRom = 15 };

constexpr double kUtPerDigit = 0.15;       // with 16 bits; 0.6 with 14
constexpr double kLimitUt = 4912;          // beyond it, ST2.HOFL
constexpr std::uint8_t kAdjustment = 128;  // ASAX to ASAZ: no correction
constexpr Duration kMeasurement = Duration::from_us(7200);

}  // namespace

Ak8963::Ak8963(DeviceContext& context, const Measurements& measurements, std::size_t first,
               std::function<void()> changed)
    : I2cRegisters({0x0C}),
      name_(context.name),
      scheduler_(context.scheduler),
      notes_(context.notes),
      measurements_(measurements),
      first_(first),
      changed_(std::move(changed)) {}

void Ak8963::power_on() {
  control_ = status1_ = 0;
  output_ = {};
  overflow_ = wide_ = locked_ = false;
  clock_.stop();
}

void Ak8963::set_mode() {
  const TimePoint now = scheduler_.now();
  switch (control_ & 0x0F) {
    case kSingle: clock_.start_at(now + kMeasurement, kMeasurement); break;
    case k8Hz: clock_.start(now, 8); break;
    case k100Hz: clock_.start(now, 100); break;
    case kPowerDown:
    case kFuseRom: clock_.stop(); break;
    default:
      clock_.stop();
      notes_.unmodelled(name_, "AK8963 CNTL1: self-test, external trigger", CNTL1, true, control_);
      break;
  }
  changed_();
}

void Ak8963::catch_up() {
  const std::uint64_t due = clock_.due(scheduler_.now());
  if (due == 0) return;
  if (locked_ || (status1_ & kDrdy) != 0 || due > 1) status1_ |= kDor;
  const bool single = (control_ & 0x0F) == kSingle;
  clock_.take(single ? 0 : due - 1);
  const TimePoint when = clock_.next();
  clock_.take();
  if (!locked_) measure(when);
  if (!single) return;
  control_ &= 0xF0;
  set_mode();
}

void Ak8963::measure(TimePoint when) {
  wide_ = (control_ & kWide) != 0;
  const double scale = 1 / (wide_ ? kUtPerDigit : 4 * kUtPerDigit);
  double sum = 0;
  for (std::size_t axis = 0; axis < 3; ++axis) {
    const double field = measurements_.at(first_ + axis, when);
    sum += std::abs(field);
    output_[axis] = to_digits(field, scale, wide_ ? 16 : 14);
  }
  overflow_ = sum >= kLimitUt;
  status1_ |= kDrdy;
}

void Ak8963::started(bool) { catch_up(); }

std::uint8_t Ak8963::read_register(std::uint8_t reg) {
  if (reg >= HXL && reg <= HZH) {
    locked_ = true;
    status1_ = 0;
    const auto word = static_cast<std::uint16_t>(output_[(reg - HXL) / 2u]);
    return static_cast<std::uint8_t>((reg - HXL) % 2 != 0 ? word >> 8 : word);
  }
  switch (reg) {
    case WIA: return 0x48;
    case INFO: return 0x9A;
    case ST1: return status1_;
    case ST2:
      locked_ = false;
      status1_ = 0;
      return static_cast<std::uint8_t>((overflow_ ? kHofl : 0) | (wide_ ? kBitm : 0));
    case CNTL1: return control_;
    default: break;
  }
  const bool fuse = reg >= ASAX && reg <= ASAZ && (control_ & 0x0F) == kFuseRom;
  return fuse ? kAdjustment : 0;
}

bool Ak8963::write_register(std::uint8_t reg, std::uint8_t value) {
  if (reg == CNTL1) {
    control_ = value & 0x1F;
    set_mode();
  } else if (reg == CNTL2 && (value & 1) != 0) {
    power_on();
    changed_();
  } else if (reg == ASTC && value != 0) {
    notes_.unmodelled(name_, "AK8963 ASTC: self-test", reg, true, value);
  }
  return true;
}

void Ak8963::snapshot(StateArchive& archive) {
  I2cRegisters::snapshot(archive);
  archive(output_, control_, status1_, overflow_, wide_, locked_);
  clock_.snapshot(archive);
}

}  // namespace tinyscope
