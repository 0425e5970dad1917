// Counts of single instructions: how often each retired and where its cycles belong. Cycles are
// those of Arm DDI 0439D, table 3-1, on memory without waits.
#include "sim/insn_counts.hpp"

#include <gtest/gtest.h>

#include <algorithm>

#include "cores/cortex_m/fast_path.hpp"
#include "cores/memory/flat_memory_timing.hpp"
#include "tests/support/program_bench.hpp"

namespace tinyscope {
namespace {

using test::ProgramBench;

InsnCount at(const std::vector<InsnCount>& counts, Address address) {
  const auto found = std::find_if(counts.begin(), counts.end(), [address](const InsnCount& insn) {
    return insn.address == address;
  });
  return found != counts.end() ? *found : InsnCount();
}

class InsnCountsOnPath : public testing::TestWithParam<bool> {};

TEST_P(InsnCountsOnPath, SayHowOftenEachRetiredAndWhatItTook) {
  ProgramBench bench(test::assemble(R"(
reset:
  movw r0, #1000
  movs r1, #0
1:
  tst r0, #1
  it ne
skipped_half_the_time:
  addne r1, #1
divide:
  udiv r2, r1, r0
last:
  subs r0, #1
back:
  bne 1b
after:
  exit
)"),
                     {.interrupts = 16, .priority_bits = 3},
                     std::make_unique<FlatMemoryTiming>(std::vector<MemoryBlock>()), GetParam());
  InsnCounts counts;
  bench.core->count_insns(counts);
  ASSERT_EQ(bench.run().kind, StopKind::kExit);
  const auto rows = counts.by_address();
  EXPECT_TRUE(std::is_sorted(rows.begin(), rows.end(),
                             [](const auto& a, const auto& b) { return a.address < b.address; }));
  const InsnCount skipped = at(rows, bench.address_of("skipped_half_the_time"));
  EXPECT_EQ(skipped.count, 1000u) << "skipped ones retire too";
  EXPECT_EQ(skipped.stalls.total(), 1000u);
  const InsnCount divide = at(rows, bench.address_of("divide"));
  EXPECT_EQ(divide.count, 1000u);
  EXPECT_EQ(divide.stalls[StallCause::kIssue], 1000u);
  EXPECT_GE(divide.stalls[StallCause::kDivide], 1000u) << "2 to 12 cycles";
  EXPECT_EQ(divide.stalls.total(),
            divide.stalls[StallCause::kIssue] + divide.stalls[StallCause::kDivide]);
  const InsnCount back = at(rows, bench.address_of("back"));
  EXPECT_EQ(back.count, 1000u);
  EXPECT_GE(back.stalls[StallCause::kBranch], 999u) << "taken all but once";
  EXPECT_EQ(at(rows, bench.address_of("after")).count, 1u);
  if (GetParam()) {
    EXPECT_GT(bench.core->fast_path()->counts.instructions, 1000u);
  }
}

// An interrupt abandons a divide, which runs again behind the handler: its early cycles are its
// own, so that nothing is lost, and it retires once.
TEST_P(InsnCountsOnPath, GiveEarlyCyclesToTheInstructionThatWasAbandoned) {
  ProgramBench bench(test::assemble(R"(
reset:
  poke 0xE000E100, 1
  movw r3, #500
  ldr r0, =0xFFFFFFFF
  movs r1, #1
1:
divide:
  udiv r2, r0, r1
  subs r3, #1
  bne 1b
  exit
irq0:
  bx lr
  .ltorg
)"),
                     {.interrupts = 16, .priority_bits = 3},
                     std::make_unique<FlatMemoryTiming>(std::vector<MemoryBlock>()), GetParam());
  for (std::uint64_t cycle = 500; cycle < 5000; cycle += 97) {
    bench.at_cycle(cycle, [&bench] { bench.pulse(0); });
  }
  InsnCounts counts;
  bench.core->count_insns(counts);
  ASSERT_EQ(bench.run().kind, StopKind::kExit);
  std::uint64_t cycles = 0, retired = 0;
  for (const InsnCount& insn : counts.by_address()) {
    cycles += insn.stalls.total();
    retired += insn.count;
  }
  std::uint64_t exceptions = 0;
  ASSERT_GT(bench.recorder.exceptions.size(), 40u);
  for (const ExceptionEvent& event : bench.recorder.exceptions) exceptions += event.cycles.total();
  EXPECT_EQ(cycles + exceptions, bench.core->cycles().count);
  EXPECT_EQ(retired, bench.recorder.instructions);
  const InsnCount divide = at(counts.by_address(), bench.address_of("divide"));
  EXPECT_EQ(divide.count, 500u);
}

std::string name_of_path(const testing::TestParamInfo<bool>& path) {
  return path.param ? "Fast" : "Reference";
}

INSTANTIATE_TEST_SUITE_P(Paths, InsnCountsOnPath, testing::Bool(), name_of_path);

}  // namespace
}  // namespace tinyscope
