// When the results of instructions under way in a Cortex-M7 are ready, and how the stage that wants
// one gets at it.
#pragma once

#include <array>
#include <cstdint>

#include "cores/decode/insn.hpp"
#include "cores/memory/memory_timing.hpp"
#include "sim/snapshot.hpp"

namespace tinyscope::cortex_m7 {

// Where a result comes from, as far as that decides who has it when.
enum class Origin : std::uint8_t {
  kOther,
  kReversed,     // REV, RBIT: no bypass back into EX1
  kUpdated,      // base register of a load or store: no bypass into the early ALU
  kLoadedWord,   // no fast bypass into multiplies and into instructions that shift
  kProduct,      // of a multiply: VMOV has it a stage earlier than the late ALU
  kFloat,        // VADD, VMUL …
  kFused,        // VFMA
  kChained,      // VMLA
  kLoadedFloat,  // VLDR
  kMovedFloat,   // VMOV
};

// Who takes a floating-point value.
enum class FloatUse : std::uint8_t { kOperand, kFusedAddend, kChainedAddend, kStore, kToCore };

class Scoreboard {
 public:
  using Time = MemoryTiming::Time;

  void set(RegisterSet registers, Time ready, Origin origin);
  // The earliest cycle of issue for an instruction that takes all of `registers` in the stage that
  // is `stage` cycles after issue. `slow_loads`: word loads cannot be bypassed to it.
  Time core_ready(RegisterSet registers, unsigned stage, bool slow_loads) const;
  // Of a core register that VMOV moves.
  Time move_ready(RegisterSet registers) const;
  // Of all operands into the early ALU.
  Time early_ready(RegisterSet registers) const;
  Time float_ready(RegisterSet registers, FloatUse use) const;

  // All times by `offset` later, without those that matter to nothing issued from `now` on.
  Scoreboard normalised(Time now, Time offset) const;
  void snapshot(StateArchive& archive) { archive(ready_, origin_); }

 private:
  static constexpr std::size_t kRegisters = 50;

  std::array<Time, kRegisters> ready_{};
  std::array<Origin, kRegisters> origin_{};
};

}  // namespace tinyscope::cortex_m7
