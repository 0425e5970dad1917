// Derived from instruction counts of the fastest inner loops we know, each instruction taken as one
// cycle, which is the Cortex-M4's best case (Cortex-M4 TRM, 100166_0001, table 3-1: SMLAD, SXTB16
// and pipelined LDRs 1 cycle each; table 7-1: VMUL.F32 and VADD.F32 1 cycle each, VMLA and VFMA 3).
// Loop counters, branches, requantisation and the gathering of input are left out: it is a bound,
// not a forecast.
#include "profiler/roof.hpp"

#include <fmt/format.h>

#include "sim/description/core_type.hpp"

namespace tinyscope {

namespace {

// Two rows of weights by two columns of input, four deep: CMSIS-NN 7, Source/ConvolutionFunctions/
// arm_nn_mat_mult_kernel_s8_s16.c. Input was widened to int16 before, weights are here.
struct IntegerBlock {
  static constexpr int kMacs = 2 * 2 * 4;
  static constexpr int kSmlad = kMacs / 2;  // two products each
  static constexpr int kInputLoads = 4;     // a word holds two int16
  static constexpr int kWeightLoads = 2;    // a word holds four int8
  static constexpr int kWidening = 4;       // SXTB16, the rotation included, makes two int16
  static constexpr int kInstructions = kSmlad + kInputLoads + kWeightLoads + kWidening;
};

// Four by four accumulators and eight operands take 24 of the 32 registers of the FPU.
struct FloatBlock {
  static constexpr int kMacs = 4 * 4;
  static constexpr int kArithmetic = 2 * kMacs;  // VMUL and VADD are faster than VFMA
  static constexpr int kLoads = 4 + 4;
  static constexpr int kInstructions = kArithmetic + kLoads;
};

// The Cortex-M7 issues two instructions in a cycle, but only one multiply (jnk0le, "Cortex-M7
// pipeline"; LLVM, ARMScheduleM7.td), so the rest of the integer block goes beside its SMLADs. A
// VFMA pairs with no load, VLDR in pairs with one another.
Roof dual_issue_roof(Arithmetic arithmetic) {
  Roof roof;
  if (arithmetic == Arithmetic::kInteger) {
    using Block = IntegerBlock;
    constexpr int kCycles = (Block::kInstructions + 1) / 2;
    roof.macs_per_cycle = static_cast<double>(Block::kMacs) / kCycles;
    roof.text = fmt::format(
        "int8: {} MACs in {} instructions, two a cycle, the inner loop of CMSIS-NN's "
        "arm_nn_mat_mult_kernel_s8_s16 without loop overhead ({} SMLAD, {} LDR, {} SXTB16); the "
        "instruction set alone allows 2 MACs a cycle (one SMLAD)",
        Block::kMacs, Block::kInstructions, Block::kSmlad, Block::kInputLoads + Block::kWeightLoads,
        Block::kWidening);
    return roof;
  }
  using Block = FloatBlock;
  constexpr int kCycles = Block::kMacs + Block::kLoads / 2;
  roof.macs_per_cycle = static_cast<double>(Block::kMacs) / kCycles;
  roof.text = fmt::format(
      "float32: {} MACs in {} cycles, a 4 x 4 block in registers (VFMA, one a cycle; {} loads, two "
      "a cycle beside no VFMA); the instruction set alone allows 1 MAC a cycle",
      Block::kMacs, kCycles, Block::kLoads);
  return roof;
}

}  // namespace

std::optional<Roof> attainable_roof(std::string_view core, Arithmetic arithmetic) {
  const CoreType* const type = find_core_type(core);
  const bool has_fpu = type != nullptr;
  if (!has_fpu && core != "cortex-m4") return std::nullopt;
  if (has_fpu && type->family == CoreFamily::kCortexM7) return dual_issue_roof(arithmetic);
  Roof roof;
  if (arithmetic == Arithmetic::kInteger) {
    using Block = IntegerBlock;
    roof.macs_per_cycle = static_cast<double>(Block::kMacs) / Block::kInstructions;
    roof.text = fmt::format(
        "int8: {} MACs in {} instructions of one cycle each, the inner loop of CMSIS-NN's "
        "arm_nn_mat_mult_kernel_s8_s16 without loop overhead ({} SMLAD, {} LDR, {} SXTB16); the "
        "instruction set alone allows 2 MACs a cycle (SMLAD)",
        Block::kMacs, Block::kInstructions, Block::kSmlad, Block::kInputLoads + Block::kWeightLoads,
        Block::kWidening);
    return roof;
  }
  if (!has_fpu) return std::nullopt;
  using Block = FloatBlock;
  roof.macs_per_cycle = static_cast<double>(Block::kMacs) / Block::kInstructions;
  roof.text = fmt::format(
      "float32: {} MACs in {} instructions of one cycle each, a 4 x 4 block in registers (VMUL and "
      "VADD for each MAC, {} loads); the instruction set alone allows 0.5 MACs a cycle",
      Block::kMacs, Block::kInstructions, Block::kLoads);
  return roof;
}

}  // namespace tinyscope
