// Floating-point and other coprocessor encodings: Arm DDI 0403E, A5.3.18 and A6.4 to A6.7; FPv5
// (VSEL, VMAXNM, VRINT, directed VCVT, double precision) as in the Cortex-M7.
#include "cores/decode/thumb.hpp"

namespace tinyscope::thumb {
namespace {

constexpr unsigned kFloats = 32;
constexpr unsigned kDoubles = 16;

// A register operand: four bits of the encoding and one that is the lowest (single) or highest
// (double) of its number.
struct FloatOperand {
  unsigned number;
  bool doubles;
  bool exists() const { return !doubles || number < kDoubles; }
};

FloatOperand operand(std::uint32_t word, unsigned field, unsigned extra, bool doubles) {
  const unsigned four = bits(word, field + 3, field);
  const unsigned one = bits(word, extra, extra);
  return {doubles ? one << 4 | four : four << 1 | one, doubles};
}
FloatOperand operand_d(std::uint32_t word, bool doubles) { return operand(word, 12, 22, doubles); }
FloatOperand operand_n(std::uint32_t word, bool doubles) { return operand(word, 16, 7, doubles); }
FloatOperand operand_m(std::uint32_t word, bool doubles) { return operand(word, 0, 5, doubles); }

bool read(Encoding& insn, FloatOperand reg) {
  if (reg.exists()) insn.read_float(reg.number, reg.doubles);
  return reg.exists();
}

bool write(Encoding& insn, FloatOperand reg) {
  if (reg.exists()) insn.write_float(reg.number, reg.doubles);
  return reg.exists();
}

void unary(Encoding& insn, Op op, FloatOperand to, FloatOperand from) {
  insn.op = op;
  if (!read(insn, from) || !write(insn, to)) insn.undefine();
}

void ternary(Encoding& insn, Op op, std::uint32_t word, bool doubles) {
  insn.op = op;
  const FloatOperand destination = operand_d(word, doubles);
  const bool exist = write(insn, destination) && read(insn, operand_n(word, doubles)) &&
                     read(insn, operand_m(word, doubles));
  if (!exist) {
    insn.undefine();
  } else if (op == Op::kFpMultiplyAdd) {
    insn.read_float(destination.number, doubles);
    Encoding::add_float(insn.accumulator, destination.number, doubles);
  }
}

void compare(Encoding& insn, std::uint32_t word, bool doubles, bool with_zero) {
  insn.op = Op::kFpArithmetic;
  const bool exist =
      read(insn, operand_d(word, doubles)) && (with_zero || read(insn, operand_m(word, doubles)));
  insn.form = Form::kFloatCompare;
  insn.writes.add(RegisterSet::kFpscr);
  if (!exist) insn.undefine();
}

void move_immediate(Encoding& insn, std::uint32_t word, bool doubles) {
  if (bits(word, 7, 4) != 0) return;
  insn.op = Op::kFpArithmetic;
  insn.form = Form::kFloatConstant;
  if (!write(insn, operand_d(word, doubles))) insn.undefine();
}

// Operations with one source (opc1 = 1x11, opc3 = x1).
void other_operation(Encoding& insn, std::uint32_t word, bool doubles) {
  const bool top = bit(word, 7);
  const FloatOperand d = operand_d(word, doubles);
  const FloatOperand m = operand_m(word, doubles);
  constexpr Op kArithmetic = Op::kFpArithmetic;
  switch (bits(word, 19, 16)) {
    case 0x0: unary(insn, top ? kArithmetic : Op::kFpMove, d, m); break;        // VMOV, VABS
    case 0x1: unary(insn, top ? Op::kFpSquareRoot : kArithmetic, d, m); break;  // VNEG, VSQRT
    case 0x2: unary(insn, kArithmetic, d, operand_m(word, false)); break;       // from half
    case 0x3: unary(insn, kArithmetic, operand_d(word, false), m); break;       // to half
    case 0x4: compare(insn, word, doubles, false); break;
    case 0x5: compare(insn, word, doubles, true); break;
    case 0x6: unary(insn, kArithmetic, d, m); break;  // VRINTR, Z
    case 0x7:                                         // VRINTX, VCVT
      unary(insn, kArithmetic, top ? operand_d(word, !doubles) : d, m);
      insn.fp_double = insn.fp_double || top;
      break;
    case 0x8: unary(insn, kArithmetic, d, operand_m(word, false)); break;  // from integer
    case 0xA:
    case 0xB:
    case 0xE:
    case 0xF: unary(insn, kArithmetic, d, d); break;  // fixed point
    case 0xC:
    case 0xD: unary(insn, kArithmetic, operand_d(word, false), m); break;  // to integer
    default: break;
  }
}

void data_processing(Encoding& insn, std::uint32_t word, bool doubles) {
  const bool variant = bit(word, 6);
  switch (bits(word, 23, 23) << 2 | bits(word, 21, 20)) {
    case 5:
    case 6:
      insn.form = Form::kFloatFused;
      ternary(insn, Op::kFpMultiplyAdd, word, doubles);
      break;
    case 0:
    case 1: ternary(insn, Op::kFpMultiplyAdd, word, doubles); break;
    case 2:
    case 3:
      insn.form = bit(word, 20) ? Form::kFloatAdd : Form::kFloatMultiply;
      ternary(insn, Op::kFpArithmetic, word, doubles);
      break;
    case 4:
      if (!variant) ternary(insn, Op::kFpDivide, word, doubles);
      break;
    default:
      if (variant) {
        other_operation(insn, word, doubles);
      } else {
        move_immediate(insn, word, doubles);
      }
      break;
  }
}

// FPv5 additions, whose first halfword begins with 0xFE.
void data_processing_v5(Encoding& insn, std::uint32_t word, bool doubles) {
  const bool variant = bit(word, 6);
  if (!bit(word, 23)) {
    if (variant) return;
    ternary(insn, Op::kFpArithmetic, word, doubles);
    insn.form = Form::kFloatSelect;
    insn.read_flags();
  } else if (bits(word, 21, 20) == 0) {
    ternary(insn, Op::kFpArithmetic, word, doubles);  // VMAXNM, VMINNM
  } else if (bits(word, 21, 18) == 14 && variant && !bit(word, 7)) {
    unary(insn, Op::kFpArithmetic, operand_d(word, doubles), operand_m(word, doubles));  // VRINT
  } else if (bits(word, 21, 18) == 15 && variant) {
    unary(insn, Op::kFpArithmetic, operand_d(word, false), operand_m(word, doubles));  // VCVT
  }
}

void transfer_one(Encoding& insn, std::uint32_t word, bool doubles) {
  const std::uint32_t opcode = bits(word, 23, 21);
  const unsigned core = bits(word, 15, 12);
  const bool to_core = bit(word, 20);
  if (!doubles && opcode == 7) {
    constexpr std::uint32_t kFpscrNumber = 1;
    if (bits(word, 19, 16) != kFpscrNumber) return;
    if (!to_core) {
      insn.op = Op::kFpWriteStatus;
      insn.read(core);
      insn.writes.add(RegisterSet::kFpscr);
      return;
    }
    insn.op = Op::kFpReadStatus;
    insn.reads.add(RegisterSet::kFpscr);
    if (core == kPc) {
      insn.set_flags();  // APSR_nzcv
    } else {
      insn.write(core);
    }
    return;
  }
  FloatOperand reg = operand_n(word, doubles);
  if (doubles) {
    const bool one_word = opcode <= 1 && bits(word, 6, 5) == 0;
    if (!one_word || !reg.exists()) return;
    reg = {2 * reg.number + (opcode & 1u), false};
    insn.fp_double = true;
  } else if (opcode != 0) {
    return;
  }
  insn.op = Op::kFpMove;
  if (to_core) {
    read(insn, reg);
    insn.write(core);
  } else {
    insn.read(core);
    write(insn, reg);
  }
}

void transfer_two(Encoding& insn, std::uint32_t word, bool doubles) {
  if (bits(word, 7, 6) != 0 || !bit(word, 4)) return;
  const FloatOperand first = operand_m(word, doubles);
  if (!first.exists() || (!doubles && first.number + 1 >= kFloats)) return;
  insn.op = Op::kFpMoveDouble;
  const unsigned low = doubles ? 2 * first.number : first.number;
  const bool to_core = bit(word, 20);
  for (unsigned i = 0; i < 2; ++i) {
    const unsigned core = i == 0 ? bits(word, 15, 12) : bits(word, 19, 16);
    if (to_core) {
      insn.read_float(low + i, false);
      insn.write(core);
    } else {
      insn.read(core);
      insn.write_float(low + i, false);
    }
  }
}

void move_floats(Encoding& insn, unsigned first, unsigned count, bool load) {
  insn.access_bytes = 4;
  insn.access_count = static_cast<std::uint8_t>(count);
  for (unsigned i = first; i < first + count; ++i) {
    if (load) {
      insn.write_float(i, false);
    } else {
      insn.read_float(i, false);
      insn.store_data.add(RegisterSet::kFirstFloat + i);
    }
  }
}

void load_store(Encoding& insn, std::uint32_t word, bool doubles) {
  const bool before = bit(word, 24);
  const bool up = bit(word, 23);
  const bool write_back = bit(word, 21);
  const bool load = bit(word, 20);
  const unsigned base = bits(word, 19, 16);
  const unsigned words = bits(word, 7, 0);
  const FloatOperand d = operand_d(word, doubles);
  if (!d.exists()) return;
  const unsigned first = doubles ? 2 * d.number : d.number;
  if (before && !write_back) {
    insn.op = load ? Op::kFpLoad : Op::kFpStore;
    insn.address_mode = base == kPc ? AddressMode::kLiteral : AddressMode::kImmediate;
    insn.displacement = static_cast<std::int32_t>(words * 4) * (up ? 1 : -1);
    insn.address_base(base);
    move_floats(insn, first, doubles ? 2 : 1, load);
    return;
  }
  const bool mode_defined = before != up && (up || write_back);
  // FLDMX and FSTMX have an odd count and move one register less than it says.
  const unsigned count = doubles ? words & ~1u : words;
  if (!mode_defined || count == 0 || first + count > kFloats) return;
  insn.op = load ? Op::kFpLoadMultiple : Op::kFpStoreMultiple;
  insn.address_mode = AddressMode::kMultiple;
  insn.address_base(base);
  if (before) insn.displacement = -static_cast<std::int32_t>(words * 4);
  move_floats(insn, first, count, load);
  if (write_back) insn.update_base();
}

}  // namespace

void decode_coprocessor(Encoding& insn, std::uint32_t word) {
  const std::uint32_t coprocessor = bits(word, 11, 8);
  const bool version_5 = bit(word, 28);
  if (bits(word, 25, 24) == 3) return;  // Advanced SIMD: not in this profile
  if (coprocessor != 10 && coprocessor != 11) {
    insn.op = Op::kCoprocessor;
    return;
  }
  insn.is_fp = true;
  const bool doubles = coprocessor == 11;
  if (bits(word, 25, 24) == 2) {
    if (!bit(word, 4)) {
      insn.fp_double = doubles;
      if (version_5) {
        data_processing_v5(insn, word, doubles);
      } else {
        data_processing(insn, word, doubles);
      }
    } else if (!version_5) {
      transfer_one(insn, word, doubles);
    }
  } else if (version_5) {
    return;
  } else if (bits(word, 24, 21) == 2) {
    transfer_two(insn, word, doubles);
  } else if (bits(word, 24, 21) != 0) {
    load_store(insn, word, doubles);
  }
}

}  // namespace tinyscope::thumb
