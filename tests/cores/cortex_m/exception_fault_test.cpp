// Faults of exception entry and return themselves: vectors, EXC_RETURN, stacking, unstacking.
// Arm DDI 0403E, B1.5.8 (integrity checks), B1.5.12 (derived exceptions), B3.2.15 and B3.2.16.
#include <gtest/gtest.h>

#include "tests/support/program_bench.hpp"

namespace tinyscope {
namespace {

using test::ProgramBench;

TEST(ExceptionFault, UnreadableVectorIsVecttblWithTheFrameOfTheInterruptedCode) {
  // HFSR.VECTTBL: the stacked PC is that of the instruction preempted (B3.2.16). HardFault's own
  // vector is at 0x2003FFFC, the last word of the RAM.
  ProgramBench bench(R"(
reset:
  ldr r0, =0x2003FF80 + 12
  ldr r1, =hardfault
  str r1, [r0]
  poke 0xE000ED08, 0x2003FF80
  poke 0xE000E100, 0x10000
  poke 0xE000EF00, 16
  .global after
after:
  nop
  exit
hardfault:
  ldr r0, =0xE000ED2C
  ldr r4, [r0]
  ldr r7, [sp, #24]
  exit
)",
                     {.interrupts = 32, .priority_bits = 3});
  EXPECT_EQ(bench.run().kind, StopKind::kExit);
  EXPECT_EQ(bench.r(4), 2u);
  EXPECT_EQ(bench.r(7), bench.address_of("after"));
}

TEST(ExceptionFault, InvalidExcReturnIsInvpc) {
  for (const char* const value : {"0xFFFFFFF5", "0xFFFFFFF1", "0xFFFFFFE5", "0xF0000001"}) {
    ProgramBench bench(std::string(R"(
reset:
  poke 0xE000ED24, 0x00070000
  poke 0xE000E400, 0x80
  poke 0xE000E100, 1
  poke 0xE000EF00, 0
  nop
  exit
irq0:
  ldr r0, =)") + value +
                       R"(
  bx r0
usagefault:
  ldr r0, =0xE000ED28
  ldr r4, [r0]
  mov r5, lr
  exit
)");
    bench.run();
    EXPECT_EQ(bench.r(4), 1u << 18) << value;
    EXPECT_EQ(bench.r(5), static_cast<std::uint32_t>(std::stoul(value, nullptr, 16))) << value;
  }
}

TEST(ExceptionFault, ReturnToThreadWhileAnotherExceptionIsActiveIsInvpc) {
  ProgramBench bench(R"(
reset:
  poke 0xE000ED24, 0x00070000
  poke 0xE000E400, 0x000080C0
  poke 0xE000E100, 3
  poke 0xE000EF00, 0
  exit
irq0:
  poke 0xE000EF00, 1
  b .
irq1:
  ldr r0, =0xFFFFFFF9
  bx r0
usagefault:
  ldr r0, =0xE000ED28
  ldr r4, [r0]
  exit
)");
  bench.run();
  EXPECT_EQ(bench.r(4), 1u << 18);
}

TEST(ExceptionFault, ReturnToThreadIsAllowedWithNonbasethrdena) {
  ProgramBench bench(R"(
reset:
  poke 0xE000ED14, 0x201
  poke 0xE000E400, 0x000080C0
  poke 0xE000E100, 3
  poke 0xE000EF00, 0
  exit
irq0:
  poke 0xE000EF00, 1
  b .
irq1:
  ldr r1, =thread
  str r1, [sp, #24]
  ldr r1, =0x01000000
  str r1, [sp, #28]
  ldr r0, =0xFFFFFFF9
  bx r0
thread:
  mrs r4, ipsr
  exit
)");
  EXPECT_EQ(bench.run().kind, StopKind::kExit);
  EXPECT_EQ(bench.r(4), 0u);
}

TEST(ExceptionFault, StackingToNowhereIsStkerr) {
  ProgramBench bench(R"(
reset:
  poke 0xE000ED24, 0x00070000
  poke 0xE000E400, 0x80
  poke 0xE000E100, 1
  ldr r0, =0x60001000
  msr psp, r0
  movs r0, #2
  msr control, r0
  isb
  ldr r0, =0xE000EF00
  movs r1, #0
  str r1, [r0]
  nop
  exit
irq0:
  log 16
  bx lr
busfault:
  ldr r0, =0xE000ED28
  ldr r4, [r0]
  exit
)");
  bench.run();
  EXPECT_EQ(bench.r(4), 1u << 12);
  EXPECT_TRUE(bench.log().empty());  // BusFault has the higher priority and goes first
}

TEST(ExceptionFault, UnstackingFromNowhereIsUnstkerr) {
  ProgramBench bench(R"(
reset:
  poke 0xE000ED24, 0x00070000
  poke 0xE000E400, 0x80
  poke 0xE000E100, 1
  poke 0xE000EF00, 0
  exit
irq0:
  ldr r0, =0x60001000
  msr psp, r0
  ldr r0, =0xFFFFFFFD
  bx r0
busfault:
  ldr r0, =0xE000ED28
  ldr r4, [r0]
  exit
)");
  bench.run();
  EXPECT_EQ(bench.r(4), 1u << 11);
}

TEST(ExceptionFault, ReturnToAFrameWhoseIpsrDoesNotFitIsInvpc) {
  ProgramBench bench(R"(
reset:
  poke 0xE000ED24, 0x00070000
  poke 0xE000E400, 0x80
  poke 0xE000E100, 1
  poke 0xE000EF00, 0
  exit
irq0:
  ldr r0, [sp, #28]
  orr r0, #5
  str r0, [sp, #28]
  bx lr
usagefault:
  ldr r0, =0xE000ED28
  ldr r4, [r0]
  exit
)");
  bench.run();
  EXPECT_EQ(bench.r(4), 1u << 18);
}

}  // namespace
}  // namespace tinyscope
