#include "cores/cortex_m/systick.hpp"

namespace tinyscope {
namespace {
constexpr std::uint32_t kEnable = 1u << 0, kTickint = 1u << 1, kClksource = 1u << 2;
constexpr std::uint32_t kCountflag = 1u << 16;
constexpr std::uint32_t kNoref = 1u << 31;
constexpr std::uint32_t kCounterMask = 0x00FFFFFFu;
}  // namespace

Systick::Systick(Scheduler& scheduler, const ClockDomain& processor_clock,
                 const Reference& reference, std::uint32_t calibration, std::function<void()> pend)
    : scheduler_(scheduler),
      processor_clock_(processor_clock),
      reference_(reference),
      reference_clock_(reference.hz != 0 ? reference.hz : 1),
      calibration_(calibration),
      pend_(std::move(pend)),
      expired_(scheduler, [this] { expire(); }) {
  reset();
}

void Systick::reset() {
  control_ = has_reference() ? 0 : kClksource;
  reload_ = 0;
  stopped_value_ = 0;
  count_flag_ = false;
  expired_.cancel();
}

void Systick::add_registers(RegisterFile& registers) {
  registers.add(0x010, "SYST_CSR")
      .on_read([this] {
        const std::uint32_t value = control_ | (count_flag_ ? kCountflag : 0u);
        count_flag_ = false;
        return value;
      })
      .on_write([this](std::uint32_t value) { write_control(value); });
  registers.add(0x014, "SYST_RVR")
      .on_read([this] { return reload_; })
      .on_write([this](std::uint32_t value) {
        reload_ = value & kCounterMask;
        // A counter that stands at 0 for want of a reload value starts now.
        if ((control_ & kEnable) != 0 && !expired_.scheduled()) start(0);
      });
  registers.add(0x018, "SYST_CVR")
      .on_read([this] { return current(); })
      .on_write([this](std::uint32_t) {
        // Any write clears the counter and COUNTFLAG; it reloads at the next tick.
        count_flag_ = false;
        stopped_value_ = 0;
        if ((control_ & kEnable) != 0) start(0);
      });
  registers.add(0x01C, "SYST_CALIB").read_only().on_read([this] {
    return calibration_ | (has_reference() ? 0u : kNoref);
  });
}

// Whether the counter follows changes of the processor clock.
bool Systick::from_processor() const {
  return (control_ & kClksource) != 0 || reference_.divider != 0;
}

// Ticks of the clock in use for each tick of the counter.
unsigned Systick::divider() const { return (control_ & kClksource) != 0 ? 1 : reference_.divider; }

std::uint64_t Systick::tick() const {
  if (!from_processor()) return reference_clock_.tick_at(scheduler_.now());
  return processor_clock_.tick_at(scheduler_.now()) / divider();
}

TimePoint Systick::time_of(std::uint64_t tick) const {
  if (!from_processor()) return reference_clock_.time_of(tick);
  return processor_clock_.time_of(tick * divider());
}

std::uint32_t Systick::current() const {
  if ((control_ & kEnable) == 0) return stopped_value_;
  const std::uint64_t now = tick();
  if (now >= zero_tick_ || (from_zero_ && now == start_tick_)) return 0;
  return static_cast<std::uint32_t>(zero_tick_ - now);
}

void Systick::start(std::uint32_t value) {
  // From 0 the counter first reloads, which takes one tick.
  const std::uint64_t ticks = value != 0 ? value : std::uint64_t{reload_} + 1;
  from_zero_ = value == 0;
  start_tick_ = tick();
  if (value == 0 && reload_ == 0) {
    expired_.cancel();
    zero_tick_ = start_tick_;
    return;
  }
  zero_tick_ = start_tick_ + ticks;
  expired_.at(time_of(zero_tick_));
}

void Systick::write_control(std::uint32_t value) {
  const std::uint32_t old = control_;
  const std::uint32_t counter = current();
  control_ = value & (kEnable | kTickint | kClksource);
  if (!has_reference()) control_ |= kClksource;
  const bool was_running = (old & kEnable) != 0;
  const bool runs = (control_ & kEnable) != 0;
  if (runs && (!was_running || ((old ^ control_) & kClksource) != 0)) {
    start(counter);
  } else if (!runs && was_running) {
    stopped_value_ = counter;
    expired_.cancel();
  }
}

void Systick::expire() {
  count_flag_ = true;
  if ((control_ & kTickint) != 0) pend_();
  start(0);
}

void Systick::clock_changed() {
  if ((control_ & kEnable) == 0 || !from_processor() || !expired_.scheduled()) return;
  expired_.at(time_of(zero_tick_));
}

void Systick::snapshot(StateArchive& archive) {
  archive(control_, reload_, stopped_value_, zero_tick_, from_zero_, start_tick_, count_flag_);
  expired_.snapshot(archive);
}

}  // namespace tinyscope
