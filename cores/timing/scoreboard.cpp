#include "cores/timing/scoreboard.hpp"

#include <algorithm>
#include <bit>

#include "cores/timing/cortex_m7_latencies.hpp"

namespace tinyscope::cortex_m7 {
namespace {

template <class Visit>
void for_each(RegisterSet registers, const Visit& visit) {
  for (std::uint64_t left = registers.bits(); left != 0; left &= left - 1) {
    visit(static_cast<std::size_t>(std::countr_zero(left)));
  }
}

// Cycles by which a use is later (or, below zero, earlier) than that of an operand of VADD or VMUL:
// the table of results and operands in J.
int float_delay(Origin origin, FloatUse use) {
  switch (origin) {
    case Origin::kFloat: {
      constexpr std::array<int, 5> kDelays{0, 0, -1, -2, 0};
      return kDelays[static_cast<std::size_t>(use)];
    }
    case Origin::kFused: {
      constexpr std::array<int, 5> kDelays{0, -2, -3, -2, 0};
      return kDelays[static_cast<std::size_t>(use)];
    }
    case Origin::kChained: {
      constexpr std::array<int, 5> kDelays{0, -3, -3, -2, 0};
      return kDelays[static_cast<std::size_t>(use)];
    }
    case Origin::kLoadedFloat: {
      constexpr std::array<int, 5> kDelays{0, 2, 1, -1, 1};
      return kDelays[static_cast<std::size_t>(use)];
    }
    default: {  // VMOV; its store is an estimate
      constexpr std::array<int, 5> kDelays{0, 0, 0, -2, 0};
      return kDelays[static_cast<std::size_t>(use)];
    }
  }
}

// The latest cycle of issue that an entry can hold back, beyond the cycle in which it is ready.
constexpr unsigned kLatestUse = 2;

}  // namespace

void Scoreboard::set(RegisterSet registers, Time ready, Origin origin) {
  for_each(registers, [&](std::size_t reg) {
    ready_[reg] = ready;
    origin_[reg] = origin;
  });
}

Scoreboard::Time Scoreboard::core_ready(RegisterSet registers, unsigned stage,
                                        bool slow_loads) const {
  Time issue = 0;
  for_each(registers, [&](std::size_t reg) {
    Time ready = ready_[reg];
    if (origin_[reg] == Origin::kReversed && stage == kEx1) ++ready;
    if (origin_[reg] == Origin::kLoadedWord && stage == kEx2 && slow_loads) ++ready;
    if (ready > stage) issue = std::max(issue, ready - stage);
  });
  return issue;
}

Scoreboard::Time Scoreboard::move_ready(RegisterSet registers) const {
  Time issue = 0;
  for_each(registers, [&](std::size_t reg) {
    const unsigned stage = origin_[reg] == Origin::kProduct ? kEx3 : kEx2;
    if (ready_[reg] > stage) issue = std::max(issue, ready_[reg] - stage);
  });
  return issue;
}

Scoreboard::Time Scoreboard::early_ready(RegisterSet registers) const {
  Time issue = 0;
  for_each(registers, [&](std::size_t reg) {
    issue = std::max(issue, ready_[reg] + (origin_[reg] == Origin::kUpdated ? 1 : 0));
  });
  return issue;
}

Scoreboard::Time Scoreboard::float_ready(RegisterSet registers, FloatUse use) const {
  Time issue = 0;
  for_each(registers, [&](std::size_t reg) {
    if (ready_[reg] == 0) return;
    const auto ready = static_cast<std::int64_t>(ready_[reg]) + float_delay(origin_[reg], use);
    issue = std::max(issue, static_cast<Time>(ready));
  });
  return issue;
}

Scoreboard Scoreboard::normalised(Time now, Time offset) const {
  Scoreboard result;
  for (std::size_t reg = 0; reg < kRegisters; ++reg) {
    const bool is_float = reg >= RegisterSet::kFirstFloat && reg < RegisterSet::kFlags;
    Time last = ready_[reg];
    if (origin_[reg] == Origin::kReversed || origin_[reg] == Origin::kUpdated) ++last;
    if (is_float && origin_[reg] == Origin::kLoadedFloat) last += kLatestUse;
    // Whether flags are ready a cycle before a branch decides what it costs.
    if (reg == RegisterSet::kFlags) ++last;
    if (last <= now) continue;
    result.ready_[reg] = ready_[reg] - now + offset;
    result.origin_[reg] = origin_[reg];
  }
  return result;
}

}  // namespace tinyscope::cortex_m7
