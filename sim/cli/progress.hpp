// A line on standard error that says how far the run is, on a terminal only.
#pragma once

#include <chrono>
#include <cstdint>

#include "sim/time.hpp"

namespace tinyscope {

class Progress {
 public:
  // `enabled`: wanted at all; it still shows nothing unless standard error is a terminal.
  explicit Progress(bool enabled);

  void start();
  void update(TimePoint simulated, std::uint64_t instructions);
  // Wipes the line.
  void finish();

 private:
  bool shown_;
  bool visible_ = false;
  std::chrono::steady_clock::time_point started_;
  std::chrono::steady_clock::time_point last_;
};

}  // namespace tinyscope
