// What the BMI270 measures and when, and what its pins say of it. Sources: see bmi270.cpp.
#include "peripherals/sensors/bmi270.hpp"
#include "peripherals/sensors/bmi270_registers.hpp"

namespace tinyscope {

using namespace bmi270;

namespace {

constexpr std::uint64_t kSensorTimePs = 39'062'500;  // 25.6 kHz

enum Quantity : std::size_t { kAx, kGx = 3, kTemperature = 6 };

}  // namespace

// BMI2_ACC_ODR_* and BMI2_GYR_ODR_*: code 8 is 100 Hz, each step a factor of two.
double Bmi270::accelerometer_hz() const {
  const int code = registers_[ACC_CONF] & 0x0F;
  if ((registers_[PWR_CTRL] & kAccEn) == 0 || code < 1 || code > 12) return 0;
  return std::ldexp(100.0, code - 8);
}
double Bmi270::gyroscope_hz() const {
  const int code = registers_[GYR_CONF] & 0x0F;
  if ((registers_[PWR_CTRL] & kGyrEn) == 0 || code < 6 || code > 13) return 0;
  return std::ldexp(100.0, code - 8);
}

void Bmi270::update_clocks(TimePoint from) {
  restart(accelerometer_, initialised_ ? accelerometer_hz() : 0, from, {});
  restart(gyroscope_, initialised_ ? gyroscope_hz() : 0, from, gyroscope_startup_);
  report_power();
}

// Samples of both come at multiples of their period in SENSORTIME, so that they share frames.
void Bmi270::restart(Stage& stage, double rate_hz, TimePoint from, Duration startup) {
  if (stage.rate_hz == rate_hz) return;
  const bool was_on = stage.rate_hz > 0;
  stage.rate_hz = rate_hz;
  if (rate_hz == 0) {
    stage.clock.stop();
    return;
  }
  const Duration period{static_cast<std::uint64_t>(std::llround(1e12 / rate_hz))};
  if (!was_on) from = from + startup;
  const std::uint64_t periods = (from - powered_).ps / period.ps + 1;
  stage.clock.start_at(powered_ + period * periods, period);
}

std::uint32_t Bmi270::sensor_time(TimePoint when) const {
  return static_cast<std::uint32_t>((when - powered_).ps / kSensorTimePs) & 0xFF'FFFF;
}

// 512 digits per degree, 0 at 23 degC; 0x8000 while it is not measured.
std::int16_t Bmi270::temperature() const {
  const bool measured =
      initialised_ && ((registers_[PWR_CTRL] & kTempEn) != 0 || gyroscope_.rate_hz > 0);
  if (!measured) return -0x8000;
  return to_digits(measurements_.at(kTemperature, now()) - 23, 512);
}

void Bmi270::take_sample(TimePoint when, bool accelerometer, bool gyroscope) {
  const double digits_per_g = 32768.0 / (2 << (registers_[ACC_RANGE] & 3));
  const unsigned range = std::min(registers_[GYR_RANGE] & 7u, 4u);
  const double digits_per_dps = 32768.0 / (2000.0 / (1u << range));
  for (std::size_t axis = 0; axis < 3; ++axis) {
    if (accelerometer) {
      accelerometer_.data[axis] =
          to_digits(axes_.read(measurements_, kAx, axis, when), digits_per_g);
    }
    if (gyroscope) {
      gyroscope_.data[axis] = to_digits(axes_.read(measurements_, kGx, axis, when), digits_per_dps);
    }
  }
  const auto ready =
      static_cast<std::uint8_t>((accelerometer ? kDrdyAcc : 0) | (gyroscope ? kDrdyGyr : 0));
  status_ |= ready;
  int_status_ |= ready;
  pulse_end_ = when + pulse_;
  fifo_.add(gyroscope ? &gyroscope_.data : nullptr, accelerometer ? &accelerometer_.data : nullptr);
  int_status_ |= fifo_conditions();
}

// After a long time without a look only what the FIFO still holds need be computed.
void Bmi270::skip_unseen(TimePoint now) {
  const std::uint64_t due = std::max(accelerometer_.clock.due(now), gyroscope_.clock.due(now));
  const Bmi270Fifo::Settings& settings = fifo_.settings();
  const bool streams = settings.on() && !(settings.stop_on_full && fifo_.full());
  if (streams && settings.stop_on_full) return;  // fills once
  const std::uint64_t kept = streams ? settings.capacity / 6 + 1 : 1;
  if (due <= 2 * kept) return;
  Duration period{~std::uint64_t{0}};
  for (const Stage* stage : {&accelerometer_, &gyroscope_}) {
    if (stage->clock.running()) period = std::min(period, stage->clock.period());
  }
  const TimePoint cut{now.ps - kept * period.ps};
  std::uint64_t lost = 0;
  for (Stage* stage : {&accelerometer_, &gyroscope_}) {
    std::uint64_t count = stage->clock.due(cut);
    // A stage much slower than the other keeps its last sample.
    if (count > 0 && count == stage->clock.due(now)) --count;
    stage->clock.take(count);
    lost = std::max(lost, count);
  }
  if (settings.on()) fifo_.lose(lost);
}

void Bmi270::catch_up() {
  const TimePoint now = this->now();
  if (initialising_ && now >= init_end_) {
    initialising_ = false;
    initialised_ = init_succeeds_;
    registers_[INTERNAL_STATUS] = init_succeeds_ ? kInitOk : kInitErr;
    update_clocks(init_end_);
  }
  skip_unseen(now);
  while (true) {
    const bool accelerometer_due = accelerometer_.clock.due(now) > 0;
    const bool gyroscope_due = gyroscope_.clock.due(now) > 0;
    if (!accelerometer_due && !gyroscope_due) break;
    const TimePoint accelerometer_next = accelerometer_.clock.next();
    const TimePoint gyroscope_next = gyroscope_.clock.next();
    const bool accelerometer =
        accelerometer_due && (!gyroscope_due || accelerometer_next <= gyroscope_next);
    const bool gyroscope =
        gyroscope_due && (!accelerometer_due || gyroscope_next <= accelerometer_next);
    take_sample(accelerometer ? accelerometer_next : gyroscope_next, accelerometer, gyroscope);
    if (accelerometer) accelerometer_.clock.take();
    if (gyroscope) gyroscope_.clock.take();
  }
}

std::size_t Bmi270::watermark() const {
  return registers_[FIFO_WTM_0] | (registers_[FIFO_WTM_1] & 0x1Fu) << 8;
}

std::uint8_t Bmi270::fifo_conditions() const {
  if (!fifo_.settings().on()) return 0;
  const bool above = watermark() != 0 && fifo_.length() >= watermark();
  return static_cast<std::uint8_t>((above ? kFwm : 0) | (fifo_.full() ? kFfull : 0));
}

bool Bmi270::pin_active(unsigned shift) const {
  const unsigned map = registers_[INT_MAP_DATA] >> shift;
  const bool latched = (registers_[INT_LATCH] & 1) != 0;
  const unsigned conditions = fifo_conditions() | (latched ? int_status_ : 0u);
  const bool ready = latched ? (int_status_ & (kDrdyAcc | kDrdyGyr)) != 0 : now() < pulse_end_;
  return ((map & kMapFfull) != 0 && (conditions & kFfull) != 0) ||
         ((map & kMapFwm) != 0 && (conditions & kFwm) != 0) || ((map & kMapDrdy) != 0 && ready);
}

void Bmi270::update_pins() {
  bool waiting = false;
  const std::array pins = {&int1_, &int2_};
  for (unsigned i = 0; i < pins.size(); ++i) {
    const std::uint8_t control = registers_[INT1_IO_CTRL + i];
    const bool level = pin_active(4 * i) == ((control & kLvl) != 0);
    pins[i]->show(supplied() && (control & kOutputEn) != 0, level, (control & kOd) != 0);
    const bool mapped = (registers_[INT_MAP_DATA] >> 4 * i & 7) != 0;
    waiting = waiting || (pins[i]->connected() && (control & kOutputEn) != 0 && mapped);
  }
  event_.cancel();
  if (!waiting || !supplied()) return;
  TimePoint next{~std::uint64_t{0}};
  if (now() < pulse_end_) next = pulse_end_;
  if (initialising_) next = std::min(next, init_end_);
  for (const Stage* stage : {&accelerometer_, &gyroscope_}) {
    if (stage->clock.running()) next = std::min(next, stage->clock.next());
  }
  if (next.ps != ~std::uint64_t{0}) event_.at(next);
}

}  // namespace tinyscope
