// Every number of the Cortex-M7 timing model, with its source. Arm publishes no cycle table.
//
// J    jnk0le/random, "pipeline cycle test", cortex_m7.md (3dfc2abd), measured on an STM32H743
// L    LLVM, ARMScheduleM7.td (6a555331), written by engineers of Arm
// G    GCC, cortex-m7.md
// TRM  Arm DDI 0489, Cortex-M7 Technical Reference Manual
//
// Stages (L): an instruction issued in cycle t is in EX1 in t (addresses, first shifter, early
// ALU), in EX2 in t + 1 (fast load data, late ALU), in EX3 in t + 2 (slow load data, accumulation)
// and in EX4 in t + 3 (store data). A result is ready from a cycle on; a stage takes it in that
// cycle.
#pragma once

#include <algorithm>
#include <bit>
#include <cstdint>

namespace tinyscope::cortex_m7 {

// In which stage an operand is taken, counted from EX1.
inline constexpr unsigned kEx1 = 0, kEx2 = 1, kEx3 = 2, kEx4 = 3;

// When results are ready, counted from the cycle of issue.
inline constexpr unsigned kEarlyResult = 1;    // early ALU, REV, address write-back (J, L)
inline constexpr unsigned kLateResult = 2;     // late ALU: next cycle's late ALU has it (J, L)
inline constexpr unsigned kSlowResult = 3;     // multiplies, saturation, USAD8 (J, L: latency 2)
inline constexpr unsigned kWordLoad = 2;       // J: load-use 1 into the late ALU
inline constexpr unsigned kByteLoad = 3;       // J: one more for bytes and halfwords
inline constexpr unsigned kSpecialResult = 4;  // MRS (L: latency 3)
inline constexpr unsigned kFloatToCore = 2;    // J: VMOV r, s: 1 into the late ALU
inline constexpr unsigned kFloatResult = 3;    // J, L: VADD, VMUL, VCVT
inline constexpr unsigned kFusedResult = 5;    // J: VFMA to a factor
inline constexpr unsigned kChainedResult = 6;  // J: VMLA to a factor
inline constexpr unsigned kFloatLoad = 1;      // J: VLDR
inline constexpr unsigned kFloatMove = 3;      // J: VMOV s, r and s, s

// Issue cycles.
inline constexpr unsigned kTableBranch = 2;     // L: TBB, TBH
inline constexpr unsigned kUnalignedOlder = 3;  // J: what an unaligned load adds, by slot
inline constexpr unsigned kUnalignedYounger = 4;
inline constexpr unsigned kStoreAlignment = 1;    // J: STM of an even count, not 8-byte aligned
inline constexpr unsigned kFloatDivide = 16;      // J, L
inline constexpr unsigned kFloatSquareRoot = 14;  // J (L: 16)

// Double precision, issue cycles. J found them to depend on the operands; these are for normal
// numbers with different exponents, the usual case.
inline constexpr unsigned kDoubleAdd = 2;  // 1 with equal exponents, 3 with zero
inline constexpr unsigned kDoubleMultiply = 5;
inline constexpr unsigned kDoubleDivide = 30;      // J, L
inline constexpr unsigned kDoubleSquareRoot = 30;  // L
inline constexpr unsigned kDoubleFused = 8, kDoubleFusedChained = 7;
inline constexpr unsigned kDoubleChained = 9, kDoubleChainedChained = 7;

// After a floating-point multiply-accumulate, for so many cycles: no addition, no constant, no
// multiple or doubleword transfer; VLDR, VSTR and VMOV not as the younger instruction (J).
inline constexpr unsigned kAfterMultiplyAdd = 3;
inline constexpr unsigned kFusedAfterChained = 1;  // VFMA not in the cycle behind VMLA (J)

// Branches. J: a mispredicted one costs 8, or 6 if the flags were set 3 cycles before it. That a
// direct branch without condition costs 6 where the predictor does not know it is an estimate: it
// can be resolved as early as one whose flags are known.
inline constexpr unsigned kMispredict = 8;
inline constexpr unsigned kMispredictEarly = 6;
inline constexpr unsigned kInstructionBarrier = 8;  // estimate: refills like a mispredicted branch

// Branch target cache. The TRM names a BTAC without its size; 64 entries are an estimate.
inline constexpr unsigned kPredictorSets = 16, kPredictorWays = 4;

// Fetch: 8 aligned bytes a cycle into a queue of four (TRM); a predicted branch does not interrupt
// it. How long a fetch takes cancels out against the penalties above unless the memory waits.
inline constexpr unsigned kFetchBytes = 8;
inline constexpr unsigned kFetchLatency = 2;  // estimate
inline constexpr unsigned kFetchAhead = 6;    // cycles: four requests and their latency

// Divide: ends early (leakage papers; no table is published). L plans with 7 cycles, G with 4. An
// estimate of that shape: a zero operand 3, no quotient 4, then 2 bits of quotient a cycle up to
// the 12 cycles that Arm gives for its other cores of this profile.
inline constexpr unsigned kDivideByOrOfZero = 3;
inline constexpr unsigned kDivideNoQuotient = 4;
inline constexpr unsigned kDivideBase = 5;
inline constexpr unsigned kDivideBitsPerCycle = 4;
inline constexpr unsigned kDivideLongest = 12;

constexpr unsigned divide_cycles(std::uint32_t dividend, std::uint32_t divisor, bool is_signed) {
  const auto significant_bits = [is_signed](std::uint32_t value) {
    const bool negative = is_signed && (value >> 31) != 0;
    return static_cast<unsigned>(std::bit_width(negative ? 0u - value : value));
  };
  if (dividend == 0 || divisor == 0) return kDivideByOrOfZero;
  const unsigned a = significant_bits(dividend);
  const unsigned b = significant_bits(divisor);
  if (a < b) return kDivideNoQuotient;
  return std::min(kDivideLongest, kDivideBase + (a - b) / kDivideBitsPerCycle);
}

// Exceptions. 12 cycles of entry are commonly quoted; Arm publishes no table for this core. The
// rest is an estimate: words move in pairs, and a return and a tail-chain take as long as on the
// Cortex-M4 but for that.
inline constexpr unsigned kExceptionEntry = 12;
inline constexpr unsigned kExceptionReturn = 10;
inline constexpr unsigned kTailChain = 6;
inline constexpr unsigned kBasicWords = 8, kFloatWords = 25, kLazyWords = 17;
constexpr unsigned word_pairs(unsigned words) { return (words + 1) / 2; }

}  // namespace tinyscope::cortex_m7
