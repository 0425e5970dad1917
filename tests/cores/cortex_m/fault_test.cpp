// Faults: causes, status bits, addresses, escalation, lockup.
// Arm DDI 0403E, B1.5.14 (fault behaviour), B1.5.15 (lockup), B3.2.15 to B3.2.18 (registers).
#include <gtest/gtest.h>

#include "tests/support/program_bench.hpp"

namespace tinyscope {
namespace {

using test::ProgramBench;

// Runs `body` and ends in a handler: r4 = IPSR, r5 = CFSR, r6 = HFSR, r7 = stacked PC,
// r8 = MMFAR, r9 = BFAR.
std::string faulting(const std::string& body, const std::string& setup = "") {
  return R"(
reset:
)" + setup +
         R"(
  movs r5, #0
  movs r6, #0
  b start
  .ltorg
start:
)" + body +
         R"(
  nop
  nop
  exit
memmanage:
busfault:
usagefault:
hardfault:
  mrs r4, ipsr
  ldr r0, =0xE000ED28
  ldr r5, [r0]
  ldr r6, [r0, #4]
  ldr r8, [r0, #12]
  ldr r9, [r0, #16]
  ldr r7, [sp, #24]
  exit
)";
}
const char* const kEnableAll = "  poke 0xE000ED24, 0x00070000\n";

struct FaultCase {
  const char* name;
  const char* body;  // `bad` is the instruction that faults
  const char* setup;
  unsigned exception;
  std::uint32_t cfsr;
  const char* pc;        // symbol of the stacked PC
  std::int64_t address;  // of MMFAR or BFAR, -1: none valid
};

class Faults : public testing::TestWithParam<FaultCase> {};

TEST_P(Faults, EnterTheirHandlerWithStatusAndAddress) {
  const FaultCase& c = GetParam();
  ProgramBench bench(faulting(c.body, std::string(kEnableAll) + c.setup));
  ASSERT_EQ(bench.run().kind, StopKind::kExit);
  EXPECT_EQ(bench.r(4), c.exception);
  EXPECT_EQ(bench.r(5), c.cfsr);
  EXPECT_EQ(bench.r(6), 0u);
  EXPECT_EQ(bench.r(7), bench.address_of(c.pc));
  if (c.address >= 0) {
    EXPECT_EQ(bench.r(c.exception == 4 ? 8 : 9), static_cast<std::uint32_t>(c.address));
  }
  ASSERT_EQ(bench.core->faults().size(), 1u);
  EXPECT_EQ(bench.core->faults()[0].exception, c.exception);
  EXPECT_EQ(bench.core->faults()[0].pc, bench.address_of(c.pc));
}

TEST_P(Faults, EscalateToHardFaultWhenDisabled) {
  const FaultCase& c = GetParam();
  ProgramBench bench(faulting(c.body, c.setup));
  ASSERT_EQ(bench.run().kind, StopKind::kExit);
  EXPECT_EQ(bench.r(4), 3u);
  EXPECT_EQ(bench.r(5), c.cfsr);
  EXPECT_EQ(bench.r(6), 1u << 30);
}

INSTANTIATE_TEST_SUITE_P(
    All, Faults,
    testing::Values(
        FaultCase{"Undefinstr", "bad: udf #1\n", "", 6, 1u << 16, "bad", -1},
        FaultCase{"UndefinstrWide", "bad: udf.w #1\n", "", 6, 1u << 16, "bad", -1},
        FaultCase{"InvstateBranchToEvenAddress",
                  "  ldr r0, =target\n  bic r0, #1\n  bx r0\n"
                  "  .ltorg\ntarget: nop\n",
                  "", 6, 1u << 17, "target", -1},
        FaultCase{"InvstateLoadedPc",
                  "  adr r0, target\n  bic r0, #1\n  push {r0}\n  pop {pc}\n"
                  "  .align 2\ntarget: nop\n",
                  "", 6, 1u << 17, "target", -1},
        FaultCase{"NocpOtherCoprocessor", "bad: mrc p15, 0, r0, c1, c0, 0\n", "", 6, 1u << 19,
                  "bad", -1},
        FaultCase{"UnalignedLdm", "  ldr r0, =0x20000002\nbad: ldmia r0, {r1, r2}\n", "", 6,
                  1u << 24, "bad", -1},
        FaultCase{"UnalignedStrd", "  ldr r0, =0x20000002\nbad: strd r1, r2, [r0]\n", "", 6,
                  1u << 24, "bad", -1},
        FaultCase{"UnalignedLdrex", "  ldr r0, =0x20000002\nbad: ldrex r1, [r0]\n", "", 6, 1u << 24,
                  "bad", -1},
        FaultCase{"UnalignedLdrexh", "  ldr r0, =0x20000001\nbad: ldrexh r1, [r0]\n", "", 6,
                  1u << 24, "bad", -1},
        FaultCase{"UnalignedTrap", "  ldr r0, =0x20000001\nbad: ldr r1, [r0]\n",
                  "  poke 0xE000ED14, 0x208\n", 6, 1u << 24, "bad", -1},
        FaultCase{"UnalignedStoreTrap", "  ldr r0, =0x20000001\nbad: strh r1, [r0]\n",
                  "  poke 0xE000ED14, 0x208\n", 6, 1u << 24, "bad", -1},
        FaultCase{"Divbyzero", "  movs r0, #0\nbad: udiv r1, r0, r0\n",
                  "  poke 0xE000ED14, 0x210\n", 6, 1u << 25, "bad", -1},
        FaultCase{"PreciseRead", "  ldr r0, =0x60000000\nbad: ldr r1, [r0, #4]\n", "", 5, 0x8200,
                  "bad", 0x60000004},
        FaultCase{"PreciseReadOfLdm", "  ldr r0, =0x60000000\nbad: ldmia r0!, {r1-r3}\n", "", 5,
                  0x8200, "bad", 0x60000000},
        FaultCase{"PreciseWriteWithoutBuffer", "  ldr r0, =0x60000000\nbad: str r1, [r0, #8]\n",
                  "  poke 0xE000E008, 2\n", 5, 0x8200, "bad", 0x60000008},
        FaultCase{"ImpreciseWrite", "  ldr r0, =0x60000000\n  str r1, [r0]\nnext: nop\n", "", 5,
                  0x400, "next", -1},
        FaultCase{"Ibuserr",
                  "  ldr r0, =hole + 1\n  bx r0\n  .ltorg\n  .equ hole, 0x10000000\n"
                  "  .global hole\n",
                  "", 5, 0x100, "hole", -1},
        FaultCase{"IaccviolPeripheralRegion",
                  "  ldr r0, =xn + 1\n  bx r0\n  .ltorg\n"
                  "  .equ xn, 0x40000000\n  .global xn\n",
                  "", 4, 1, "xn", -1},
        FaultCase{"IaccviolSystemRegion",
                  "  ldr r0, =xn + 1\n  bx r0\n  .ltorg\n"
                  "  .equ xn, 0xE000E000\n  .global xn\n",
                  "", 4, 1, "xn", -1}),
    [](const auto& tested) { return std::string(tested.param.name); });

TEST(Fault, RefusedStoreLeavesMemoryAndRegisters) {
  ProgramBench bench(faulting(
      R"(
  ldr r0, =0x20002001
  ldr r1, =0x55555555
  str r1, [r0], #4
)",
      "  poke 0x20002000, 0x11223344\n  poke 0x20002004, 0x55667788\n  poke 0xE000ED14, 0x208\n"));
  bench.core->reset();
  bench.core->watch_address(bench.address_of("hardfault"), [&] { bench.core->request_stop({}); });
  bench.core->run();
  EXPECT_EQ(bench.word(0x20002000), 0x11223344u);
  EXPECT_EQ(bench.word(0x20002004), 0x55667788u);
  EXPECT_EQ(bench.r(0), 0x20002001u);
}

TEST(Fault, LoadThatFaultsKeepsDestinationAndBase) {
  ProgramBench bench(faulting(R"(
  ldr r0, =0x60000000
  movs r1, #77
  ldr r1, [r0, #4]!
)"));
  bench.core->reset();
  bench.core->watch_address(bench.address_of("hardfault"), [&] { bench.core->request_stop({}); });
  bench.core->run();
  EXPECT_EQ(bench.r(0), 0x60000000u);
  EXPECT_EQ(bench.r(1), 77u);
}

TEST(Fault, UnalignedAccessesThatAreAllowedWork) {
  ProgramBench bench(R"(
reset:
  poke 0x20000000, 0x33221100
  poke 0x20000004, 0x77665544
  ldr r0, =0x20000001
  ldr r4, [r0]
  ldrh r5, [r0, #2]
  ldr r6, =0xAABBCCDD
  str r6, [r0, #1]
  ldr r7, [r0, #-1]
  exit
)");
  bench.run();
  EXPECT_EQ(bench.r(4), 0x44332211u);
  EXPECT_EQ(bench.r(5), 0x4433u);
  EXPECT_EQ(bench.r(7), 0xCCDD1100u);
}

TEST(Fault, UnalignedAccessAcrossPagesWorks) {
  ProgramBench bench(R"(
reset:
  ldr r0, =0x20002FFE
  ldr r6, =0xAABBCCDD
  str r6, [r0]
  ldr r4, [r0]
  exit
)");
  bench.run();
  EXPECT_EQ(bench.r(4), 0xAABBCCDDu);
  EXPECT_EQ(bench.word(0x20003000) & 0xFFFFu, 0xAABBu);
}

TEST(Fault, DivisionByZeroWithoutTrapGivesZero) {
  ProgramBench bench("reset:\n  movs r0, #7\n  movs r1, #0\n  udiv r4, r0, r1\n  exit\n");
  bench.run();
  EXPECT_EQ(bench.r(4), 0u);
}

TEST(Fault, VectorWithoutThumbBitIsInvstateAtTheHandler) {
  ProgramBench bench(faulting(R"(
  ldr r0, =0x20000400
  movs r1, #0
1:
  ldr r2, [r1]
  str r2, [r0, r1]
  adds r1, #4
  cmp r1, #128
  bne 1b
  ldr r2, =irq0
  bic r2, #1
  str r2, [r0, #64]
  ldr r1, =0xE000ED08
  str r0, [r1]
  poke 0xE000E400, 0x80
  poke 0xE000E100, 1
  poke 0xE000EF00, 0
)",
                              kEnableAll) +
                     "irq0: b irq0\n");
  bench.run();
  EXPECT_EQ(bench.r(4), 6u);
  EXPECT_EQ(bench.r(5), 1u << 17);
  EXPECT_EQ(bench.r(7), bench.address_of("irq0"));
}

TEST(Fault, ImpreciseFaultWaitsWhileMasked) {
  ProgramBench bench(R"(
reset:
  poke 0xE000ED24, 0x00020000
  cpsid i
  movs r6, #0
  ldr r0, =0x60000000
  str r0, [r0]
  movs r6, #1
  movs r6, #2
  cpsie i
  movs r6, #3
  exit
busfault:
  mov r4, r6
  ldr r0, =0xE000ED28
  ldr r5, [r0]
  exit
)");
  bench.run();
  EXPECT_EQ(bench.r(4), 2u);
  EXPECT_EQ(bench.r(5), 0x400u);
}

TEST(Fault, MaskedSynchronousFaultEscalates) {
  ProgramBench bench(faulting("  cpsid i\nbad: udf #0\n", kEnableAll));
  bench.run();
  EXPECT_EQ(bench.r(4), 3u);
  EXPECT_EQ(bench.r(6), 1u << 30);
}

TEST(Fault, InItsOwnHandlerEscalates) {
  ProgramBench bench(R"(
reset:
  poke 0xE000ED24, 0x00070000
  udf #0
usagefault:
  udf #1
hardfault:
  ldr r0, =0xE000ED2C
  ldr r4, [r0]
  mov r5, lr
  exit
)");
  bench.run();
  EXPECT_EQ(bench.r(4), 1u << 30);
  EXPECT_EQ(bench.r(5), 0xFFFFFFF1u);
}

TEST(Fault, InHardFaultLocksUpAndSaysWhere) {
  ProgramBench bench("reset:\n  udf #0\nhardfault:\n  udf #1\n");
  const StopReason stop = bench.run();
  EXPECT_EQ(stop.kind, StopKind::kLockup);
  EXPECT_NE(stop.text.find("lockup"), std::string::npos);
  EXPECT_NE(stop.text.find("exception 3"), std::string::npos);
  ASSERT_EQ(bench.core->faults().size(), 2u);
  EXPECT_EQ(bench.core->faults()[1].pc, bench.address_of("hardfault"));
}

TEST(Fault, WithFaultmaskLocksUp) {
  ProgramBench bench("reset:\n  cpsid f\n  udf #0\nhardfault:\n  exit\n");
  EXPECT_EQ(bench.run().kind, StopKind::kLockup);
}

TEST(Fault, BfhfnmignLetsHardFaultProbeTheBus) {
  ProgramBench bench(R"(
reset:
  poke 0xE000ED14, 0x300
  udf #0
hardfault:
  ldr r0, =0x60000000
  ldr r4, [r0]
  str r4, [r0]
  movs r5, #1
  exit
)");
  EXPECT_EQ(bench.run().kind, StopKind::kExit);
  EXPECT_EQ(bench.r(5), 1u);
}

TEST(Fault, BreakpointWithoutDebuggerIsHardFaultDebugevt) {
  ProgramBench bench(faulting("bad: bkpt #1\n", kEnableAll));
  bench.run();
  EXPECT_EQ(bench.r(4), 3u);
  EXPECT_EQ(bench.r(6), 1u << 31);
  EXPECT_EQ(bench.r(7), bench.address_of("bad"));
}

TEST(Fault, BreakpointEntersTheDebugMonitorWhenEnabled) {
  ProgramBench bench(R"(
reset:
  poke 0xE000EDFC, 0x00010000
  bkpt #1
  exit
debugmon:
  ldr r0, =0xE000ED30
  ldr r4, [r0]
  exit
)");
  bench.run();
  EXPECT_EQ(bench.r(4), 2u);
}

TEST(Fault, HandlerThatRepairsTheCauseReturnsToTheInstruction) {
  ProgramBench bench(R"(
reset:
  poke 0xE000ED24, 0x00070000
  ldr r4, =0x60000000
  ldr r5, [r4]
  exit
busfault:
  ldr r4, =0x20000000
  ldr r0, =0xE000ED28
  ldr r1, [r0]
  str r1, [r0]
  ldr r6, [r0]
  bx lr
)");
  bench.set_word(0x20000000, 1234);
  EXPECT_EQ(bench.run().kind, StopKind::kExit);
  EXPECT_EQ(bench.r(5), 1234u);
  EXPECT_EQ(bench.r(6), 0u);
}

TEST(Fault, ReturnFromMainIntoTheResetValueOfLrFaults) {
  ProgramBench bench(
      "reset:\n  bx lr\nhardfault:\n  ldr r0, =0xE000ED28\n  ldr r4, [r0]\n  exit\n");
  EXPECT_EQ(bench.run().kind, StopKind::kExit);
  EXPECT_EQ(bench.r(4), 1u);  // IACCVIOL: the system region is execute-never
}

TEST(Fault, StoreToFlashIsABusFault) {
  ProgramBench bench(faulting("  ldr r0, =0x1000\nbad: str r0, [r0]\n", kEnableAll));
  bench.run();
  EXPECT_EQ(bench.r(4), 5u);
  EXPECT_EQ(bench.word(0x1000), 0xFFFFFFFFu);
}

TEST(Fault, UnalignedAccessToAPrivatePeripheralFaults) {
  ProgramBench bench(faulting("  ldr r0, =0xE000E102\nbad: ldr r1, [r0]\n", kEnableAll));
  bench.run();
  EXPECT_EQ(bench.r(5), 1u << 24);
}

// What the USB driver of Mbed OS does on the nRF52840 (nrf_drv_usbd.c clears an event at 0x40036FFF,
// across the end of a page), unharmed.
TEST(Fault, UnalignedAccessToAPeripheralIsMadeInParts) {
  ProgramBench bench(R"(
reset:
  ldr r0, =0x40036FFF
  ldr r6, =0xAABBCCDD
  str r6, [r0]
  ldr r4, [r0]
  ldr r0, =0x40037001
  str r6, [r0]
  movs r5, #7
  exit
)");
  bench.bus.add_unmodelled("block", 0x40036000, 0x2000);
  EXPECT_EQ(bench.run().kind, StopKind::kExit);
  EXPECT_EQ(bench.r(5), 7u);
  EXPECT_TRUE(bench.core->faults().empty());
}

}  // namespace
}  // namespace tinyscope
