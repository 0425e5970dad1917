// SysTick. Arm DDI 0403E, B3.3: counts from RELOAD to 0, so a period is RELOAD + 1 clocks.
#include <gtest/gtest.h>

#include "tests/support/program_bench.hpp"

namespace tinyscope {
namespace {

using test::ProgramBench;

TEST(Systick, InterruptsEveryReloadPlusOneCycles) {
  ProgramBench bench(R"(
reset:
  poke 0xE000E014, 999
  poke 0xE000E018, 0
  poke 0xE000E010, 7
1:
  cmp r8, #4
  bne 1b
  exit
systick:
  add r8, #1
  bx lr
)");
  bench.run();
  std::vector<std::uint64_t> entries;
  for (const auto& event : bench.recorder.exceptions) {
    if (event.phase == ExceptionPhase::kEntry) entries.push_back(event.cycles_before.count);
  }
  ASSERT_EQ(entries.size(), 4u);
  // An entry waits for the running instruction, a branch of at most four cycles.
  EXPECT_NEAR(static_cast<double>(entries[3] - entries[0]), 3000, 4);
}

TEST(Systick, CountsDownAndReloadsAndFlagsIt) {
  ProgramBench bench(R"(
reset:
  ldr r0, =0xE000E010
  movs r1, #50
  str r1, [r0, #4]
  str r1, [r0, #8]
  movs r1, #5
  str r1, [r0]
  ldr r4, [r0, #8]
  nop
  nop
  nop
  nop
  ldr r5, [r0, #8]
  ldr r6, [r0]
  movs r2, #15
1:
  subs r2, #1
  bne 1b
  ldr r7, [r0]
  ldr r8, [r0]
  ldr r9, [r0, #8]
  exit
)");
  bench.run();
  EXPECT_GT(bench.r(4), bench.r(5));
  EXPECT_GE(bench.r(4) - bench.r(5), 4u);
  EXPECT_LE(bench.r(4) - bench.r(5), 8u);
  EXPECT_EQ(bench.r(6), 5u);
  EXPECT_EQ(bench.r(7), 0x10005u);  // COUNTFLAG
  EXPECT_EQ(bench.r(8), 5u);        // reading clears it
  EXPECT_LE(bench.r(9), 50u);
}

TEST(Systick, WritingTheCounterClearsItAndTheFlag) {
  ProgramBench bench(R"(
reset:
  ldr r0, =0xE000E010
  movs r1, #20
  str r1, [r0, #4]
  str r1, [r0, #8]
  movs r1, #5
  str r1, [r0]
  movs r2, #30
1:
  subs r2, #1
  bne 1b
  movs r1, #100
  str r1, [r0, #4]
  movs r1, #77
  str r1, [r0, #8]             @ any value
  ldr r4, [r0]
  ldr r5, [r0, #8]
  exit
)");
  bench.run();
  EXPECT_EQ(bench.r(4), 5u);
  EXPECT_GT(bench.r(5), 90u);
  EXPECT_LE(bench.r(5), 100u);
}

TEST(Systick, NewReloadValueCountsFromTheNextPeriodOn) {
  ProgramBench bench(R"(
reset:
  ldr r0, =0xE000E010
  movw r1, #1000
  str r1, [r0, #4]
  str r1, [r0, #8]
  movs r1, #5
  str r1, [r0]
  nop
  nop
  movs r1, #100
  str r1, [r0, #4]
  ldr r4, [r0, #8]
  exit
)");
  bench.run();
  EXPECT_GT(bench.r(4), 980u);
}

TEST(Systick, StopsAndGoesOnWhereItStopped) {
  ProgramBench bench(R"(
reset:
  ldr r0, =0xE000E010
  movw r1, #1000
  str r1, [r0, #4]
  str r1, [r0, #8]
  movs r1, #5
  str r1, [r0]
  nop
  nop
  movs r1, #4
  str r1, [r0]
  ldr r4, [r0, #8]
  nop
  nop
  nop
  ldr r5, [r0, #8]
  movs r1, #5
  str r1, [r0]
  nop
  ldr r6, [r0, #8]
  exit
)");
  bench.run();
  EXPECT_EQ(bench.r(4), bench.r(5));
  EXPECT_GT(bench.r(4), 980u);
  EXPECT_LT(bench.r(6), bench.r(5));
  EXPECT_GT(bench.r(6), bench.r(5) - 10);
}

TEST(Systick, WithoutReloadValueItStandsStillAndStartsWithOne) {
  ProgramBench bench(R"(
reset:
  ldr r0, =0xE000E010
  movs r1, #0
  str r1, [r0, #8]
  movs r1, #7
  str r1, [r0]
  movs r1, #60
1:
  subs r1, #1
  bne 1b
  mov r4, r8
  movs r1, #100
  str r1, [r0, #4]
  movs r1, #60
2:
  subs r1, #1
  bne 2b
  cmp r8, #0
  ite eq
  moveq r5, #0
  movne r5, #1
  exit
systick:
  add r8, #1
  bx lr
)");
  bench.run();
  EXPECT_EQ(bench.r(4), 0u);
  EXPECT_EQ(bench.r(5), 1u);
}

TEST(Systick, WithoutReferenceClockAlwaysUsesTheProcessors) {
  ProgramBench bench(R"(
reset:
  poke 0xE000E010, 1
  ldr r4, [r0]
  ldr r5, [r0, #12]
  exit
)");
  bench.run();
  EXPECT_EQ(bench.r(4), 5u);
  EXPECT_EQ(bench.r(5) >> 31, 1u);  // NOREF
}

TEST(Systick, ReferenceClockCountsSlower) {
  ProgramBench bench(R"(
reset:
  ldr r0, =0xE000E010
  movs r1, #200
  str r1, [r0, #4]
  str r1, [r0, #8]
  movs r1, #1
  str r1, [r0]
  movs r2, #200
1:
  subs r2, #1
  bne 1b
  ldr r4, [r0, #8]
  exit
)",
                     {.interrupts = 16,
                      .priority_bits = 3,
                      .clock_hz = 64'000'000,
                      .systick_reference = {.hz = 8'000'000}});
  bench.run();
  const auto cycles = bench.core->cycles().count;
  EXPECT_NEAR(200.0 - bench.r(4), static_cast<double>(cycles) / 8, 4);
}

// RM0432, clock tree: the Cortex system timer of an STM32 counts HCLK or HCLK/8.
TEST(Systick, ADividedProcessorClockIsAReferenceThatFollowsIt) {
  ProgramBench bench(R"(
reset:
  ldr r0, =0xE000E010
  mov r1, #10000
  str r1, [r0, #4]
  str r1, [r0, #8]
  movs r1, #1
  str r1, [r0]
  mov r2, #1000
1:
  subs r2, #1
  bne 1b
  ldr r4, [r0, #8]
  ldr r5, [r0, #12]
  exit
)",
                     {.interrupts = 16,
                      .priority_bits = 3,
                      .clock_hz = 4'000'000,
                      .systick_reference = {.divider = 8}});
  Event faster(bench.scheduler, [&] { bench.core->set_clock_hz(120'000'000); });
  faster.at(TimePoint{} + Duration::from_us(200));
  bench.run();
  EXPECT_GT(bench.scheduler.now(), TimePoint{} + Duration::from_us(200));
  const auto cycles = bench.core->cycles().count;
  EXPECT_NEAR(10000.0 - bench.r(4), static_cast<double>(cycles) / 8, 4);
  EXPECT_EQ(bench.r(5) >> 31, 0u);  // NOREF
}

}  // namespace
}  // namespace tinyscope
