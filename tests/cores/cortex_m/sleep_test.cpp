// WFI, WFE, SEV, SLEEPONEXIT, SEVONPEND. Arm DDI 0403E, B1.5.18, B1.5.19.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/support/program_bench.hpp"

namespace tinyscope {
namespace {

using test::ProgramBench;
using testing::ElementsAre;

TEST(Wfi, WakesWithPrimaskSetWithoutTakingTheInterrupt) {
  ProgramBench bench(R"(
reset:
  poke 0xE000E100, 1
  cpsid i
  wfi
  log 1
  cpsie i
  log 2
  exit
irq0:
  log 0
  bx lr
)");
  bench.at_cycle(500, [&] { bench.pulse(0); });
  bench.run();
  EXPECT_THAT(bench.log(), ElementsAre(1, 0, 2));
  ASSERT_EQ(bench.recorder.sleeps.size(), 1u);
  const SleepEvent& sleep = bench.recorder.sleeps[0];
  EXPECT_EQ(sleep.cycles_before.count + sleep.length.count, 500u);
}

TEST(Wfi, IsNotWokenByAnInterruptThatBasepriMasks) {
  ProgramBench bench(R"(
reset:
  poke 0xE000E100, 3
  poke 0xE000E400, 0x00002080
  movs r0, #0x40
  msr basepri, r0
  wfi
  log 9
  exit
irq1:
  log 1
  bx lr
)");
  bench.at_cycle(500, [&] { bench.pulse(0); });
  bench.at_cycle(900, [&] { bench.pulse(1); });
  bench.run();
  EXPECT_THAT(bench.log(), ElementsAre(1, 9));
  EXPECT_EQ(bench.recorder.exceptions[0].cycles_before.count, 900u);
}

TEST(Wfi, GoesOnAtOnceWhenAnInterruptIsPending) {
  ProgramBench bench(R"(
reset:
  poke 0xE000E100, 1
  cpsid i
  poke 0xE000EF00, 0
  wfi
  exit
)");
  EXPECT_EQ(bench.run().kind, StopKind::kExit);
  EXPECT_EQ(bench.core->counts().cycles[StallCause::kSleep], 0u);
}

TEST(Sleeponexit, SleepsAgainAfterEachHandlerAndNeverReturnsToTheThread) {
  ProgramBench bench(R"(
reset:
  poke 0xE000E100, 1
  poke 0xE000ED10, 2
  movs r4, #0
  wfi
  movs r4, #1
  exit
irq0:
  log 0
  bx lr
)");
  for (const unsigned cycle : {1000u, 2000u, 3000u}) bench.at_cycle(cycle, [&] { bench.pulse(0); });
  const StopReason stop = bench.run(5000);
  EXPECT_EQ(stop.kind, StopKind::kLimit);
  EXPECT_THAT(bench.log(), ElementsAre(0, 0, 0));
  EXPECT_EQ(bench.r(4), 0u);
  EXPECT_EQ(bench.recorder.sleeps.size(), 4u);
}

TEST(Sleeponexit, ClearedByTheHandlerReturnsToTheThread) {
  ProgramBench bench(R"(
reset:
  poke 0xE000E100, 1
  poke 0xE000ED10, 2
  wfi
  movs r4, #1
  exit
irq0:
  poke 0xE000ED10, 0
  bx lr
)");
  bench.at_cycle(1000, [&] { bench.pulse(0); });
  EXPECT_EQ(bench.run().kind, StopKind::kExit);
}

TEST(Wfe, ReturnsAtOnceAfterAnException) {
  ProgramBench bench(R"(
reset:
  poke 0xE000E100, 1
  poke 0xE000EF00, 0
  wfe                          @ the exception has set the event register
  movs r4, #1
  exit
irq0:
  bx lr
)");
  EXPECT_EQ(bench.run().kind, StopKind::kExit);
  EXPECT_EQ(bench.core->counts().cycles[StallCause::kSleep], 0u);
}

TEST(Wfe, IsWokenByADisabledInterruptWithSevonpendOnly) {
  for (const bool sevonpend : {false, true}) {
    ProgramBench bench(std::string("reset:\n  poke 0xE000ED10, ") + (sevonpend ? "0x10" : "0") +
                       "\n  wfe\n  movs r4, #1\n  exit\n");
    bench.at_cycle(700, [&] { bench.pulse(3); });
    const StopReason stop = bench.run(2000);
    EXPECT_EQ(stop.kind, sevonpend ? StopKind::kExit : StopKind::kLimit);
    EXPECT_EQ(bench.r(4), sevonpend ? 1u : 0u);
  }
}

TEST(Wfe, TakesAnEnabledInterruptAndGoesOn) {
  ProgramBench bench(R"(
reset:
  poke 0xE000E100, 1
  wfe
  log 1
  exit
irq0:
  log 0
  bx lr
)");
  bench.at_cycle(700, [&] { bench.pulse(0); });
  EXPECT_EQ(bench.run().kind, StopKind::kExit);
  EXPECT_THAT(bench.log(), ElementsAre(0, 1));
}

}  // namespace
}  // namespace tinyscope
