// 16-bit encodings: Arm DDI 0403E, A5.2.
#include <bit>

#include "cores/decode/thumb.hpp"

namespace tinyscope::thumb {
namespace {

// Narrow data processing sets the flags outside an IT block and leaves them inside.
void set_flags_outside_it(Encoding& insn) {
  if (!insn.in_it) insn.set_flags();
}

void shift_add_subtract_move_compare(Encoding& insn, std::uint32_t half) {
  insn.op = Op::kAlu;
  const std::uint32_t opcode = bits(half, 13, 11);
  if (opcode < 4) {
    insn.write(bits(half, 2, 0));
    insn.read(bits(half, 5, 3));
    // MOVS is LSLS by nothing.
    const bool shifts = opcode < 3 && bits(half, 13, 6) != 0;
    insn.form = shifts ? Form::kShift : Form::kAddMove;
    const bool register_operand = opcode == 3 && !bit(half, 10);
    if (register_operand) insn.read(bits(half, 8, 6));
    set_flags_outside_it(insn);
    return;
  }
  const unsigned reg = bits(half, 10, 8);
  const bool compare = opcode == 5;
  if (opcode != 4) insn.read(reg);
  if (compare) {
    insn.set_flags();
  } else {
    insn.form = Form::kAddMove;
    insn.write(reg);
    set_flags_outside_it(insn);
  }
}

void data_processing(Encoding& insn, std::uint32_t half) {
  enum : std::uint32_t {
    kLsl = 2,
    kLsr = 3,
    kAsr = 4,
    kAdc = 5,
    kSbc = 6,
    kRor = 7,
    kTst = 8,
    kRsb = 9,
    kCmp = 10,
    kCmn = 11,
    kMul = 13,
    kMvn = 15
  };
  const std::uint32_t opcode = bits(half, 9, 6);
  const unsigned first = bits(half, 2, 0);
  insn.op = opcode == kMul ? Op::kMultiply : Op::kAlu;
  const bool shifts = opcode == kLsl || opcode == kLsr || opcode == kAsr || opcode == kRor;
  if (shifts) insn.form = Form::kShift;
  insn.read(bits(half, 5, 3));
  if (opcode != kRsb && opcode != kMvn) insn.read(first);
  if (opcode == kAdc || opcode == kSbc) insn.read_flags();
  if (opcode == kTst || opcode == kCmp || opcode == kCmn) {
    insn.set_flags();
  } else {
    insn.write(first);
    set_flags_outside_it(insn);
  }
}

void high_register(Encoding& insn, std::uint32_t half) {
  const std::uint32_t opcode = bits(half, 9, 8);
  const unsigned source = bits(half, 6, 3);
  const unsigned destination = bits(half, 2, 0) | bits(half, 7, 7) << 3;
  insn.read(source);
  if (opcode == 3) {
    insn.op = bit(half, 7) ? Op::kBranchLinkRegister : Op::kBranchRegister;
    insn.writes.add(kPc);
    if (bit(half, 7)) {
      insn.write(kLr);
      insn.is_call = true;
    } else {
      insn.is_return = source == kLr;
    }
    return;
  }
  insn.op = Op::kAlu;
  if (opcode != 2) insn.read(destination);
  if (opcode == 1) {
    insn.set_flags();
    return;
  }
  insn.write(destination);
  insn.form = Form::kAddMove;
  if (destination == kPc) {
    insn.op = Op::kBranchRegister;
    insn.is_return = opcode == 2 && source == kLr;
  }
}

void load_store(Encoding& insn, unsigned reg, bool load, std::uint8_t size) {
  insn.op = load ? Op::kLoad : Op::kStore;
  insn.access_bytes = size;
  insn.access_count = 1;
  if (load) {
    insn.write(reg);
  } else {
    insn.store(reg);
  }
}

void load_store_register(Encoding& insn, std::uint32_t half) {
  // STR, STRH, STRB, LDRSB, LDR, LDRH, LDRB, LDRSH
  constexpr std::uint8_t kSizes[8] = {4, 2, 1, 1, 4, 2, 1, 2};
  const std::uint32_t opcode = bits(half, 11, 9);
  insn.address_mode = AddressMode::kRegister;
  insn.address_base(bits(half, 5, 3));
  insn.address_index(bits(half, 8, 6), 0);
  load_store(insn, bits(half, 2, 0), opcode >= 3, kSizes[opcode]);
}

void load_store_immediate(Encoding& insn, std::uint32_t half) {
  insn.address_mode = AddressMode::kImmediate;
  const bool load = bit(half, 11);
  if (bits(half, 15, 12) == 9) {
    insn.address_base(kSp);
    insn.displacement = static_cast<std::int32_t>(bits(half, 7, 0) * 4);
    load_store(insn, bits(half, 10, 8), load, 4);
    return;
  }
  const std::uint8_t size = bits(half, 15, 12) == 8 ? 2 : bits(half, 15, 12) == 7 ? 1 : 4;
  insn.address_base(bits(half, 5, 3));
  insn.displacement = static_cast<std::int32_t>(bits(half, 10, 6) * size);
  load_store(insn, bits(half, 2, 0), load, size);
}

void multiple(Encoding& insn, unsigned base, std::uint32_t list, bool load, bool decrement) {
  if (list == 0) return;  // UNPREDICTABLE
  insn.op = load ? Op::kLoadMultiple : Op::kStoreMultiple;
  insn.address_mode = AddressMode::kMultiple;
  insn.access_bytes = 4;
  insn.access_count = static_cast<std::uint8_t>(std::popcount(list));
  insn.address_base(base);
  if (decrement) insn.displacement = -4 * insn.access_count;
  for (unsigned reg = 0; reg < 16; ++reg) {
    if (!bit(list, reg)) continue;
    if (load) {
      insn.write(reg);
    } else {
      insn.store(reg);
    }
  }
  if (!load || !bit(list, base)) insn.update_base();
  insn.is_return = load && base == kSp && bit(list, kPc);
}

void if_then_or_hint(Encoding& insn, std::uint32_t half) {
  if (bits(half, 3, 0) != 0) {
    if (bits(half, 7, 4) == 15) return;
    insn.op = Op::kIt;
    insn.immediate = bits(half, 7, 0);
    insn.read_flags();
    return;
  }
  switch (bits(half, 7, 4)) {
    case 2: insn.op = Op::kWaitForEvent; break;
    case 3: insn.op = Op::kWaitForInterrupt; break;
    case 4: insn.op = Op::kSendEvent; break;
    default: insn.op = Op::kNop; break;  // YIELD, and hints without a meaning
  }
}

void miscellaneous(Encoding& insn, std::uint32_t half) {
  switch (bits(half, 11, 8)) {
    case 0x0:
      insn.op = Op::kAlu;
      insn.form = Form::kAddMove;
      insn.read(kSp);
      insn.write(kSp);
      break;
    case 0x1:
    case 0x3:
    case 0x9:
    case 0xB:
      insn.op = Op::kCompareBranch;
      insn.condition = bit(half, 11) ? Condition::kNe : Condition::kEq;
      insn.read(bits(half, 2, 0));
      insn.branch_to(static_cast<std::int32_t>(bits(half, 9, 9) << 6 | bits(half, 7, 3) << 1));
      break;
    case 0x2:
      insn.op = Op::kAlu;
      insn.form = Form::kExtend;
      insn.read(bits(half, 5, 3));
      insn.write(bits(half, 2, 0));
      break;
    case 0x4:
    case 0x5: multiple(insn, kSp, bits(half, 7, 0) | bits(half, 8, 8) << kLr, false, true); break;
    case 0x6:
      if (bits(half, 7, 5) == 3 && !bit(half, 3)) {
        insn.op = Op::kChangeState;
        insn.immediate = bits(half, 4, 0);
      }
      break;
    case 0xA:
      if (bits(half, 7, 6) == 2) return;
      insn.op = Op::kAlu;
      insn.form = Form::kReverse;
      insn.read_shifted(bits(half, 5, 3));
      insn.write(bits(half, 2, 0));
      break;
    case 0xC:
    case 0xD: multiple(insn, kSp, bits(half, 7, 0) | bits(half, 8, 8) << kPc, true, false); break;
    case 0xE:
      insn.op = Op::kBreakpoint;
      insn.immediate = bits(half, 7, 0);
      break;
    case 0xF: if_then_or_hint(insn, half); break;
    default: break;
  }
}

void conditional_branch_or_call(Encoding& insn, std::uint32_t half) {
  const std::uint32_t condition = bits(half, 11, 8);
  if (condition == 15) {
    insn.op = Op::kSupervisorCall;
    insn.immediate = bits(half, 7, 0);
  } else if (condition != 14) {  // 14 is UDF
    insn.op = Op::kBranch;
    insn.condition = static_cast<Condition>(condition);
    insn.read_flags();
    insn.branch_to(sign_extend(bits(half, 7, 0) << 1, 9));
  }
}

}  // namespace

void decode_narrow(Encoding& insn, std::uint32_t half) {
  switch (bits(half, 15, 12)) {
    case 0x0:
    case 0x1:
    case 0x2:
    case 0x3: shift_add_subtract_move_compare(insn, half); break;
    case 0x4:
      if (bit(half, 11)) {
        insn.address_mode = AddressMode::kLiteral;
        insn.address_base(kPc);
        insn.displacement = static_cast<std::int32_t>(bits(half, 7, 0) * 4);
        load_store(insn, bits(half, 10, 8), true, 4);
      } else if (bit(half, 10)) {
        high_register(insn, half);
      } else {
        data_processing(insn, half);
      }
      break;
    case 0x5: load_store_register(insn, half); break;
    case 0x6:
    case 0x7:
    case 0x8:
    case 0x9: load_store_immediate(insn, half); break;
    case 0xA:
      insn.op = Op::kAlu;
      insn.form = Form::kAddMove;
      insn.read(bit(half, 11) ? kSp : kPc);
      insn.write(bits(half, 10, 8));
      break;
    case 0xB: miscellaneous(insn, half); break;
    case 0xC: multiple(insn, bits(half, 10, 8), bits(half, 7, 0), bit(half, 11), false); break;
    case 0xD: conditional_branch_or_call(insn, half); break;
    default:
      insn.op = Op::kBranch;
      insn.branch_to(sign_extend(bits(half, 10, 0) << 1, 12));
      break;
  }
}

}  // namespace tinyscope::thumb
