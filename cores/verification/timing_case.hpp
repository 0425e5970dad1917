// Timing cases: small programs whose cycles a manual gives or somebody measured on a chip, kept
// assembled so that any installation can run them (tests/timing/README.md has their sources).
#pragma once

#include <cstdint>
#include <filesystem>
#include <string>
#include <string_view>
#include <vector>

#include "sim/listener.hpp"
#include "sim/types.hpp"

namespace tinyscope {

struct TimingCase {
  struct Vector {
    unsigned exception = 0;
    Address handler = 0;
  };

  std::string core = "cortex-m4";  // timing model that it is about
  std::string name;
  std::string title;        // what it shows
  std::uint64_t least = 0;  // cycles expected, both ends included
  std::uint64_t most = 0;
  std::string source;  // of that number
  Address base = 0;    // where the program is placed
  Address entry = 0;   // where it begins, in thread mode with a stack
  Address start = 0;   // first instruction counted
  Address end = 0;     // first one not counted
  std::vector<Vector> vectors;
  std::vector<std::uint8_t> code;
};

struct TimingCaseResult {
  StallCycles cycles;       // from `start` to `end`, by cause
  std::string not_reached;  // why the program did not come to its end; empty if it did

  // Cycles beyond the expected range, negative below it.
  std::int64_t difference(const TimingCase& timing_case) const;
  bool agrees(const TimingCase& timing_case) const {
    return not_reached.empty() && difference(timing_case) == 0;
  }
};

// The cores that there are cases for.
inline constexpr std::string_view kVerifiedCores[] = {"cortex-m4", "cortex-m7"};

// The cases of one core from the first data folder that has them, in their order.
// Throws InputError if there are none or a file is malformed.
std::vector<TimingCase> load_timing_cases(const std::string& core);

// Runs one case on its core with the memories of an STM32F407 without wait states: flash at
// 0x08000000, SRAM1 at 0x20000000, SRAM2 at 0x2001C000, CCM at 0x10000000, all of them apart. To a
// Cortex-M7 they are what tightly coupled memories are.
TimingCaseResult run_timing_case(const TimingCase& timing_case);

}  // namespace tinyscope
