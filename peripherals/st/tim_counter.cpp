#include "peripherals/st/tim_counter.hpp"

#include "sim/error.hpp"

namespace tinyscope::st {

std::uint64_t TimCounter::counts_to_overflow() const {
  switch (mode) {
    case Mode::kUp:
      if (count <= arr) return std::uint64_t{arr} - count + 1;
      // ARR was set below CNT: no match until the counter has wrapped around.
      return (std::uint64_t{max} - count + 1) + arr + 1;
    case Mode::kDown: return std::uint64_t{count} + 1;
    case Mode::kCentre: break;
  }
  // Up to ARR, where it turns, and down to 0, where it turns again: both are update events.
  if (falls()) return count;
  return count < arr ? std::uint64_t{arr} - count : (std::uint64_t{max} - count + 1) + arr;
}

std::uint64_t TimCounter::counts_to(std::uint32_t value) const {
  switch (mode) {
    case Mode::kUp:
      if (value > count) return value - count;
      return count <= arr ? std::uint64_t{arr} - count + 1 + value
                          : std::uint64_t{max} - count + 1 + value;
    case Mode::kDown:
      if (value < count) return count - value;
      return std::uint64_t{count} + 1 + (arr - value);
    case Mode::kCentre: break;
  }
  if (falls()) return value < count ? count - value : std::uint64_t{count} + value;
  if (value > count) return value - count;
  const std::uint64_t top = arr;
  return count < arr ? (top - count) + (top - value) : std::uint64_t{max} - count + 1 + value;
}

std::uint64_t TimCounter::period() const {
  return mode == Mode::kCentre ? 2 * std::uint64_t{arr} : std::uint64_t{arr} + 1;
}

void TimCounter::advance(std::uint64_t n) {
  if (n == 0) return;
  const std::uint64_t limit = counts_to_overflow();
  TINYSCOPE_ASSERT(n <= limit);
  if (n == limit) {
    switch (mode) {
      case Mode::kUp: count = 0; return;
      case Mode::kDown: count = arr; return;
      case Mode::kCentre: break;
    }
    down = !falls();
    count = down ? arr : 0;
    return;
  }
  const auto steps = static_cast<std::uint32_t>(n);
  const bool falling = falls();
  if (mode == Mode::kCentre) down = falling;
  count = falling ? count - steps : (count + steps) & max;
}

}  // namespace tinyscope::st
