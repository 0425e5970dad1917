// One decoded Thumb-2 instruction in our own terms: what it reads, writes and does, as far as
// timing, run loop and profiler care. No semantics here: those are the engine's.
#pragma once

#include <bit>
#include <cstdint>

#include "sim/listener.hpp"
#include "sim/types.hpp"

namespace tinyscope {

// Classes of instructions that differ in timing or need the run loop's attention.
enum class Op : std::uint8_t {
  kUndefined,       // does not decode
  kAlu,             // one-cycle data processing, shifts, bit fields, saturation, extends, CLZ, REV
  kNop,             // NOP and hints without effect (YIELD, DBG)
  kMultiply,        // MUL, MLA, MLS, long multiplies and every DSP multiply
  kDsp,             // parallel add/subtract, SEL, USAD8, PKH, SSAT16, SXTB16 …
  kDivide,          // SDIV, UDIV
  kLoad,            // LDR, LDRB, LDRH, LDRSB, LDRSH and their unprivileged forms
  kStore,           // STR, STRB, STRH and their unprivileged forms
  kLoadDouble,      // LDRD
  kStoreDouble,     // STRD
  kLoadMultiple,    // LDM, POP
  kStoreMultiple,   // STM, PUSH
  kLoadExclusive,   // LDREX, LDREXB, LDREXH
  kStoreExclusive,  // STREX, STREXB, STREXH
  kClearExclusive,  // CLREX
  kPreload,         // PLD, PLI: a NOP on this core
  kBranch,          // B, unconditional or conditional
  kBranchLink,      // BL
  kBranchRegister,  // BX, MOV PC, ADD PC
  kBranchLinkRegister,  // BLX register
  kCompareBranch,       // CBZ, CBNZ
  kTableBranch,         // TBB, TBH
  kIt,                  // IT block head
  kBarrier,             // DSB, DMB
  kInstructionBarrier,  // ISB
  kReadSpecial,         // MRS
  kWriteSpecial,        // MSR
  kChangeState,         // CPSIE, CPSID
  kSupervisorCall,      // SVC
  kBreakpoint,          // BKPT
  kWaitForInterrupt,
  kWaitForEvent,
  kSendEvent,
  kFpArithmetic,     // VADD, VSUB, VMUL, VNMUL, VABS, VNEG, VCMP, VCVT, VMOV immediate, VSEL, VRINT
  kFpMultiplyAdd,    // VMLA, VMLS, VFMA, VFMS and negated forms
  kFpDivide,         // VDIV
  kFpSquareRoot,     // VSQRT
  kFpMove,           // VMOV between FP registers, or one core register and one float
  kFpMoveDouble,     // VMOV two core registers and two floats (or one double)
  kFpLoad,           // VLDR
  kFpStore,          // VSTR
  kFpLoadMultiple,   // VLDM, VPOP
  kFpStoreMultiple,  // VSTM, VPUSH
  kFpReadStatus,     // VMRS
  kFpWriteStatus,    // VMSR
  kCoprocessor,      // CDP, MCR, MRC, LDC, STC … to a coprocessor that is not the FPU: NOCP fault
};

// Finer than Op, where the stages of a pipeline treat one class differently.
enum class Form : std::uint8_t {
  kOther,
  kAddMove,           // ADD, SUB, ADR, MOV, MOVW, MOVT without a shift
  kShift,             // LSL, LSR, ASR, ROR and nothing else
  kReverse,           // REV, REV16, REVSH, RBIT
  kExtract,           // SBFX, UBFX
  kInsert,            // BFI, BFC
  kPack,              // PKHBT, PKHTB
  kExtend,            // SXTB, UXTH …
  kExtendAdd,         // SXTAB, UXTAH …
  kSaturate,          // SSAT, USAT, SSAT16, USAT16
  kCountZeros,        // CLZ
  kSaturatingAdd,     // QADD, QSUB, QADD8, UQSUB16 …
  kSaturatingDouble,  // QDADD, QDSUB
  kDifferences,       // USAD8, USADA8
  kFloatAdd,          // VADD, VSUB
  kFloatMultiply,     // VMUL, VNMUL
  kFloatCompare,      // VCMP, VCMPE
  kFloatConstant,     // VMOV immediate
  kFloatSelect,       // VSEL
  kFloatFused,        // VFMA, VFMS, VFNMA, VFNMS
};

enum class Condition : std::uint8_t {
  kEq,
  kNe,
  kCs,
  kCc,
  kMi,
  kPl,
  kVs,
  kVc,
  kHi,
  kLs,
  kGe,
  kLt,
  kGt,
  kLe,
  kAlways
};

enum class AddressMode : std::uint8_t {
  kNone,
  kImmediate,  // [Rn, #imm], also without offset
  kRegister,   // [Rn, Rm, LSL #n]
  kLiteral,    // [PC, #imm]
  kPreIndex,   // [Rn, #imm]!
  kPostIndex,  // [Rn], #imm
  kMultiple,   // LDM, STM, PUSH, POP, VLDM, VSTM
};

// A set of registers: bit 0–15 R0–R15, bits 16–47 S0–S31, bit 48 APSR flags (NZCVQ, GE),
// bit 49 FPSCR.
class RegisterSet {
 public:
  static constexpr unsigned kFirstFloat = 16;
  static constexpr unsigned kFlags = 48;
  static constexpr unsigned kFpscr = 49;

  constexpr RegisterSet() = default;
  constexpr explicit RegisterSet(std::uint64_t bits) : bits_(bits) {}
  constexpr void add(unsigned index) { bits_ |= std::uint64_t{1} << index; }
  constexpr bool contains(unsigned index) const { return (bits_ >> index & 1u) != 0; }
  constexpr bool intersects(RegisterSet other) const { return (bits_ & other.bits_) != 0; }
  constexpr bool empty() const { return bits_ == 0; }
  constexpr std::uint64_t bits() const { return bits_; }
  friend constexpr RegisterSet operator|(RegisterSet a, RegisterSet b) {
    return RegisterSet(a.bits_ | b.bits_);
  }
  friend constexpr bool operator==(RegisterSet, RegisterSet) = default;

 private:
  std::uint64_t bits_ = 0;
};

inline constexpr std::uint8_t kNoRegister = 0xFF;

// Branches to here and above return from an exception (EXC_RETURN, Arm DDI 0403E B1.5.8).
inline constexpr Address kExceptionReturns = 0xF0000000u;

// ITSTATE of the next instruction (ITAdvance(), A7.3.3).
constexpr std::uint8_t advance_it_state(std::uint8_t state) {
  return static_cast<std::uint8_t>((state & 7u) == 0 ? 0 : (state & 0xE0u) | (state << 1 & 0x1Fu));
}
// Instructions that ITSTATE still predicates, 0 to 4: the lowest set bit of its mask is the last.
constexpr unsigned it_block_length(unsigned state) {
  const unsigned mask = state & 0xFu;
  return mask == 0 ? 0u : 4u - static_cast<unsigned>(std::countr_zero(mask));
}

struct Insn {
  Address address = 0;
  std::uint8_t size = 2;  // bytes, 2 or 4
  Op op = Op::kUndefined;
  Form form = Form::kOther;
  Condition condition =
      Condition::kAlways;  // of a conditional branch; IT conditions are in `in_it`
  bool in_it = false;      // predicated by an IT block
  AddressMode address_mode = AddressMode::kNone;
  std::uint8_t base = kNoRegister;   // address base register
  std::uint8_t index = kNoRegister;  // address index register
  std::uint8_t index_shift = 0;
  std::int32_t displacement = 0;  // immediate offset in bytes; of a multiple transfer: from
                                  // the base register to its lowest word
  bool writeback = false;         // changes its base register
  bool unprivileged = false;      // LDRT, STRT and their kin: accesses as if unprivileged
  std::uint8_t access_bytes = 0;  // of one element of a load or store: 1, 2, 4
  std::uint8_t access_count = 0;  // words moved by a multiple or double transfer; 1 for others
  bool writes_pc = false;         // may leave straight-line code
  bool writes_sp = false;
  bool is_fp = false;             // needs the FPU (CPACR, lazy stacking)
  bool is_call = false;           // BL, BLX
  bool is_return = false;         // BX LR, POP {..PC}, LDM with PC, MOV PC, LR, LDR PC,[SP]…
  bool shifted_operand = false;   // data processing with an inline shift
  bool shifted_constant = false;  // a constant of eight bits moved to where they are wanted
  bool sets_flags = false;
  std::uint8_t divisor = kNoRegister;  // of a divide
  std::uint8_t dividend = kNoRegister;
  bool signed_divide = false;              // SDIV
  std::uint8_t destination = kNoRegister;  // first core register written other than PC, if any
  bool fp_double = false;                  // double-precision arithmetic, or half of a double moved
  RegisterSet reads;            // PC only where it is an operand, such as a literal's base
  RegisterSet writes;           // base registers and PC of any branch included
  RegisterSet address_reads;    // registers needed to form the address
  RegisterSet store_data;       // registers whose value is stored
  RegisterSet accumulator;      // addend of a multiply-accumulate
  RegisterSet shifter_reads;    // registers that go through a shifter before they are used
  std::uint32_t immediate = 0;  // of SVC, BKPT; mask of an IT; SYSm of MSR, MRS
  Address target = 0;           // of a direct branch

  constexpr Address end() const { return address + size; }
  // A branch that may be not taken. Others are taken even if their target is end().
  constexpr bool is_conditional_branch() const {
    return op == Op::kCompareBranch || condition != Condition::kAlways;
  }
  constexpr bool is_load() const {
    return op == Op::kLoad || op == Op::kLoadDouble || op == Op::kLoadMultiple ||
           op == Op::kLoadExclusive || op == Op::kFpLoad || op == Op::kFpLoadMultiple ||
           op == Op::kTableBranch;
  }
  // Faults at any other address, whatever CCR.UNALIGN_TRP says (A3.2.1); exclusives apart.
  constexpr bool must_be_word_aligned() const {
    switch (op) {
      case Op::kLoadDouble:
      case Op::kStoreDouble:
      case Op::kLoadMultiple:
      case Op::kStoreMultiple:
      case Op::kFpLoad:
      case Op::kFpStore:
      case Op::kFpLoadMultiple:
      case Op::kFpStoreMultiple: return true;
      default: return false;
    }
  }
  // Any multiplier but that of the FPU is at work.
  constexpr bool is_multiply() const { return op == Op::kMultiply; }
  // The FPU computes.
  constexpr bool is_float_arithmetic() const {
    return op == Op::kFpArithmetic || op == Op::kFpMultiplyAdd || op == Op::kFpDivide ||
           op == Op::kFpSquareRoot;
  }
  // Exists only where the FPU computes in double precision.
  constexpr bool needs_double_unit() const {
    constexpr std::uint64_t kCoreRegisters = 0xFFFF;
    const bool moves_half = op == Op::kFpMove && ((reads | writes).bits() & kCoreRegisters) != 0;
    return fp_double && !moves_half;
  }
  constexpr bool is_store() const {
    return op == Op::kStore || op == Op::kStoreDouble || op == Op::kStoreMultiple ||
           op == Op::kStoreExclusive || op == Op::kFpStore || op == Op::kFpStoreMultiple;
  }
};

}  // namespace tinyscope
