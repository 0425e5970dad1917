// Programs run from reset: registers, memory, semihosting, limits, sleep.
#include <gtest/gtest.h>

#include "tests/support/program_bench.hpp"

namespace tinyscope {
namespace {

using test::ProgramBench;

TEST(Core, RunsFromTheVectorTableAndEndsBySemihosting) {
  ProgramBench bench(R"(
reset:
  movs r4, #20
  adds r4, #22
  exit
)");
  const StopReason stop = bench.run();
  EXPECT_EQ(stop.kind, StopKind::kExit);
  EXPECT_EQ(stop.exit_code, 0);
  EXPECT_EQ(bench.r(4), 42u);
}

TEST(Core, EveryCycleBelongsToACause) {
  ProgramBench bench(R"(
reset:
  movs r4, #100
1:
  ldr r0, [sp, #-16]
  muls r0, r4
  subs r4, #1
  bne 1b
  exit
)");
  bench.run();
  EXPECT_EQ(bench.core->counts().cycles.total(), bench.core->cycles().count);
  EXPECT_GE(bench.core->counts().instructions, 400u);
}

TEST(Core, StopsAtTheCycleLimit) {
  ProgramBench bench("reset:\n  b reset\n");
  // Something is scheduled for later, so the loop could still be interrupted.
  Event later(bench.scheduler, [] {});
  later.at(TimePoint{1'000'000'000'000});
  const StopReason stop = bench.run(5000);
  EXPECT_EQ(stop.kind, StopKind::kLimit);
  EXPECT_GE(bench.core->cycles().count, 5000u);
  EXPECT_LE(bench.core->cycles().count, 5010u);
}

TEST(Core, SkippedInstructionsOfAnItBlockAreCountedAndDoNothing) {
  ProgramBench bench(R"(
reset:
  movs r4, #0
  cmp r4, #1
  ite eq
  moveq r5, #1
  movne r5, #2
  exit
)");
  bench.run();
  EXPECT_EQ(bench.r(5), 2u);
  // movs, cmp, it, moveq (skipped), movne, movs, ldr, bkpt
  EXPECT_EQ(bench.core->counts().instructions, 8u);
}

TEST(Core, SleepsUntilTheNextEventAndCountsSleepApart) {
  ProgramBench bench(R"(
reset:
  cpsid i
  ldr r0, =0xE000E010      @ SysTick: 1000 cycles, interrupt
  ldr r1, =999
  str r1, [r0, #4]
  movs r1, #0
  str r1, [r0, #8]
  movs r1, #7
  str r1, [r0]
  wfi
  movs r4, #1
  exit
)");
  bench.run();
  EXPECT_EQ(bench.r(4), 1u);
  const auto counts = bench.core->counts();
  EXPECT_GT(counts.cycles[StallCause::kSleep], 900u);
  EXPECT_LE(counts.cycles[StallCause::kSleep], 1000u);
}

TEST(Core, SleepWithNothingScheduledEndsTheRun) {
  ProgramBench bench("reset:\n  wfi\n  b reset\n");
  bench.core->reset();
  EXPECT_EQ(bench.core->run().kind, StopKind::kIdle);
}

TEST(Core, WfeReturnsAtOnceAfterSevAndSleepsTheSecondTime) {
  ProgramBench bench(R"(
reset:
  sev
  wfe
  movs r4, #1
  wfe
  movs r4, #2
  exit
)");
  bench.core->reset();
  EXPECT_EQ(bench.core->run().kind, StopKind::kIdle);
  EXPECT_EQ(bench.r(4), 1u);
}

TEST(Core, YieldIsNoSleep) {
  ProgramBench bench("reset:\n  yield\n  movs r4, #3\n  exit\n");
  EXPECT_EQ(bench.run().kind, StopKind::kExit);
  EXPECT_EQ(bench.r(4), 3u);
}

TEST(Core, WatchedAddressIsCalledBeforeItsInstruction) {
  ProgramBench bench(R"(
reset:
  movs r4, #1
  .global here
here:
  movs r4, #2
  exit
)");
  std::uint32_t seen = 0;
  bench.core->watch_address(bench.address_of("here"), [&] { seen = bench.r(4); });
  bench.run();
  EXPECT_EQ(seen, 1u);
}

TEST(Core, StoreWatchIsCalledAfterTheStore) {
  ProgramBench bench(R"(
reset:
  ldr r0, =0x20000100
  movs r1, #77
  str r1, [r0]
  exit
)");
  std::uint32_t seen = 0;
  bench.core->watch_stores(0x20000100, 4, [&] { seen = bench.word(0x20000100); });
  bench.run();
  EXPECT_EQ(seen, 77u);
}

TEST(Core, CodeWrittenToRamByTheProgramRunsAsWritten) {
  ProgramBench bench(R"(
reset:
  ldr r0, =0x20000200
  ldr r1, =0x47702001      @ movs r0, #1 ; bx lr
  str r1, [r0]
  adds r5, r0, #1
  blx r5
  mov r4, r0
  ldr r0, =0x20000200
  ldr r1, =0x47702002      @ movs r0, #2 ; bx lr
  str r1, [r0]
  blx r5
  mov r6, r0
  exit
)");
  bench.run();
  EXPECT_EQ(bench.r(4), 1u);
  EXPECT_EQ(bench.r(6), 2u);
}

// Adds up what listeners are told.
class Sum final : public SimListener {
 public:
  void on_block_retired(const BlockRetired& block) override { cycles += block.cycles.total(); }
  void on_exception(const ExceptionEvent& event) override { cycles += event.cycles.total(); }
  void on_sleep(const SleepEvent& event) override { cycles += event.length.count; }
  std::uint64_t cycles = 0;
};

TEST(Core, ListenersHearOfEveryCycleEvenOfAnEntryThatLocksUp) {
  ProgramBench bench(R"(
reset:
  ldr r0, =0xE000ED08      @ VTOR to where nothing answers
  ldr r1, =0x30000000
  str r1, [r0]
  svc 0
  b .
)");
  Sum sum;
  bench.core->add_listener(sum);
  EXPECT_EQ(bench.run().kind, StopKind::kLockup);
  EXPECT_EQ(sum.cycles, bench.core->cycles().count);
}

TEST(Core, PoweredOffCoreIsBroughtBackByAResetOnly) {
  ProgramBench bench(R"(
reset:
  ldr r0, =0x20000100
  ldr r1, [r0]
  adds r1, #1
  str r1, [r0]
1:
  cmp r1, #2
  bne 1b
  exit
)");
  Event off(bench.scheduler, [&] { bench.core->power_off(); });
  off.at(TimePoint{} + Duration::from_us(100));
  Event interrupt(bench.scheduler, [&] { bench.core->nvic().set_pending(14); });
  interrupt.at(TimePoint{} + Duration::from_us(200));
  Event reset(bench.scheduler, [&] { bench.core->request_reset(ResetKind::kPin); });
  reset.at(TimePoint{} + Duration::from_us(500));
  EXPECT_EQ(bench.run().kind, StopKind::kExit);
  EXPECT_EQ(bench.word(0x20000100), 2u);
  const auto asleep = bench.core->counts().cycles[StallCause::kSleep];
  EXPECT_GE(asleep, 64u * 399u);
  EXPECT_LE(asleep, 64u * 400u);
}

TEST(Core, TwoRunsTakeTheSameCycles) {
  const char* const program = R"(
reset:
  movs r4, #200
1:
  udiv r5, r4, r4
  push {r4, r5}
  pop {r4, r5}
  subs r4, #1
  bne 1b
  exit
)";
  ProgramBench first(program);
  ProgramBench second(program);
  first.run();
  second.run();
  EXPECT_EQ(first.core->cycles().count, second.core->cycles().count);
}

}  // namespace
}  // namespace tinyscope
