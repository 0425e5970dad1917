// Which two instructions a Cortex-M7 can issue in one cycle, as far as the instructions alone
// decide: units, slots, and what only goes alone. Measured by jnk0le/random; LLVM agrees except
// where said. Operands, banks of memory and the fetch decide the rest (cortex_m7.cpp).
#pragma once

#include <cstdint>

#include "cores/decode/insn.hpp"

namespace tinyscope::cortex_m7 {

// Bits of what an instruction needs.
inline constexpr unsigned kAlone = 1u << 0;      // issues by itself
inline constexpr unsigned kOlderOnly = 1u << 1;  // not as the second of two
inline constexpr unsigned kLoadPort = 1u << 2;
inline constexpr unsigned kStorePort = 1u << 3;
inline constexpr unsigned kMultiplier = 1u << 4;
// The shifter of EX1: inline shifts, moved constants, most bit fields.
inline constexpr unsigned kShifter = 1u << 5;
inline constexpr unsigned kShiftOnly = 1u << 6;  // LSL …, which can use that of EX2 instead
inline constexpr unsigned kBranchUnit = 1u << 7;
inline constexpr unsigned kFloatUnit = 1u << 8;
inline constexpr unsigned kFloatMultiplyAdd = 1u << 9;
inline constexpr unsigned kFloatTransfer = 1u << 10;  // VLDR, VSTR, VMOV of one float
// What a multiply-accumulate keeps from issuing for a while.
inline constexpr unsigned kFloatAdder = 1u << 11;
inline constexpr unsigned kDoubleMultiplyAdd = 1u << 12;

std::uint16_t needs_of(const Insn& insn);

// May the second issue together with the first?
bool may_pair(std::uint16_t older, std::uint16_t younger);

}  // namespace tinyscope::cortex_m7
