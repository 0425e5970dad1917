// What sets a Cortex-M7 apart as a programmer sees it.
#include <gtest/gtest.h>

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

}  // namespace
}  // namespace tinyscope::test
