// What one output of the PWM's wave counter does during a period.
// nRF52840 PS, chapter "PWM", section "Wave counter".
#pragma once

#include <algorithm>
#include <cstdint>
#include <optional>

#include "sim/pad.hpp"
#include "sim/snapshot.hpp"

namespace tinyscope::nordic {

class PwmOutput final : public PadSignal {
 public:
  struct Period {
    TimePoint start{};
    Duration tick{};  // of the prescaled clock
    std::uint32_t top = 1;
    bool up_and_down = false;
    friend constexpr bool operator==(const Period&, const Period&) = default;

    std::uint64_t ticks() const { return std::uint64_t{top} * (up_and_down ? 2 : 1); }
    Duration length() const { return tick * ticks(); }
  };

  // `value` as read from RAM: bits 14 to 0 are the compare value; bit 15 high: the first edge in
  // the period falls.
  void begin(const Period& period, std::uint16_t value) {
    period_ = period;
    compare_ = value & 0x7FFFu;
    falling_ = (value & 0x8000u) != 0;
  }

  bool level(TimePoint when) override {
    const std::uint64_t tick = (when - period_.start).ps / period_.tick.ps % period_.ticks();
    const std::uint64_t count =
        tick < period_.top ? tick : std::uint64_t{2} * period_.top - 1 - tick;
    return (count < compare_) == falling_;
  }
  // Within the period; at its end begin() is called again.
  std::optional<TimePoint> next_edge(TimePoint when) override {
    if (!toggles()) return std::nullopt;
    const TimePoint first = period_.start + period_.tick * compare_;
    if (first > when) return first;
    if (!period_.up_and_down) return std::nullopt;
    const TimePoint second = period_.start + period_.tick * (period_.ticks() - compare_);
    return second > when ? std::optional(second) : std::nullopt;
  }

  // The part of the period for which the output is high.
  double duty() const {
    const double before = static_cast<double>(std::min(compare_, period_.top)) / period_.top;
    return falling_ ? before : 1 - before;
  }
  bool toggles() const { return compare_ > 0 && compare_ < period_.top; }

  void snapshot(StateArchive& archive) {
    archive(period_.start.ps, period_.tick.ps, period_.top, period_.up_and_down, compare_,
            falling_);
  }

 private:
  Period period_{.tick = {1}};
  std::uint32_t compare_ = 0;
  bool falling_ = false;
};

}  // namespace tinyscope::nordic
