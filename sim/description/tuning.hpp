// What firmware can choose on a chip that costs cycles or current, and the registers to choose it
// with: the section [tuning] of a SoC description. The simulator does not run on this; advice does.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "sim/description/toml.hpp"

namespace tinyscope {

struct TuningDescription {
  // How to switch each on: "NVMC.ICACHECNF.CACHEEN = 1"; empty: the chip has none, or no switch.
  std::string instruction_cache;
  std::string data_cache;
  std::string prefetch;
  std::string wait_states;           // where they are set; empty: they cannot be
  std::string clock;                 // how to reach the highest clock; empty: there is one clock
  std::uint64_t highest_cpu_hz = 0;  // 0: not given
  // Memory from which code runs without waits, and why that is so.
  std::string code_memory;
  std::string code_memory_source;

  // Wait states that flash needs while `unit` is in one of `states`: n up to highest_hz[n], and
  // the last at any clock beyond.
  struct WaitStates {
    std::string unit;
    std::vector<std::string> states;
    std::vector<std::uint64_t> highest_hz;
    std::string source;
  };
  std::vector<WaitStates> needed_wait_states;

  // A clock at which the chip may run, with what belongs to it.
  struct OperatingPoint {
    std::string name;
    std::uint64_t hz = 0;
    unsigned wait_states = 0;
    std::string unit;  // of PowerTracker, and its state then; empty: none
    std::string state;
    std::string source;
  };
  std::vector<OperatingPoint> operating_points;

  // A regulator that wastes less than another, where the board has the parts it needs.
  struct Regulator {
    std::string unit;
    std::string wasteful;  // state
    std::string better;    // state
    std::string needs;     // what the board must have fitted
    std::string fix;
    std::string source;
  };
  std::vector<Regulator> regulators;
};

// Throws InputError with file:line: key.
TuningDescription read_tuning(TomlTable table);

}  // namespace tinyscope
