// Which stacks a run spent its cycles in, down to instructions.
#pragma once

#include <compare>
#include <cstdint>
#include <string>
#include <vector>

#include "profiler/report.hpp"

namespace tinyscope {

// An instruction, or a function as a whole where no more is known: its address then.
struct PprofPlace {
  Address address = 0;
  bool function = false;
  friend auto operator<=>(const PprofPlace&, const PprofPlace&) = default;
};

struct PprofSample {
  std::vector<PprofPlace> stack;  // innermost first; calls behind it
  std::string beside;             // "[sleep]" on top of the stack; empty: nothing
  std::uint64_t cycles = 0;
  std::uint64_t instructions = 0;
};

// Cycles of all add up to the report's total. In the order of call tree and addresses.
std::vector<PprofSample> pprof_samples(const ProfileReport& report);

}  // namespace tinyscope
