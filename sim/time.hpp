// Strong types for time.
//
// Simulated time is counted in picoseconds, so that clocks of any frequency can live side by side
// and the CPU clock may change in mid-run. 2^64 ps are 213 days. A core counts its own cycles; a
// ClockDomain converts between ticks of one clock and simulated time without accumulating error.
#pragma once

#include <compare>
#include <cstdint>

namespace tinyscope {

// A number of CPU clock cycles (a duration, or a position on the core's own cycle counter).
struct Cycles {
  std::uint64_t count = 0;

  friend constexpr auto operator<=>(Cycles, Cycles) = default;
  friend constexpr Cycles operator+(Cycles a, Cycles b) { return {a.count + b.count}; }
  friend constexpr Cycles operator-(Cycles a, Cycles b) { return {a.count - b.count}; }
  constexpr Cycles& operator+=(Cycles other) {
    count += other.count;
    return *this;
  }
};

// A span of simulated time.
struct Duration {
  std::uint64_t ps = 0;

  static constexpr Duration from_ns(std::uint64_t ns) { return {ns * 1'000u}; }
  static constexpr Duration from_us(std::uint64_t us) { return {us * 1'000'000u}; }
  static constexpr Duration from_ms(std::uint64_t ms) { return {ms * 1'000'000'000u}; }
  constexpr double seconds() const { return static_cast<double>(ps) * 1e-12; }

  friend constexpr auto operator<=>(Duration, Duration) = default;
  friend constexpr Duration operator+(Duration a, Duration b) { return {a.ps + b.ps}; }
  friend constexpr Duration operator*(Duration a, std::uint64_t n) { return {a.ps * n}; }
};

// A point in simulated time, counted from power-on.
struct TimePoint {
  std::uint64_t ps = 0;

  constexpr double seconds() const { return static_cast<double>(ps) * 1e-12; }

  friend constexpr auto operator<=>(TimePoint, TimePoint) = default;
  friend constexpr TimePoint operator+(TimePoint t, Duration d) { return {t.ps + d.ps}; }
  friend constexpr Duration operator-(TimePoint a, TimePoint b) { return {a.ps - b.ps}; }
};

// Ticks of one clock. Tick `anchor_tick` falls on `anchor_time`; later ticks follow at `hz`.
class ClockDomain {
 public:
  explicit ClockDomain(std::uint64_t hz, TimePoint anchor_time = {}, std::uint64_t anchor_tick = 0)
      : hz_(hz), anchor_time_(anchor_time), anchor_tick_(anchor_tick) {}

  std::uint64_t hz() const { return hz_; }

  // The number of the last tick at or before `time`; times before the anchor count as the anchor.
  std::uint64_t tick_at(TimePoint time) const {
    if (time <= anchor_time_) return anchor_tick_;
    const auto elapsed = static_cast<unsigned __int128>(time.ps - anchor_time_.ps);
    return anchor_tick_ + static_cast<std::uint64_t>(elapsed * hz_ / kPicosecondsPerSecond);
  }

  // The first point in time at which `tick` has happened, so that tick_at(time_of(n)) == n.
  TimePoint time_of(std::uint64_t tick) const {
    if (tick <= anchor_tick_) return anchor_time_;
    const auto ticks = static_cast<unsigned __int128>(tick - anchor_tick_);
    const auto ps = (ticks * kPicosecondsPerSecond + hz_ - 1) / hz_;
    return {anchor_time_.ps + static_cast<std::uint64_t>(ps)};
  }

  // Changes the frequency at `now`; ticks counted so far are kept.
  void set_hz(std::uint64_t hz, TimePoint now) {
    anchor_tick_ = tick_at(now);
    anchor_time_ = now;
    hz_ = hz;
  }

  // Restarts counting: `tick` falls on `now`.
  void restart(TimePoint now, std::uint64_t tick = 0) {
    anchor_time_ = now;
    anchor_tick_ = tick;
  }

  template <class Archive>
  void snapshot(Archive& archive) {
    archive(hz_, anchor_time_.ps, anchor_tick_);
  }

 private:
  static constexpr std::uint64_t kPicosecondsPerSecond = 1'000'000'000'000u;

  std::uint64_t hz_;
  TimePoint anchor_time_;
  std::uint64_t anchor_tick_;
};

}  // namespace tinyscope
