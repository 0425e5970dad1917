// What objdump's words mean in terms of Insn: the second opinion that the decoder is held against.
#pragma once

#include <cctype>
#include <map>
#include <set>
#include <sstream>
#include <string>
#include <vector>

#include "cores/decode/insn.hpp"

namespace tinyscope::test {

inline std::vector<std::string> words(const std::string& text) {
  std::istringstream in(text);
  std::vector<std::string> result;
  for (std::string word; in >> word;) result.push_back(word);
  return result;
}

inline const std::map<std::string, Op>& plain_mnemonics() {
  static const std::map<std::string, Op> table = [] {
    std::map<std::string, Op> map;
    const auto put = [&map](Op op, const char* names) {
      for (const std::string& name : words(names)) map[name] = op;
    };
    put(Op::kAlu,
        "adc add addw adr and asr bfc bfi bic clz cmn cmp eor lsl lsr mov movt movw mvn orn orr "
        "rbit rev rev16 revsh ror rrx rsb sbc sbfx ssat sub subw sxtb sxth teq tst ubfx usat uxtb "
        "uxth adcs adds ands asrs bics eors lsls lsrs movs mvns orns orrs rors rrxs rsbs sbcs subs "
        "neg negs");
    put(Op::kMultiply,
        "mul muls mla mls smull umull smlal umlal umaal smlabb smlabt smlatb smlatt smulbb smulbt "
        "smultb smultt smlawb smlawt smulwb smulwt smlad smladx smuad smuadx smlsd smlsdx smusd "
        "smusdx smlald smlaldx smlsld smlsldx smlalbb smlalbt smlaltb smlaltt smmul smmulr smmla "
        "smmlar smmls smmlsr");
    put(Op::kDsp,
        "pkhbt pkhtb sel ssat16 usat16 sxtab sxtab16 sxtah uxtab uxtab16 uxtah sxtb16 uxtb16 usad8 "
        "usada8 qadd qsub qdadd qdsub sadd16 sasx ssax ssub16 sadd8 ssub8 qadd16 qasx qsax qsub16 "
        "qadd8 qsub8 shadd16 shasx shsax shsub16 shadd8 shsub8 uadd16 uasx usax usub16 uadd8 usub8 "
        "uqadd16 uqasx uqsax uqsub16 uqadd8 uqsub8 uhadd16 uhasx uhsax uhsub16 uhadd8 uhsub8");
    put(Op::kDivide, "sdiv udiv");
    put(Op::kLoad, "ldr ldrb ldrh ldrsb ldrsh ldrt ldrbt ldrht ldrsbt ldrsht");
    put(Op::kStore, "str strb strh strt strbt strht");
    put(Op::kLoadDouble, "ldrd");
    put(Op::kStoreDouble, "strd");
    put(Op::kLoadMultiple, "ldm ldmia ldmdb pop");
    put(Op::kStoreMultiple, "stm stmia stmdb push");
    put(Op::kLoadExclusive, "ldrex ldrexb ldrexh");
    put(Op::kStoreExclusive, "strex strexb strexh");
    put(Op::kClearExclusive, "clrex");
    put(Op::kPreload, "pld pldw pli");
    put(Op::kNop, "nop yield dbg csdb esb psb tsb hint");
    put(Op::kBranchLink, "bl");
    put(Op::kBranchRegister, "bx bxns");
    put(Op::kBranchLinkRegister, "blx blxns");
    put(Op::kCompareBranch, "cbz cbnz");
    put(Op::kTableBranch, "tbb tbh");
    put(Op::kBarrier, "dsb dmb ssbb pssbb dfb");
    put(Op::kInstructionBarrier, "isb");
    put(Op::kReadSpecial, "mrs");
    put(Op::kWriteSpecial, "msr");
    put(Op::kChangeState, "cpsie cpsid");
    put(Op::kSupervisorCall, "svc");
    put(Op::kBreakpoint, "bkpt");
    put(Op::kWaitForInterrupt, "wfi");
    put(Op::kWaitForEvent, "wfe");
    put(Op::kSendEvent, "sev");
    put(Op::kIt, "it itt ite ittt itte itet itee itttt ittte ittet ittee itett itete iteet iteee");
    put(Op::kFpArithmetic,
        "vadd vsub vmul vnmul vabs vneg vcmp vcmpe vcvt vcvtr vcvtb vcvtt vseleq vselvs vselge "
        "vselgt vmaxnm vminnm vrinta vrintn vrintp vrintm vrintr vrintz vrintx vcvta vcvtn vcvtp "
        "vcvtm");
    put(Op::kFpMultiplyAdd, "vmla vmls vnmla vnmls vfma vfms vfnma vfnms");
    put(Op::kFpDivide, "vdiv");
    put(Op::kFpSquareRoot, "vsqrt");
    put(Op::kFpLoad, "vldr");
    put(Op::kFpStore, "vstr");
    put(Op::kFpLoadMultiple, "vldmia vldmdb vpop fldmiax fldmdbx");
    put(Op::kFpStoreMultiple, "vstmia vstmdb vpush fstmiax fstmdbx");
    put(Op::kFpReadStatus, "vmrs");
    put(Op::kFpWriteStatus, "vmsr");
    put(Op::kCoprocessor,
        "cdp cdp2 mcr mcr2 mcrr mcrr2 mrc mrc2 mrrc mrrc2 ldc ldcl ldc2 ldc2l stc stcl stc2 stc2l");
    put(Op::kUndefined, "udf");
    return map;
  }();
  return table;
}

inline const std::vector<std::string>& condition_names() {
  static const std::vector<std::string> names = words("eq ne cs cc mi pl vs vc hi ls ge lt gt le");
  return names;
}

// Number of a register's name, -1 if it is none. Floats are 100 + n, doubles 200 + n.
inline int register_number(std::string name) {
  while (!name.empty() && std::string(" []{}!").find(name.back()) != std::string::npos) {
    name.pop_back();
  }
  while (!name.empty() && std::string(" []{}-").find(name.front()) != std::string::npos) {
    name.erase(0, 1);
  }
  static const std::map<std::string, int> aliases = {{"sb", 9},  {"sl", 10}, {"fp", 11}, {"ip", 12},
                                                     {"sp", 13}, {"lr", 14}, {"pc", 15}};
  if (const auto found = aliases.find(name); found != aliases.end()) return found->second;
  const std::string digits = name.empty() ? "" : name.substr(1);
  if (digits.empty() || digits.find_first_not_of("0123456789") != std::string::npos) return -1;
  const int number = std::stoi(digits);
  if (name[0] == 'r') return number;
  if (name[0] == 's') return 100 + number;
  if (name[0] == 'd') return 200 + number;
  return -1;
}

// "{r4, r6-r8, s0-s3, d2}" as a set of registers.
inline RegisterSet register_list(const std::string& text) {
  RegisterSet set;
  const auto put = [&set](int number) {
    if (number >= 200) {
      set.add(static_cast<unsigned>(RegisterSet::kFirstFloat + 2 * (number - 200)));
      set.add(static_cast<unsigned>(RegisterSet::kFirstFloat + 2 * (number - 200) + 1));
    } else if (number >= 100) {
      set.add(static_cast<unsigned>(RegisterSet::kFirstFloat + number - 100));
    } else {
      set.add(static_cast<unsigned>(number));
    }
  };
  std::istringstream in(text.substr(0, text.find('}')));
  for (std::string part; std::getline(in, part, ',');) {
    const std::size_t dash = part.find('-');
    const int first = register_number(part.substr(0, dash));
    const int last = dash == std::string::npos ? first : register_number(part.substr(dash + 1));
    for (int n = first; n >= 0 && n <= last; ++n) put(n);
  }
  return set;
}

// Operands separated by top-level commas.
inline std::vector<std::string> split_operands(const std::string& text) {
  std::vector<std::string> result;
  std::string current;
  int depth = 0;
  for (const char c : text) {
    if (c == '[' || c == '{') ++depth;
    if (c == ']' || c == '}') --depth;
    if (c == ',' && depth == 0) {
      result.push_back(current);
      current.clear();
    } else if (c != ' ' || !current.empty()) {
      current += c;
    }
  }
  if (!current.empty()) result.push_back(current);
  return result;
}

// The class that a line of objdump belongs to, kUndefined with `known` false if its mnemonic is
// not one of this architecture's.
struct Expected {
  Op op = Op::kUndefined;
  bool known = false;
  int condition = -1;  // of a conditional branch
};

inline Expected expected_class(const std::string& full_mnemonic, const std::string& operands) {
  Expected expected;
  std::string name = full_mnemonic.substr(0, full_mnemonic.find('.'));
  const auto args = split_operands(operands);
  const int first = args.empty() ? -1 : register_number(args[0]);
  if (name == "vmov") {
    expected.known = true;
    const int second = args.size() > 1 ? register_number(args[1]) : -1;
    if (args.size() >= 3) {
      expected.op = Op::kFpMoveDouble;
    } else {
      const bool immediate = args.size() > 1 && args[1].find('#') == 0;
      expected.op = immediate ? Op::kFpArithmetic : Op::kFpMove;
      (void)second;
    }
    return expected;
  }
  if (const auto found = plain_mnemonics().find(name); found != plain_mnemonics().end()) {
    expected.known = true;
    expected.op = found->second;
    if (expected.op == Op::kAlu && first == 15 && (name == "mov" || name == "add")) {
      expected.op = Op::kBranchRegister;
    }
    return expected;
  }
  if (name == "b" || (name.size() == 3 && name[0] == 'b')) {
    for (std::size_t i = 0; i < condition_names().size(); ++i) {
      if (name.substr(1) == condition_names()[i]) expected.condition = static_cast<int>(i);
    }
    expected.known = name == "b" || expected.condition >= 0;
    expected.op = expected.known ? Op::kBranch : Op::kUndefined;
  }
  return expected;
}

}  // namespace tinyscope::test
