// Exception entry and return: frames, EXC_RETURN, cycles, tail-chaining, late arrival.
// Arm DDI 0403E, B1.5.6 to B1.5.8 and B1.5.12; cycles: Cortex-M4 TRM, DDI 0439D, 3.9.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/support/program_bench.hpp"

namespace tinyscope {
namespace {

using test::ProgramBench;
using testing::ElementsAre;

constexpr std::uint32_t kThumb = 1u << 24;
constexpr std::uint32_t kPadded = 1u << 9;

// IRQ 0 is taken behind a store to STIR with known registers; its handler keeps SP in r4, LR in r5.
std::string program_with_known_registers(const std::string& before) {
  return R"(
reset:
  poke 0xE000E100, 1
)" + before +
         R"(
  ldr r4, =0xE000EF00
  movs r5, #0
  ldr r0, =0xA8000000
  msr apsr_nzcvq, r0
  ldr r0, =0x10101010
  ldr r1, =0x11111111
  ldr r2, =0x12121212
  ldr r3, =0x13131313
  ldr r12, =0x1C1C1C1C
  ldr lr, =0x1E1E1E1E
  str r5, [r4]
  .global after
after:
  mov r6, sp
  mov r7, r0
  mov r8, r12
  mov r9, lr
  mrs r10, apsr
  exit
irq0:
  mov r4, sp
  mov r5, lr
  mrs r11, ipsr
  movs r0, #0
  mov r12, r0
  bx lr
)";
}

void expect_known_frame(ProgramBench& bench, std::uint32_t xpsr) {
  const Address frame = bench.r(4);
  EXPECT_EQ(bench.word(frame), 0x10101010u);
  EXPECT_EQ(bench.word(frame + 4), 0x11111111u);
  EXPECT_EQ(bench.word(frame + 8), 0x12121212u);
  EXPECT_EQ(bench.word(frame + 12), 0x13131313u);
  EXPECT_EQ(bench.word(frame + 16), 0x1C1C1C1Cu);
  EXPECT_EQ(bench.word(frame + 20), 0x1E1E1E1Eu);
  EXPECT_EQ(bench.word(frame + 24), bench.address_of("after"));
  EXPECT_EQ(bench.word(frame + 28), xpsr);
  // and all of it comes back
  EXPECT_EQ(bench.r(7), 0x10101010u);
  EXPECT_EQ(bench.r(8), 0x1C1C1C1Cu);
  EXPECT_EQ(bench.r(9), 0x1E1E1E1Eu);
  EXPECT_EQ(bench.r(10), 0xA8000000u);
  EXPECT_EQ(bench.r(11), 16u);
}

TEST(ExceptionEntry, StacksEightWordsAndRestoresThem) {
  ProgramBench bench(program_with_known_registers(""));
  EXPECT_EQ(bench.run().kind, StopKind::kExit);
  expect_known_frame(bench, 0xA8000000u | kThumb);
  EXPECT_EQ(bench.r(4), 0x20010000u - 0x20);
  EXPECT_EQ(bench.r(5), 0xFFFFFFF9u);
  EXPECT_EQ(bench.r(6), 0x20010000u);
}

TEST(ExceptionEntry, AlignsAnOddStackToEightBytesAndSaysSoInBit9) {
  ProgramBench bench(program_with_known_registers("  sub sp, #4\n"));
  bench.run();
  expect_known_frame(bench, 0xA8000000u | kThumb | kPadded);
  EXPECT_EQ(bench.r(4), 0x2000FFFCu - 4 - 0x20);
  EXPECT_EQ(bench.r(6), 0x2000FFFCu);
}

TEST(ExceptionEntry, KeepsAnOddStackWithoutStkalign) {
  ProgramBench bench(program_with_known_registers("  poke 0xE000ED14, 0\n  sub sp, #4\n"));
  bench.run();
  expect_known_frame(bench, 0xA8000000u | kThumb);
  EXPECT_EQ(bench.r(4), 0x2000FFFCu - 0x20);
  EXPECT_EQ(bench.r(6), 0x2000FFFCu);
}

TEST(ExceptionEntry, UsesTheProcessStackOfAThreadAndMainStackInTheHandler) {
  ProgramBench bench(program_with_known_registers(R"(
  ldr r0, =0x20008000
  msr psp, r0
  movs r0, #2
  msr control, r0
  isb
)"));
  bench.run();
  EXPECT_EQ(bench.r(4), 0x20010000u);  // the handler's own stack is empty
  EXPECT_EQ(bench.r(5), 0xFFFFFFFDu);
  EXPECT_EQ(bench.r(6), 0x20008000u);
  const Address frame = 0x20008000 - 0x20;
  EXPECT_EQ(bench.word(frame), 0x10101010u);
  EXPECT_EQ(bench.word(frame + 24), bench.address_of("after"));
  EXPECT_EQ(bench.recorder.exceptions.front().frame, frame);
}

TEST(ExceptionEntry, FromAHandlerReturnsToThatHandler) {
  ProgramBench bench(R"(
reset:
  poke 0xE000E100, 3
  poke 0xE000E400, 0x00000080   @ IRQ 1 may preempt IRQ 0
  poke 0xE000EF00, 0
  exit
irq0:
  push {r4, lr}
  poke 0xE000EF00, 1
  pop {r4, pc}
irq1:
  mov r6, lr
  ldr r7, [sp, #28]
  bx lr
)");
  bench.run();
  EXPECT_EQ(bench.r(6), 0xFFFFFFF1u);
  EXPECT_EQ(bench.r(7) & 0x1FFu, 16u);  // the frame says that IRQ 0 was running
  const auto& events = bench.recorder.exceptions;
  ASSERT_EQ(events.size(), 4u);
  EXPECT_EQ(events[1].number, 17u);
  EXPECT_EQ(events[2].phase, ExceptionPhase::kReturn);
  EXPECT_EQ(events[2].return_to, 16u);
  EXPECT_EQ(events[3].return_to, 0u);
}

TEST(ExceptionEntry, TakesTwelveCyclesAndReturnTen) {
  ProgramBench bench(program_with_known_registers(""));
  bench.run();
  const auto& events = bench.recorder.exceptions;
  ASSERT_EQ(events.size(), 2u);
  EXPECT_EQ(events[0].phase, ExceptionPhase::kEntry);
  EXPECT_EQ(events[0].cycles[StallCause::kInterrupt], 12u);
  EXPECT_EQ(events[0].cycles.total(), 12u);
  EXPECT_EQ(events[1].phase, ExceptionPhase::kReturn);
  EXPECT_EQ(events[1].cycles.total(), 10u);
}

const char* const kTwoInterrupts = R"(
reset:
  poke 0xE000E100, 3
  ldr r0, =0xE000E200
  movs r1, #3
  str r1, [r0]                 @ both pend at once
  exit
irq0:
  mov r4, lr
  log 0
  bx lr
irq1:
  mov r5, lr
  log 1
  bx lr
)";

TEST(ExceptionEntry, TailChainsInSixCyclesWithoutTouchingTheFrame) {
  ProgramBench bench(kTwoInterrupts);
  bench.run();
  EXPECT_THAT(bench.log(), ElementsAre(0, 1));
  const auto& events = bench.recorder.exceptions;
  ASSERT_EQ(events.size(), 3u);
  EXPECT_EQ(events[1].phase, ExceptionPhase::kTailChain);
  EXPECT_EQ(events[1].number, 17u);
  EXPECT_EQ(events[1].return_to, 16u);
  EXPECT_EQ(events[1].cycles.total(), 6u);
  EXPECT_EQ(events[1].frame, events[0].frame);
  EXPECT_EQ(events[2].number, 17u);
  EXPECT_EQ(bench.r(4), 0xFFFFFFF9u);
  EXPECT_EQ(bench.r(5), 0xFFFFFFF9u);
}

const char* const kLoopWithTwoPriorities = R"(
reset:
  poke 0xE000E100, 3
  poke 0xE000E400, 0x00000080
1:
  ldr r0, =0x20001000
  ldr r0, [r0]
  cmp r0, #2
  bne 1b
  exit
irq0:
  log 0
  bx lr
irq1:
  log 1
  bx lr
)";

TEST(ExceptionEntry, ServesALateArrivalOfHigherPriorityFirstWithOneFrame) {
  ProgramBench bench(kLoopWithTwoPriorities);
  bench.at_cycle(200, [&] { bench.pulse(0); });
  bench.at_cycle(206, [&] { bench.pulse(1); });  // IRQ 0 is stacking
  bench.run();
  EXPECT_THAT(bench.log(), ElementsAre(1, 0));
  const auto& events = bench.recorder.exceptions;
  ASSERT_EQ(events.size(), 3u);
  EXPECT_EQ(events[0].number, 17u);
  EXPECT_EQ(events[0].cycles.total(), 12u);  // stacking began for IRQ 0
  EXPECT_LE(events[0].cycles_before.count, 206u);
  EXPECT_EQ(events[1].phase, ExceptionPhase::kTailChain);
  EXPECT_EQ(events[1].number, 16u);
}

TEST(ExceptionEntry, LateArrivalOfLowerPriorityWaits) {
  ProgramBench bench(kLoopWithTwoPriorities);
  bench.at_cycle(200, [&] { bench.pulse(1); });
  bench.at_cycle(206, [&] { bench.pulse(0); });
  bench.run();
  EXPECT_THAT(bench.log(), ElementsAre(1, 0));
  EXPECT_EQ(bench.recorder.exceptions[0].number, 17u);
}

TEST(ExceptionReturn, ArrivalWhileUnstackingEndsTheReturnAndTailChains) {
  std::uint64_t return_begins = 0;
  {
    ProgramBench bench(kLoopWithTwoPriorities);
    bench.at_cycle(200, [&] { bench.pulse(0); });
    bench.at_cycle(400, [&] { bench.pulse(1); });
    bench.run();
    return_begins = bench.recorder.exceptions[1].cycles_before.count;
  }
  ProgramBench bench(kLoopWithTwoPriorities);
  bench.at_cycle(200, [&] { bench.pulse(0); });
  bench.at_cycle(return_begins + 4, [&] { bench.pulse(1); });
  bench.run();
  const auto& events = bench.recorder.exceptions;
  ASSERT_EQ(events.size(), 3u);
  EXPECT_EQ(events[1].phase, ExceptionPhase::kTailChain);
  EXPECT_EQ(events[1].cycles.total(), 4u + 6u);
  EXPECT_EQ(events[1].frame, events[0].frame);
}

TEST(ExceptionEntry, EveryInstructionBoundaryCanBeInterrupted) {
  // A step of the request by one cycle moves the interrupted instruction on, and never changes
  // what the program computes.
  const char* const program = R"(
reset:
  poke 0xE000E100, 1
  ldr r8, =0x20002000
  movs r4, #0
  movs r5, #20
1:
  adds r4, r5
  stmia r8, {r4, r5, r6, r7}
  ldmia r8, {r0, r1, r2, r3}
  muls r0, r5
  add r4, r4, r0, lsr #3
  subs r5, #1
  bne 1b
  exit
irq0:
  movs r0, #0
  movs r1, #0
  movs r2, #0
  movs r3, #0
  mov r12, r0
  cmp r0, #1
  bx lr
)";
  ProgramBench quiet(program);
  quiet.run();
  const std::uint32_t expected = quiet.r(4);
  const std::uint64_t cycles = quiet.core->cycles().count;
  Address last = 0;
  unsigned places = 0;
  for (std::uint64_t cycle = 60; cycle < 110; ++cycle) {
    ProgramBench bench(program);
    bench.at_cycle(cycle, [&] { bench.pulse(0); });
    bench.run();
    EXPECT_EQ(bench.r(4), expected);
    ASSERT_EQ(bench.recorder.exceptions.size(), 2u);
    // Taken at the first boundary at or after the request: the longest instruction has 5 cycles.
    const auto& entry = bench.recorder.exceptions[0];
    EXPECT_GE(entry.cycles_before.count, cycle);
    EXPECT_LE(entry.cycles_before.count, cycle + 5);
    EXPECT_GT(bench.core->cycles().count, cycles + 12 + 10);
    if (bench.recorder.exceptions[1].pc != last) ++places;
    last = bench.recorder.exceptions[1].pc;
  }
  EXPECT_GE(places, 14u);  // two rounds of seven instructions
}

TEST(SupervisorCall, IsTakenFromThreadWithTheAddressBehindIt) {
  ProgramBench bench(R"(
reset:
  svc #42
  .global after
after:
  exit
svcall:
  ldr r4, [sp, #24]
  ldrb r5, [r4, #-2]
  mrs r6, ipsr
  bx lr
)");
  EXPECT_EQ(bench.run().kind, StopKind::kExit);
  EXPECT_EQ(bench.r(4), bench.address_of("after"));
  EXPECT_EQ(bench.r(5), 42u);
  EXPECT_EQ(bench.r(6), 11u);
}

TEST(SupervisorCall, PreemptsAHandlerOfLowerPriority) {
  ProgramBench bench(R"(
reset:
  poke 0xE000E100, 1
  poke 0xE000E400, 0x80
  poke 0xE000EF00, 0
  exit
irq0:
  push {lr}
  svc #1
  log 0
  pop {pc}
svcall:
  mov r7, lr
  log 11
  bx lr
)");
  bench.run();
  EXPECT_THAT(bench.log(), ElementsAre(11, 0));
  EXPECT_EQ(bench.r(7), 0xFFFFFFF1u);
}

TEST(SupervisorCall, InAHandlerOfTheSamePriorityBecomesHardFault) {
  ProgramBench bench(R"(
reset:
  poke 0xE000E100, 1
  poke 0xE000EF00, 0
  exit
irq0:
  svc #1
hardfault:
  ldr r0, =0xE000ED2C
  ldr r4, [r0]
  exit
)");
  bench.run();
  EXPECT_EQ(bench.r(4), 1u << 30);  // FORCED
}

TEST(Pendsv, RunsLastWhenOfLowestPriority) {
  ProgramBench bench(R"(
reset:
  poke 0xE000E100, 1
  poke 0xE000ED20, 0x00E00000     @ PendSV lowest
  poke 0xE000EF00, 0
  log 1
  exit
irq0:
  poke 0xE000ED04, 0x10000000     @ PENDSVSET
  log 2
  bx lr
pendsv:
  mrs r4, ipsr
  log 3
  bx lr
)");
  bench.run();
  EXPECT_THAT(bench.log(), ElementsAre(2, 3, 1));
  EXPECT_EQ(bench.r(4), 14u);
}

TEST(ExceptionEntry, ClearsItStateFlagsStayAndIpsrNamesTheHandler) {
  ProgramBench bench(R"(
reset:
  poke 0xE000E100, 1
  ldr r4, =0xE000EF00
  movs r5, #0
  ldr r0, =0x60000000
  msr apsr_nzcvq, r0
  str r5, [r4]
  exit
irq0:
  mrs r6, xpsr
  bx lr
)");
  bench.run();
  EXPECT_EQ(bench.r(6), 0x60000010u);
}

}  // namespace
}  // namespace tinyscope
