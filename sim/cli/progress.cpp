#include "sim/cli/progress.hpp"

#include <fmt/format.h>
#include <unistd.h>

#include <cstdio>

namespace tinyscope {

Progress::Progress(bool enabled) : shown_(enabled && isatty(STDERR_FILENO) != 0) {}

void Progress::start() { started_ = last_ = std::chrono::steady_clock::now(); }

void Progress::update(TimePoint simulated, std::uint64_t instructions) {
  if (!shown_) return;
  const auto now = std::chrono::steady_clock::now();
  if (now - last_ < std::chrono::milliseconds(200)) return;
  last_ = now;
  const double host = std::chrono::duration<double>(now - started_).count();
  fmt::print(stderr, "\r\x1b[K{:.3f} s simulated, {:.1f} MIPS, {:.2f} x real time",
             simulated.seconds(), static_cast<double>(instructions) / host / 1e6,
             simulated.seconds() / host);
  std::fflush(stderr);
  visible_ = true;
}

void Progress::finish() {
  if (visible_) fmt::print(stderr, "\r\x1b[K");
  visible_ = false;
}

}  // namespace tinyscope
