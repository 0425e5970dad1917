// Encodings on which objdump and the decoder differ on purpose. Nothing else may.
#pragma once

#include <array>
#include <bit>
#include <cstdint>
#include <string>

#include "cores/decode/insn.hpp"
#include "tests/cores/decode/arm_tools.hpp"

namespace tinyscope::test {

struct Difference {
  const char* reason;
  bool (*applies)(std::uint32_t word, const Insn& insn, const Disassembled& line);
};

inline bool starts_with(const std::string& text, const char* prefix) {
  return text.rfind(prefix, 0) == 0;
}

inline bool matches(std::uint32_t word, std::uint32_t mask, std::uint32_t value) {
  return (word & mask) == value;
}

inline constexpr std::array kNarrowDifferences = {
    Difference{"MOV R8, R8 was the NOP of older architectures",
               [](std::uint32_t word, const Insn&, const Disassembled&) { return word == 0x46C0; }},
    Difference{"should-be-zero bits of BX and BLX are ignored",
               [](std::uint32_t word, const Insn&, const Disassembled&) {
                 return matches(word, 0xFF00, 0x4700) && (word & 7u) != 0;
               }},
    Difference{"UNPREDICTABLE empty register lists",
               [](std::uint32_t, const Insn& insn, const Disassembled& line) {
                 return insn.op == Op::kUndefined && line.operands.find("{}") != std::string::npos;
               }},
    Difference{"hints without a meaning here are NOPs",
               [](std::uint32_t word, const Insn& insn, const Disassembled&) {
                 return insn.op == Op::kNop && matches(word, 0xFF0F, 0xBF00);
               }},
};

// Bits of an encoding that should be zero or one: the decoder ignores them, objdump insists.
struct ShouldBe {
  std::uint32_t mask, value;  // of the encodings concerned
  std::uint32_t zeros, ones;
};

inline constexpr ShouldBe kShouldBe[] = {
    {0xFE000000, 0xEA000000, 0x00008000, 0},           // shifted register operand
    {0xFB008000, 0xF3000000, 0x04000020, 0},           // saturate, bit field
    {0xFFD00000, 0xFB900000, 0, 0x0000F000},           // SDIV, UDIV
    {0xFF80F080, 0xFA00F080, 0x00000040, 0},           // extends
    {0xFFF000E0, 0xE8D00000, 0x00000F00, 0x0000F000},  // TBB, TBH
    {0xFFF000E0, 0xE8D00040, 0, 0x00000F0F},           // LDREXB, LDREXH
    {0xFFF000E0, 0xE8C00040, 0, 0x00000F00},           // STREXB, STREXH
    {0xFFF00000, 0xE8500000, 0, 0x00000F00},           // LDREX
    {0xFFE0D000, 0xF3E08000, 0x00102000, 0x000F0000},  // MRS
    {0xFFE0D000, 0xF3808000, 0x00102300, 0},           // MSR
    {0xFFF0D000, 0xF3B08000, 0x00002000, 0x000F0F00},  // barriers
    {0xFFF0D0F0, 0xF3B08020, 0, 0x0000000F},           // CLREX
    {0xFFF0D000, 0xF3A08000, 0x00002800, 0x000F0000},  // hints
    {0xFFE00F10, 0xEE000A10, 0x0000006F, 0},           // VMOV, one float
    {0xFF900F70, 0xEE000B10, 0x0000000F, 0},           // VMOV, half of a double
    {0xFFE00F10, 0xEEE00A10, 0x000000EF, 0},           // VMRS, VMSR
    {0xFFBF0E50, 0xEEB50A40, 0x0000002F, 0},           // VCMP with zero
};

inline std::uint32_t with_proper_bits(std::uint32_t word) {
  for (const ShouldBe& rule : kShouldBe) {
    if (matches(word, rule.mask, rule.value)) word = (word & ~rule.zeros) | rule.ones;
  }
  return word;
}

inline bool names_pc(const Disassembled& line) {
  return line.operands.find("pc") != std::string::npos;
}

inline constexpr std::array kWideDifferences = {
    Difference{"a coprocessor that no Cortex-M has; objdump names it after those of old Arms",
               [](std::uint32_t word, const Insn& insn, const Disassembled&) {
                 const std::uint32_t coprocessor = word >> 8 & 15u;
                 return insn.op == Op::kCoprocessor && coprocessor != 10 && coprocessor != 11;
               }},
    Difference{"Advanced SIMD is not in this profile",
               [](std::uint32_t word, const Insn& insn, const Disassembled&) {
                 return insn.op == Op::kUndefined && (matches(word, 0xEF000000, 0xEF000000) ||
                                                      matches(word, 0xFF100000, 0xF9000000));
               }},
    Difference{"FPU encodings that FPv5 with 16 doubles leaves undefined; objdump shows later "
               "extensions, more registers or a bare coprocessor instruction",
               [](std::uint32_t, const Insn& insn, const Disassembled& line) {
                 if (insn.op != Op::kUndefined || !insn.is_fp) return false;
                 const std::string& text = line.operands;
                 bool high_double = text.find("overflow") != std::string::npos;
                 for (int d = 16; d < 32; ++d) {
                   high_double |= text.find(fmt::format("d{}", d)) != std::string::npos;
                 }
                 const bool single_or_double = line.mnemonic.find(".f32") != std::string::npos ||
                                               line.mnemonic.find(".f64") != std::string::npos;
                 const bool later = line.mnemonic.find(".f16") != std::string::npos ||
                                    line.mnemonic.find(".bf16") != std::string::npos;
                 return high_double || later || !single_or_double;
               }},
    Difference{"BLX to Arm code and the other profiles' exception return",
               [](std::uint32_t word, const Insn& insn, const Disassembled&) {
                 return insn.op == Op::kUndefined && matches(word, 0xF800D000, 0xF000C000);
               }},
    Difference{"UNPREDICTABLE register lists",
               [](std::uint32_t word, const Insn& insn, const Disassembled&) {
                 if (insn.op != Op::kUndefined || !matches(word, 0xFE400000, 0xE8000000)) {
                   return false;
                 }
                 const bool load = (word >> 20 & 1u) != 0;
                 return (word & 0x2000u) != 0 || (!load && (word & 0x8000u) != 0) ||
                        (word & 0xFFFFu) == 0 || (word >> 16 & 15u) == 15;
               }},
    Difference{"UNPREDICTABLE use of PC as operand, base, index or destination",
               [](std::uint32_t, const Insn& insn, const Disassembled& line) {
                 const bool memory = starts_with(line.mnemonic, "ld") ||
                                     starts_with(line.mnemonic, "st") || insn.op == Op::kAlu;
                 return names_pc(line) && memory;
               }},
    Difference{
        "forms of addressing that are undefined: objdump says so inside the operand, or does "
        "not look at bits 10 to 6",
        [](std::uint32_t word, const Insn& insn, const Disassembled& line) {
          const bool register_form = matches(word, 0xFE800800, 0xF8000000);
          return insn.op == Op::kUndefined &&
                 (line.operands.find("<undefined>") != std::string::npos ||
                  (register_form && (word & 0x7C0u) != 0));
        }},
    Difference{"Armv8.1-M gives multiplies with PC as operand a meaning",
               [](std::uint32_t, const Insn& insn, const Disassembled& line) {
                 return insn.op == Op::kMultiply && names_pc(line);
               }},
    Difference{"wide CPS belongs to the other profiles",
               [](std::uint32_t word, const Insn& insn, const Disassembled&) {
                 return insn.op == Op::kUndefined && matches(word, 0xFFF0D000, 0xF3A08000);
               }},
    Difference{"hints without a meaning here are NOPs",
               [](std::uint32_t, const Insn& insn, const Disassembled&) {
                 return insn.op == Op::kNop || insn.op == Op::kPreload;
               }},
};

}  // namespace tinyscope::test
