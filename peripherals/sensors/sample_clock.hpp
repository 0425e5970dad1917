// The rate at which a sensor samples by itself. Nothing is scheduled: the model counts the samples
// that are due when somebody looks.
#pragma once

#include <cmath>
#include <cstdint>

#include "sim/snapshot.hpp"
#include "sim/time.hpp"

namespace tinyscope {

class SampleClock {
 public:
  // The first sample comes one period after `now`. A rate of 0 stops.
  void start(TimePoint now, double rate_hz) {
    const Duration period = rate_hz > 0
                                ? Duration{static_cast<std::uint64_t>(std::llround(1e12 / rate_hz))}
                                : Duration{};
    start_at(now + period, period);
  }
  // The first sample comes at `first`. A period of 0 stops.
  void start_at(TimePoint first, Duration period) {
    first_ = first;
    period_ = period;
    seen_ = 0;
  }
  void stop() { start_at({}, {}); }
  bool running() const { return period_.ps != 0; }
  Duration period() const { return period_; }

  // How many samples have come since the last take().
  std::uint64_t due(TimePoint now) const {
    return running() && now >= first_ ? (now.ps - first_.ps) / period_.ps + 1 - seen_ : 0;
  }
  // The time of the next sample that was not taken yet.
  TimePoint next() const { return TimePoint{first_.ps + seen_ * period_.ps}; }
  void take(std::uint64_t count = 1) { seen_ += count; }

  void snapshot(StateArchive& archive) { archive(first_.ps, period_.ps, seen_); }

 private:
  TimePoint first_{};
  Duration period_{};
  std::uint64_t seen_ = 0;
};

}  // namespace tinyscope
