// DWT counters, ITM stimulus ports, bit-band alias.
// Arm DDI 0403E, C1.7 and C1.8; Cortex-M4 TRM, DDI 0439D, 3.7.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/support/program_bench.hpp"

namespace tinyscope {
namespace {

using test::ProgramBench;
using testing::ElementsAre;

// Reads all six counters into r4–r9 after `body`; the event enables switch the counters on.
std::string counted(const std::string& body, const std::string& control = "0x003E0001") {
  return R"(
reset:
  poke 0xE000EDFC, 0x01000000
  ldr r11, =0xE0001000
  movs r0, #0
  .irp n, 4, 8, 12, 16, 20, 24
  str r0, [r11, #\n]
  .endr
  ldr r0, =)" +
         control + R"(
  b 1f
  .ltorg
  .align 2
1:
  str r0, [r11]
)" + body +
         R"(
  movs r1, #0
  str r1, [r11]                @ all stop at once
  ldr r4, [r11, #4]
  ldr r5, [r11, #8]
  ldr r6, [r11, #12]
  ldr r7, [r11, #16]
  ldr r8, [r11, #20]
  ldr r9, [r11, #24]
  exit
svcall:
  bx lr
)";
}

struct Window {
  const char* name;
  const char* body;
  unsigned instructions;  // between the store that starts and the one that stops the counters
};

class DwtIdentity : public testing::TestWithParam<Window> {};

// instructions = CYCCNT − CPICNT − EXCCNT − SLEEPCNT − LSUCNT + FOLDCNT (DDI 0403E, C1.8.1).
TEST_P(DwtIdentity, HoldsOverAWindow) {
  ProgramBench bench(counted(GetParam().body));
  ASSERT_EQ(bench.run().kind, StopKind::kExit);
  for (const unsigned n : {5u, 6u, 7u, 8u, 9u}) EXPECT_LT(bench.r(n), 256u);
  const std::uint32_t counted_instructions =
      bench.r(4) - bench.r(5) - bench.r(6) - bench.r(7) - bench.r(8) + bench.r(9);
  // The counters run from store to store; the body, MOVS and one of the stores lie between.
  EXPECT_EQ(counted_instructions, GetParam().instructions + 2);
}

INSTANTIATE_TEST_SUITE_P(
    All, DwtIdentity,
    testing::Values(
        Window{"Nothing", "", 0},
        Window{"Alu", "  movs r1, #1\n  adds r1, r1\n  nop\n  nop\n  nop\n", 5},
        Window{"Loads", "  ldr r1, [sp, #-8]\n  ldr r2, [sp, #-4]\n  ldrb r3, [r11]\n", 3},
        Window{"Multiple", "  push {r1-r3}\n  pop {r1-r3}\n  ldrd r1, r2, [r11, #32]\n", 3},
        Window{"Divide", "  movs r1, #7\n  udiv r2, r0, r1\n  mul r2, r1\n", 3},
        Window{"Branches", "  movs r1, #5\n1:\n  subs r1, #1\n  bne 1b\n", 11},
        Window{"It",
               "  cmp r1, r1\n  itte eq\n  moveq r2, #1\n  moveq r3, #1\n"
               "  movne r2, #2\n",
               5},
        Window{"Exception", "  svc #0\n", 2},
        Window{"Barriers", "  dsb\n  isb\n  mrs r1, primask\n", 3}),
    [](const auto& tested) { return std::string(tested.param.name); });

TEST(Dwt, ExceptionCyclesAreEntryPlusReturn) {
  ProgramBench bench(counted("  svc #0\n"));
  bench.run();
  EXPECT_EQ(bench.r(6), 12u + 10u);  // DDI 0439D, 3.9
}

TEST(Dwt, ExtraCyclesOfTransfersCountAsLoadStore) {
  // PUSH and POP of three: 1 + N cycles each (DDI 0439D, table 3-1), so 3 beyond the first.
  ProgramBench without(counted(""));
  without.run();
  ProgramBench with(counted("  push {r1-r3}\n  pop {r1-r3}\n"));
  with.run();
  EXPECT_EQ(with.r(8) - without.r(8), 6u);
  EXPECT_EQ(with.r(5), without.r(5));
}

TEST(Dwt, CyclesOfThreeNopsBetweenTwoReads) {
  const auto difference = [](const std::string& between) {
    ProgramBench bench(R"(
reset:
  poke 0xE000EDFC, 0x01000000
  poke 0xE0001000, 1
  ldr r8, =0xE0001004
  b 1f
  .ltorg
  .align 2
1:
  ldr r4, [r8]
)" + between + R"(
  ldr r5, [r8]
  exit
)");
    bench.run();
    return bench.r(5) - bench.r(4);
  };
  // A single-cycle instruction adds one cycle (table 3-1); the second NOP on, since the first may
  // share a cycle with the load before it (jnk0le/random: a following NOP is swallowed).
  const auto one = difference("  nop\n");
  EXPECT_EQ(difference("  nop\n  nop\n"), one + 1);
  EXPECT_EQ(difference("  nop\n  nop\n  nop\n"), one + 2);
}

TEST(Dwt, CounterStandsWithoutTrcenaOrCyccntena) {
  for (const bool trace : {false, true}) {
    ProgramBench bench(std::string("reset:\n  poke 0xE000EDFC, ") + (trace ? "0x01000000" : "0") +
                       "\n  poke 0xE0001000, " + (trace ? "0" : "1") + R"(
  ldr r8, =0xE0001004
  ldr r4, [r8]
  nop
  nop
  ldr r5, [r8]
  exit
)");
    bench.run();
    EXPECT_EQ(bench.r(4), 0u);
    EXPECT_EQ(bench.r(5), 0u);
  }
}

TEST(Dwt, CyccntCanBeWrittenAndWraps) {
  ProgramBench bench(R"(
reset:
  poke 0xE000EDFC, 0x01000000
  poke 0xE0001000, 1
  poke 0xE0001004, 0xFFFFFFFE
  nop
  nop
  nop
  nop
  ldr r4, [r0]
  exit
)");
  bench.run();
  EXPECT_LT(bench.r(4), 16u);
}

TEST(Dwt, CyccntStandsInSleepUnlessTheChipCounts) {
  for (const bool counts : {false, true}) {
    ProgramBench bench(R"(
reset:
  poke 0xE000EDFC, 0x01000000
  poke 0xE0001000, 1
  cpsid i
  poke 0xE000E100, 1
  poke 0xE0001004, 0
  wfi
  ldr r4, [r0]
  exit
)",
                       {.interrupts = 16, .priority_bits = 3, .cyccnt_counts_in_sleep = counts});
    bench.at_cycle(10000, [&] { bench.pulse(0); });
    bench.run();
    EXPECT_EQ(bench.r(4) > 9000, counts);
  }
}

TEST(Dwt, TellsWhichInstructionsReadTheCycleCounter) {
  ProgramBench bench(R"(
reset:
  ldr r0, =0xE0001004
  ldr r1, [r0]
  ldr r2, [r0, #4]             @ another counter
  str r1, [r0]
  ldr r3, [r0]
  exit
)");
  std::vector<Address> seen;
  bench.core->dwt().on_cycle_read([&](Address pc) { seen.push_back(pc); });
  bench.run();
  ASSERT_EQ(seen.size(), 2u);
  EXPECT_EQ(seen[1] - seen[0], 6u);  // three instructions of two bytes
}

TEST(Itm, PortsReachTheSinkWithTheirWidth) {
  ProgramBench bench(R"(
reset:
  poke 0xE000EDFC, 0x01000000
  poke 0xE0000E00, 0x00000003  @ ports 0 and 1
  poke 0xE0000E80, 1
  ldr r0, =0xE0000000
  ldr r4, [r0]                 @ ready
  movs r1, #0x41
  strb r1, [r0]
  ldr r1, =0x11112222
  strh r1, [r0, #4]
  str r1, [r0, #4]
  str r1, [r0, #8]             @ port 2 is off
  poke 0xE0000E80, 0
  ldr r0, =0xE0000000
  ldr r5, [r0]
  strb r1, [r0]
  exit
)");
  std::vector<std::string> seen;
  bench.core->itm().add_sink([&](unsigned port, std::uint32_t value, unsigned bytes) {
    seen.push_back(std::to_string(port) + ":" + std::to_string(value) + "/" +
                   std::to_string(bytes));
  });
  bench.run();
  EXPECT_THAT(seen, ElementsAre("0:65/1", "1:8738/2", "1:286335522/4"));
  EXPECT_EQ(bench.r(4), 1u);
  EXPECT_EQ(bench.r(5), 0u);
}

TEST(BitBand, WritesOneBitAndReadsIt) {
  // alias = 0x22000000 + byte offset * 32 + bit * 4
  ProgramBench bench(R"(
reset:
  poke 0x20000100, 0xFFFF0000
  ldr r0, =0x22000000 + 0x100 * 32
  movs r1, #1
  str r1, [r0, #5 * 4]
  movs r1, #0xFE               @ only bit 0 counts
  str r1, [r0, #31 * 4]
  ldr r4, [r0, #5 * 4]
  ldr r5, [r0, #6 * 4]
  ldrb r6, [r0, #16 * 4]
  ldr r0, =0x20000100
  ldr r7, [r0]
  exit
)",
                     {.interrupts = 16, .priority_bits = 3, .bit_band = true});
  bench.run();
  EXPECT_EQ(bench.r(4), 1u);
  EXPECT_EQ(bench.r(5), 0u);
  EXPECT_EQ(bench.r(6), 1u);
  EXPECT_EQ(bench.r(7), 0x7FFF0020u);
}

TEST(BitBand, IsAHoleWhereTheChipHasNone) {
  ProgramBench bench(
      "reset:\n  ldr r0, =0x22000000\n  ldr r1, [r0]\nhardfault:\n"
      "  ldr r0, =0xE000ED28\n  ldr r4, [r0]\n  exit\n");
  bench.run();
  EXPECT_EQ(bench.r(4), 0x8200u);
}

}  // namespace
}  // namespace tinyscope
