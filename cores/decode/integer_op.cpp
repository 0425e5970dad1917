// What integer operations compute: Arm DDI 0403E, A7.7; shifts and additions A2.2.1.
#include "cores/decode/integer_op.hpp"

#include <bit>
#include <limits>

namespace tinyscope {
namespace {

constexpr std::uint32_t kN = 1u << 31, kZ = 1u << 30, kC = 1u << 29, kV = 1u << 28;

struct Shifted {
  std::uint32_t value;
  bool carry;
};

// Shift_C (A2.2.1); amounts up to 255.
Shifted shift(std::uint32_t value, ShiftKind kind, unsigned amount, bool carry) {
  if (kind == ShiftKind::kRotateExtend) {
    return {value >> 1 | (carry ? kN : 0u), (value & 1u) != 0};
  }
  if (amount == 0) return {value, carry};
  switch (kind) {
    case ShiftKind::kLeft:
      if (amount > 32) return {0, false};
      if (amount == 32) return {0, (value & 1u) != 0};
      return {value << amount, (value >> (32 - amount) & 1u) != 0};
    case ShiftKind::kRight:
      if (amount > 32) return {0, false};
      if (amount == 32) return {0, (value >> 31) != 0};
      return {value >> amount, (value >> (amount - 1) & 1u) != 0};
    case ShiftKind::kArithmetic: {
      const auto extended = static_cast<std::int64_t>(static_cast<std::int32_t>(value));
      const unsigned by = amount > 32 ? 32 : amount;
      return {static_cast<std::uint32_t>(extended >> by), (extended >> (by - 1) & 1) != 0};
    }
    default: {
      const std::uint32_t rotated = std::rotr(value, static_cast<int>(amount % 32));
      return {rotated, (rotated >> 31) != 0};
    }
  }
}

struct Sum {
  std::uint32_t value;
  std::uint32_t carry_overflow;
};

// AddWithCarry (A2.2.1).
Sum add(std::uint32_t a, std::uint32_t b, bool carry_in) {
  const std::uint64_t wide_sum = std::uint64_t{a} + b + (carry_in ? 1 : 0);
  const auto value = static_cast<std::uint32_t>(wide_sum);
  const bool overflow = ((a ^ value) & (b ^ value)) >> 31 != 0;
  return {value, (wide_sum >> 32 != 0 ? kC : 0u) | (overflow ? kV : 0u)};
}

std::uint32_t extract(std::uint32_t value, unsigned lsb, unsigned width, bool is_signed) {
  const unsigned above = 32 - lsb - width;
  const std::uint32_t top = value << above;
  if (is_signed) return static_cast<std::uint32_t>(static_cast<std::int32_t>(top) >> (32 - width));
  return top >> (32 - width);
}

std::uint32_t reverse_bits(std::uint32_t value) {
  std::uint32_t result = 0;
  for (unsigned i = 0; i < 32; ++i) result |= (value >> i & 1u) << (31 - i);
  return result;
}

std::uint32_t signed_quotient(std::uint32_t a, std::uint32_t b) {
  const auto dividend = static_cast<std::int32_t>(a);
  const auto divisor = static_cast<std::int32_t>(b);
  if (divisor == 0) return 0;
  if (dividend == std::numeric_limits<std::int32_t>::min() && divisor == -1) return a;
  return static_cast<std::uint32_t>(dividend / divisor);
}

}  // namespace

IntegerResult evaluate(const IntegerOp& op, const std::uint32_t* registers, std::uint32_t flags) {
  const auto value_of = [&](std::uint8_t which) {
    return which == kNoRegister ? 0u : registers[which];
  };
  const bool carry_in = (flags & kC) != 0;
  Shifted operand{op.immediate, op.carry_known ? (op.immediate >> 31) != 0 : carry_in};
  if (op.second != kNoRegister) {
    const unsigned amount =
        op.shift_register != kNoRegister ? registers[op.shift_register] & 0xFFu : op.shift_amount;
    operand = shift(registers[op.second], op.shift, amount, carry_in);
  }
  const std::uint32_t first = value_of(op.first);
  std::uint32_t value = 0;
  // Logical operations: carry of the shifter, V as it was.
  std::uint32_t carry_overflow = (operand.carry ? kC : 0u) | (flags & kV);
  const auto sum = [&](std::uint32_t a, std::uint32_t b, bool carry) {
    const Sum result = add(a, b, carry);
    value = result.value;
    carry_overflow = result.carry_overflow;
  };
  switch (op.kind) {
    case IntegerKind::kMove: value = operand.value; break;
    case IntegerKind::kMoveNot: value = ~operand.value; break;
    case IntegerKind::kMoveTop:
      value = (value_of(op.destination) & 0xFFFFu) | op.immediate << 16;
      break;
    case IntegerKind::kAdd: sum(first, operand.value, false); break;
    case IntegerKind::kAddCarry: sum(first, operand.value, carry_in); break;
    case IntegerKind::kSubtract: sum(first, ~operand.value, true); break;
    case IntegerKind::kSubtractCarry: sum(first, ~operand.value, carry_in); break;
    case IntegerKind::kReverseSubtract: sum(~first, operand.value, true); break;
    case IntegerKind::kAnd: value = first & operand.value; break;
    case IntegerKind::kOr: value = first | operand.value; break;
    case IntegerKind::kOrNot: value = first | ~operand.value; break;
    case IntegerKind::kExclusiveOr: value = first ^ operand.value; break;
    case IntegerKind::kBitClear: value = first & ~operand.value; break;
    case IntegerKind::kMultiply:
      value = first * operand.value;
      carry_overflow = flags & (kC | kV);
      break;
    case IntegerKind::kMultiplyAdd: value = value_of(op.addend) + first * operand.value; break;
    case IntegerKind::kMultiplySubtract: value = value_of(op.addend) - first * operand.value; break;
    case IntegerKind::kUnsignedDivide:
      value = operand.value == 0 ? 0 : first / operand.value;
      break;
    case IntegerKind::kSignedDivide: value = signed_quotient(first, operand.value); break;
    case IntegerKind::kUnsignedExtend:
      value = first + extract(operand.value, 0, op.width, false);
      break;
    case IntegerKind::kSignedExtend:
      value = first + extract(operand.value, 0, op.width, true);
      break;
    case IntegerKind::kUnsignedExtract: value = extract(first, op.lsb, op.width, false); break;
    case IntegerKind::kSignedExtract: value = extract(first, op.lsb, op.width, true); break;
    case IntegerKind::kInsert: {
      const std::uint32_t mask = (0xFFFFFFFFu >> (32 - op.width)) << op.lsb;
      value = (value_of(op.destination) & ~mask) | (first << op.lsb & mask);
      break;
    }
    case IntegerKind::kCountLeadingZeros:
      value = static_cast<std::uint32_t>(std::countl_zero(operand.value));
      break;
    case IntegerKind::kReverseBits: value = reverse_bits(operand.value); break;
    case IntegerKind::kReverseBytes: value = __builtin_bswap32(operand.value); break;
    case IntegerKind::kReverseHalves:
      value = std::rotr(__builtin_bswap32(operand.value), 16);
      break;
    case IntegerKind::kReverseSignedHalf:
      value = extract(std::rotr(__builtin_bswap32(operand.value), 16), 0, 16, true);
      break;
  }
  if (!op.sets_flags) return {value, flags};
  constexpr std::uint32_t kAll = kN | kZ | kC | kV;
  return {value, (flags & ~kAll) | (value & kN) | (value == 0 ? kZ : 0u) | carry_overflow};
}

bool holds(Condition condition, std::uint32_t flags) {
  const bool n = (flags & kN) != 0, z = (flags & kZ) != 0, c = (flags & kC) != 0,
             v = (flags & kV) != 0;
  switch (condition) {
    case Condition::kEq: return z;
    case Condition::kNe: return !z;
    case Condition::kCs: return c;
    case Condition::kCc: return !c;
    case Condition::kMi: return n;
    case Condition::kPl: return !n;
    case Condition::kVs: return v;
    case Condition::kVc: return !v;
    case Condition::kHi: return c && !z;
    case Condition::kLs: return !c || z;
    case Condition::kGe: return n == v;
    case Condition::kLt: return n != v;
    case Condition::kGt: return !z && n == v;
    case Condition::kLe: return z || n != v;
    case Condition::kAlways: break;
  }
  return true;
}

}  // namespace tinyscope
