// NVIC, SCB and reset as programs see them. Arm DDI 0403E, B3.2 and B3.4; DDI 0439D, table 4-1.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/support/program_bench.hpp"

namespace tinyscope {
namespace {

using test::ProgramBench;
using testing::ElementsAre;

TEST(Nvic, EnableAndPendingRegistersSetAndClearBits) {
  ProgramBench bench(R"(
reset:
  cpsid i
  ldr r0, =0xE000E100
  movs r1, #0xF0
  str r1, [r0]
  movs r1, #0x30
  str r1, [r0, #0x80]         @ ICER
  ldr r4, [r0]
  ldr r5, [r0, #0x80]
  ldr r0, =0xE000E200
  movs r1, #0x0F
  str r1, [r0]
  movs r1, #0x03
  str r1, [r0, #0x80]         @ ICPR
  ldr r6, [r0]
  ldr r7, [r0, #0x80]
  exit
)");
  bench.run();
  EXPECT_EQ(bench.r(4), 0xC0u);
  EXPECT_EQ(bench.r(5), 0xC0u);
  EXPECT_EQ(bench.r(6), 0x0Cu);
  EXPECT_EQ(bench.r(7), 0x0Cu);
}

TEST(Nvic, PriorityBytesAreWrittenAlone) {
  ProgramBench bench(R"(
reset:
  ldr r0, =0xE000E400
  ldr r1, =0x20406080
  str r1, [r0]
  movs r1, #0xE0
  strb r1, [r0, #1]
  ldr r4, [r0]
  ldrb r5, [r0, #3]
  ldr r0, =0xE000ED18
  movs r1, #0x40
  strb r1, [r0, #11]          @ SysTick
  movs r1, #0xC0
  strb r1, [r0, #10]          @ PendSV
  ldr r6, [r0, #8]
  ldr r7, [r0, #4]
  exit
)");
  bench.run();
  EXPECT_EQ(bench.r(4), 0x2040E080u);
  EXPECT_EQ(bench.r(5), 0x20u);
  EXPECT_EQ(bench.r(6), 0x40C00000u);
  EXPECT_EQ(bench.r(7), 0u);
}

TEST(Nvic, PriorityByteAfterAResetLeavesNeighboursAtZero) {
  ProgramBench bench(R"(
reset:
  ldr r0, =0x20002000
  ldr r1, [r0]
  adds r1, #1
  str r1, [r0]
  cmp r1, #2
  beq again
  poke 0xE000E400, 0x20406080
  poke 0xE000ED0C, 0x05FA0004
  b .
again:
  ldr r0, =0xE000E400
  movs r1, #0xE0
  strb r1, [r0]
  ldr r4, [r0]
  exit
)");
  EXPECT_EQ(bench.run().kind, StopKind::kExit);
  EXPECT_EQ(bench.r(4), 0xE0u);
}

TEST(Nvic, ActiveBitIsSetInTheHandlerOnly) {
  ProgramBench bench(R"(
reset:
  poke 0xE000E100, 4
  poke 0xE000EF00, 2
  ldr r0, =0xE000E300
  ldr r5, [r0]
  exit
irq2:
  ldr r0, =0xE000E300
  ldr r4, [r0]
  bx lr
)");
  bench.run();
  EXPECT_EQ(bench.r(4), 4u);
  EXPECT_EQ(bench.r(5), 0u);
}

TEST(Nvic, LevelThatStaysHighIsTakenAgainAfterEachReturn) {
  ProgramBench bench(R"(
reset:
  poke 0xE000E100, 1
  b .
irq0:
  log 0
  bx lr
)");
  bench.at_cycle(100, [&] { bench.core->set_interrupt_line(0, true); });
  bench.run(1000);
  EXPECT_GE(bench.log().size(), 10u);
  const auto& events = bench.recorder.exceptions;
  ASSERT_GE(events.size(), 10u);
  for (std::size_t i = 1; i < events.size(); ++i) {
    EXPECT_EQ(events[i].phase, ExceptionPhase::kTailChain);
  }
}

TEST(Nvic, LevelThatFallsInTheHandlerIsTakenOnce) {
  ProgramBench bench(R"(
reset:
  poke 0xE000E100, 1
  movs r4, #200
1:
  subs r4, #1
  bne 1b
  exit
irq0:
  log 0
  bx lr
)");
  bench.at_cycle(100, [&] { bench.core->set_interrupt_line(0, true); });
  bench.at_cycle(115, [&] { bench.core->set_interrupt_line(0, false); });
  bench.run();
  EXPECT_THAT(bench.log(), ElementsAre(0));
}

TEST(Nvic, PulseInTheHandlerPendsOnceMore) {
  ProgramBench bench(R"(
reset:
  poke 0xE000E100, 1
  movs r4, #200
1:
  subs r4, #1
  bne 1b
  exit
irq0:
  log 0
  bx lr
)");
  bench.at_cycle(100, [&] { bench.pulse(0); });
  bench.at_cycle(115, [&] { bench.pulse(0); });
  bench.run();
  EXPECT_THAT(bench.log(), ElementsAre(0, 0));
}

TEST(Nvic, DisabledInterruptStaysPendingUntilEnabled) {
  ProgramBench bench(R"(
reset:
  movs r4, #50
1:
  subs r4, #1
  bne 1b
  log 1
  poke 0xE000E100, 1
  exit
irq0:
  log 0
  bx lr
)");
  bench.at_cycle(50, [&] { bench.pulse(0); });
  bench.run();
  EXPECT_THAT(bench.log(), ElementsAre(1, 0));
}

TEST(Icsr, TellsWhatIsActiveAndPending) {
  ProgramBench bench(R"(
reset:
  poke 0xE000E100, 6
  poke 0xE000E400, 0x00408000
  ldr r8, =0xE000ED04
  ldr r4, [r8]
  poke 0xE000EF00, 1
  exit
irq1:
  ldr r5, [r8]                 @ RETTOBASE
  poke 0xE000E280, 4
  poke 0xE000EF00, 2           @ preempts
  ldr r0, =0xE000ED04
  ldr r1, =0x10000000
  str r1, [r0]
  bx lr
irq2:
  ldr r6, [r8]                 @ nested
  cpsid i
  poke 0xE000ED04, 0x14000000
  ldr r7, [r8]                 @ PendSV and SysTick pending
  poke 0xE000ED04, 0x0A000000
  ldr r9, [r8]
  cpsie i
  bx lr
pendsv:
  bx lr
)");
  EXPECT_EQ(bench.run().kind, StopKind::kExit);
  EXPECT_EQ(bench.r(4), 0x800u);
  EXPECT_EQ(bench.r(5), 0x800u | 17);
  EXPECT_EQ(bench.r(6), 18u);
  EXPECT_EQ(bench.r(7), 0x14000000u | 14u << 12 | 18u);
  EXPECT_EQ(bench.r(9), 18u);
}

TEST(Shcsr, EnablesFaultsAndShowsActiveOnes) {
  ProgramBench bench(R"(
reset:
  poke 0xE000ED24, 0x00070000
  ldr r4, [r0]
  svc #0
  exit
svcall:
  ldr r0, =0xE000ED24
  ldr r5, [r0]
  bx lr
)");
  bench.run();
  EXPECT_EQ(bench.r(4), 0x00070000u);
  EXPECT_EQ(bench.r(5), 0x00070080u);
}

TEST(Shcsr, PendingBitsOfFaultsCanBeSet) {
  ProgramBench bench(R"(
reset:
  poke 0xE000ED24, 0x00040000
  poke 0xE000ED24, 0x00041000  @ USGFAULTPENDED
  exit
usagefault:
  mrs r4, ipsr
  ldr r0, =0xE000ED28
  ldr r5, [r0]
  bx lr
)");
  EXPECT_EQ(bench.run().kind, StopKind::kExit);
  EXPECT_EQ(bench.r(4), 6u);
  EXPECT_EQ(bench.r(5), 0u);
}

TEST(FaultStatus, BytesOfCfsrAreClearedByWritingOnes) {
  ProgramBench bench(R"(
reset:
  poke 0xE000ED24, 0x00060000
  udf #0
  ldr r1, =0x60000000
  ldr r2, [r1]
  exit
usagefault:
  ldr r0, [sp, #24]
  adds r0, #2
  str r0, [sp, #24]
  bx lr
busfault:
  ldr r0, =0xE000ED28
  ldr r4, [r0]
  ldrb r5, [r0, #1]            @ BFSR
  ldrh r6, [r0, #2]            @ UFSR
  strb r5, [r0, #1]
  ldr r7, [r0]
  exit
)");
  bench.run();
  EXPECT_EQ(bench.r(4), 0x00018200u);
  EXPECT_EQ(bench.r(5), 0x82u);
  EXPECT_EQ(bench.r(6), 1u);
  EXPECT_EQ(bench.r(7), 0x00010000u);
}

TEST(Vtor, VectorsMayLiveInRam) {
  ProgramBench bench(R"(
reset:
  ldr r0, =0x20000400 + 64
  ldr r1, =elsewhere
  str r1, [r0]
  poke 0xE000ED08, 0x2000047F  @ the low bits do not exist
  ldr r4, [r0]
  poke 0xE000ED08, 0x20000400
  poke 0xE000E100, 1
  poke 0xE000EF00, 0
  exit
irq0:
  b .
  .type elsewhere, %function
elsewhere:
  movs r5, #1
  bx lr
)");
  EXPECT_EQ(bench.run().kind, StopKind::kExit);
  EXPECT_EQ(bench.r(4), 0x20000400u);
  EXPECT_EQ(bench.r(5), 1u);
}

TEST(Aircr, SysresetreqRestartsTheSystemAndKeepsMemory) {
  ProgramBench bench(R"(
reset:
  ldr r8, =0x20002000
  ldr r1, [r8]
  adds r1, #1
  str r1, [r8]
  cmp r1, #2
  beq again
  poke 0xE000ED24, 0x00070000
  poke 0xE000E100, 1
  cpsid i
  ldr r0, =0x20008000
  msr psp, r0
  movs r0, #2
  msr control, r0
  poke 0xE000ED0C, 0x12340004  @ the wrong key does nothing
  poke 0xE000ED0C, 0x05FA0004
  b .
again:
  mrs r4, control
  mrs r5, primask
  ldr r0, =0xE000ED24
  ldr r6, [r0]
  ldr r0, =0xE000E100
  ldr r7, [r0]
  mov r9, sp
  exit
)");
  std::vector<ResetKind> kinds;
  bench.core->on_system_reset([&](ResetKind kind) { kinds.push_back(kind); });
  EXPECT_EQ(bench.run().kind, StopKind::kExit);
  EXPECT_EQ(bench.word(0x20002000), 2u);
  EXPECT_EQ(bench.r(4), 0u);
  EXPECT_EQ(bench.r(5), 0u);
  EXPECT_EQ(bench.r(6), 0u);
  EXPECT_EQ(bench.r(7), 0u);
  EXPECT_EQ(bench.r(9), 0x20010000u);
  EXPECT_THAT(kinds, ElementsAre(ResetKind::kSoftware));
  EXPECT_EQ(bench.recorder.resets.size(), 2u);
  EXPECT_GT(bench.recorder.resets[1].count, 0u);
}

TEST(Aircr, ReadsItsKeyBackInverted) {
  ProgramBench bench(R"(
reset:
  poke 0xE000ED0C, 0x05FA0300
  ldr r4, [r0]
  exit
)");
  bench.run();
  EXPECT_EQ(bench.r(4), 0xFA050300u);
}

TEST(Identification, IsThatOfACortexM4WithFpu) {
  ProgramBench bench(R"(
reset:
  ldr r0, =0xE000ED00
  ldr r4, [r0]
  ldr r5, [r0, #0x14]          @ CCR
  ldr r0, =0xE000EF34
  ldr r6, [r0]
  ldr r7, [r0, #12]            @ MVFR0
  exit
)");
  bench.run();
  EXPECT_EQ(bench.r(4), 0x410FC241u);
  EXPECT_EQ(bench.r(5), 0x200u);
  EXPECT_EQ(bench.r(6), 0xC0000000u);
  EXPECT_EQ(bench.r(7), 0x10110021u);
}

}  // namespace
}  // namespace tinyscope
