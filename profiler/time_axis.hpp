// When a cycle of the core happened, in simulated time, whatever its clock did meanwhile.
//
// The core counts its cycles at the clock in force, asleep too, and rounds each time up to the
// next picosecond (ClockDomain); so does this.
#pragma once

#include <cstdint>
#include <vector>

#include "sim/time.hpp"

namespace tinyscope {

class TimeAxis {
 public:
  // The clock from cycle 0 on.
  explicit TimeAxis(std::uint64_t hz) : segments_{{0, ClockDomain(hz)}} {}

  // Begins in mid-run: `cycle` is at `time`.
  void begin(std::uint64_t cycle, TimePoint time, std::uint64_t hz) {
    segments_ = {{cycle, ClockDomain(hz)}};
    segments_.front().clock.restart(time, cycle);
  }

  // The clock runs at `hz` from `cycle` on, which is not before that of the last change.
  void set_clock(std::uint64_t hz, std::uint64_t cycle);

  TimePoint at(std::uint64_t cycle) const;
  std::uint64_t ns(std::uint64_t cycle) const { return at(cycle).ps / 1000; }
  // Of the clock in force at `cycle`.
  std::uint64_t hz(std::uint64_t cycle) const { return segment(cycle).clock.hz(); }

 private:
  struct Segment {
    std::uint64_t begin = 0;  // cycle
    ClockDomain clock;
  };
  const Segment& segment(std::uint64_t cycle) const;

  std::vector<Segment> segments_;  // by begin
};

}  // namespace tinyscope
