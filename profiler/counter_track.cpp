#include "profiler/counter_track.hpp"

namespace tinyscope {

void CounterTrack::drop_half() {
  std::size_t kept = 0;
  for (std::size_t i = 0; i < points_.size(); i += 2) {
    const bool pair = i + 1 < points_.size();
    points_[kept++] = pair && points_[i + 1].value > points_[i].value ? points_[i + 1] : points_[i];
  }
  dropped_ += points_.size() - kept;
  points_.resize(kept);
}

Timeline::Counter CounterTrack::finish(const TimeAxis& time) const {
  Timeline::Counter counter{name_, unit_, {}};
  counter.points.reserve(points_.size());
  for (const Point& point : points_) counter.points.push_back({time.ns(point.cycle), point.value});
  return counter;
}

}  // namespace tinyscope
