// Memory protection. Arm DDI 0403E, B3.5.
#include <gtest/gtest.h>

#include "tests/support/program_bench.hpp"

namespace tinyscope {
namespace {

using test::ProgramBench;

// `regions` sets up; `body` is run; r4 becomes the MemManage status, r5 MMFAR, or 0.
std::string guarded(const std::string& regions, const std::string& body,
                    const std::string& control = "5") {
  return R"(
  .macro region number, base, rasr
  poke 0xE000ED98, \number
  poke 0xE000ED9C, \base
  poke 0xE000EDA0, \rasr
  .endm
reset:
  poke 0xE000ED24, 0x00010000
  movs r4, #0
  movs r5, #0
  poke 0x20003000, 0x600D600D
)" + regions +
         "  poke 0xE000ED94, " + control + R"(
  dsb
  isb
)" + body +
         R"(
  exit
memmanage:
  ldr r0, =0xE000ED28
  ldrb r4, [r0]
  ldr r5, [r0, #12]
  exit
)";
}

constexpr const char* kRead = "  ldr r0, =0x20003000\n  ldr r6, [r0]\n";
constexpr const char* kWrite = "  ldr r0, =0x20003000\n  movs r6, #1\n  str r6, [r0]\n";
constexpr const char* kReadAsUser = "  ldr r0, =0x20003000\n  ldrt r6, [r0]\n";
constexpr const char* kWriteAsUser = "  ldr r0, =0x20003000\n  movs r6, #1\n  strt r6, [r0]\n";
constexpr const char* kDrop = "  movs r0, #1\n  msr control, r0\n  isb\n";

struct Permission {
  unsigned ap;
  bool privileged_read, privileged_write, user_read, user_write;
};

class AccessPermission : public testing::TestWithParam<Permission> {};

// Table B3-15.
TEST_P(AccessPermission, DecidesByPrivilegeAndDirection) {
  const Permission& p = GetParam();
  // 4 KiB at 0x20003000 with the permission; everything else open to all by region 0.
  const std::string regions =
      "  region 0, 0, 0x0300003F\n  region 1, 0x20003000, 0x0" + std::to_string(p.ap) + "000017\n";
  const auto allowed = [&](const std::string& body) {
    ProgramBench bench(guarded(regions, body));
    EXPECT_EQ(bench.run().kind, StopKind::kExit);
    if (bench.r(4) == 0) return true;
    EXPECT_EQ(bench.r(4), 0x82u);
    EXPECT_EQ(bench.r(5), 0x20003000u);
    EXPECT_EQ(bench.word(0x20003000), 0x600D600Du);  // a refused store leaves no trace
    return false;
  };
  EXPECT_EQ(allowed(kRead), p.privileged_read);
  EXPECT_EQ(allowed(kWrite), p.privileged_write);
  EXPECT_EQ(allowed(std::string(kDrop) + kRead), p.user_read);
  EXPECT_EQ(allowed(std::string(kDrop) + kWrite), p.user_write);
  // LDRT and STRT of privileged code (DDI 0403E, A7.7.68).
  EXPECT_EQ(allowed(kReadAsUser), p.user_read);
  EXPECT_EQ(allowed(kWriteAsUser), p.user_write);
}

INSTANTIATE_TEST_SUITE_P(All, AccessPermission,
                         testing::Values(Permission{0, false, false, false, false},
                                         Permission{1, true, true, false, false},
                                         Permission{2, true, true, true, false},
                                         Permission{3, true, true, true, true},
                                         Permission{5, true, false, false, false},
                                         Permission{6, true, false, true, false},
                                         Permission{7, true, false, true, false}));

TEST(Mpu, HighestMatchingRegionDecides) {
  const std::string regions =
      "  region 2, 0x20000000, 0x03000023\n  region 5, 0x20003000, 0x00000017\n";
  ProgramBench low(guarded(regions, "  ldr r0, =0x20002000\n  ldr r6, [r0]\n"));
  low.run();
  EXPECT_EQ(low.r(4), 0u);
  ProgramBench high(guarded(regions, kRead));
  high.run();
  EXPECT_EQ(high.r(4), 0x82u);
}

TEST(Mpu, DisabledSubregionFallsThrough) {
  // 4 KiB region, eight subregions of 512 bytes; the first is disabled.
  const std::string regions = "  region 1, 0x20003000, 0x00000117\n";
  ProgramBench inside(guarded(regions, "  ldr r0, =0x20003200\n  ldr r6, [r0]\n"));
  inside.run();
  EXPECT_EQ(inside.r(5), 0x20003200u);
  ProgramBench outside(guarded(regions, kRead));
  outside.run();
  EXPECT_EQ(outside.r(4), 0u);
}

TEST(Mpu, AccessThatReachesIntoARefusedRegionFaults) {
  ProgramBench bench(
      guarded("  region 1, 0x20003000, 0x00000017\n", "  ldr r0, =0x20002FFE\n  ldr r6, [r0]\n"));
  bench.run();
  EXPECT_EQ(bench.r(4), 0x82u);
}

TEST(Mpu, BackgroundIsForPrivilegedCodeWithPrivdefenaOnly) {
  const std::string code = "  region 0, 0, 0x03000027\n  region 1, 0xE000E000, 0x03000017\n";
  ProgramBench privileged(guarded(code, kRead));
  privileged.run();
  EXPECT_EQ(privileged.r(4), 0u);
  ProgramBench without(guarded(code, kRead, "1"));
  without.core->reset();
  without.core->set_cycle_limit({100000});
  without.core->run();
  // Neither may the exception be stacked: MSTKERR beside DACCVIOL.
  EXPECT_EQ(without.r(4) & 0x12u, 0x12u);
  ProgramBench user(guarded(code, std::string(kDrop) + kRead));
  user.run();
  EXPECT_EQ(user.r(4) & 2u, 2u);
}

TEST(Mpu, ExecuteNeverStopsTheFetchBeforeItRuns) {
  ProgramBench bench(guarded("  region 1, 0x20003000, 0x13000017\n",
                             "  poke 0x20003000, 0x47702601\n  movs r6, #9\n"
                             "  ldr r7, =0x20003001\n  blx r7\n"));
  bench.run();
  EXPECT_EQ(bench.r(4), 1u);
  EXPECT_EQ(bench.r(6), 9u);
}

TEST(Mpu, HardFaultRunsWithoutItUnlessHfnmiena) {
  const std::string body = "  udf #0\nhardfault:\n" + std::string(kRead) + "  movs r7, #1\n";
  const std::string region = "  region 1, 0x20003000, 0x00000017\n";
  ProgramBench off(guarded(region, body, "5"));
  EXPECT_EQ(off.run().kind, StopKind::kExit);
  EXPECT_EQ(off.r(6), 0x600D600Du);
  ProgramBench on(guarded(region, body, "7"));
  EXPECT_EQ(on.run().kind, StopKind::kLockup);
}

TEST(Mpu, SystemRegistersStayReachable) {
  ProgramBench bench(
      guarded("  region 7, 0xE0000000, 0x00000027\n", "  ldr r0, =0xE000ED00\n  ldr r6, [r0]\n"));
  bench.run();
  EXPECT_EQ(bench.r(4), 0u);
  EXPECT_EQ(bench.r(6), 0x410FC241u);
}

TEST(Mpu, RegistersReadBack) {
  ProgramBench bench(R"(
reset:
  ldr r0, =0xE000ED90
  ldr r4, [r0]
  ldr r1, =0x20000013          @ VALID, region 3
  str r1, [r0, #12]
  ldr r5, [r0, #8]
  ldr r6, [r0, #12]
  ldr r1, =0x20001014          @ RBAR_A1 selects region 4
  str r1, [r0, #20]
  ldr r7, [r0, #8]
  exit
)");
  bench.run();
  EXPECT_EQ(bench.r(4), 0x800u);
  EXPECT_EQ(bench.r(5), 3u);
  EXPECT_EQ(bench.r(6), 0x20000003u);
  EXPECT_EQ(bench.r(7), 4u);
}

TEST(Mpu, StackRefusedAtEntryIsMstkerr) {
  ProgramBench bench(guarded("  region 1, 0x20008000, 0x00000017\n", R"(
  ldr r0, =0x20008800
  msr psp, r0
  movs r0, #2
  msr control, r0
  isb
  svc #0
)"));
  bench.run();
  EXPECT_EQ(bench.r(4), 0x10u);
}

}  // namespace
}  // namespace tinyscope
