// Who goes first: priorities, grouping, masks. Arm DDI 0403E, B1.5.4 and B1.5.5.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/support/program_bench.hpp"

namespace tinyscope {
namespace {

using test::ProgramBench;
using testing::ElementsAre;

// IRQ 0 pends IRQ 1 and logs around it: 0, 1, 10 if IRQ 1 preempts, 0, 10, 1 if it waits.
std::string nesting(const std::string& setup) {
  return R"(
reset:
  poke 0xE000E100, 3
)" + setup +
         R"(
  poke 0xE000EF00, 0
  exit
irq0:
  log 0
  poke 0xE000EF00, 1
  log 10
  bx lr
irq1:
  log 1
  bx lr
)";
}

TEST(Priority, HigherPreempts) {
  ProgramBench bench(nesting("  poke 0xE000E400, 0x000020C0\n"));
  bench.run();
  EXPECT_THAT(bench.log(), ElementsAre(0, 1, 10));
}

TEST(Priority, EqualDoesNotPreempt) {
  ProgramBench bench(nesting("  poke 0xE000E400, 0x00004040\n"));
  bench.run();
  EXPECT_THAT(bench.log(), ElementsAre(0, 10, 1));
}

TEST(Priority, UnimplementedBitsReadZeroAndDoNotCount) {
  ProgramBench bench(nesting("  poke 0xE000E400, 0x0000405F\n  ldr r8, [r0]\n"));
  bench.run();
  EXPECT_EQ(bench.r(8), 0x00004040u);
  EXPECT_THAT(bench.log(), ElementsAre(0, 10, 1));
}

TEST(Priority, SubpriorityDoesNotPreempt) {
  // PRIGROUP 5: bits 7:6 group, bit 5 subpriority (table B1-5).
  ProgramBench bench(nesting("  poke 0xE000ED0C, 0x05FA0500\n  poke 0xE000E400, 0x00004060\n"));
  bench.run();
  EXPECT_THAT(bench.log(), ElementsAre(0, 10, 1));
}

TEST(Priority, GroupAboveSubpriorityPreempts) {
  ProgramBench bench(nesting("  poke 0xE000ED0C, 0x05FA0500\n  poke 0xE000E400, 0x00002040\n"));
  bench.run();
  EXPECT_THAT(bench.log(), ElementsAre(0, 1, 10));
}

TEST(Priority, SubpriorityDecidesBetweenPendingInterrupts) {
  ProgramBench bench(R"(
reset:
  poke 0xE000E100, 7
  poke 0xE000ED0C, 0x05FA0700     @ no preemption at all
  poke 0xE000E400, 0x00204060
  poke 0xE000E200, 7
  exit
irq0:
  log 0
  bx lr
irq1:
  log 1
  bx lr
irq2:
  log 2
  bx lr
)");
  bench.run();
  EXPECT_THAT(bench.log(), ElementsAre(2, 1, 0));
}

TEST(Priority, TiesGoToTheLowerNumber) {
  ProgramBench bench(R"(
reset:
  poke 0xE000E100, 7
  poke 0xE000E200, 6
  exit
irq1:
  log 1
  bx lr
irq2:
  log 2
  bx lr
)");
  bench.run();
  EXPECT_THAT(bench.log(), ElementsAre(1, 2));
}

TEST(Priority, NmiPreemptsHardFaultPreemptsAll) {
  ProgramBench bench(R"(
reset:
  udf #0
hardfault:
  log 3
  poke 0xE000ED04, 0x80000000     @ NMIPENDSET
  log 33
  exit
nmi:
  log 2
  bx lr
)");
  bench.run();
  EXPECT_THAT(bench.log(), ElementsAre(3, 2, 33));
}

// The interrupt pends while masked; r4 counts how far the program came before it was taken.
std::string masked(const std::string& mask, const std::string& unmask) {
  return R"(
reset:
  poke 0xE000E100, 1
  poke 0xE000E400, 0x40
  movs r4, #0
)" + mask +
         R"(
  poke 0xE000EF00, 0
  movs r4, #1
  movs r4, #2
)" + unmask +
         R"(
  movs r4, #3
  exit
irq0:
  mov r5, r4
  bx lr
)";
}

TEST(Masks, PrimaskHoldsInterruptsUntilTheInstructionBehindCpsie) {
  ProgramBench bench(masked("  cpsid i\n", "  cpsie i\n"));
  bench.run();
  EXPECT_EQ(bench.r(5), 2u);
}

TEST(Masks, PrimaskThroughMsr) {
  ProgramBench bench(
      masked("  movs r0, #1\n  msr primask, r0\n", "  movs r0, #0\n  msr primask, r0\n"));
  bench.run();
  EXPECT_EQ(bench.r(5), 2u);
}

TEST(Masks, FaultmaskHoldsInterrupts) {
  ProgramBench bench(masked("  cpsid f\n", "  cpsie f\n"));
  bench.run();
  EXPECT_EQ(bench.r(5), 2u);
}

TEST(Masks, BasepriHoldsItsOwnPriorityAndLower) {
  ProgramBench bench(
      masked("  movs r0, #0x40\n  msr basepri, r0\n", "  movs r0, #0\n  msr basepri, r0\n"));
  bench.run();
  EXPECT_EQ(bench.r(5), 2u);
}

TEST(Masks, BasepriLetsHigherPriorityPass) {
  ProgramBench bench(
      masked("  movs r0, #0x60\n  msr basepri, r0\n", "  movs r0, #0\n  msr basepri, r0\n"));
  bench.run();
  EXPECT_EQ(bench.r(5), 0u);
}

TEST(Masks, BasepriMaxOnlyRaises) {
  ProgramBench bench(R"(
reset:
  movs r0, #0x60
  msr basepri_max, r0
  mrs r4, basepri
  movs r0, #0x80
  msr basepri_max, r0
  mrs r5, basepri
  movs r0, #0x20
  msr basepri_max, r0
  mrs r6, basepri
  movs r0, #0
  msr basepri_max, r0
  mrs r7, basepri
  movs r0, #0x1f              @ only bits that do not exist
  msr basepri_max, r0
  mrs r8, basepri
  exit
)");
  bench.run();
  EXPECT_EQ(bench.r(4), 0x60u);
  EXPECT_EQ(bench.r(5), 0x60u);
  EXPECT_EQ(bench.r(6), 0x20u);
  EXPECT_EQ(bench.r(7), 0x20u);
  EXPECT_EQ(bench.r(8), 0x20u);
}

TEST(Masks, BasepriKeepsImplementedBitsOnly) {
  ProgramBench bench("reset:\n  movs r0, #0x7f\n  msr basepri, r0\n  mrs r4, basepri\n  exit\n");
  bench.run();
  EXPECT_EQ(bench.r(4), 0x60u);
}

TEST(Masks, ExceptionReturnClearsFaultmaskButNotPrimask) {
  ProgramBench bench(R"(
reset:
  svc #0
  mrs r4, faultmask
  mrs r5, primask
  exit
svcall:
  cpsid i
  cpsid f
  mrs r6, faultmask
  bx lr
)");
  bench.run();
  EXPECT_EQ(bench.r(6), 1u);
  EXPECT_EQ(bench.r(4), 0u);
  EXPECT_EQ(bench.r(5), 1u);
}

TEST(Masks, ReturnFromNmiKeepsFaultmask) {
  // FAULTMASK cannot be set in NMI (B5.2.3), so it is set before.
  ProgramBench bench(R"(
reset:
  cpsid f
  poke 0xE000ED04, 0x80000000
  mrs r4, faultmask
  exit
nmi:
  bx lr
)");
  bench.run();
  EXPECT_EQ(bench.r(4), 1u);
}

TEST(Masks, HardFaultHandlerCannotSetFaultmask) {
  ProgramBench bench(R"(
reset:
  udf #0
hardfault:
  cpsid f
  mrs r4, faultmask
  exit
)");
  bench.run();
  EXPECT_EQ(bench.r(4), 0u);
}

TEST(Masks, DoNotMaskNmi) {
  ProgramBench bench(R"(
reset:
  cpsid i
  cpsid f
  poke 0xE000ED04, 0x80000000
  exit
nmi:
  movs r4, #1
  bx lr
)");
  bench.run();
  EXPECT_EQ(bench.r(4), 1u);
}

}  // namespace
}  // namespace tinyscope
