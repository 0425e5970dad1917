// The decoder against GNU objdump: every mnemonic of Armv7E-M and FPv4-SP in its operand forms,
// and a sweep over encodings for sizes, classes and what is undefined.
#include <fmt/format.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <random>

#include "cores/decode/decoder.hpp"
#include "tests/cores/decode/arm_tools.hpp"
#include "tests/cores/decode/instruction_forms.hpp"
#include "tests/cores/decode/known_differences.hpp"
#include "tests/cores/decode/mnemonics.hpp"

namespace tinyscope::test {
namespace {

constexpr std::uint32_t kBase = 0x1000;

std::string describe(const Program& program, const Disassembled& line) {
  std::string bytes;
  for (std::size_t i = 0; i < line.size; i += 2) {
    const std::size_t at = line.address - program.base + i;
    bytes += fmt::format("{:02x}{:02x} ", program.code[at + 1], program.code[at]);
  }
  return fmt::format("{:x}: {}{} {}", line.address, bytes, line.mnemonic, line.operands);
}

Insn decode_line(Decoder& decoder, const Program& program, const Disassembled& line) {
  const std::span<const std::uint8_t> code(program.code);
  return decoder.decode(code.subspan(line.address - program.base), line.address);
}

void add_register(RegisterSet& set, int number) {
  if (number >= 200) {
    set.add(static_cast<unsigned>(RegisterSet::kFirstFloat + 2 * (number - 200)));
    set.add(static_cast<unsigned>(RegisterSet::kFirstFloat + 2 * (number - 200) + 1));
  } else if (number >= 100) {
    set.add(static_cast<unsigned>(RegisterSet::kFirstFloat + number - 100));
  } else if (number >= 0) {
    set.add(static_cast<unsigned>(number));
  }
}

bool contains_all(RegisterSet set, RegisterSet wanted) {
  return (wanted.bits() & ~set.bits()) == 0;
}

// Registers named anywhere in an operand such as "[r1, r2, lsl #2]" or "d5[1]".
RegisterSet registers_in(const std::string& operand) {
  RegisterSet set;
  if (operand[0] == 'd' && operand.back() == ']') {
    const std::size_t bracket = operand.find('[');
    const int half = operand[bracket + 1] - '0';
    add_register(set, 100 + 2 * (register_number(operand.substr(0, bracket)) - 200) + half);
    return set;
  }
  std::string word;
  for (const char c : operand + " ") {
    if (std::isalnum(static_cast<unsigned char>(c)) != 0) {
      word += c;
    } else {
      add_register(set, register_number(word));
      word.clear();
    }
  }
  return set;
}

bool is_compare(const std::string& name) {
  return name == "cmp" || name == "cmn" || name == "tst" || name == "teq" || name == "vcmp" ||
         name == "vcmpe";
}

// How many leading operands an instruction writes.
std::size_t written_operands(const Insn& insn, const std::string& name) {
  static const std::set<std::string> kPairs = {
      "smull",  "umull",   "smlal",   "umlal",   "umaal",   "smlald",  "smlaldx",
      "smlsld", "smlsldx", "smlalbb", "smlalbt", "smlaltb", "smlaltt", "ldrd"};
  if (is_compare(name)) return 0;
  if (kPairs.count(name) != 0) return 2;
  switch (insn.op) {
    case Op::kAlu:
    case Op::kMultiply:
    case Op::kDsp:
    case Op::kDivide:
    case Op::kLoad:
    case Op::kLoadExclusive:
    case Op::kStoreExclusive:
    case Op::kReadSpecial:
    case Op::kFpMove:
    case Op::kFpArithmetic:
    case Op::kFpMultiplyAdd:
    case Op::kFpDivide:
    case Op::kFpSquareRoot:
    case Op::kFpLoad:
    case Op::kBranchRegister: return name == "bx" ? 0 : 1;
    default: return 0;
  }
}

void expect_registers(const Insn& insn, const Disassembled& line, const std::string& name,
                      const std::string& where) {
  const auto args = split_operands(line.operands);
  const std::size_t written = written_operands(insn, name);
  for (std::size_t i = 0; i < args.size(); ++i) {
    const RegisterSet named = registers_in(args[i]);
    if (i < written) {
      EXPECT_TRUE(contains_all(insn.writes, named)) << where << ": writes " << args[i];
    } else if (insn.op != Op::kFpMoveDouble && insn.op != Op::kFpReadStatus) {
      EXPECT_TRUE(contains_all(insn.reads, named)) << where << ": reads " << args[i];
    }
  }
}

void expect_list(const Insn& insn, const std::string& operands, const std::string& where) {
  const RegisterSet list = register_list(operands.substr(operands.find('{') + 1));
  RegisterSet moved = insn.store_data;
  if (insn.is_load()) {
    std::uint64_t writes = insn.writes.bits();
    const bool base_updated = insn.writeback && !list.contains(insn.base);
    if (base_updated) writes &= ~(std::uint64_t{1} << insn.base);
    moved = RegisterSet(writes);
  }
  EXPECT_EQ(moved.bits(), list.bits()) << where << ": register list";
  EXPECT_EQ(insn.access_count, std::popcount(list.bits())) << where << ": words moved";
}

void expect_agreement(const Insn& insn, const Disassembled& line, const std::string& where) {
  const std::string name = line.mnemonic.substr(0, line.mnemonic.find('.'));
  const Expected expected = expected_class(line.mnemonic, line.operands);
  ASSERT_TRUE(expected.known) << where << ": mnemonic missing in this test's table";
  // objdump shows LDR Rt, [SP], #4 and STR Rt, [SP, #-4]! as POP and PUSH.
  const bool single_pop = name == "pop" && insn.op == Op::kLoad && insn.size == 4;
  const bool single_push = name == "push" && insn.op == Op::kStore && insn.size == 4;
  if (single_pop || single_push) return;
  EXPECT_EQ(insn.op, expected.op) << where;
  EXPECT_EQ(insn.size, line.size) << where;
  if (insn.op == Op::kUndefined) return;
  if (expected.condition >= 0) {
    EXPECT_EQ(static_cast<int>(insn.condition), expected.condition) << where;
    EXPECT_TRUE(insn.reads.contains(RegisterSet::kFlags)) << where;
  }
  if (insn.op == Op::kBranch || insn.op == Op::kBranchLink || insn.op == Op::kCompareBranch) {
    const std::string target = split_operands(line.operands).back();
    EXPECT_EQ(insn.target, std::stoul(target, nullptr, 16)) << where << ": target";
  } else if (line.operands.find('{') != std::string::npos && insn.op != Op::kCoprocessor) {
    expect_list(insn, line.operands, where);
  } else if (insn.op != Op::kCoprocessor && insn.op != Op::kPreload) {
    expect_registers(insn, line, name, where);
  }
  const bool sets_flags = is_compare(name) || (insn.op == Op::kAlu && name.back() == 's' &&
                                               name != "mrs" && name != "vrs");
  if (insn.op == Op::kAlu) {
    EXPECT_EQ(insn.sets_flags, sets_flags) << where << ": flags";
  }
  const bool carry_in = name == "adc" || name == "adcs" || name == "sbc" || name == "sbcs" ||
                        name == "rrx" || name == "rrxs" ||
                        line.operands.find("rrx") != std::string::npos;
  if (insn.op == Op::kAlu) {
    EXPECT_EQ(insn.reads.contains(RegisterSet::kFlags), carry_in) << where << ": carry";
  }
}

TEST(DecoderAgainstObjdump, AgreesOnEveryMnemonicAndOperandForm) {
  TINYSCOPE_NEED_ARM_TOOLS();
  std::string source;
  for (const std::string& form : instruction_forms()) source += form + "\n";
  const Program program = assemble(source, kBase, true);
  ASSERT_GE(program.lines.size(), 900u);
  Decoder decoder;
  std::set<std::string> seen;
  for (const Disassembled& line : program.lines) {
    const std::string where = describe(program, line);
    expect_agreement(decode_line(decoder, program, line), line, where);
    seen.insert(line.mnemonic.substr(0, line.mnemonic.find('.')));
  }
  EXPECT_GE(seen.size(), 260u) << "the forms no longer cover the instruction set";
}

TEST(DecoderAgainstObjdump, AgreesOnFpv5) {
  TINYSCOPE_NEED_ARM_TOOLS();
  std::string source;
  for (const std::string& form : fpv5_forms()) source += form + "\n";
  const Program program = assemble(source, kBase, true, "-mcpu=cortex-m7 -mfpu=fpv5-d16");
  Decoder decoder;
  for (const Disassembled& line : program.lines) {
    expect_agreement(decode_line(decoder, program, line), line, describe(program, line));
  }
}

template <std::size_t N>
bool is_known(const std::array<Difference, N>& differences, std::uint32_t word, const Insn& insn,
              const Disassembled& line) {
  return std::any_of(differences.begin(), differences.end(), [&](const Difference& difference) {
    return difference.applies(word, insn, line);
  });
}

void sweep(const std::vector<std::uint32_t>& encodings, std::size_t size) {
  std::string source;
  for (const std::uint32_t word : encodings) {
    source += size == 2 ? fmt::format(".inst.n 0x{:04x}\n", word)
                        : fmt::format(".inst.w 0x{:08x}\n", word);
  }
  const Program program = assemble(source, kBase, true, "-mcpu=cortex-m7 -mfpu=fpv5-d16");
  ASSERT_EQ(program.lines.size(), encodings.size()) << "sizes differ";
  Decoder decoder;
  std::size_t compared = 0;
  std::size_t failures = 0;
  for (std::size_t i = 0; i < encodings.size(); ++i) {
    const Disassembled& line = program.lines[i];
    const Insn insn = decode_line(decoder, program, line);
    ASSERT_EQ(insn.size, size);
    ASSERT_EQ(line.size, size) << describe(program, line);
    const bool known = size == 2 ? is_known(kNarrowDifferences, encodings[i], insn, line)
                                 : is_known(kWideDifferences, encodings[i], insn, line);
    if (known) continue;
    ++compared;
    Expected expected = expected_class(line.mnemonic, line.operands);
    const bool single = (line.mnemonic.rfind("pop", 0) == 0 && insn.op == Op::kLoad) ||
                        (line.mnemonic.rfind("push", 0) == 0 && insn.op == Op::kStore);
    if (!single && insn.op != expected.op) {
      ADD_FAILURE() << describe(program, line) << " decoded as class " << static_cast<int>(insn.op);
      if (++failures == 40) FAIL() << "and more";
    }
  }
  EXPECT_GT(compared * 10, encodings.size() * 5) << "most encodings must be comparable";
}

TEST(DecoderAgainstObjdump, AgreesOnEveryNarrowEncoding) {
  TINYSCOPE_NEED_ARM_TOOLS();
  std::vector<std::uint32_t> encodings;
  for (std::uint32_t half = 0; half < 0xE800; ++half) {
    const bool it = (half & 0xFF00u) == 0xBF00u && (half & 15u) != 0;  // would predicate the next
    if (!it) encodings.push_back(half);
  }
  sweep(encodings, 2);
}

TEST(DecoderAgainstObjdump, AgreesOnRandomWideEncodings) {
  TINYSCOPE_NEED_ARM_TOOLS();
  std::mt19937 random(20240229);
  std::vector<std::uint32_t> encodings;
  for (int i = 0; i < 100000; ++i) {
    const auto first = 0xE800u + static_cast<std::uint32_t>(random() % 0x1800u);
    auto second = static_cast<std::uint32_t>(random() & 0xFFFFu);
    // Half of the FPU's space would otherwise go to other coprocessors.
    if ((first & 0xEC00u) == 0xEC00u && i % 2 == 0) second = (second & 0xF1FFu) | 0x0A00u;
    encodings.push_back(with_proper_bits(first << 16 | second));
  }
  sweep(encodings, 4);
}

}  // namespace
}  // namespace tinyscope::test
