// The time base of a timer: prescaler, counter, auto-reload. RM0432, "Time-base unit" and "Counter
// modes". Arithmetic only: the counter is never stepped, distances are computed.
#pragma once

#include <cstdint>
#include <optional>

#include "sim/snapshot.hpp"

namespace tinyscope::st {

struct TimCounter {
  enum class Mode : std::uint8_t { kUp, kDown, kCentre };

  Mode mode = Mode::kUp;
  bool down = false;           // direction of kCentre
  std::uint32_t max = 0xFFFF;  // 16 or 32 bits
  std::uint32_t arr = 0xFFFF;  // in force
  std::uint32_t psc = 0;       // in force: an input tick in psc + 1 counts
  std::uint32_t prescale = 0;  // input ticks since the last count
  std::uint32_t count = 0;

  // Which way the next count goes; firmware may have put the counter on a turning point.
  bool falls() const {
    return mode == Mode::kDown || (mode == Mode::kCentre && (down ? count != 0 : count == arr));
  }
  // RM0432, ARR: the counter is blocked while the auto-reload value is null.
  bool blocked() const { return arr == 0; }
  // Counts until the counter overflows or underflows.
  std::uint64_t counts_to_overflow() const;
  // Counts until the counter next becomes `value`; `value` is at most arr.
  std::uint64_t counts_to(std::uint32_t value) const;
  // Counts between two equal states.
  std::uint64_t period() const;
  // Counts `n` times; at most up to the next overflow, which is included.
  void advance(std::uint64_t n);
  // Input ticks after which `counts` more counts have happened.
  std::uint64_t ticks(std::uint64_t counts) const {
    return counts * (std::uint64_t{psc} + 1) - prescale;
  }
  // Where an update from outside (EGR.UG, a trigger) puts it.
  void restart() {
    count = mode == Mode::kDown ? arr : 0;
    down = false;
    prescale = 0;
  }

  void snapshot(StateArchive& archive) { archive(mode, down, max, arr, psc, prescale, count); }
};

}  // namespace tinyscope::st
