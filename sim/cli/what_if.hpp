// A chip set up in another way than its firmware does it, in what costs time and current only: the
// firmware computes the same and reads back from registers what it wrote.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "cores/memory/memory_system.hpp"
#include "sim/ports.hpp"
#include "sim/run_notes.hpp"

namespace tinyscope {

struct WhatIf {
  // Settings of the way from flash to the core, whatever firmware writes.
  std::optional<bool> instruction_cache = std::nullopt;
  std::optional<bool> data_cache = std::nullopt;
  std::optional<bool> prefetch = std::nullopt;
  std::optional<unsigned> wait_states = std::nullopt;
  std::vector<MovedRange> moved{};
  // The CPU and the buses behind it have this clock, from reset on, at the fastest clock that
  // firmware has set so far; at slower ones in proportion. Peripherals with clocks of their own
  // keep theirs.
  std::optional<std::uint64_t> cpu_hz = std::nullopt;
  // Unit of PowerTracker -> the state that it is taken to be in.
  std::map<std::string, std::string, std::less<>> power_states{};
  std::vector<Assumption> assumptions{};  // for the report

  FlashReadPort::Settings changed(FlashReadPort::Settings settings,
                                  const FlashReadPort& port) const {
    const FlashReadPort::Settings before = settings;
    if (instruction_cache) settings.instruction_cache = *instruction_cache;
    if (data_cache) settings.data_cache = *data_cache;
    if (prefetch) settings.prefetch = *prefetch;
    if (settings != before && port.wait_states_with) {
      settings.wait_states = port.wait_states_with(settings);
    }
    if (wait_states) settings.wait_states = *wait_states;
    return settings;
  }
};

}  // namespace tinyscope
