// How the RTC counts: RTCCLK / (PREDIV_A + 1) = ck_apre moves SSR, ck_apre / (PREDIV_S + 1) moves
// the seconds. Nothing is counted step by step: the calendar is worked out when it is looked at.
#include "peripherals/st/rtc.hpp"
#include "peripherals/st/rtc_registers.hpp"

namespace tinyscope::st {

using namespace rtc;

namespace {

constexpr std::uint32_t kMsk1 = 1u << 7;
constexpr std::uint32_t kMsk2 = 1u << 15;
constexpr std::uint32_t kMsk3 = 1u << 23;
constexpr std::uint32_t kWdsel = 1u << 30;
constexpr std::uint32_t kMsk4 = 1u << 31;
constexpr std::uint32_t kAdd1s = 1u << 31;
constexpr std::uint32_t kSecondsField = 0x7F;
constexpr std::uint32_t kMinutesField = 0x7F00;
constexpr std::uint32_t kHoursField = 0x7F'0000;

}  // namespace

std::uint32_t Rtc::predivider_a() const { return (prer_->value() >> 16 & 0x7F) + 1; }
std::int64_t Rtc::predivider_s() const {
  return static_cast<std::int64_t>(prer_->value() & 0x7FFF) + 1;
}

// Steps of ck_apre since the second of `base_` began; negative after a shift that delays.
std::int64_t Rtc::position() const {
  if (initialising_) return base_position_;
  const std::uint64_t ticks = clock_.tick_at(now()) - base_tick_;
  return base_position_ + static_cast<std::int64_t>(ticks / predivider_a());
}

Calendar Rtc::calendar() const {
  Calendar current = base_;
  const std::int64_t steps = position();
  if (steps > 0) current.add_seconds(static_cast<std::uint64_t>(steps / predivider_s()));
  return current;
}

std::uint32_t Rtc::subsecond() const {
  const std::int64_t steps = position();
  const std::int64_t into_second = steps < 0 ? steps : steps % predivider_s();
  return static_cast<std::uint32_t>(predivider_s() - 1 - into_second) & 0xFFFF;
}

// Moves the base to the second that is running.
void Rtc::settle() {
  const std::int64_t steps = position();
  base_ = calendar();
  if (!initialising_) {
    const std::uint64_t ticks = clock_.tick_at(now()) - base_tick_;
    base_tick_ += ticks / predivider_a() * predivider_a();
  }
  base_position_ = steps < 0 ? steps : steps % predivider_s();
}

// Leaving initialisation mode restarts the prescalers.
void Rtc::start_calendar() {
  base_position_ = 0;
  base_tick_ = clock_.tick_at(now());
  synchronised_since_ = now();
}

// RM0432, RTC_SHIFTR: SUBFS steps of ck_apre back, a second forward with ADD1S.
void Rtc::shift(std::uint32_t value) {
  settle();
  base_position_ -= static_cast<std::int64_t>(value & 0x7FFF);
  if ((value & kAdd1s) != 0) base_position_ += predivider_s();
  synchronised_since_ = now();
  schedule_all();
}

bool Rtc::two_cycles_since(TimePoint start) const {
  if (clock_.hz() == 0) return false;
  return now() >= ClockDomain(clock_.hz(), start).time_of(2);
}

void Rtc::clock_changed(std::uint64_t hz) {
  clock_.set_hz(hz, now());
  schedule_all();
}

bool Rtc::alarm_matches(const Alarm& alarm) const {
  const std::uint32_t wanted = alarm.time->value();
  const Calendar current = calendar();
  const std::uint32_t differs = current.tr((cr_->value() & kFmt) != 0) ^ wanted;
  if ((wanted & kMsk1) == 0 && (differs & kSecondsField) != 0) return false;
  if ((wanted & kMsk2) == 0 && (differs & kMinutesField) != 0) return false;
  if ((wanted & kMsk3) == 0 && (differs & kHoursField) != 0) return false;
  if ((wanted & kMsk4) != 0) return true;
  if ((wanted & kWdsel) != 0) return current.weekday == (wanted >> 24 & 0xF);
  return (current.dr() & 0x3F) == (wanted >> 24 & 0x3F);
}

// The next moment at which subseconds and seconds fit; the rest is looked at then. MASKSS low bits
// of SS count; without any, the alarm comes as the second begins.
void Rtc::schedule_alarm(Alarm& alarm) {
  alarm.event->cancel();
  if ((cr_->value() & alarm.enable) == 0 || initialising_ || clock_.hz() == 0) return;
  settle();
  const std::uint32_t wanted = alarm.time->value();
  const std::uint32_t second = (wanted >> 4 & 7u) * 10 + (wanted & 0xF);
  const std::uint32_t mask = (1u << (alarm.subsecond->value() >> 24 & 0xF)) - 1;
  const std::uint32_t ss = alarm.subsecond->value() & 0x7FFF;
  const std::int64_t steps = predivider_s();
  for (std::int64_t later = 0; later <= 60; ++later) {
    if ((wanted & kMsk1) == 0 && (base_.second + later) % 60 != second) continue;
    const std::int64_t first = later == 0 ? base_position_ + 1 : 0;
    for (std::int64_t step = first; step < steps; ++step) {
      if (mask == 0 && step > 0) break;
      if ((static_cast<std::uint32_t>(steps - 1 - step) ^ ss) & mask) continue;
      const auto ahead = static_cast<std::uint64_t>(later * steps + step - base_position_);
      alarm.event->at(clock_.time_of(base_tick_ + ahead * predivider_a()));
      return;
    }
  }
}

void Rtc::on_alarm(Alarm& alarm) {
  if (alarm_matches(alarm)) raise(alarm.flag);
  schedule_alarm(alarm);
}

// RM0432, RTC_CR.WUCKSEL: RTCCLK / 16, 8, 4, 2, or ck_spre, for which 11x adds 2^16 to WUT. In
// ticks of RTCCLK.
std::uint64_t Rtc::wakeup_period() const {
  const std::uint32_t select = cr_->value() & kWucksel;
  const std::uint64_t count = std::uint64_t{wutr_->value()} + 1;
  if (select < 4) return count * (16u >> select);
  const std::uint64_t ticks = predivider_a() * static_cast<std::uint64_t>(predivider_s());
  return (count + (select >= 6 ? 0x1'0000u : 0u)) * ticks;
}

void Rtc::start_wakeup() { wakeup_tick_ = clock_.tick_at(now()) + wakeup_period(); }

void Rtc::schedule_wakeup() {
  wakeup_.cancel();
  if ((cr_->value() & kWute) != 0 && clock_.hz() != 0) wakeup_.at(clock_.time_of(wakeup_tick_));
}

void Rtc::schedule_all() {
  for (Alarm& alarm : alarms_) schedule_alarm(alarm);
  schedule_wakeup();
}

}  // namespace tinyscope::st
