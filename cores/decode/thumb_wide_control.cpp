// 32-bit branches and system instructions, and the choice among all wide groups: Arm DDI 0403E,
// A5.3 and A5.3.4.
#include "cores/decode/thumb.hpp"

namespace tinyscope::thumb {
namespace {

// Special registers by SYSm number (B5.1.1).
constexpr std::uint32_t kLastXpsrView = 3;  // APSR, IAPSR, EAPSR, XPSR hold the flags
constexpr std::uint32_t kMsp = 8;
constexpr std::uint32_t kPsp = 9;
constexpr std::uint32_t kControl = 20;

std::int32_t long_branch_offset(std::uint32_t word) {
  const std::uint32_t sign = bits(word, 26, 26);
  const std::uint32_t i1 = 1u ^ bits(word, 13, 13) ^ sign;
  const std::uint32_t i2 = 1u ^ bits(word, 11, 11) ^ sign;
  return sign_extend(
      sign << 24 | i1 << 23 | i2 << 22 | bits(word, 25, 16) << 12 | bits(word, 10, 0) << 1, 25);
}

void conditional_branch(Encoding& insn, std::uint32_t word) {
  insn.op = Op::kBranch;
  insn.condition = static_cast<Condition>(bits(word, 25, 22));
  insn.read_flags();
  insn.branch_to(sign_extend(bits(word, 26, 26) << 20 | bits(word, 11, 11) << 19 |
                                 bits(word, 13, 13) << 18 | bits(word, 21, 16) << 12 |
                                 bits(word, 10, 0) << 1,
                             21));
}

void hint(Encoding& insn, std::uint32_t word) {
  if (bits(word, 10, 8) != 0) return;  // CPS of the other profiles
  switch (bits(word, 7, 0)) {
    case 2: insn.op = Op::kWaitForEvent; break;
    case 3: insn.op = Op::kWaitForInterrupt; break;
    case 4: insn.op = Op::kSendEvent; break;
    default: insn.op = Op::kNop; break;
  }
}

void barrier(Encoding& insn, std::uint32_t word) {
  switch (bits(word, 7, 4)) {
    case 2: insn.op = Op::kClearExclusive; break;
    case 4:
    case 5: insn.op = Op::kBarrier; break;
    case 6: insn.op = Op::kInstructionBarrier; break;
    default: return;
  }
  insn.immediate = bits(word, 3, 0);
}

void special_register(Encoding& insn, std::uint32_t word) {
  const std::uint32_t number = bits(word, 7, 0);
  insn.immediate = number;
  if (bit(word, 22)) {
    insn.op = Op::kReadSpecial;
    insn.write(bits(word, 11, 8));
    if (number <= kLastXpsrView) insn.read_flags();
    if (number == kMsp || number == kPsp) insn.read(kSp);
    return;
  }
  insn.op = Op::kWriteSpecial;
  insn.read(bits(word, 19, 16));
  if (number <= kLastXpsrView) insn.set_flags();
  // CONTROL.SPSEL changes which stack pointer SP is.
  if (number == kMsp || number == kPsp || number == kControl) insn.writes.add(kSp);
}

void miscellaneous(Encoding& insn, std::uint32_t word) {
  if (bits(word, 25, 23) != 7) {
    conditional_branch(insn, word);
    return;
  }
  switch (bits(word, 26, 20)) {
    case 0x38:
    case 0x39:
    case 0x3E:
    case 0x3F: special_register(insn, word); break;
    case 0x3A: hint(insn, word); break;
    case 0x3B: barrier(insn, word); break;
    default: break;  // UDF.W, SMC, ERET
  }
}

}  // namespace

void decode_wide_control(Encoding& insn, std::uint32_t word) {
  if (!bit(word, 12)) {
    if (!bit(word, 14)) miscellaneous(insn, word);  // else BLX to Arm code, not in this profile
    return;
  }
  insn.branch_to(long_branch_offset(word));
  insn.op = Op::kBranch;
  if (bit(word, 14)) {
    insn.op = Op::kBranchLink;
    insn.is_call = true;
    insn.write(kLr);
  }
}

void decode_wide(Encoding& insn, std::uint32_t word) {
  const std::uint32_t group = bits(word, 28, 27);  // 1, 2 or 3
  if (group == 2) {
    if (bit(word, 15)) {
      decode_wide_control(insn, word);
    } else {
      decode_wide_data(insn, word);
    }
  } else if (bit(word, 26)) {
    decode_coprocessor(insn, word);
  } else if (group == 1) {
    if (bit(word, 25)) {
      decode_wide_data(insn, word);
    } else {
      decode_wide_transfer(insn, word);
    }
  } else if (!bit(word, 25)) {
    decode_wide_memory(insn, word);
  } else if (bit(word, 24)) {
    decode_wide_multiply(insn, word);
  } else {
    decode_wide_data(insn, word);
  }
}

}  // namespace tinyscope::thumb
