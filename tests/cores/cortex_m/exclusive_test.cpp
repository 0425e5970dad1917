// The local exclusive monitor. Arm DDI 0403E, A3.4 and B1.5.7 (cleared by exceptions).
#include <gtest/gtest.h>

#include "tests/support/program_bench.hpp"

namespace tinyscope {
namespace {

using test::ProgramBench;

std::string between(const std::string& body) {
  return R"(
reset:
  poke 0xE000E100, 1
  ldr r8, =0x20002000
  ldr r9, =0xE000EF00
  movs r6, #0
  movs r5, #42
  ldrex r4, [r8]
)" + body +
         R"(
  strex r7, r5, [r8]
  exit
irq0:
  bx lr
)";
}

TEST(Exclusive, StoreSucceedsAfterItsLoad) {
  ProgramBench bench(between(""));
  bench.run();
  EXPECT_EQ(bench.r(7), 0u);
  EXPECT_EQ(bench.word(0x20002000), 42u);
}

TEST(Exclusive, StoreFailsAfterAnException) {
  ProgramBench bench(between("  str r6, [r9]\n"));
  bench.run();
  EXPECT_EQ(bench.r(7), 1u);
  EXPECT_EQ(bench.word(0x20002000), 0u);
}

TEST(Exclusive, StoreFailsAfterClrex) {
  ProgramBench bench(between("  clrex\n"));
  bench.run();
  EXPECT_EQ(bench.r(7), 1u);
}

TEST(Exclusive, StoreFailsTheSecondTime) {
  ProgramBench bench(between("  strex r6, r5, [r8]\n"));
  bench.run();
  EXPECT_EQ(bench.r(6), 0u);
  EXPECT_EQ(bench.r(7), 1u);
}

TEST(Exclusive, CountsAtomicallyUnderInterruptsAtAnyCycle) {
  const char* const program = R"(
reset:
  poke 0xE000E100, 1
  movs r6, #40
1:
  bl increment
  subs r6, #1
  bne 1b
  ldr r8, =0x20002000
  ldr r4, [r8]
  exit
increment:
  ldr r0, =0x20002000
2:
  ldrex r1, [r0]
  adds r1, #1
  strex r2, r1, [r0]
  cmp r2, #0
  bne 2b
  bx lr
irq0:
  push {lr}
  bl increment
  pop {pc}
)";
  for (std::uint64_t first = 60; first < 90; ++first) {
    ProgramBench bench(program);
    for (std::uint64_t i = 0; i < 5; ++i) bench.at_cycle(first + 70 * i, [&] { bench.pulse(0); });
    EXPECT_EQ(bench.run().kind, StopKind::kExit);
    EXPECT_EQ(bench.r(4), 45u);
  }
}

}  // namespace
}  // namespace tinyscope
