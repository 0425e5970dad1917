// Reads a timing case (tests/timing/README.md), follows its body along the hints of its header
// and adds up what a timing model charges.
#pragma once

#include <algorithm>
#include <deque>
#include <optional>
#include <sstream>
#include <string>
#include <utility>
#include <vector>

#include "cores/decode/decoder.hpp"
#include "cores/memory/memory_timing.hpp"
#include "cores/timing/timing_model.hpp"
#include "tests/cores/decode/arm_tools.hpp"

namespace tinyscope::test {

struct TimingCase {
  std::string name;
  std::string assembly;
  std::uint64_t least = 0;  // cycles expected, both ends included
  std::uint64_t most = 0;
  std::string source;
  // What a run would show, in program order.
  std::deque<bool> taken;         // of conditional branches
  std::deque<bool> passes;        // of predicated instructions
  std::deque<std::string> jumps;  // labels that indirect branches reach
  std::deque<Address> addresses;  // first address of each access
  std::deque<std::pair<std::uint32_t, std::uint32_t>> divides;  // dividend, divisor
};

inline std::uint32_t number(const std::string& text) {
  return static_cast<std::uint32_t>(std::stoul(text, nullptr, 0));
}

// Throws std::runtime_error if the header lacks `expect` or `source`, or has an unknown key.
inline TimingCase read_timing_case(const std::filesystem::path& path) {
  TimingCase result;
  result.name = path.stem().string();
  result.assembly = read_file(path.string());
  std::istringstream in(result.assembly);
  for (std::string line; std::getline(in, line) && !line.empty() && line[0] == '@';) {
    const std::size_t colon = line.find(": ");
    if (colon == std::string::npos || line.find(' ') != 1) continue;
    const std::string key = line.substr(2, colon - 2);
    if (key.find(' ') != std::string::npos) continue;  // prose
    const std::string value = line.substr(colon + 2);
    std::istringstream items(value);
    if (key == "expect") {
      result.least = number(value);
      const std::size_t dots = value.find("..");
      result.most = dots == std::string::npos ? result.least : number(value.substr(dots + 2));
    } else if (key == "source") {
      result.source = value;
    } else {
      for (std::string item; items >> item;) {
        if (key == "taken") {
          result.taken.push_back(item == "yes");
        } else if (key == "it") {
          result.passes.push_back(item == "pass");
        } else if (key == "goto") {
          result.jumps.push_back(item);
        } else if (key == "address") {
          result.addresses.push_back(number(item));
        } else if (key == "divide") {
          const std::size_t slash = item.find('/');
          result.divides.emplace_back(number(item.substr(0, slash)),
                                      number(item.substr(slash + 1)));
        } else {
          throw std::runtime_error(path.string() + ": unknown key \"" + key + "\"");
        }
      }
    }
  }
  if (result.most == 0) throw std::runtime_error(path.string() + ": no \"@ expect:\" line");
  if (result.source.empty()) throw std::runtime_error(path.string() + ": no \"@ source:\" line");
  return result;
}

template <class T>
T next_or(std::deque<T>& queue, T otherwise) {
  if (queue.empty()) return otherwise;
  T value = queue.front();
  queue.pop_front();
  return value;
}

// Follows the body of one case from `start` to `end`.
class CaseWalk {
 public:
  static constexpr Address kCode = 0x0800'0000;
  static constexpr Address kData = 0x2000'0000;

  CaseWalk(TimingCase timing_case, TimingModel& model)
      : case_(std::move(timing_case)), program_(assemble(case_.assembly, kCode)), model_(model) {}

  StallCycles run() {
    constexpr int kMostInstructions = 1000;
    StallCycles sum;
    Address pc = program_.symbol("start");
    const Address end = program_.symbol("end");
    for (int i = 0; i < kMostInstructions; ++i) {
      if (pc == end) return sum;
      pc = step(pc, sum);
    }
    throw std::runtime_error(case_.name + ": does not reach its end");
  }

 private:
  Insn decode(Address pc, bool in_it) {
    const std::span<const std::uint8_t> code(program_.code);
    return decoder_.decode(code.subspan(pc - program_.base), pc, in_it);
  }

  Address step(Address pc, StallCycles& sum) {
    const bool in_it = predicated_left_ > 0;
    const Insn insn = decode(pc, in_it);
    if (insn.op == Op::kUndefined) throw std::runtime_error(case_.name + ": undefined instruction");
    if (in_it) --predicated_left_;
    if (insn.op == Op::kIt) {
      predicated_left_ = 4;
      for (std::uint32_t mask = insn.immediate; (mask & 1u) == 0; mask >>= 1) --predicated_left_;
    }
    RetiredInsn retired{insn};
    retired.skipped = in_it && !next_or(case_.passes, true);
    retired.next = retired.skipped ? insn.end() : successor(insn);
    retired.next_size = decode(retired.next, false).size;
    std::vector<MemoryAccess> accesses;
    if ((insn.is_load() || insn.is_store()) && !retired.skipped) {
      const Address first = next_or(case_.addresses, kData);
      for (unsigned i = 0; i < insn.access_count; ++i) {
        accesses.push_back({first + 4 * i, insn.access_bytes, insn.is_store()});
      }
    }
    retired.accesses = accesses;
    if (insn.op == Op::kDivide) {
      std::tie(retired.dividend, retired.divisor) = case_.divides.at(0);
      case_.divides.pop_front();
    }
    sum += model_.retire(retired);
    return retired.next;
  }

  Address successor(const Insn& insn) {
    if (!insn.writes_pc) return insn.end();
    const bool conditional = insn.op == Op::kCompareBranch || insn.condition != Condition::kAlways;
    if (conditional && !next_or(case_.taken, false)) return insn.end();
    if (insn.target != 0) return insn.target;
    return program_.symbol(case_.jumps.at(0));
  }

  TimingCase case_;
  Program program_;
  TimingModel& model_;
  Decoder decoder_;
  int predicated_left_ = 0;
};

}  // namespace tinyscope::test
