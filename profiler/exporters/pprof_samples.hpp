// Which stacks a run spent its cycles in, down to instructions.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "profiler/report.hpp"

namespace tinyscope {

struct PprofSample {
  // Innermost first: addresses of an instruction that ran, of calls, and of functions' first
  // instructions where no more is known.
  std::vector<Address> stack;
  std::string beside;  // "[sleep]" on top of the stack; empty: nothing
  std::uint64_t cycles = 0;
  std::uint64_t instructions = 0;
};

// Cycles of all add up to the report's total. In the order of call tree and addresses.
std::vector<PprofSample> pprof_samples(const ProfileReport& report);

}  // namespace tinyscope
