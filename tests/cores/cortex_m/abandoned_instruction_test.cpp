// Interrupts that fall into a divide or a multiple transfer do not wait for its end.
// Arm DDI 0439D, 3.9 and 4.2; DDI 0403E, B1.5.10 and B1.4.2 (ICI).
#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/support/program_bench.hpp"

namespace tinyscope {
namespace {

using test::ProgramBench;

constexpr const char* kEnable = R"(
reset:
  poke 0xE000E100, 1
  ldr r0, =0x20000100
  movs r1, #10
  movs r2, #20
  movs r3, #30
  stmia r0!, {r1-r3}
  stmia r0!, {r1-r3}
  stmia r0!, {r1-r3}
  ldr r0, =0x20000100
  ldr r1, =0xFFFFFFFF
  movs r2, #1
  b 1f
  .ltorg
1:
)";

std::string program(const std::string& body, const std::string& handler = "",
                    const std::string& control = "") {
  return kEnable + control + "  isb\nbegin:\n" + body + "finish:\n  nop\n  exit\nirq0:\n" +
         handler + "  bx lr\n";
}

struct Outcome {
  std::uint64_t begin = 0;   // cycle at which `begin` could start
  std::uint64_t finish = 0;  // cycle at which `finish` could
  std::uint64_t entry = 0;   // cycle at which the exception entry began
  Address return_address = 0;
  std::uint32_t xpsr = 0;  // as stacked
  std::uint32_t registers[13] = {};
};

// Runs `source`; irq0 is requested in cycle `arrival` (0: never).
Outcome run(const FirmwareImage& image, std::uint64_t arrival) {
  ProgramBench bench(image);
  Outcome outcome;
  // Watched instructions go through the hands of the core: do not help it where it must find out.
  if (arrival == 0) {
    bench.core->watch_address(bench.address_of("begin"),
                              [&] { outcome.begin = bench.core->cycles().count; });
  }
  bench.core->watch_address(bench.address_of("finish"),
                            [&] { outcome.finish = bench.core->cycles().count; });
  bench.core->watch_address(bench.address_of("irq0"), [&] {
    const ExceptionEvent& entry = bench.recorder.exceptions.back();
    outcome.entry = entry.cycles_before.count;
    outcome.return_address = bench.word(entry.frame + 24);
    outcome.xpsr = bench.word(entry.frame + 28);
  });
  if (arrival != 0) bench.at_cycle(arrival, [&] { bench.pulse(0); });
  EXPECT_EQ(bench.run().kind, StopKind::kExit);
  EXPECT_EQ(bench.core->counts().cycles.total(), bench.core->cycles().count);
  for (unsigned n = 2; n < 13; ++n) outcome.registers[n] = bench.r(n);
  return outcome;
}

constexpr std::uint64_t kEntryAndReturn = 12 + 1 + 10;  // DDI 0439D, 3.9; BX between

TEST(AbandonedDivide, RunsAgainBehindTheHandler) {
  const FirmwareImage image = test::assemble(program("  udiv r4, r1, r2\n"));
  const Outcome alone = run(image, 0);
  ASSERT_EQ(alone.finish - alone.begin, 12u);
  for (std::uint64_t after = 1; after < 12; ++after) {
    const Outcome hit = run(image, alone.begin + after);
    EXPECT_EQ(hit.entry, alone.begin + after) << "no cycle of waiting";
    EXPECT_EQ(hit.return_address, ProgramBench(image).address_of("begin"));
    EXPECT_EQ(hit.finish, alone.finish + after + kEntryAndReturn) << "its cycles were lost";
    EXPECT_EQ(hit.registers[4], 0xFFFFFFFFu);
  }
}

TEST(AbandonedDivide, IsNotAbandonedWithDismcycint) {
  const FirmwareImage image = test::assemble(program("  udiv r4, r1, r2\n", "",
                                                     "  poke 0xE000E008, 1\n  movs r1, #0\n"
                                                     "  mvns r1, r1\n"));
  const Outcome alone = run(image, 0);
  const Outcome hit = run(image, alone.begin + 3);
  EXPECT_EQ(hit.entry, alone.finish);
  EXPECT_EQ(hit.return_address, ProgramBench(image).address_of("finish"));
  EXPECT_EQ(hit.finish, alone.finish + kEntryAndReturn);
}

TEST(InterruptedTransfer, GoesOnWithTheRegisterThatIciNames) {
  const FirmwareImage image = test::assemble(program("  ldmia.w r0, {r3-r10}\n"));
  const Outcome alone = run(image, 0);
  ASSERT_EQ(alone.finish - alone.begin, 9u);
  for (std::uint64_t after = 1; after < 8; ++after) {
    const Outcome hit = run(image, alone.begin + after);
    EXPECT_EQ(hit.entry, alone.begin + after);
    EXPECT_EQ(hit.return_address, ProgramBench(image).address_of("begin"));
    EXPECT_EQ(hit.xpsr & 0x0600FC00u, (3 + after) << 12) << "a word a cycle from R3 on";
    // Going on takes one cycle more (DDI 0439D, 3.3.2: one or two).
    EXPECT_EQ(hit.finish, alone.finish + kEntryAndReturn + 1);
    EXPECT_THAT(hit.registers, testing::ElementsAreArray(alone.registers));
  }
}

TEST(InterruptedTransfer, StoresEveryWordOnce) {
  const FirmwareImage image = test::assemble(
      program("  push {r0-r8}\n  pop {r4-r12}\n", "  ldr r0, =0x5A5A5A5A\n  mov r12, r0\n"));
  const Outcome alone = run(image, 0);
  for (std::uint64_t cycle = alone.begin + 1; cycle < alone.finish; ++cycle) {
    const Outcome hit = run(image, cycle);
    EXPECT_LE(hit.entry, cycle + 1) << "waits for the end of a word at most";
    EXPECT_THAT(hit.registers, testing::ElementsAreArray(alone.registers));
  }
}

TEST(InterruptedTransfer, ReturnsThroughPcAfterAll) {
  const FirmwareImage image = test::assemble(
      program("  bl 1f\n  b finish\n1:\n  push {r4-r7, lr}\n  movs r4, #1\n  pop {r4-r7, pc}\n"));
  const Outcome alone = run(image, 0);
  for (std::uint64_t cycle = alone.begin + 1; cycle < alone.finish; ++cycle) {
    EXPECT_THAT(run(image, cycle).registers, testing::ElementsAreArray(alone.registers));
  }
}

TEST(InterruptedTransfer, StartsAnewInAnItBlock) {
  const FirmwareImage image =
      test::assemble(program("  cmp r2, #1\n  it eq\n  ldmiaeq.w r0, {r3-r10}\n"));
  const Outcome alone = run(image, 0);
  const Outcome hit = run(image, alone.finish - 4);
  EXPECT_EQ(hit.entry, alone.finish - 4);
  EXPECT_NE(hit.xpsr & 0x06000C00u, 0u) << "ITSTATE has the place of ICI";
  EXPECT_THAT(hit.registers, testing::ElementsAreArray(alone.registers));
  EXPECT_GE(hit.finish, alone.finish + kEntryAndReturn + 5) << "words moved before are moved again";
}

TEST(InterruptedTransfer, StartsAnewIfItReplacesItsBase) {
  const FirmwareImage image = test::assemble(program("  ldmia.w r0, {r0, r3-r9}\n"));
  const Outcome alone = run(image, 0);
  const Outcome hit = run(image, alone.begin + 5);
  EXPECT_EQ(hit.entry, alone.begin + 5);
  EXPECT_EQ(hit.xpsr & 0x0600FC00u, 0u);
  EXPECT_EQ(hit.finish, alone.finish + 5 + kEntryAndReturn);
}

TEST(InterruptedTransfer, StartsAnewIfTheHandlerClearsIci) {
  const FirmwareImage image =
      test::assemble(program("  ldmia.w r0, {r3-r10}\n",
                             "  ldr r1, [sp, #28]\n  bic r1, r1, #0xF000\n  str r1, [sp, #28]\n"));
  const Outcome alone = run(image, 0);
  const Outcome hit = run(image, alone.begin + 5);
  EXPECT_NE(hit.xpsr & 0xF000u, 0u);
  EXPECT_THAT(hit.registers, testing::ElementsAreArray(alone.registers));
}

TEST(InterruptedTransfer, OfFloatsGoesOnWithAPair) {
  const FirmwareImage image = test::assemble(program(
      "  vldmia r0, {s0-s7}\n", "", "  poke 0xE000ED88, 0x00F00000\n  ldr r0, =0x20000100\n"));
  const Outcome alone = run(image, 0);
  const Outcome hit = run(image, alone.begin + 5);
  EXPECT_EQ(hit.entry, alone.begin + 5);
  EXPECT_EQ(hit.xpsr >> 12 & 0xFu, 2u) << "five floats moved: D2 is the first not complete";
}

TEST(InterruptedTransfer, OtherEventsCostNothing) {
  const FirmwareImage image =
      test::assemble(program("  ldmia.w r0, {r3-r10}\n  udiv r4, r1, r2\n"));
  const Outcome alone = run(image, 0);
  ProgramBench bench(image);
  std::uint64_t finish = 0;
  bench.core->watch_address(bench.address_of("finish"),
                            [&] { finish = bench.core->cycles().count; });
  for (std::uint64_t cycle = alone.begin; cycle < alone.finish; ++cycle) {
    bench.at_cycle(cycle, [] {});
  }
  bench.run();
  EXPECT_EQ(finish, alone.finish);
}

}  // namespace
}  // namespace tinyscope
