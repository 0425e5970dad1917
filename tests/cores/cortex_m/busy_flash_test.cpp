// Reading flash while it is written or erased. RM0432, FLASH, "Read-while-write"; nRF52840 PS,
// NVMC, "Writing to flash": the CPU is halted while it executes from flash.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <tuple>

#include "cores/memory/flat_memory_timing.hpp"
#include "tests/support/program_bench.hpp"

namespace tinyscope {
namespace {

using test::assemble;
using test::ProgramBench;
using testing::ElementsAre;

constexpr Address kFlag = 0x20003000;
constexpr std::uint32_t kUpperHalf = 0x80000;

struct Controller final : FlashWritePolicy {
  bool cpu_writes_enabled() const override { return false; }
  Outcome cpu_write(Address, AccessSize, std::uint32_t, std::uint32_t) override { return {}; }
  bool busy_at(Address offset) const override { return offset >= first && offset < end; }
  Address first = 0;
  Address end = 1u << 20;
};

// Everything that listeners are told, added up.
struct Sum final : SimListener {
  void on_block_retired(const BlockRetired& block) override { cycles += block.cycles; }
  void on_exception(const ExceptionEvent& event) override { cycles += event.cycles; }
  void on_sleep(const SleepEvent& sleep) override {
    cycles[StallCause::kSleep] += sleep.length.count;
  }
  StallCycles cycles;
};

struct Bench : ProgramBench {
  explicit Bench(const FirmwareImage& program) : ProgramBench(program) { connect(); }
  Bench(const FirmwareImage& program, bool fast)
      : ProgramBench(program, {.interrupts = 16, .priority_bits = 3},
                     std::make_unique<FlatMemoryTiming>(
                         std::vector<MemoryBlock>{{0, 1u << 20}, {0x20000000, 256u << 10}}),
                     fast) {
    connect();
  }
  // Flash is busy between these cycles.
  void busy(std::uint64_t from, std::uint64_t to) {
    at_cycle(from, [this] { core->set_flash_busy(true); });
    at_cycle(to, [this] { core->set_flash_busy(false); });
  }
  std::uint64_t stall(StallCause cause) const { return core->counts().cycles[cause]; }
  std::uint64_t cycles() const { return core->cycles().count; }

  Controller controller;
  Sum sum;

 private:
  void connect() {
    bus.memory_at(0).memory->set_write_policy(&controller);
    core->add_listener(sum);
  }
};

const FirmwareImage& counting() {
  static const FirmwareImage kProgram = assemble(R"(
reset:
  movs r4, #0
  ldr r5, =1000
1:
  adds r4, #1
  cmp r4, r5
  bne 1b
  exit
)");
  return kProgram;
}

// Copies `work` to 0x20002000 and calls it there; it must leave with bx lr.
FirmwareImage working_in_ram(std::string_view start, std::string_view work) {
  return assemble(std::string("reset:\n") + std::string(start) + R"(
  ldr r0, =work
  ldr r1, =0x20002000
  movs r2, #64
1:
  ldr r3, [r0], #4
  str r3, [r1], #4
  subs r2, #1
  bne 1b
  movs r4, #0
  ldr r6, =0x20003000
  movs r0, #0
  str r0, [r6]
  ldr r7, =0x20002001
  blx r7
  exit
irq0:
  ldr r9, [r6]
  bx lr
  .ltorg
  .balign 32
work:
)" + std::string(work) +
                  "\n.ltorg\n.space 256\n");
}

constexpr std::string_view kUntilFlag = R"(
1:
  adds r4, #1
  ldr r0, [r6]
  cmp r0, #0
  beq 1b
  bx lr
)";

TEST(BusyFlash, HaltsCodeThatRunsFromItForJustThatTime) {
  Bench undisturbed(counting());
  undisturbed.run();
  Bench bench(counting());
  bench.busy(200, 1000);
  EXPECT_EQ(bench.run().kind, StopKind::kExit);
  EXPECT_EQ(bench.r(4), 1000u);
  const std::uint64_t waited = bench.stall(StallCause::kFetch);
  EXPECT_LE(waited, 800u);
  EXPECT_GT(waited, 790u);  // the instruction that was running ended
  EXPECT_EQ(bench.cycles(), undisturbed.cycles() + waited);
  EXPECT_EQ(bench.core->counts().instructions, undisturbed.core->counts().instructions);
}

TEST(BusyFlash, ListenersHearOfEveryCycle) {
  Bench bench(counting());
  bench.busy(200, 1000);
  bench.run();
  EXPECT_EQ(bench.sum.cycles.total(), bench.cycles());
  EXPECT_EQ(bench.sum.cycles[StallCause::kFetch], bench.stall(StallCause::kFetch));
}

TEST(BusyFlash, CycleCounterCountsOn) {
  Bench bench(assemble(R"(
reset:
  poke 0xE000EDFC, 0x01000000
  poke 0xE0001000, 1
  ldr r6, =0xE0001004
  ldr r5, [r6]
  ldr r7, =200
1:
  subs r7, #1
  bne 1b
  ldr r4, [r6]
  subs r4, r5
  exit
)"));
  bench.busy(100, 50'000);
  bench.run();
  EXPECT_GT(bench.r(4), 49'800u);
  EXPECT_LT(bench.r(4), 51'000u);
}

TEST(BusyFlash, CodeInRamRunsOnAndWaitsWhenItComesBack) {
  const FirmwareImage program = working_in_ram("", kUntilFlag);
  const auto rounds = [&program](bool busy) {
    Bench bench(program);
    if (busy) bench.busy(2000, 20'000);
    bench.at_cycle(10'000, [&] { bench.set_word(kFlag, 1); });
    EXPECT_EQ(bench.run().kind, StopKind::kExit);
    if (busy) {
      EXPECT_GT(bench.stall(StallCause::kFetch), 9'900u);
      EXPECT_GE(bench.cycles(), 20'000u);
    }
    return bench.r(4);
  };
  EXPECT_EQ(rounds(true), rounds(false));
}

TEST(BusyFlash, AnInterruptPendsUntilItsVectorCanBeRead) {
  Bench bench(working_in_ram("  poke 0xE000E100, 1\n", kUntilFlag));
  bench.busy(2000, 20'000);
  bench.at_cycle(5000, [&] { bench.pulse(0); });
  bench.at_cycle(30'000, [&] { bench.set_word(kFlag, 1); });
  EXPECT_EQ(bench.run().kind, StopKind::kExit);
  ASSERT_FALSE(bench.recorder.exceptions.empty());
  EXPECT_EQ(bench.recorder.exceptions[0].cycles_before.count, 20'000u);
  EXPECT_EQ(bench.sum.cycles.total(), bench.cycles());
}

TEST(BusyFlash, AnInterruptWithVectorAndHandlerInRamIsTakenAtOnce) {
  // The vector of interrupt 0 at 0x20004040 leads to the second half of the code in RAM.
  Bench bench(working_in_ram(R"(
  poke 0xE000E100, 1
  poke 0x20004040, 0x20002021
  poke 0xE000ED08, 0x20004000
)",
                             std::string(kUntilFlag) + ".balign 32\n  mov r8, #7\n  bx lr\n"));
  bench.busy(2000, 20'000);
  bench.at_cycle(5000, [&] { bench.pulse(0); });
  bench.at_cycle(10'000, [&] { bench.set_word(kFlag, 1); });
  EXPECT_EQ(bench.run().kind, StopKind::kExit);
  EXPECT_EQ(bench.r(8), 7u);
  ASSERT_FALSE(bench.recorder.exceptions.empty());
  EXPECT_LT(bench.recorder.exceptions[0].cycles_before.count, 5010u);
}

TEST(BusyFlash, InterruptsOfHaltedCodeAreTakenInOrderOfPriorityAfterwards) {
  Bench bench(assemble(R"(
reset:
  poke 0xE000E400, 0x00002040
  poke 0xE000E100, 3
  ldr r7, =2000
1:
  subs r7, #1
  bne 1b
  exit
irq0:
  log 10
  bx lr
irq1:
  log 11
  bx lr
)"));
  bench.busy(300, 2000);
  bench.at_cycle(500, [&] { bench.pulse(0); });
  bench.at_cycle(900, [&] { bench.pulse(1); });
  bench.run();
  EXPECT_THAT(bench.log(), ElementsAre(11, 10));
  ASSERT_FALSE(bench.recorder.exceptions.empty());
  EXPECT_EQ(bench.recorder.exceptions[0].cycles_before.count, 2000u);
}

TEST(BusyFlash, ALoadFromItWaitsForTheData) {
  Bench bench(working_in_ram("  movs r5, #0\n", R"(
  ldr r3, =3000
1:
  subs r3, #1
  bne 1b
  ldr r4, [r5]
  bx lr
)"));
  bench.busy(2000, 40'000);
  bench.run();
  EXPECT_EQ(bench.r(4), ProgramBench::kStackTop);
  EXPECT_GT(bench.stall(StallCause::kData), 20'000u);
  EXPECT_GE(bench.cycles(), 40'000u);
  EXPECT_EQ(bench.sum.cycles.total(), bench.cycles());
}

TEST(BusyFlash, CodeInTheOtherHalfRunsOn) {
  Bench undisturbed(counting());
  undisturbed.run();
  Bench bench(counting());
  bench.controller.first = kUpperHalf;
  bench.busy(200, 1000);
  bench.run();
  EXPECT_EQ(bench.cycles(), undisturbed.cycles());
}

TEST(BusyFlash, AResetEndsTheWait) {
  Bench bench(counting());
  bench.busy(200, 3000);
  bench.at_cycle(1000, [&] { bench.core->request_reset(ResetKind::kWatchdog); });
  bench.run();
  ASSERT_EQ(bench.recorder.resets.size(), 2u);
  EXPECT_EQ(bench.recorder.resets[1].count, 1000u);
}

TEST(BusyFlash, StoppingInBetweenChangesNothing) {
  Bench through(counting());
  through.busy(200, 3000);
  through.run();
  Bench stopping(counting());
  stopping.busy(200, 3000);
  EXPECT_EQ(stopping.run(1500).kind, StopKind::kLimit);
  EXPECT_EQ(stopping.cycles(), 1500u);
  StateArchive saved = StateArchive::saving();
  stopping.core->snapshot(saved);
  stopping.core->set_flash_busy(false);  // which the snapshot does not know
  StateArchive loaded = StateArchive::loading(saved.bytes());
  stopping.core->snapshot(loaded);
  stopping.core->set_cycle_limit({1'000'000});
  stopping.resume();
  EXPECT_EQ(stopping.cycles(), through.cycles());
  EXPECT_EQ(stopping.stall(StallCause::kFetch), through.stall(StallCause::kFetch));
  EXPECT_EQ(stopping.sum.cycles.total(), stopping.cycles());
}

TEST(BusyFlash, ThatNeverBecomesReadyStopsTheRun) {
  Bench bench(counting());
  bench.at_cycle(200, [&] { bench.core->set_flash_busy(true); });
  EXPECT_EQ(bench.run(~std::uint64_t{0}).kind, StopKind::kIdle);
}

// Wherever it falls: in IT blocks, divides, multiple transfers, and on both paths.
TEST(BusyFlash, AtAnyCycleChangesNoResultAndBothPathsAgree) {
  const FirmwareImage program = assemble(R"(
reset:
  poke 0xE000E100, 1
  movs r4, #0
  movs r5, #0
  ldr r6, =0x20002000
  movs r7, #24
1:
  adds r4, r4, r7
  tst r4, #1
  itete ne
  addne r5, #3
  addeq r5, #5
  strne r5, [r6]
  streq r4, [r6]
  stm r6, {r0-r5}
  ldm r6, {r8-r12}
  udiv r3, r4, r7
  adds r5, r5, r3
  subs r7, #1
  bne 1b
  exit
irq0:
  adds r2, r2, #1
  bx lr
)");
  Bench undisturbed(program, false);
  undisturbed.run();
  for (std::uint64_t from = 60; from < 200; ++from) {
    std::tuple<std::uint64_t, std::uint64_t, std::uint64_t> seen[2];
    for (const bool fast : {false, true}) {
      Bench bench(program, fast);
      bench.busy(from, from + 500);
      bench.at_cycle(from + 100, [&] { bench.pulse(0); });
      ASSERT_EQ(bench.run().kind, StopKind::kExit);
      EXPECT_EQ(bench.r(4), undisturbed.r(4)) << from;
      EXPECT_EQ(bench.r(5), undisturbed.r(5)) << from;
      EXPECT_EQ(bench.sum.cycles.total(), bench.cycles()) << from;
      EXPECT_EQ(bench.recorder.exceptions.at(0).cycles_before.count, from + 500);
      EXPECT_EQ(bench.word(0x20002010), undisturbed.word(0x20002010));
      seen[fast ? 1 : 0] = {bench.cycles(), bench.stall(StallCause::kFetch),
                            bench.core->counts().instructions};
    }
    EXPECT_EQ(seen[0], seen[1]) << from;
  }
}

}  // namespace
}  // namespace tinyscope
