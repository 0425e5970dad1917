// Floating-point context over exceptions. Arm DDI 0403E, B1.5.7, B3.2.20 to B3.2.22;
// cycles: Cortex-M4 TRM, DDI 0439D, 3.9.
#include <gtest/gtest.h>

#include "tests/support/program_bench.hpp"

namespace tinyscope {
namespace {

using test::ProgramBench;

constexpr std::uint32_t kLspact = 1;

// A thread with FP context takes IRQ 0; r4 = SP in the handler, r5 = LR, r6 = FPCCR, r7 = FPCAR.
std::string with_handler(const std::string& setup, const std::string& handler) {
  return R"(
reset:
  fpu_on
)" + setup +
         R"(
  poke 0xE000E100, 3
  poke 0xE000E400, 0x00000080
  ldr r0, =0x3F800000
  vmov s0, r0
  vmov s15, r0
  vmov s16, r0
  ldr r0, =0xA0000000
  vmsr fpscr, r0
  ldr r4, =0xE000EF00
  movs r5, #0
  str r5, [r4]
  vmov r8, s0
  vmov r9, s15
  vmrs r10, fpscr
  mrs r11, control
  exit
irq0:
  mov r4, sp
  mov r5, lr
  ldr r0, =0xE000EF34
  ldr r6, [r0]
  ldr r7, [r0, #4]
)" + handler +
         R"(
  bx r5
irq1:
  vmov s0, r0
  bx lr
)";
}

void expect_preserved(ProgramBench& bench) {
  EXPECT_EQ(bench.r(8), 0x3F800000u);
  EXPECT_EQ(bench.r(9), 0x3F800000u);
  EXPECT_EQ(bench.r(10), 0xA0000000u);
  EXPECT_EQ(bench.r(11) & 4u, 4u);  // FPCA again
}

TEST(FloatContext, LazyEntryReservesRoomAndWritesNothing) {
  ProgramBench bench(with_handler("", ""));
  for (Address at = 0x2000FF00; at < 0x20010000; at += 4) bench.set_word(at, 0xCCCCCCCC);
  bench.run();
  EXPECT_EQ(bench.r(4), 0x20010000u - 0x68);
  EXPECT_EQ(bench.r(5), 0xFFFFFFE9u);
  EXPECT_EQ(bench.r(7), bench.r(4) + 0x20);
  EXPECT_EQ(bench.r(6) & kLspact, kLspact);
  EXPECT_EQ(bench.r(6) & 0xC0000000u, 0xC0000000u);
  EXPECT_EQ(bench.r(6) & (1u << 3), 1u << 3);  // THREAD
  for (unsigned i = 0; i < 18; ++i) EXPECT_EQ(bench.word(bench.r(7) + 4 * i), 0xCCCCCCCCu);
  expect_preserved(bench);
  EXPECT_EQ(bench.recorder.exceptions[0].cycles.total(), 12u);
  EXPECT_EQ(bench.recorder.exceptions[1].cycles.total(), 10u);
}

TEST(FloatContext, FirstFpInstructionOfTheHandlerWritesTheReservedRoom) {
  ProgramBench bench(with_handler("", R"(
  movs r0, #0
  vmov s0, r0
  vmov s15, r0
  ldr r0, =0xE000EF34
  ldr r6, [r0]
  vmrs r3, fpscr
  ldr r0, =0x20003000
  str r3, [r0]
)"));
  bench.run();
  EXPECT_EQ(bench.r(6) & kLspact, 0u);
  EXPECT_EQ(bench.word(bench.r(7)), 0x3F800000u);
  EXPECT_EQ(bench.word(bench.r(7) + 60), 0x3F800000u);
  EXPECT_EQ(bench.word(bench.r(7) + 64), 0xA0000000u);
  expect_preserved(bench);
  // 17 words more on the way back; on the way in they were written later.
  EXPECT_EQ(bench.recorder.exceptions[0].cycles.total(), 12u);
  EXPECT_EQ(bench.recorder.exceptions[1].cycles.total(), 27u);
}

TEST(FloatContext, WithoutLspenTheEntryWritesEverything) {
  ProgramBench bench(with_handler("  poke 0xE000EF34, 0x80000000\n", ""));
  bench.run();
  EXPECT_EQ(bench.r(6) & kLspact, 0u);
  EXPECT_EQ(bench.r(5), 0xFFFFFFE9u);
  const Address frame = bench.r(4);
  EXPECT_EQ(bench.word(frame + 0x20), 0x3F800000u);
  EXPECT_EQ(bench.word(frame + 0x60), 0xA0000000u);
  expect_preserved(bench);
  EXPECT_EQ(bench.recorder.exceptions[0].cycles.total(), 29u);
  EXPECT_EQ(bench.recorder.exceptions[1].cycles.total(), 27u);
}

TEST(FloatContext, WithoutAspenThereIsNoContext) {
  ProgramBench bench(with_handler("  poke 0xE000EF34, 0\n", "  vmov s0, r5\n"));
  bench.run();
  EXPECT_EQ(bench.r(5), 0xFFFFFFF9u);
  EXPECT_EQ(bench.r(4), 0x20010000u - 0x20);
  EXPECT_EQ(bench.r(11) & 4u, 0u);
  EXPECT_EQ(bench.r(8), 0xFFFFFFF9u);  // the handler's value is still there
  EXPECT_EQ(bench.r(10), 0xA0000000u);
}

TEST(FloatContext, NestedHandlersEachKeepTheirRegisters) {
  ProgramBench bench(with_handler("", R"(
  ldr r0, =0x40000000
  vmov s0, r0
  push {r5, r6}
  poke 0xE000EF00, 1          @ IRQ 1 preempts and uses s0 too
  vmov r6, s0
  ldr r0, =0x20003000
  str r6, [r0]
  pop {r5, r6}
)"));
  bench.run();
  EXPECT_EQ(bench.word(0x20003000), 0x40000000u);
  expect_preserved(bench);
}

TEST(FloatContext, NestedHandlerSavesTheThreadsRegistersWhenTheFirstHandlerUsedNone) {
  ProgramBench bench(with_handler("", "  push {r5, r6}\n  poke 0xE000EF00, 1\n  pop {r5, r6}\n"));
  bench.run();
  EXPECT_EQ(bench.word(bench.r(7)), 0x3F800000u);
  expect_preserved(bench);
}

TEST(FloatContext, HandlerBeginsWithFpdscr) {
  ProgramBench bench(with_handler("  poke 0xE000EF3C, 0x01000000\n", R"(
  vmrs r3, fpscr
  ldr r0, =0x20003000
  str r3, [r0]
)"));
  bench.run();
  // RMode, FZ, DN and AHP come from FPDSCR (B1.5.7, ExecuteFPCheck).
  EXPECT_EQ(bench.word(0x20003000) & 0x07C00000u, 0x01000000u);
  expect_preserved(bench);
}

TEST(FloatContext, FpcaFollowsTheFirstFpInstructionAndCanBeCleared) {
  ProgramBench bench(R"(
reset:
  fpu_on
  mrs r4, control
  vmov s0, r0
  mrs r5, control
  movs r0, #0
  msr control, r0
  isb
  mrs r6, control
  vmov s0, r0
  mrs r7, control
  exit
)");
  bench.run();
  EXPECT_EQ(bench.r(4), 0u);
  EXPECT_EQ(bench.r(5), 4u);
  EXPECT_EQ(bench.r(6), 0u);
  EXPECT_EQ(bench.r(7), 4u);
}

TEST(FloatContext, AllRegistersSurviveAHandlerThatUsesThem) {
  ProgramBench bench(R"(
reset:
  fpu_on
  poke 0xE000E100, 1
  ldr r0, =table
  vldm r0, {s0-s31}
  poke 0xE000EF00, 0
  ldr r0, =0x20004000
  vstm r0, {s0-s31}
  exit
irq0:
  vpush {s16-s31}
  ldr r0, =zeros
  vldm r0, {s0-s31}
  vpop {s16-s31}
  bx lr
  .align 2
table:
  .irp n, 0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16, 17, 18, 19, 20, 21, 22, 23, 24, 25, 26, 27, 28, 29, 30, 31
  .word 0x1000 + \n
  .endr
zeros:
  .space 128
)");
  bench.run();
  for (unsigned n = 0; n < 32; ++n) EXPECT_EQ(bench.word(0x20004000 + 4 * n), 0x1000 + n);
}

TEST(FloatAccess, WithoutCpacrIsNocp) {
  ProgramBench bench(R"(
reset:
  vmov s0, r0
hardfault:
  ldr r0, =0xE000ED28
  ldr r4, [r0]
  exit
)");
  bench.run();
  EXPECT_EQ(bench.r(4), 1u << 19);
}

TEST(FloatAccess, PrivilegedOnlyIsRefusedToUnprivilegedCode) {
  ProgramBench bench(R"(
reset:
  poke 0xE000ED88, 0x00500000
  dsb
  isb
  vmov s0, r0                 @ privileged: runs
  movs r0, #1
  msr control, r0
  isb
  vmov s1, r0
hardfault:
  ldr r0, =0xE000ED28
  ldr r4, [r0]
  ldr r5, [sp, #24]
  ldr r6, [r5]
  exit
)");
  bench.run();
  EXPECT_EQ(bench.r(4), 1u << 19);
  EXPECT_EQ(bench.r(6) & 0xFFFFu, 0xEE00u);  // VMOV S1, R0 is EE00 0A90
}

TEST(FloatContext, LazySaveThatTheMpuRefusesIsMlsperr) {
  // Thread code on a process stack of its own, which the handler takes away by the MPU.
  ProgramBench bench(R"(
reset:
  fpu_on
  poke 0xE000E100, 1
  poke 0xE000E400, 0x80
  poke 0xE000ED24, 0x00010000           @ MEMFAULTENA
  ldr r0, =0x20008400
  msr psp, r0
  movs r0, #2
  msr control, r0
  isb
  vmov s0, r0
  poke 0xE000EF00, 0
  b .
irq0:
  poke 0xE000ED9C, 0x20008010           @ VALID, region 0
  poke 0xE000EDA0, 0x00000013           @ 1 KiB, no access
  poke 0xE000ED94, 5                    @ PRIVDEFENA
  .global first
first:
  vmov s1, r0
  b .
memmanage:
  ldr r0, =0xE000ED28
  ldr r4, [r0]
  ldr r5, [sp, #24]
  exit
)");
  EXPECT_EQ(bench.run().kind, StopKind::kExit);
  EXPECT_EQ(bench.r(4), 1u << 5);
  EXPECT_EQ(bench.r(5), bench.address_of("first"));
}

}  // namespace
}  // namespace tinyscope
