// Data Watchpoint and Trace unit: the cycle counter and the five 8-bit profiling counters.
// Arm DDI 0403E, C1.8; Cortex-M4 TRM (DDI 0439D), chapter 9. Comparators keep what is written and
// match nothing.
#pragma once

#include <cstdint>
#include <functional>

#include "cores/cortex_m/system_registers.hpp"
#include "sim/bus.hpp"
#include "sim/listener.hpp"
#include "sim/register_file.hpp"

namespace tinyscope {

// Running totals of the core since power-on.
struct CoreCounts {
  StallCycles cycles;
  std::uint64_t instructions = 0;
  std::uint64_t transfer_cycles = 0;  // the part of kMultiCycle that loads and stores took
};

class Dwt final : public BusTarget {
 public:
  // `counts` reports the totals now; `pc` the address of the running instruction.
  // `counts_in_sleep`: whether CYCCNT goes on while the core sleeps, which depends on the chip.
  // `has_lock`: takes no writes before it has been unlocked through LAR.
  Dwt(const SystemRegisters& state, RunNotes& notes, std::function<CoreCounts()> counts,
      std::function<Address()> pc, bool counts_in_sleep, bool has_lock);

  std::uint32_t read(const BusAccess& access) override;
  void write(const BusAccess& access, std::uint32_t value) override;
  // Calls `action` with the address of each instruction that reads CYCCNT.
  void on_cycle_read(std::function<void(Address)> action) { cycle_read_ = std::move(action); }
  void reset();
  // DEMCR changed: TRCENA gates all counters.
  void configuration_changed();
  void snapshot(StateArchive& archive);

 private:
  // A counter of `bits` bits that follows a running total while it is switched on.
  struct Counter {
    std::uint64_t base = 0;  // total at which the counter would have been 0
    std::uint32_t held = 0;  // value while it is off
    bool on = false;
  };
  enum Which : unsigned { kCycle, kCpi, kException, kSleep, kLoadStore, kFold, kCounterCount };

  std::uint64_t total(Which which) const;
  std::uint32_t value(Which which) const;
  void set_value(Which which, std::uint32_t value);
  void switch_counters();

  const SystemRegisters& state_;
  std::function<CoreCounts()> counts_;
  std::function<Address()> pc_;
  std::function<void(Address)> cycle_read_;
  bool counts_in_sleep_;
  bool has_lock_;
  bool locked_;
  RegisterFile registers_;
  std::uint32_t control_ = 0;
  Counter counters_[kCounterCount];
};

}  // namespace tinyscope
