// What sets a Cortex-M7 apart as a programmer sees it.
#include <gtest/gtest.h>

#include "cores/memory/l1_memory.hpp"
#include "tests/support/program_bench.hpp"

namespace tinyscope::test {
namespace {

CoreConfig cortex_m7(FloatUnit float_unit) {
  return {.family = CoreFamily::kCortexM7,
          .float_unit = float_unit,
          .interrupts = 16,
          .priority_bits = 4};
}

constexpr const char* kHeader = R"(
  .cpu cortex-m7
  .fpu fpv5-d16
)";

TEST(CortexM7, ComputesInDoublePrecision) {
  ProgramBench bench(std::string(kHeader) + R"(
reset:
  fpu_on
  vmov.f64 d0, #3.0
  vmov.f64 d1, #0.5
  vadd.f64 d2, d0, d1         @ 3.5
  vdiv.f64 d3, d0, d1         @ 6
  vfma.f64 d3, d0, d1         @ 7.5
  vcvt.f32.f64 s0, d2
  vmov r4, s0
  vcvt.s32.f64 s0, d3         @ 7: towards zero
  vmov r5, s0
  vmov r6, r7, d2
  vcvtr.s32.f64 s0, d3        @ 8: to even
  vmov r8, s0
  exit
)",
                     cortex_m7(FloatUnit::kDouble));
  bench.run();
  EXPECT_EQ(bench.r(4), 0x40600000u);  // 3.5f
  EXPECT_EQ(bench.r(5), 7u);
  EXPECT_EQ(bench.r(6), 0u);
  EXPECT_EQ(bench.r(7), 0x400C0000u);  // upper half of 3.5
  EXPECT_EQ(bench.r(8), 8u);
}

// Upper and lower word of each result, by Arm DDI 0403E, A2.5 and A7.7.
struct DoubleCase {
  const char* code;  // d0 = 3.0, d1 = -0.75, d2 = infinity, d3 = signalling NaN; result in d5
  std::uint32_t high, low;
};
class DoublePrecision : public testing::TestWithParam<DoubleCase> {};

TEST_P(DoublePrecision, GivesTheResultOfTheArchitecture) {
  ProgramBench bench(std::string(kHeader) + R"(
reset:
  fpu_on
  vmov.f64 d0, #3.0
  vmov.f64 d1, #-0.75
  ldr r0, =0x7FF00000
  ldr r1, =0x7FF00001
  mov r2, #0
  vmov d2, r2, r0
  vmov d3, r2, r1
  vmov d5, r2, r2
)" + GetParam().code + R"(
  vmov r4, r5, d5
  exit
)",
                     cortex_m7(FloatUnit::kDouble));
  bench.run();
  EXPECT_EQ(bench.r(5), GetParam().high);
  EXPECT_EQ(bench.r(4), GetParam().low);
}

INSTANTIATE_TEST_SUITE_P(
    Instructions, DoublePrecision,
    testing::Values(DoubleCase{"vmul.f64 d5, d0, d1", 0xC0020000, 0},                     // -2.25
                    DoubleCase{"vnmul.f64 d5, d0, d1", 0x40020000, 0},                    // 2.25
                    DoubleCase{"vmov.f64 d5, d0\n vmls.f64 d5, d0, d1", 0x40150000, 0},   // 5.25
                    DoubleCase{"vmov.f64 d5, d0\n vnmla.f64 d5, d0, d1", 0xBFE80000, 0},  // -0.75
                    DoubleCase{"vmov.f64 d5, d0\n vfnms.f64 d5, d0, d1", 0xC0150000, 0},  // -5.25
                    DoubleCase{"vsub.f64 d5, d2, d2", 0x7FF80000, 0},  // default NaN
                    DoubleCase{"vadd.f64 d5, d0, d3", 0x7FF80001, 0},  // quietened
                    DoubleCase{"vsqrt.f64 d5, d1", 0x7FF80000, 0},
                    DoubleCase{"vmaxnm.f64 d5, d0, d1", 0x40080000, 0},
                    DoubleCase{"vrintp.f64 d5, d1", 0x80000000, 0},    // -0
                    DoubleCase{"vrinta.f64 d5, d1", 0xBFF00000, 0},    // -1
                    DoubleCase{"vdiv.f64 d5, d1, d0", 0xBFD00000, 0},  // -0.25
                    // Compares: 3 > -0.75, so HI and GT hold.
                    DoubleCase{
                        "vcmp.f64 d0, d1\n vmrs APSR_nzcv, fpscr\n it gt\n vmovgt.f64 d5, d0",
                        0x40080000, 0},
                    DoubleCase{"vcvt.s32.f64 s10, d1\n vcvt.f64.s32 d5, s10", 0, 0},
                    DoubleCase{"vcvt.u32.f64 s10, d1\n vmov s11, s10", 0, 0},  // saturated
                    DoubleCase{"vcvt.s32.f64 s10, d2", 0, 0x7FFFFFFF},         // saturated
                    DoubleCase{"vmov.f64 d5, d1\n vcvt.s32.f64 d5, d5, #4", 0xFFFFFFFF,
                               0xFFFFFFF4}));  // -12 sixteenths

TEST(CortexM7, RunsFpv5InSinglePrecision) {
  ProgramBench bench(std::string(kHeader) + R"(
reset:
  fpu_on
  vmov.f32 s0, #2.5
  vmov.f32 s1, #-1.0
  vmaxnm.f32 s2, s0, s1
  vminnm.f32 s3, s0, s1
  vrintm.f32 s4, s0           @ 2
  vcvta.s32.f32 s5, s0        @ 3: ties away
  cmp r0, r0
  vseleq.f32 s6, s0, s1
  vmov r4, s2
  vmov r5, s3
  vmov r6, s4
  vmov r7, s5
  vmov r8, s6
  exit
)",
                     cortex_m7(FloatUnit::kSingle));
  bench.run();
  EXPECT_EQ(bench.r(4), 0x40200000u);
  EXPECT_EQ(bench.r(5), 0xBF800000u);
  EXPECT_EQ(bench.r(6), 0x40000000u);
  EXPECT_EQ(bench.r(7), 3u);
  EXPECT_EQ(bench.r(8), 0x40200000u);
}

class SinglePrecisionOnly : public testing::TestWithParam<const char*> {};

TEST_P(SinglePrecisionOnly, RaisesUsageFaultForDoublePrecision) {
  ProgramBench bench(std::string(kHeader) + R"(
reset:
  fpu_on
  mov r5, #0
  vmov.32 d0[0], r5           @ halves of doubles move on any FPU
  vmov r2, r3, d0
)" + GetParam() + R"(
  exit
hardfault:
  ldr r4, =0xE000ED28
  ldr r4, [r4]
  exit
)",
                     cortex_m7(FloatUnit::kSingle));
  bench.run();
  EXPECT_EQ(bench.r(4), 1u << 16);  // UNDEFINSTR
}

INSTANTIATE_TEST_SUITE_P(Instructions, SinglePrecisionOnly,
                         testing::Values("vadd.f64 d0, d1, d2", "vmov.f64 d0, d1",
                                         "vcvt.f64.f32 d0, s4", "vcvt.f32.f64 s0, d1",
                                         "vcvt.s32.f64 s0, d1", "vcmp.f64 d0, d1",
                                         "vmaxnm.f64 d0, d1, d2", "vsqrt.f64 d0, d1"));

// With the caches of an STM32F746: DDI 0489, table 3-1 and the description of CCSIDR.
TEST(CortexM7, IdentifiesItsCaches) {
  L1Memory::Parameters parameters;
  parameters.shape = {.instruction_cache = LineCache::Geometry{64, 2, 32},
                      .data_cache = LineCache::Geometry{32, 4, 32},
                      .itcm_bytes = 16384,
                      .dtcm_bytes = 65536};
  parameters.ranges = {{0, 1u << 20, L1Memory::Port::kTcm},
                       {0x20000000, 256u << 10, L1Memory::Port::kTcm}};
  auto memory = std::make_unique<L1Memory>(
      parameters, std::make_unique<MemorySystem>(MemorySystem::Parameters()));
  ProgramBench bench(assemble(R"(
reset:
  ldr r0, =0xE000ED00
  ldr r4, [r0]                @ CPUID
  ldr r5, [r0, #0x78]         @ CLIDR
  ldr r6, [r0, #0x7C]         @ CTR
  ldr r7, [r0, #0x80]         @ CCSIDR of the data cache
  mov r1, #1
  str r1, [r0, #0x84]         @ CSSELR: instruction
  ldr r8, [r0, #0x80]
  ldr r9, [r0, #0x14]         @ CCR
  ldr r0, =0xE000EF90
  ldr r10, [r0]               @ ITCMCR
  ldr r11, [r0, #4]           @ DTCMCR
  exit
)"),
                     cortex_m7(FloatUnit::kSingle), std::move(memory), false);
  bench.run();
  EXPECT_EQ(bench.r(4), 0x410FC271u);  // r0p1
  EXPECT_EQ(bench.r(5), 0x09000003u);
  EXPECT_EQ(bench.r(6), 0x8303C003u);
  EXPECT_EQ(bench.r(7), 0xF003E019u);
  EXPECT_EQ(bench.r(8), 0xF007E009u);
  EXPECT_EQ(bench.r(9), 1u << 18 | 1u << 9);  // BP, STKALIGN
  EXPECT_EQ(bench.r(10), 5u << 3 | 1u);
  EXPECT_EQ(bench.r(11), 7u << 3 | 1u);
}

TEST(CortexM7, CycleCounterIsLockedAtFirst) {
  ProgramBench bench(R"(
reset:
  poke 0xE000EDFC, 0x01000000  @ DEMCR.TRCENA
  ldr r3, =0xE0001000
  ldr r4, [r3, #0xFB4]         @ LSR
  mov r1, #1
  str r1, [r3]                 @ CTRL.CYCCNTENA: no effect
  ldr r5, [r3, #4]
  poke 0xE0001FB0, 0xC5ACCE55
  ldr r6, [r3, #0xFB4]
  mov r1, #1
  str r1, [r3]
  nop
  ldr r7, [r3, #4]
  exit
)",
                     cortex_m7(FloatUnit::kSingle));
  bench.run();
  EXPECT_EQ(bench.r(4), 3u);
  EXPECT_EQ(bench.r(5), 0u);
  EXPECT_EQ(bench.r(6), 1u);
  EXPECT_GT(bench.r(7), 0u);
}

TEST(CortexM7, UnalignedAccessToDeviceMemoryFaults) {
  ProgramBench bench(R"(
reset:
  ldr r0, =0x20000001
  ldr r0, [r0]                 @ normal memory
  mov r5, #1
  ldr r0, =0x40000001
  ldr r0, [r0]
  exit
hardfault:
  ldr r4, =0xE000ED28
  ldr r4, [r4]
  exit
)",
                     cortex_m7(FloatUnit::kSingle));
  bench.run();
  EXPECT_EQ(bench.r(5), 1u);
  EXPECT_EQ(bench.r(4), 1u << 24);
}

}  // namespace
}  // namespace tinyscope::test
