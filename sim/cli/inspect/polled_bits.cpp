#include "sim/cli/inspect/polled_bits.hpp"

#include <array>

#include "cores/decode/decoder.hpp"
#include "cores/decode/integer_op.hpp"

namespace tinyscope {
namespace {

constexpr unsigned kMostInsns = 12;

// Bit `n` of the tested value is bit `n - left` of what was loaded.
constexpr std::uint32_t unshifted(std::uint32_t mask, int left) {
  return left >= 0 ? mask >> left : mask << -left;
}

}  // namespace

PolledBits find_polled_bits(const Bus& bus, Address load) {
  Decoder decoder;
  std::uint8_t holder = kNoRegister;  // register with the loaded value, shifted left by `left`
  int left = 0;
  Address at = load;
  for (unsigned i = 0; i < kMostInsns; ++i) {
    std::array<std::uint8_t, 4> code{};
    if (!bus.copy_out(at, code)) return {};
    const Insn insn = decoder.decode(code, at);
    if (i == 0) {
      if (!insn.is_load() || insn.destination == kNoRegister) return {};
      holder = insn.destination;
      at = insn.end();
      continue;
    }
    const auto op = decode_integer(code, insn);
    if (op && op->first == holder) {
      if (op->kind == IntegerKind::kAnd && op->second == kNoRegister) {
        return {unshifted(op->immediate, left), std::nullopt, at};
      }
      if (op->kind == IntegerKind::kAnd && op->shift_amount == 0 && left == 0) {
        return {0, op->second, at};
      }
      if (op->kind == IntegerKind::kUnsignedExtract) {
        const std::uint32_t ones = op->width >= 32 ? 0xFFFFFFFFu : (1u << op->width) - 1;
        return {unshifted(ones << op->lsb, left), std::nullopt, at};
      }
    }
    if (op && op->second == holder && op->kind == IntegerKind::kAnd && op->shift_amount == 0 &&
        left == 0) {
      return {0, op->first, at};
    }
    const bool moved = op && op->kind == IntegerKind::kMove && op->second == holder &&
                       op->shift_register == kNoRegister;
    if (moved && op->shift == ShiftKind::kLeft) {
      left += op->shift_amount;
      // LSLS #n, then BPL or BMI: the sign is bit 31 - n.
      if (op->sets_flags && left > 0) return {unshifted(1u << 31, left), std::nullopt, at};
      holder = op->destination;
    } else if (moved && op->shift == ShiftKind::kRight) {
      left -= op->shift_amount;
      holder = op->destination;
    } else if (holder < 16 && insn.writes.contains(holder)) {
      return {};  // lost
    }
    const bool goes_on = insn.op != Op::kBranch || insn.is_conditional_branch();
    if (!goes_on || insn.is_return || insn.op == Op::kBranchRegister) return {};
    at = insn.end();
  }
  return {};
}

}  // namespace tinyscope
