#include "cores/timing/issue_rules.hpp"

namespace tinyscope::cortex_m7 {
namespace {

unsigned needs_of_alu(const Insn& insn) {
  switch (insn.form) {
    case Form::kShift: return kShiftOnly;
    // Bit fields, extends and the DSP operations are made by one unit, that of the older slot.
    case Form::kReverse:
    case Form::kExtract:
    case Form::kInsert:
    case Form::kPack:
    case Form::kExtendAdd:
    case Form::kSaturate:
    case Form::kSaturatingDouble: return kOlderOnly | kShifter;
    case Form::kExtend:
    case Form::kCountZeros:
    case Form::kSaturatingAdd:
    case Form::kDifferences: return kOlderOnly;
    default: break;
  }
  if (insn.op == Op::kDsp) return kOlderOnly;
  const bool shifts = insn.shifted_operand || insn.shifted_constant || !insn.shifter_reads.empty();
  return shifts ? kShifter : 0u;
}

unsigned needs_of_float(const Insn& insn) {
  const unsigned older = insn.fp_double || insn.form == Form::kFloatSelect ? kOlderOnly : 0u;
  if (insn.op == Op::kFpMultiplyAdd) {
    const unsigned doubles = insn.fp_double ? kDoubleMultiplyAdd : 0u;
    return older | kFloatUnit | kFloatMultiplyAdd | doubles;
  }
  if (insn.op != Op::kFpArithmetic || insn.form == Form::kFloatMultiply) return older | kFloatUnit;
  return older | kFloatUnit | kFloatAdder;
}

unsigned needs(const Insn& insn) {
  switch (insn.op) {
    case Op::kAlu:
    case Op::kDsp: return needs_of_alu(insn);
    case Op::kNop:
    case Op::kIt: return 0;
    case Op::kMultiply: return kMultiplier;
    case Op::kLoad: return kLoadPort | (insn.writes_pc ? kBranchUnit : 0u);
    case Op::kPreload: return kLoadPort;
    case Op::kStore: return kStorePort;
    case Op::kBranch:
    case Op::kBranchLink:
    case Op::kBranchRegister:
    case Op::kBranchLinkRegister:
    case Op::kCompareBranch: return kBranchUnit;
    case Op::kFpArithmetic:
    case Op::kFpMultiplyAdd:
    case Op::kFpDivide:
    case Op::kFpSquareRoot: return needs_of_float(insn);
    case Op::kFpMove: return kFloatTransfer | (insn.fp_double ? kOlderOnly : 0u);
    case Op::kFpLoad:
      return insn.access_count == 1 ? kLoadPort | kFloatTransfer : kAlone | kFloatAdder;
    case Op::kFpStore:
      return insn.access_count == 1 ? kStorePort | kFloatTransfer : kAlone | kFloatAdder;
    case Op::kFpLoadMultiple:
    case Op::kFpStoreMultiple: return kAlone | kFloatAdder;
    default: return kAlone;
  }
}

}  // namespace

std::uint16_t needs_of(const Insn& insn) { return static_cast<std::uint16_t>(needs(insn)); }

bool may_pair(std::uint16_t older, std::uint16_t younger) {
  const unsigned either = older | younger;
  const unsigned both = older & younger;
  constexpr unsigned kOneOfEach = kStorePort | kMultiplier | kShifter | kBranchUnit | kFloatUnit;
  if ((either & kAlone) != 0 || (younger & kOlderOnly) != 0 || (both & kOneOfEach) != 0) {
    return false;
  }
  const bool multiply_and_store = (either & kMultiplier) != 0 && (either & kStorePort) != 0;
  // The other way round they pair.
  const bool shift_then_shifter = (older & kShiftOnly) != 0 && (younger & kShifter) != 0;
  const bool double_and_memory =
      (either & kDoubleMultiplyAdd) != 0 && (either & (kLoadPort | kStorePort)) != 0;
  return !multiply_and_store && !shift_then_shifter && !double_and_memory;
}

}  // namespace tinyscope::cortex_m7
