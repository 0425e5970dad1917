// 32-bit data processing, multiply and divide: Arm DDI 0403E, A5.3.1, A5.3.3, A5.3.11 to A5.3.17.
#include "cores/decode/thumb.hpp"

namespace tinyscope::thumb {
namespace {

// Opcodes shared by the forms with a modified immediate and with a shifted register.
enum DataOpcode : std::uint32_t {
  kAnd = 0,
  kBic = 1,
  kOrr = 2,
  kOrn = 3,
  kEor = 4,
  kPkh = 6,
  kAdd = 8,
  kAdc = 10,
  kSbc = 11,
  kSub = 13,
  kRsb = 14,
};

bool has_compare_form(std::uint32_t opcode) {
  return opcode == kAnd || opcode == kEor || opcode == kAdd || opcode == kSub;
}

// First operand, destination and flags; the caller has dealt with the second operand.
void operands(Encoding& insn, std::uint32_t word) {
  const std::uint32_t opcode = bits(word, 24, 21);
  const unsigned first = bits(word, 19, 16);
  const unsigned destination = bits(word, 11, 8);
  const bool sets = bit(word, 20);
  const bool move = (opcode == kOrr || opcode == kOrn) && first == kPc;
  insn.op = Op::kAlu;
  if (!move) insn.read(first);
  if (opcode == kAdc || opcode == kSbc) insn.read_flags();
  const bool compare = sets && destination == kPc && has_compare_form(opcode);
  const bool adds = opcode == kAdd || opcode == kSub;
  if (!compare && (adds || (move && opcode == kOrr))) insn.form = Form::kAddMove;
  if (!compare) insn.write(destination);
  if (sets) insn.set_flags();
}

bool is_opcode(std::uint32_t opcode) {
  return opcode <= kEor || opcode == kAdd || opcode == kAdc || opcode == kSbc || opcode == kSub ||
         opcode == kRsb;
}

void modified_immediate(Encoding& insn, std::uint32_t word) {
  if (!is_opcode(bits(word, 24, 21))) return;
  operands(insn, word);
  // Up to three, the constant is its eight bits or a pattern of them (ThumbExpandImm, A5.3.2).
  const std::uint32_t rotation = bits(word, 26, 26) << 3 | bits(word, 14, 12);
  insn.shifted_constant = rotation > 3;
  if (insn.shifted_constant) insn.form = Form::kOther;
}

void shifted_register(Encoding& insn, std::uint32_t word) {
  const std::uint32_t opcode = bits(word, 24, 21);
  const std::uint32_t amount = bits(word, 14, 12) << 2 | bits(word, 7, 6);
  const std::uint32_t type = bits(word, 5, 4);
  if (opcode == kPkh) {
    if (bit(word, 20) || bit(word, 4)) return;
    insn.op = Op::kDsp;
    insn.form = Form::kPack;
    insn.read(bits(word, 19, 16));
    insn.read_shifted(bits(word, 3, 0));
    insn.write(bits(word, 11, 8));
    insn.shifted_operand = amount != 0 || type != 0;
    if (bit(word, 5)) insn.shifter_reads.add(bits(word, 19, 16));  // PKHTB
    return;
  }
  if (!is_opcode(opcode)) return;
  operands(insn, word);
  insn.read(bits(word, 3, 0));
  // LSL, LSR, ASR and ROR by a constant are the move form: the shift is their operation.
  const bool is_shift = opcode == kOrr && bits(word, 19, 16) == kPc;
  const bool shifts = amount != 0 || type != 0;
  insn.shifted_operand = !is_shift && shifts;
  const bool rrx = type == 3 && amount == 0;
  if (rrx) insn.read_flags();
  if (!shifts) return;
  insn.form = is_shift && !rrx ? Form::kShift : Form::kOther;
  if (!is_shift || rrx) insn.shifter_reads.add(bits(word, 3, 0));
}

void plain_immediate(Encoding& insn, std::uint32_t word) {
  const unsigned source = bits(word, 19, 16);
  const unsigned destination = bits(word, 11, 8);
  const bool no_shift = (bits(word, 14, 12) | bits(word, 7, 6)) == 0;
  insn.op = Op::kAlu;
  switch (bits(word, 24, 20)) {
    case 0x00:
    case 0x0A:  // ADDW, SUBW, ADR
      insn.form = Form::kAddMove;
      insn.read(source);
      break;
    case 0x04: insn.form = Form::kAddMove; break;  // MOVW
    case 0x0C:                                     // MOVT
      insn.form = Form::kAddMove;
      insn.read(destination);
      break;
    case 0x10:
    case 0x12:
    case 0x18:
    case 0x1A:  // SSAT, USAT, SSAT16, USAT16
      insn.form = Form::kSaturate;
      insn.read_shifted(source);
      insn.write_flags();
      if (bit(word, 21) && no_shift) {
        insn.op = Op::kDsp;
      } else {
        insn.shifted_operand = !no_shift;
      }
      break;
    case 0x14:
    case 0x1C:  // SBFX, UBFX
      insn.form = Form::kExtract;
      insn.read_shifted(source);
      break;
    case 0x16:  // BFI, BFC
      insn.form = Form::kInsert;
      insn.read(destination);
      if (source != kPc) insn.read_shifted(source);
      break;
    default: insn.op = Op::kUndefined; return;
  }
  insn.write(destination);
}

void extend(Encoding& insn, std::uint32_t word) {
  const std::uint32_t opcode = bits(word, 22, 20);
  if (opcode > 5) return;
  const unsigned addend = bits(word, 19, 16);
  const bool halves = opcode == 2 || opcode == 3;
  insn.op = halves || addend != kPc ? Op::kDsp : Op::kAlu;
  insn.form = addend != kPc ? Form::kExtendAdd : Form::kExtend;
  if (addend != kPc) {
    insn.read(addend);
    insn.read_shifted(bits(word, 3, 0));
  } else {
    insn.read(bits(word, 3, 0));
  }
  insn.write(bits(word, 11, 8));
}

void parallel_add_subtract(Encoding& insn, std::uint32_t word) {
  const std::uint32_t opcode = bits(word, 22, 20);
  const std::uint32_t prefix = bits(word, 6, 4);
  if (opcode == 3 || opcode == 7 || prefix == 3 || prefix == 7) return;
  insn.op = Op::kDsp;
  insn.read(bits(word, 19, 16));
  insn.read(bits(word, 3, 0));
  insn.write(bits(word, 11, 8));
  if (prefix == 0 || prefix == 4) insn.write_flags();  // GE
  if (prefix == 1 || prefix == 5) insn.form = Form::kSaturatingAdd;
}

void saturating_reverse_select(Encoding& insn, std::uint32_t word) {
  const std::uint32_t group = bits(word, 21, 20);
  const std::uint32_t opcode = bits(word, 5, 4);
  const bool one_operand = group == 1 || group == 3;
  if (group >= 2 && opcode != 0) return;
  insn.op = group == 0 || group == 2 ? Op::kDsp : Op::kAlu;
  if (!one_operand) insn.read(bits(word, 19, 16));
  insn.read(bits(word, 3, 0));
  insn.write(bits(word, 11, 8));
  if (group == 0) insn.write_flags();  // Q
  if (group == 2) insn.read_flags();   // SEL
  if (group == 0) insn.form = bit(word, 4) ? Form::kSaturatingDouble : Form::kSaturatingAdd;
  if (group == 1) insn.form = Form::kReverse;
  if (group == 3) insn.form = Form::kCountZeros;
  if (group == 1 || insn.form == Form::kSaturatingDouble) insn.shifter_reads = insn.reads;
}

void register_operands(Encoding& insn, std::uint32_t word) {
  if (bits(word, 15, 12) != 15) return;
  if (!bit(word, 23)) {
    if (bits(word, 7, 4) == 0) {  // shifts by a register
      insn.op = Op::kAlu;
      insn.form = Form::kShift;
      insn.read(bits(word, 19, 16));
      insn.read(bits(word, 3, 0));
      insn.write(bits(word, 11, 8));
      if (bit(word, 20)) insn.set_flags();
    } else if (bit(word, 7)) {
      extend(insn, word);
    }
  } else if (!bit(word, 7)) {
    parallel_add_subtract(insn, word);
  } else if (!bit(word, 22) && !bit(word, 6)) {
    saturating_reverse_select(insn, word);
  }
}

// One 32-bit result. `Ra` is 15 in the forms without accumulation.
void multiply(Encoding& insn, std::uint32_t word) {
  const std::uint32_t opcode = bits(word, 22, 20);
  const std::uint32_t variant = bits(word, 7, 4);
  constexpr std::uint8_t kVariants[8] = {2, 4, 2, 2, 2, 2, 2, 1};
  if (variant >= kVariants[opcode]) return;
  const unsigned addend = bits(word, 15, 12);
  insn.op = opcode == 7 ? Op::kDsp : Op::kMultiply;
  insn.read(bits(word, 19, 16));
  insn.read(bits(word, 3, 0));
  if (addend != kPc) insn.accumulate(addend);
  if (opcode == 7) insn.form = Form::kDifferences;
  insn.write(bits(word, 11, 8));
  const bool may_set_q = opcode >= 1 && opcode <= 4;  // SMLAxy, SMLAD, SMLAWy, SMLSD
  if (may_set_q) insn.write_flags();
}

void divide(Encoding& insn, std::uint32_t word) {
  insn.op = Op::kDivide;
  insn.dividend = static_cast<std::uint8_t>(bits(word, 19, 16));
  insn.divisor = static_cast<std::uint8_t>(bits(word, 3, 0));
  insn.signed_divide = !bit(word, 21);
  insn.read(insn.dividend);
  insn.read(insn.divisor);
  insn.write(bits(word, 11, 8));
}

void multiply_long_divide(Encoding& insn, std::uint32_t word) {
  const std::uint32_t opcode = bits(word, 22, 20);
  const std::uint32_t variant = bits(word, 7, 4);
  bool accumulates = true;
  switch (opcode) {
    case 0:
    case 2:
      accumulates = false;
      if (variant != 0) return;
      break;  // SMULL, UMULL
    case 1:
    case 3:
      if (variant == 15) divide(insn, word);
      return;
    case 4:
      if (variant != 0 && (variant < 8 || variant > 13)) return;
      break;  // SMLAL and halves
    case 5:
      if (variant != 12 && variant != 13) return;
      break;  // SMLSLD
    case 6:
      if (variant != 0 && variant != 6) return;
      break;  // UMLAL, UMAAL
    default: return;
  }
  insn.op = Op::kMultiply;
  insn.read(bits(word, 19, 16));
  insn.read(bits(word, 3, 0));
  if (accumulates) {
    insn.accumulate(bits(word, 15, 12));
    insn.accumulate(bits(word, 11, 8));
  }
  insn.write(bits(word, 15, 12));
  insn.write(bits(word, 11, 8));
}

}  // namespace

void decode_wide_data(Encoding& insn, std::uint32_t word) {
  switch (bits(word, 28, 27)) {
    case 1: shifted_register(insn, word); break;
    case 2:
      if (bit(word, 25)) {
        plain_immediate(insn, word);
      } else {
        modified_immediate(insn, word);
      }
      break;
    default: register_operands(insn, word); break;
  }
}

void decode_wide_multiply(Encoding& insn, std::uint32_t word) {
  if (bit(word, 23)) {
    multiply_long_divide(insn, word);
  } else {
    multiply(insn, word);
  }
}

}  // namespace tinyscope::thumb
