// Two stacks, two privilege levels, switching threads. Arm DDI 0403E, B1.3, B1.4.4, B5.2.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/support/program_bench.hpp"

namespace tinyscope {
namespace {

using test::ProgramBench;
using testing::ElementsAre;

const char* const kUnprivileged = "  movs r0, #1\n  msr control, r0\n  isb\n";

TEST(Privilege, UnprivilegedCodeCannotTouchMasksOrControl) {
  ProgramBench bench(std::string("reset:\n") + kUnprivileged + R"(
  cpsid i
  movs r0, #1
  msr primask, r0
  movs r0, #0x20
  msr basepri, r0
  movs r0, #0
  msr control, r0
  mrs r4, control
  mrs r5, primask             @ reads as 0
  svc #0
  exit
svcall:
  mrs r6, primask
  mrs r7, basepri
  bx lr
)");
  bench.run();
  EXPECT_EQ(bench.r(4), 1u);
  EXPECT_EQ(bench.r(5), 0u);
  EXPECT_EQ(bench.r(6), 0u);
  EXPECT_EQ(bench.r(7), 0u);
}

TEST(Privilege, UnprivilegedAccessToSystemRegistersIsABusFault) {
  ProgramBench bench(std::string("reset:\n  poke 0xE000ED24, 0x00020000\n") + kUnprivileged + R"(
  ldr r0, =0xE000ED08
  ldr r1, [r0]
  exit
busfault:
  ldr r0, =0xE000ED28
  ldr r4, [r0]
  ldr r5, [r0, #16]
  exit
)");
  bench.run();
  EXPECT_EQ(bench.r(4), 0x8200u);
  EXPECT_EQ(bench.r(5), 0xE000ED08u);
}

TEST(Privilege, StirIsOpenToUnprivilegedCodeWithUsersetmpendOnly) {
  for (const bool allowed : {false, true}) {
    ProgramBench bench(std::string("reset:\n  poke 0xE000E100, 1\n  poke 0xE000ED14, ") +
                       (allowed ? "0x202\n" : "0x200\n") + kUnprivileged + R"(
  poke 0xE000EF00, 0
  exit
irq0:
  movs r4, #1
  bx lr
hardfault:
  movs r4, #2
  exit
)");
    bench.run();
    EXPECT_EQ(bench.r(4), allowed ? 1u : 2u);
  }
}

TEST(Privilege, HandlersArePrivilegedAndMayDropOrRaiseTheThread) {
  ProgramBench bench(std::string("reset:\n") + kUnprivileged + R"(
  svc #0                      @ raises
  movs r0, #0x20
  msr basepri, r0
  mrs r5, basepri
  mrs r6, control
  exit
svcall:
  mrs r4, control
  movs r0, #0
  msr control, r0
  bx lr
)");
  bench.run();
  EXPECT_EQ(bench.r(4), 1u);
  EXPECT_EQ(bench.r(5), 0x20u);
  EXPECT_EQ(bench.r(6), 0u);
}

TEST(Privilege, HandlerCannotSelectTheProcessStack) {
  ProgramBench bench(R"(
reset:
  svc #0
  exit
svcall:
  mov r4, sp
  movs r0, #2
  msr control, r0
  isb
  mov r5, sp
  mrs r6, control
  bx lr
)");
  bench.run();
  EXPECT_EQ(bench.r(4), bench.r(5));
  EXPECT_EQ(bench.r(6), 0u);
}

TEST(Privilege, SpselSwitchesTheStackPointerAtOnce) {
  ProgramBench bench(R"(
reset:
  ldr r0, =0x20004000
  msr psp, r0
  movs r0, #2
  msr control, r0
  isb
  mov r4, sp
  push {r0}
  mrs r5, psp
  mrs r6, msp
  movs r0, #0
  msr control, r0
  isb
  mov r7, sp
  exit
)");
  bench.run();
  EXPECT_EQ(bench.r(4), 0x20004000u);
  EXPECT_EQ(bench.r(5), 0x20003FFCu);
  EXPECT_EQ(bench.r(6), 0x20010000u);
  EXPECT_EQ(bench.r(7), 0x20010000u);
}

TEST(Privilege, IpsrReadsZeroInThreadMode) {
  ProgramBench bench("reset:\n  mrs r4, ipsr\n  mrs r5, iepsr\n  exit\n");
  bench.run();
  EXPECT_EQ(bench.r(4), 0u);
  EXPECT_EQ(bench.r(5), 0u);
}

// The classic kernel: PendSV saves R4–R11 (and S16–S31 of threads with FP context) on the process
// stack and changes threads.
TEST(Threads, PendsvSwitchesBetweenTwoThreadsWithFpContext) {
  ProgramBench bench(R"(
  .equ current, 0x20002000    @ PSP of the thread that does not run
reset:
  fpu_on
  poke 0xE000ED20, 0x00E00000
  @ thread 2 begins with a frame made by hand
  ldr r0, =0x20006000 - 0x20 - 36
  ldr r1, =current
  str r0, [r1]
  movs r2, #0
  movs r3, #8
1:
  str r2, [r0], #4
  subs r3, #1
  bne 1b
  ldr r2, =0xFFFFFFFD
  str r2, [r0], #4
  ldr r2, =two
  str r2, [r0, #24]
  ldr r2, =0x01000000
  str r2, [r0, #28]
  ldr r0, =0x20005000
  msr psp, r0
  movs r0, #2
  msr control, r0
  isb
one:
  movs r4, #100
  ldr r5, =0x3F800000
  vmov s0, r5                  @ 1.0
  vmov s16, r5
  movs r6, #50
1:
  vadd.f32 s16, s16, s0
  poke 0xE000ED04, 0x10000000
  adds r4, #1
  subs r6, #1
  bne 1b
  vmov r7, s16
  ldr r0, =0x20003000
  str r4, [r0]
  str r7, [r0, #4]
  ldr r1, =0x20003100
  ldr r8, [r1]
  exit
two:
  movs r4, #0
  ldr r5, =0x40000000
  vmov s0, r5                  @ 2.0
  vmov s16, r5
1:
  vadd.f32 s16, s16, s0
  adds r4, #1
  ldr r0, =0x20003100
  str r4, [r0]
  vstr s16, [r0, #4]
  poke 0xE000ED04, 0x10000000
  b 1b
pendsv:
  mrs r0, psp
  tst lr, #0x10
  it eq
  vstmdbeq r0!, {s16-s31}
  stmdb r0!, {r4-r11, lr}
  ldr r1, =current
  ldr r2, [r1]
  str r0, [r1]
  ldmia r2!, {r4-r11, lr}
  tst lr, #0x10
  it eq
  vldmiaeq r2!, {s16-s31}
  msr psp, r2
  bx lr
)");
  EXPECT_EQ(bench.run().kind, StopKind::kExit);
  EXPECT_EQ(bench.word(0x20003000), 150u);
  EXPECT_EQ(bench.word(0x20003004), 0x424C0000u);  // 51.0
  EXPECT_EQ(bench.word(0x20003100), 50u);
  EXPECT_EQ(bench.word(0x20003104), 0x42CC0000u);  // 102.0
}

}  // namespace
}  // namespace tinyscope
