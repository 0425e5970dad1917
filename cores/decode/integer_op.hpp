// What integer instructions compute, for the few places outside the engine that have to follow
// register values: addresses and divide operands of a block that is about to run.
//
// Covers the data processing that address arithmetic is made of. Instructions outside of it (DSP,
// long multiplies, saturation, special registers) have no IntegerOp, and whoever asks has to do
// without their result.
#pragma once

#include <cstdint>
#include <optional>
#include <span>

#include "cores/decode/insn.hpp"

namespace tinyscope {

enum class IntegerKind : std::uint8_t {
  kMove,     // operand 2
  kMoveNot,  // its complement
  kMoveTop,  // upper halfword of Rd := immediate (MOVT)
  kAdd,
  kAddCarry,
  kSubtract,
  kSubtractCarry,
  kReverseSubtract,
  kAnd,
  kOr,
  kOrNot,
  kExclusiveOr,
  kBitClear,
  kMultiply,          // Rn * Rm
  kMultiplyAdd,       // Ra + Rn * Rm
  kMultiplySubtract,  // Ra - Rn * Rm
  kUnsignedDivide,
  kSignedDivide,
  kUnsignedExtend,  // low `width` bits of operand 2 (rotated right), added to Rn if there is one
  kSignedExtend,
  kUnsignedExtract,  // `width` bits of Rn from bit `lsb` on
  kSignedExtract,
  kInsert,  // low `width` bits of Rn into Rd at `lsb`; Rn may be absent (BFC)
  kCountLeadingZeros,
  kReverseBits,
  kReverseBytes,       // REV
  kReverseHalves,      // REV16
  kReverseSignedHalf,  // REVSH
};

enum class ShiftKind : std::uint8_t { kLeft, kRight, kArithmetic, kRotate, kRotateExtend };

struct IntegerOp {
  IntegerKind kind = IntegerKind::kMove;
  std::uint8_t destination = kNoRegister;     // none: only the flags count (CMP, TST …)
  std::uint8_t first = kNoRegister;           // Rn
  std::uint8_t second = kNoRegister;          // Rm; none: `immediate`
  std::uint8_t addend = kNoRegister;          // Ra of MLA and MLS
  std::uint8_t shift_register = kNoRegister;  // shift operand 2 by the low byte of this register
  ShiftKind shift = ShiftKind::kLeft;
  std::uint8_t shift_amount = 0;  // 0 to 32
  std::uint8_t lsb = 0;
  std::uint8_t width = 0;
  bool sets_flags = false;
  bool carry_known = false;  // flags of a rotated immediate: carry is its bit 31
  std::uint32_t immediate = 0;

  // Registers it needs; flags as bit RegisterSet::kFlags.
  RegisterSet reads() const;
};

// `code` holds the bytes of `insn`. Nullopt: not covered.
std::optional<IntegerOp> decode_integer(std::span<const std::uint8_t> code, const Insn& insn);

// Does a load of this encoding extend the sign?
bool is_signed_load(std::span<const std::uint8_t> code, const Insn& insn);

// Flags N, Z, C, V in bits 31 to 28, as in APSR.
struct IntegerResult {
  std::uint32_t value;
  std::uint32_t flags;
};

// Registers R0 to R14 as they stand before the instruction.
IntegerResult evaluate(const IntegerOp& op, const std::uint32_t* registers, std::uint32_t flags);

// Does `condition` hold with these flags?
bool holds(Condition condition, std::uint32_t flags);

}  // namespace tinyscope
