// A quantity over the run for the timeline: power, stack, heap. Bounded: when it is full, the lower
// of each two neighbours goes, so that peaks stay.
#pragma once

#include <cmath>
#include <cstdint>
#include <string>
#include <vector>

#include "profiler/report.hpp"
#include "profiler/time_axis.hpp"
#include "sim/error.hpp"

namespace tinyscope {

class CounterTrack {
 public:
  // Keeps at most `most` points.
  CounterTrack(std::string name, std::string unit, std::size_t most = kMostPoints)
      : name_(std::move(name)), unit_(std::move(unit)), most_(most) {}

  // It has this value from `cycle` on; cycles never run backwards. Of several values in one cycle
  // the last counts.
  void set(std::uint64_t cycle, double value) {
    TINYSCOPE_ASSERT(std::isfinite(value));
    if (!points_.empty()) {
      Point& last = points_.back();
      if (last.value == value) return;
      if (last.cycle == cycle) {
        last.value = value;
        return;
      }
    }
    if (points_.size() == most_) drop_half();
    points_.push_back({cycle, value});
  }

  std::uint64_t dropped() const { return dropped_; }
  Timeline::Counter finish(const TimeAxis& time) const;

  static constexpr std::size_t kMostPoints = 50'000;

 private:
  struct Point {
    std::uint64_t cycle = 0;
    double value = 0;
  };
  void drop_half();

  std::string name_;
  std::string unit_;
  std::size_t most_;
  std::vector<Point> points_;
  std::uint64_t dropped_ = 0;
};

}  // namespace tinyscope
