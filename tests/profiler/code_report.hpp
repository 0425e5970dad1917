// A report of a small program, made by hand: main() calls dot() from two places, dot() has clamp()
// inlined, main() sleeps, and an interrupt that does nothing comes once.
#pragma once

#include "profiler/report.hpp"

namespace tinyscope::test {

inline StallCycles stalls(std::uint64_t issue, std::uint64_t load_use = 0, std::uint64_t branch = 0,
                          std::uint64_t sleep = 0) {
  StallCycles cycles;
  cycles[StallCause::kIssue] = issue;
  cycles[StallCause::kLoadUse] = load_use;
  cycles[StallCause::kBranch] = branch;
  cycles[StallCause::kSleep] = sleep;
  return cycles;
}

inline constexpr Address kMainCode = 0x100, kFirstCall = 0x104, kSecondCall = 0x108,
                         kDotCode = 0x200, kDotEnd = 0x204;

inline ProfileReport code_report() {
  ProfileReport report;
  report.firmware.path = "dot.elf";
  report.board = "board";
  report.clock_hz = 1'000'000;
  FunctionRow main;
  main.name = "main";
  main.address = kMainCode;
  main.file = "/src/main.c";
  main.line = 4;
  main.cycles = 119;
  FunctionRow dot;
  dot.name = "nn::dot(int)";
  dot.address = kDotCode;
  dot.file = "/src/dot.cpp";
  dot.line = 10;
  dot.cycles = 75;
  report.functions = {main, dot};
  report.locations = {
      {kMainCode, {{"main", "/src/main.c", 5}}},
      {kMainCode, {{"main", "/src/main.c", 6}}},
      {kMainCode, {{"main", "/src/main.c", 7}}},
      {kDotCode, {{"clamp", "/src/clamp.h", 3}, {"nn::dot(int)", "/src/dot.cpp", 12}}},
      {kDotCode, {{"nn::dot(int)", "/src/dot.cpp", 13}}},
  };
  report.insns = {
      {kMainCode, 0, 10, stalls(10)},       {kFirstCall, 1, 2, stalls(2, 0, 4)},
      {kSecondCall, 2, 1, stalls(1, 0, 2)}, {kDotCode, 3, 30, stalls(30, 15)},
      {kDotEnd, 4, 30, stalls(30)},
  };
  CallNode root, first, second;
  root.function = 0;
  root.calls = 1;
  root.cycles = 119;
  root.sleep_cycles = 100;
  root.instructions = 13;
  first.parent = second.parent = 0;
  first.function = second.function = 1;
  first.call_site = kFirstCall;
  first.calls = 2;
  first.cycles = 50;
  first.instructions = 40;
  second.call_site = kSecondCall;
  second.calls = 1;
  second.cycles = 25;
  second.instructions = 20;
  report.call_tree = {root, first, second};
  report.stalls = stalls(73, 15, 6, 100);
  report.stalls[StallCause::kInterrupt] = 22;
  report.total_cycles = 216;
  report.sleep_cycles = 100;
  report.instructions = 73;
  return report;
}

}  // namespace tinyscope::test
