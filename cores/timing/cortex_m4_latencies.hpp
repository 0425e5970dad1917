// Every number of the Cortex-M4 timing model, with its source.
//
// TRM  Arm DDI 0439D, Cortex-M4 r0p1 Technical Reference Manual
// J    jnk0le/random, "pipeline cycle test", cortex_m3m4.md, measured on an STM32F407
// C    compendium.i-0.nl, measured on a Cortex-M4 with DWT counters
// K    Arm knowledge base, article 103488664
// P    pornin/c-fn-dsa, comments on Cortex-M4 timing
#pragma once

#include <bit>
#include <cstdint>

namespace tinyscope::cortex_m4 {

// Fetch: aligned words, three of them at most held or on their way (K). The word is there two
// cycles after its request (address and data phase of AHB-Lite); a word's place is free in the
// cycle after its last halfword went to decode. These four facts alone yield the measured costs of
// branches to unaligned wide instructions (C: +1), of runs of unaligned wide instructions (C: +1
// from the third on) and of branches not taken in wide code (J: +1).
inline constexpr unsigned kFetchBufferWords = 3;
inline constexpr unsigned kFetchLatency = 2;
// Fetches from 0x20000000 on go over the System bus, which registers them: one cycle more.
// TRM 2.3 names the bus; the cycle is an estimate (P: such code is fetched more slowly).
inline constexpr unsigned kSystemBusFetchLatency = 3;

// Loads and stores, TRM table 3-1 and 3.3.2.
inline constexpr unsigned kLoad = 2;
inline constexpr unsigned kStoreImmediate = 1;  // also pre- and post-indexed (J)
inline constexpr unsigned kStoreRegister = 2;
inline constexpr unsigned kStoreExclusive = 2;
inline constexpr unsigned kTransferOverhead = 1;  // LDM, STM, LDRD, STRD: 1 + N
inline constexpr unsigned kStoreToLoad = 1;       // a load right after a store (J)
inline constexpr unsigned kAddressHazard = 1;     // address from the result just computed (TRM, J)
inline constexpr unsigned kTableBranchAdd = 1;    // TBB: 2 load + 1 add + 3 refill (TRM 3.3.2)

// A store with an immediate offset directly after a load runs in the load's second cycle. J
// measured it; TRM 3.3.2 gives three cycles for the pair, which is what J sees as well when a load
// follows the store.
inline constexpr bool kStoreHidesLoad = true;
// VLDR of one float pairs with other loads as LDR does: estimate (TRM table 7-1 gives 2 alone).
inline constexpr bool kFloatLoadsPair = true;

// Multi-cycle instructions that are no loads or stores.
inline constexpr unsigned kSpecialRegister = 2;  // MRS, MSR, CPS: 1 or 2 in TRM table 3-1; the
                                                 // choice of 2 is an estimate

// Floating point, TRM table 7-1.
inline constexpr unsigned kFloatArithmetic = 1;
inline constexpr unsigned kFloatMultiplyAdd = 3;
inline constexpr unsigned kFloatDivide = 14;   // and square root; integer code overlaps it
inline constexpr unsigned kFloatCoreMove = 2;  // one float, or two floats or one double
inline constexpr unsigned kFloatResultHazard = 1;

// Divide. TRM: 2 to 12, ending early. C: 2 if an operand is zero, 3 if the dividend has fewer
// significant bits than the divisor, otherwise by the difference of their bits. Base and slope are
// an estimate that ends at the manual's 12 for 32 quotient bits: four bits of quotient a cycle.
inline constexpr unsigned kDivideByOrOfZero = 2;
inline constexpr unsigned kDivideNoQuotient = 3;
inline constexpr unsigned kDivideBase = 5;
inline constexpr unsigned kDivideBitsPerCycle = 4;

constexpr unsigned divide_cycles(std::uint32_t dividend, std::uint32_t divisor, bool is_signed) {
  const auto significant_bits = [is_signed](std::uint32_t value) {
    const bool negative = is_signed && (value >> 31) != 0;
    return static_cast<unsigned>(std::bit_width(negative ? 0u - value : value));
  };
  if (dividend == 0 || divisor == 0) return kDivideByOrOfZero;
  const unsigned a = significant_bits(dividend);
  const unsigned b = significant_bits(divisor);
  return a < b ? kDivideNoQuotient : kDivideBase + (a - b) / kDivideBitsPerCycle;
}

// Exceptions, TRM 3.9, zero wait states. The FP context is 17 words: 29 - 12.
inline constexpr unsigned kExceptionEntry = 12;
inline constexpr unsigned kExceptionEntryFloat = 29;
inline constexpr unsigned kExceptionReturn = 10;
inline constexpr unsigned kExceptionReturnFloat = 27;
inline constexpr unsigned kTailChain = 6;
inline constexpr unsigned kLazyStacking = kExceptionEntryFloat - kExceptionEntry;

}  // namespace tinyscope::cortex_m4
