// Encodings of integer operations: Arm DDI 0403E, A5.2 and A5.3.
#include <bit>

#include "cores/decode/integer_op.hpp"
#include "cores/decode/thumb.hpp"

namespace tinyscope {
namespace {

using thumb::bit;
using thumb::bits;
using thumb::kPc;

std::uint8_t reg(std::uint32_t number) { return static_cast<std::uint8_t>(number); }

// DecodeImmShift (A7.4.2): an amount of 0 means 32 or a rotation through carry.
void immediate_shift(IntegerOp& op, std::uint32_t type, std::uint32_t amount) {
  op.shift = static_cast<ShiftKind>(type);
  op.shift_amount = static_cast<std::uint8_t>(amount);
  if (amount != 0) return;
  if (op.shift == ShiftKind::kRight || op.shift == ShiftKind::kArithmetic) op.shift_amount = 32;
  if (op.shift == ShiftKind::kRotate) op.shift = ShiftKind::kRotateExtend;
}

IntegerOp two_registers(IntegerKind kind, std::uint32_t destination, std::uint32_t first,
                        std::uint32_t second) {
  IntegerOp op;
  op.kind = kind;
  op.destination = reg(destination);
  op.first = reg(first);
  op.second = reg(second);
  return op;
}

IntegerOp with_immediate(IntegerKind kind, std::uint32_t destination, std::uint32_t first,
                         std::uint32_t immediate) {
  IntegerOp op;
  op.kind = kind;
  op.destination = reg(destination);
  op.first = reg(first);
  op.immediate = immediate;
  return op;
}

IntegerOp unary(IntegerKind kind, std::uint32_t destination, std::uint32_t source) {
  IntegerOp op;
  op.kind = kind;
  op.destination = reg(destination);
  op.second = reg(source);
  return op;
}

std::optional<IntegerOp> narrow_shift_add_move(std::uint32_t half) {
  const std::uint32_t opcode = bits(half, 13, 11);
  const std::uint32_t low = bits(half, 2, 0), middle = bits(half, 5, 3);
  if (opcode < 3) {
    IntegerOp op = unary(IntegerKind::kMove, low, middle);
    immediate_shift(op, opcode, bits(half, 10, 6));
    return op;
  }
  if (opcode == 3) {
    const auto kind = bit(half, 9) ? IntegerKind::kSubtract : IntegerKind::kAdd;
    const std::uint32_t operand = bits(half, 8, 6);
    return bit(half, 10) ? with_immediate(kind, low, middle, operand)
                         : two_registers(kind, low, middle, operand);
  }
  const std::uint32_t target = bits(half, 10, 8), immediate = bits(half, 7, 0);
  switch (opcode) {
    case 4: return with_immediate(IntegerKind::kMove, target, kNoRegister, immediate);
    case 5: return with_immediate(IntegerKind::kSubtract, kNoRegister, target, immediate);
    case 6: return with_immediate(IntegerKind::kAdd, target, target, immediate);
    default: return with_immediate(IntegerKind::kSubtract, target, target, immediate);
  }
}

std::optional<IntegerOp> narrow_data_processing(std::uint32_t half) {
  const std::uint32_t d = bits(half, 2, 0), m = bits(half, 5, 3);
  const auto shift = [&](ShiftKind kind) {
    IntegerOp op = unary(IntegerKind::kMove, d, d);
    op.shift = kind;
    op.shift_register = reg(m);
    return op;
  };
  switch (bits(half, 9, 6)) {
    case 0: return two_registers(IntegerKind::kAnd, d, d, m);
    case 1: return two_registers(IntegerKind::kExclusiveOr, d, d, m);
    case 2: return shift(ShiftKind::kLeft);
    case 3: return shift(ShiftKind::kRight);
    case 4: return shift(ShiftKind::kArithmetic);
    case 5: return two_registers(IntegerKind::kAddCarry, d, d, m);
    case 6: return two_registers(IntegerKind::kSubtractCarry, d, d, m);
    case 7: return shift(ShiftKind::kRotate);
    case 8: return two_registers(IntegerKind::kAnd, kNoRegister, d, m);
    case 9: return with_immediate(IntegerKind::kReverseSubtract, d, m, 0);
    case 10: return two_registers(IntegerKind::kSubtract, kNoRegister, d, m);
    case 11: return two_registers(IntegerKind::kAdd, kNoRegister, d, m);
    case 12: return two_registers(IntegerKind::kOr, d, d, m);
    case 13: return two_registers(IntegerKind::kMultiply, d, d, m);
    case 14: return two_registers(IntegerKind::kBitClear, d, d, m);
    default: return unary(IntegerKind::kMoveNot, d, m);
  }
}

std::optional<IntegerOp> narrow_high_register(std::uint32_t half) {
  const std::uint32_t m = bits(half, 6, 3);
  const std::uint32_t d = bits(half, 2, 0) | bits(half, 7, 7) << 3;
  if (m == kPc || d == kPc) return std::nullopt;
  switch (bits(half, 9, 8)) {
    case 0: return two_registers(IntegerKind::kAdd, d, d, m);
    case 1: return two_registers(IntegerKind::kSubtract, kNoRegister, d, m);
    case 2: return unary(IntegerKind::kMove, d, m);
    default: return std::nullopt;
  }
}

std::optional<IntegerOp> narrow_miscellaneous(std::uint32_t half) {
  const std::uint32_t d = bits(half, 2, 0), m = bits(half, 5, 3);
  switch (bits(half, 11, 8)) {
    case 0x0:
      return with_immediate(bit(half, 7) ? IntegerKind::kSubtract : IntegerKind::kAdd, thumb::kSp,
                            thumb::kSp, bits(half, 6, 0) * 4);
    case 0x2: {
      IntegerOp op =
          unary(bit(half, 7) ? IntegerKind::kUnsignedExtend : IntegerKind::kSignedExtend, d, m);
      op.width = bit(half, 6) ? 8 : 16;
      return op;
    }
    case 0xA: {
      constexpr IntegerKind kKinds[] = {IntegerKind::kReverseBytes, IntegerKind::kReverseHalves,
                                        IntegerKind::kMove, IntegerKind::kReverseSignedHalf};
      return unary(kKinds[bits(half, 7, 6)], d, m);
    }
    default: return std::nullopt;
  }
}

std::optional<IntegerOp> narrow(std::uint32_t half, const Insn& insn) {
  switch (bits(half, 15, 12)) {
    case 0x0:
    case 0x1:
    case 0x2:
    case 0x3: return narrow_shift_add_move(half);
    case 0x4: return bit(half, 10) ? narrow_high_register(half) : narrow_data_processing(half);
    case 0xA: {
      const std::uint32_t d = bits(half, 10, 8), offset = bits(half, 7, 0) * 4;
      if (bit(half, 11)) return with_immediate(IntegerKind::kAdd, d, thumb::kSp, offset);
      return with_immediate(IntegerKind::kMove, d, kNoRegister,
                            ((insn.address + 4) & ~3u) + offset);
    }
    case 0xB: return narrow_miscellaneous(half);
    default: return std::nullopt;
  }
}

// ThumbExpandImm_C (A5.3.2).
void modified_immediate_operand(IntegerOp& op, std::uint32_t word) {
  const std::uint32_t selector = bits(word, 26, 26) << 3 | bits(word, 14, 12);
  const std::uint32_t low = bits(word, 7, 0);
  switch (selector) {
    case 0: op.immediate = low; return;
    case 1: op.immediate = low << 16 | low; return;
    case 2: op.immediate = low << 24 | low << 8; return;
    case 3: op.immediate = low * 0x01010101u; return;
    default:
      op.immediate = std::rotr(low | 0x80u, static_cast<int>(selector << 1 | bits(word, 7, 7)));
      op.carry_known = true;
  }
}

// Data processing with opcode, Rn, Rd and S in their common places.
std::optional<IntegerOp> common_data_processing(std::uint32_t word) {
  enum : std::uint32_t {
    kAnd = 0,
    kBic = 1,
    kOrr = 2,
    kOrn = 3,
    kEor = 4,
    kAdd = 8,
    kAdc = 10,
    kSbc = 11,
    kSub = 13,
    kRsb = 14
  };
  const std::uint32_t n = bits(word, 19, 16), d = bits(word, 11, 8);
  IntegerOp op;
  op.first = reg(n);
  op.destination = d == kPc ? kNoRegister : reg(d);
  switch (bits(word, 24, 21)) {
    case kAnd: op.kind = IntegerKind::kAnd; break;
    case kBic: op.kind = IntegerKind::kBitClear; break;
    case kOrr: op.kind = n == kPc ? IntegerKind::kMove : IntegerKind::kOr; break;
    case kOrn: op.kind = n == kPc ? IntegerKind::kMoveNot : IntegerKind::kOrNot; break;
    case kEor: op.kind = IntegerKind::kExclusiveOr; break;
    case kAdd: op.kind = IntegerKind::kAdd; break;
    case kAdc: op.kind = IntegerKind::kAddCarry; break;
    case kSbc: op.kind = IntegerKind::kSubtractCarry; break;
    case kSub: op.kind = IntegerKind::kSubtract; break;
    case kRsb: op.kind = IntegerKind::kReverseSubtract; break;
    default: return std::nullopt;
  }
  if (n == kPc) op.first = kNoRegister;
  return op;
}

std::optional<IntegerOp> plain_immediate(std::uint32_t word, const Insn& insn) {
  const std::uint32_t n = bits(word, 19, 16), d = bits(word, 11, 8);
  const std::uint32_t imm12 = bits(word, 26, 26) << 11 | bits(word, 14, 12) << 8 | bits(word, 7, 0);
  const std::uint32_t lsb = bits(word, 14, 12) << 2 | bits(word, 7, 6);
  IntegerOp op;
  op.destination = reg(d);
  op.first = n == kPc ? kNoRegister : reg(n);
  op.lsb = static_cast<std::uint8_t>(lsb);
  switch (bits(word, 24, 20)) {
    case 0x00:
    case 0x0A: {
      const bool subtract = bits(word, 24, 20) == 0x0A;
      if (n == kPc) {
        const Address base = (insn.address + 4) & ~3u;
        return with_immediate(IntegerKind::kMove, d, kNoRegister,
                              subtract ? base - imm12 : base + imm12);
      }
      op.kind = subtract ? IntegerKind::kSubtract : IntegerKind::kAdd;
      op.immediate = imm12;
      return op;
    }
    case 0x04: return with_immediate(IntegerKind::kMove, d, kNoRegister, n << 12 | imm12);
    case 0x0C: return with_immediate(IntegerKind::kMoveTop, d, kNoRegister, n << 12 | imm12);
    case 0x14:
    case 0x1C:
      op.kind =
          bits(word, 24, 20) == 0x14 ? IntegerKind::kSignedExtract : IntegerKind::kUnsignedExtract;
      op.width = static_cast<std::uint8_t>(bits(word, 4, 0) + 1);
      return lsb + op.width <= 32 ? std::optional(op) : std::nullopt;
    case 0x16: {
      const std::uint32_t msb = bits(word, 4, 0);
      if (msb < lsb) return std::nullopt;
      op.kind = IntegerKind::kInsert;
      op.width = static_cast<std::uint8_t>(msb - lsb + 1);
      return op;
    }
    default: return std::nullopt;
  }
}

std::optional<IntegerOp> register_operands(std::uint32_t word) {
  const std::uint32_t n = bits(word, 19, 16), d = bits(word, 11, 8), m = bits(word, 3, 0);
  if (!bit(word, 23)) {
    if (bits(word, 7, 4) == 0) {
      IntegerOp op = unary(IntegerKind::kMove, d, n);
      op.shift = static_cast<ShiftKind>(bits(word, 22, 21));
      op.shift_register = reg(m);
      return op;
    }
    const std::uint32_t opcode = bits(word, 22, 20);
    if (!bit(word, 7) || opcode == 2 || opcode == 3 || opcode > 5) return std::nullopt;
    const bool is_unsigned = (opcode & 1u) != 0;
    IntegerOp op =
        unary(is_unsigned ? IntegerKind::kUnsignedExtend : IntegerKind::kSignedExtend, d, m);
    op.width = opcode < 2 ? 16 : 8;
    op.shift = ShiftKind::kRotate;
    op.shift_amount = static_cast<std::uint8_t>(bits(word, 5, 4) * 8);
    if (n != kPc) op.first = reg(n);
    return op;
  }
  if (bit(word, 22) || bit(word, 6) || !bit(word, 7)) return std::nullopt;
  const std::uint32_t group = bits(word, 21, 20), opcode = bits(word, 5, 4);
  if (group == 1) {
    constexpr IntegerKind kKinds[] = {IntegerKind::kReverseBytes, IntegerKind::kReverseHalves,
                                      IntegerKind::kReverseBits, IntegerKind::kReverseSignedHalf};
    return unary(kKinds[opcode], d, m);
  }
  if (group == 3 && opcode == 0) return unary(IntegerKind::kCountLeadingZeros, d, m);
  return std::nullopt;
}

std::optional<IntegerOp> wide_multiply(std::uint32_t word) {
  const std::uint32_t n = bits(word, 19, 16), a = bits(word, 15, 12), d = bits(word, 11, 8),
                      m = bits(word, 3, 0), opcode = bits(word, 22, 20), variant = bits(word, 7, 4);
  if (!bit(word, 23)) {
    if (opcode != 0 || variant > 1) return std::nullopt;
    if (a == kPc && variant == 1) return std::nullopt;  // UNPREDICTABLE
    if (a == kPc) return two_registers(IntegerKind::kMultiply, d, n, m);
    IntegerOp op = two_registers(
        variant == 0 ? IntegerKind::kMultiplyAdd : IntegerKind::kMultiplySubtract, d, n, m);
    op.addend = reg(a);
    return op;
  }
  if ((opcode == 1 || opcode == 3) && variant == 15) {
    return two_registers(opcode == 1 ? IntegerKind::kSignedDivide : IntegerKind::kUnsignedDivide, d,
                         n, m);
  }
  return std::nullopt;
}

std::optional<IntegerOp> wide(std::uint32_t word, const Insn& insn) {
  if (bits(word, 31, 24) == 0xFB) return wide_multiply(word);
  if (bits(word, 31, 24) == 0xFA) return register_operands(word);
  if (bits(word, 31, 27) == 0x1E && !bit(word, 15)) {
    if (bit(word, 25)) return plain_immediate(word, insn);
    auto op = common_data_processing(word);
    if (op) modified_immediate_operand(*op, word);
    return op;
  }
  if (bits(word, 31, 25) == 0x75) {
    auto op = common_data_processing(word);
    if (op) {
      op->second = reg(bits(word, 3, 0));
      immediate_shift(*op, bits(word, 5, 4), bits(word, 14, 12) << 2 | bits(word, 7, 6));
    }
    return op;
  }
  return std::nullopt;
}

}  // namespace

RegisterSet IntegerOp::reads() const {
  RegisterSet set;
  for (const std::uint8_t which : {first, second, addend, shift_register}) {
    if (which != kNoRegister) set.add(which);
  }
  const bool changes_part = kind == IntegerKind::kMoveTop || kind == IntegerKind::kInsert;
  if (changes_part) set.add(destination);
  const bool carry = kind == IntegerKind::kAddCarry || kind == IntegerKind::kSubtractCarry ||
                     shift == ShiftKind::kRotateExtend;
  if (carry) set.add(RegisterSet::kFlags);
  return set;
}

std::optional<IntegerOp> decode_integer(std::span<const std::uint8_t> code, const Insn& insn) {
  if (insn.op != Op::kAlu && insn.op != Op::kMultiply && insn.op != Op::kDivide &&
      insn.op != Op::kDsp) {
    return std::nullopt;
  }
  const auto half = [&](std::size_t at) {
    return static_cast<std::uint32_t>(code[at] | code[at + 1] << 8);
  };
  if (code.size() < insn.size) return std::nullopt;
  auto op = insn.size == 2 ? narrow(half(0), insn) : wide(half(0) << 16 | half(2), insn);
  if (op) op->sets_flags = insn.sets_flags;
  return op;
}

bool is_signed_load(std::span<const std::uint8_t> code, const Insn& insn) {
  if (insn.op != Op::kLoad || insn.access_bytes == 4) return false;
  const auto first = static_cast<std::uint32_t>(code[0] | code[1] << 8);
  if (insn.size == 4) return bit(first, 8);  // 1111 100S …
  const std::uint32_t opcode = bits(first, 11, 9);
  return bits(first, 15, 12) == 5 && (opcode == 3 || opcode == 7);
}

}  // namespace tinyscope
