// Interrupts and faults within IT blocks: the block is left before the very instruction, with the
// rest of it described in xPSR, and goes on there. Arm DDI 0403E, A7.3.2, B1.4.2 and B1.5.6.
#include <gtest/gtest.h>

#include <set>

#include "tests/support/program_bench.hpp"

namespace tinyscope {
namespace {

using test::ProgramBench;

const char* const kItLoop = R"(
reset:
  poke 0xE000E100, 1
  ldr r8, =0x20002000
  movs r4, #0
  movs r5, #0
  movs r6, #0
  movs r7, #30
1:
  tst r7, #1
  .global block
block:
  ittee eq
  addeq r4, #1
  streq r4, [r8]
  addne r5, r7
  strne r5, [r8, #4]
  .global behind
behind:
  ldr r0, [r8]
  add r6, r0
  subs r7, #1
  bne 1b
  exit
irq0:
  movs r0, #0
  cmp r0, #0
  ite ne                    @ the handler has IT blocks of its own
  movne r1, #1
  moveq r1, #2
  ldr r2, [sp, #28]         @ stacked xPSR
  ldr r3, =0x20003000
  str r2, [r3]
  bx lr
)";

TEST(ItBlock, IsInterruptedBetweenAnyTwoInstructionsAndGoesOn) {
  ProgramBench quiet(kItLoop);
  quiet.run();
  std::set<Address> places;
  std::set<std::uint32_t> it_bits;
  for (std::uint64_t cycle = 60; cycle < 100; ++cycle) {
    ProgramBench bench(kItLoop);
    bench.at_cycle(cycle, [&] { bench.pulse(0); });
    ASSERT_EQ(bench.run().kind, StopKind::kExit);
    for (const unsigned n : {4u, 5u, 6u}) EXPECT_EQ(bench.r(n), quiet.r(n)) << cycle;
    EXPECT_EQ(bench.core->counts().instructions, quiet.core->counts().instructions + 9) << cycle;
    ASSERT_EQ(bench.recorder.exceptions.size(), 2u);
    EXPECT_LE(bench.recorder.exceptions[0].cycles_before.count, cycle + 4);
    const Address back = bench.recorder.exceptions[1].pc;
    if (back > bench.address_of("block") && back < bench.address_of("behind")) {
      places.insert(back);
      it_bits.insert(bench.word(0x20003000) & 0x0600FC00u);
    } else {
      EXPECT_EQ(bench.word(0x20003000) & 0x0600FC00u, 0u);
    }
  }
  // Both instructions of both sides; where they are skipped no interrupt is taken before them.
  EXPECT_EQ(places.size(), 4u);
  // ITSTATE of ITTEE EQ is 0000'0111 before the first, then 0000'1110, 0001'1100, 0001'1000.
  const std::set<std::uint32_t> expected = {0x06000400u, 0x04000C00u, 0x00001C00u, 0x00001800u};
  EXPECT_EQ(it_bits, expected);
}

TEST(ItBlock, UnalignedAccessFaultsWithinTheBlockWithoutEffect) {
  ProgramBench bench(R"(
reset:
  ldr r8, =0x20002002
  poke 0x20002004, 0x77777777
  movs r4, #4
  movs r5, #5
  movs r6, #6
  cmp r4, #4
  itttt eq
  moveq r4, #40
  ldrdeq r4, r5, [r8]
  moveq r6, #60
  streq r6, [r8, #2]
  movs r7, #7
  exit
  .global hardfault
hardfault:
  b .
)");
  bench.core->set_cycle_limit({100000});
  bench.core->reset();
  bench.core->watch_address(bench.address_of("hardfault"), [&] { bench.core->request_stop({}); });
  bench.core->run();
  EXPECT_EQ(bench.r(4), 40u);  // the instruction before has run
  EXPECT_EQ(bench.r(5), 5u);
  EXPECT_EQ(bench.r(6), 6u);  // the one behind has not
  EXPECT_EQ(bench.word(0x20002004), 0x77777777u);
  const Address sp = bench.core->read_register(CoreRegister::kSp);
  // ITSTATE of ITTTT EQ is 0000'0001; advanced once 0000'0010: IT[1:0] = 2 in bits 26:25.
  EXPECT_EQ(bench.word(sp + 28) & 0x0600FC00u, 0x04000000u);
  ASSERT_EQ(bench.core->faults().size(), 1u);
  EXPECT_EQ(bench.core->faults()[0].cfsr, 1u << 24);
}

// A fault in the middle of a block, repaired by the handler: the instruction runs again and the
// rest of the block with it.
std::string repaired(const std::string& cause, const std::string& repair) {
  return R"(
reset:
  movs r4, #1
  movs r5, #0
  movs r6, #12
  movs r7, #4
  ldr r8, =0x40000000
  cmp r4, #1
  itete eq
  addeq r5, #1
  addne r5, #2
)" + cause +
         R"(
  addne r5, #4
  mrs r9, apsr
  exit
usagefault:
hardfault:
  ldr r10, =0xE000ED28
  ldr r11, [r10]
  str r11, [r10]
)" + repair +
         R"(
  dsb
  isb
  bx lr
)";
}

TEST(ItBlock, FpInstructionWithoutAccessFaultsAndRunsOnceEnabled) {
  ProgramBench bench(repaired("  vmoveq s1, r6\n", "  poke 0xE000ED88, 0x00F00000\n"));
  EXPECT_EQ(bench.run().kind, StopKind::kExit);
  EXPECT_EQ(bench.r(11), 1u << 19);
  EXPECT_EQ(bench.r(5), 1u);
  EXPECT_EQ(bench.core->read_register(float_register(1)), 12u);
}

TEST(ItBlock, TrappedDivisionIsRepairedByTheHandler) {
  ProgramBench bench(repaired("  udiveq r6, r6, r12\n", "  movs r0, #3\n  str r0, [sp, #16]\n"));
  // CCR.DIV_0_TRP is set from outside, as a debugger would.
  bench.core->reset();
  bench.bus.write(0xE000ED14, AccessSize::kWord, 0x210, {});
  bench.core->set_cycle_limit({100000});
  EXPECT_EQ(bench.core->run().kind, StopKind::kExit);
  EXPECT_EQ(bench.r(11), 1u << 25);
  EXPECT_EQ(bench.r(6), 4u);
  EXPECT_EQ(bench.r(5), 1u);
}

TEST(ItBlock, PreciseBusFaultWithinTheBlockKeepsTheDestination) {
  ProgramBench bench(repaired("  ldreq r6, [r8]\n", "  ldr r8, =0x20000000\n"));
  bench.set_word(0x20000000, 99);
  EXPECT_EQ(bench.run().kind, StopKind::kExit);
  EXPECT_EQ(bench.r(11), 0x8200u);
  EXPECT_EQ(bench.r(6), 99u);
  EXPECT_EQ(bench.r(5), 1u);
}

TEST(ItBlock, ExclusiveStoreWithinTheBlockFailsWithoutReservation) {
  ProgramBench bench(R"(
reset:
  ldr r0, =0x20002000
  movs r1, #7
  movs r4, #9
  str r4, [r0]
  cmp r1, #7
  itt eq
  strexeq r4, r1, [r0]
  addeq r5, r4, #1
  ldr r6, [r0]
  exit
)");
  bench.run();
  EXPECT_EQ(bench.r(4), 1u);
  EXPECT_EQ(bench.r(5), 2u);
  EXPECT_EQ(bench.r(6), 9u);
}

TEST(ItBlock, PeripheralIsWrittenOnceThoughTheBlockIsInterrupted) {
  // SysTick's reload register is written by the instruction behind the interrupted one.
  const char* const program = R"(
reset:
  poke 0xE000E100, 1
  ldr r8, =0xE000EF00
  movs r4, #0
  movs r5, #0
  cmp r4, #0
  ittt eq
  streq r4, [r8]            @ pends IRQ 0, taken before the next instruction
  addeq r5, #1
  streq r4, [r8]            @ and again
  exit
irq0:
  add r6, #1
  mov r7, r5
  bx lr
)";
  ProgramBench bench(program);
  bench.run();
  EXPECT_EQ(bench.r(6), 2u);
  EXPECT_EQ(bench.r(5), 1u);
  EXPECT_EQ(bench.recorder.exceptions.size(), 4u);
}

}  // namespace
}  // namespace tinyscope
