#include "profiler/time_axis.hpp"

#include <algorithm>

namespace tinyscope {

void TimeAxis::set_clock(std::uint64_t hz, std::uint64_t cycle) {
  const Segment& last = segments_.back();
  if (hz == 0) return;
  const TimePoint when = last.clock.time_of(cycle);
  if (cycle <= last.begin) {
    // Two changes within one cycle: the first one never counted.
    segments_.back().clock = ClockDomain(hz, when, last.begin);
    return;
  }
  segments_.push_back({cycle, ClockDomain(hz, when, cycle)});
}

const TimeAxis::Segment& TimeAxis::segment(std::uint64_t cycle) const {
  if (cycle >= segments_.back().begin) return segments_.back();
  const auto after = std::upper_bound(
      segments_.begin(), segments_.end(), cycle,
      [](std::uint64_t wanted, const Segment& segment) { return wanted < segment.begin; });
  return *std::prev(after);
}

TimePoint TimeAxis::at(std::uint64_t cycle) const { return segment(cycle).clock.time_of(cycle); }

}  // namespace tinyscope
