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
// cycles after its request (address and data phase of AHB-Lite). Together with kFetchRestart this
// yields the measured costs of branches to unaligned wide instructions (C: +1), of branches not
// taken in wide code (J: +1), of three unaligned wide instructions after one of several cycles
// (J, eprint 2025/523: +1), and that unaligned wide code costs nothing otherwise
// (jnk0le/cortexm-AES: 16 functions of 302 to 1744 measured cycles come out within 2).
inline constexpr unsigned kFetchBufferWords = 3;
inline constexpr unsigned kFetchLatency = 2;
// Fetching that rested because the buffer was full begins again this much later if the
// instruction that makes room had to wait in decode: fitted to the two facts just named.
inline constexpr unsigned kFetchRestart = 1;
// Fetches from 0x20000000 on go over the System bus and take a cycle more: a loop of subtract and
// branch takes 4 cycles there and 3 on an instruction bus (modm-io/modm, pull request 642).
inline constexpr unsigned kSystemBusFetchLatency = 3;

// Loads and stores, TRM table 3-1 and 3.3.2.
inline constexpr unsigned kLoad = 2;
inline constexpr unsigned kStoreImmediate = 1;  // also pre- and post-indexed (J)
inline constexpr unsigned kStoreRegister = 2;
inline constexpr unsigned kStoreExclusive = 2;
inline constexpr unsigned kTransferOverhead = 1;  // LDM, STM, LDRD, STRD: 1 + N
inline constexpr unsigned kTransferResume = 1;    // going on behind an interrupt: 1 or 2 in the TRM
inline constexpr unsigned kStoreToLoad = 1;       // a load right after a store (J)
inline constexpr unsigned kAddressHazard = 1;     // address from the result just computed (TRM, J)
inline constexpr unsigned kTableBranchAdd = 1;    // TBB: 2 load + 1 add + 3 refill (TRM 3.3.2)

// A store with an immediate offset directly after a load runs in the load's second cycle (J).
// TRM 3.3.2 gives three cycles for the pair: that counts the store's data phase, which only a
// following load has to wait for (kStoreToLoad), as reading CYCCNT behind the pair does. The 48
// multiplications of mupq/polymul-z2mx-m4 (60 to 3038 cycles) agree with this to 3 cycles.
inline constexpr bool kStoreHidesLoad = true;
// A load that changes its base makes the next load from that base wait, so the two do not pair (J;
// C: so it is in a sequence that begins with such a load). Not so if it came itself directly behind
// another load: its address was formed a cycle early, and the next may use the new base in time, as
// TRM 3.3.2 has it for every load whose address needs no loaded value. J makes no such exception.
// For it speaks P, mq_cm4.s: LDR, LDR and two post-indexed LDR on one base are faster than two
// LDRD, with data in CCM. So do the kernels of STMicroelectronics in MLPerf Tiny v1.2 and v1.3 on
// an STM32L4R5: keyword spotting would take 7 % longer without any wait states than the chip did
// with them. That loads from two memories do not pair makes no difference there (anomaly detection
// of v1.2). That pre-indexed loads behave alike, and stores behind such a load, is an estimate.
inline constexpr bool kLoadBehindLoadFreesBase = true;
// VLDR of one float pairs with other loads as LDR does: estimate (TRM table 7-1 gives 2 alone).
inline constexpr bool kFloatLoadsPair = true;

// Multi-cycle instructions that are no loads or stores.
inline constexpr unsigned kSpecialRegister = 2;  // MRS, MSR, CPS: 1 or 2 in TRM table 3-1; the
                                                 // choice of 2 is an estimate

// Floating point, TRM table 7-1.
inline constexpr unsigned kFloatArithmetic = 1;
inline constexpr unsigned kFloatMultiplyAdd = 3;
inline constexpr unsigned kFloatDivide = 14;  // and square root; integer code overlaps it
// Two floats or one double from or to two core registers. One float takes 1: measured (C), and with
// it the X25519 of Emill/X25519-Cortex-M4 (e85f816), full of such moves, comes within 0.1 % of the
// 476275 measured cycles. TRM table 7-1 has 2 for one float as well.
inline constexpr unsigned kFloatMovePair = 2;
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
// Of an entry the stack is busy for 9 cycles; beside that, if the vector table and the handler are
// on the other bus, reading the vector and fetching take 6, else they follow (Arm knowledge base,
// article 103489845). That each of the two takes half of the 6 is an estimate.
inline constexpr unsigned kEntryStacking = 9;
inline constexpr unsigned kVectorRead = 3;
inline constexpr unsigned kHandlerFetch = 3;
inline constexpr unsigned kLazyStacking = kExceptionEntryFloat - kExceptionEntry;

}  // namespace tinyscope::cortex_m4
