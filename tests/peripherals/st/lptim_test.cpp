// LPTIM of the STM32L4+. RM0432, chapter "LPTIM".
#include <gtest/gtest.h>

#include "tests/support/peripheral_bench.hpp"

namespace tinyscope::test {
namespace {

constexpr Address kBase = 0x4000'7C00;
constexpr Address kIsr = kBase + 0x00;
constexpr Address kIcr = kBase + 0x04;
constexpr Address kIer = kBase + 0x08;
constexpr Address kCfgr = kBase + 0x0C;
constexpr Address kCr = kBase + 0x10;
constexpr Address kCmp = kBase + 0x14;
constexpr Address kArr = kBase + 0x18;
constexpr Address kCnt = kBase + 0x1C;

constexpr std::uint32_t kCmpm = 1u << 0;
constexpr std::uint32_t kArrm = 1u << 1;
constexpr std::uint32_t kCmpok = 1u << 3;
constexpr std::uint32_t kArrok = 1u << 4;
constexpr std::uint32_t kEnable = 1u << 0;
constexpr std::uint32_t kSngstrt = 1u << 1;
constexpr std::uint32_t kCntstrt = 1u << 2;

// The kernel clock is 1 MHz; a write crosses over in 3 us.
class Lptim : public ::testing::Test {
 protected:
  Lptim() { bench.clocks.signal("ker").set(1'000'000); }
  void us(std::uint64_t n) { bench.run_for(Duration::from_us(n)); }
  void start(std::uint32_t arr, std::uint32_t cmp, std::uint32_t mode = kCntstrt) {
    bench.write(kCr, kEnable);
    bench.write(kArr, arr);
    bench.write(kCmp, cmp);
    us(3);
    bench.write(kIcr, kCmpok | kArrok);
    bench.write(kCr, kEnable | mode);
  }

  PeripheralBench bench;
  Peripheral& lptim =
      bench.add("lptim1", "st.lptim", kBase, "clock = \"ker\"\nwrite_cycles = 3", 0x400);
};

TEST_F(Lptim, SaysWhenAWriteHasCrossedOver) {
  bench.write(kIer, kArrok);
  bench.write(kCr, kEnable);
  bench.write(kArr, 99);
  us(2);
  EXPECT_EQ(bench.read(kIsr), 0u);
  us(1);
  EXPECT_EQ(bench.read(kIsr), kArrok);
  EXPECT_TRUE(lptim.wire("irq")->level());
  bench.write(kIcr, kArrok);
  EXPECT_FALSE(lptim.wire("irq")->level());
  bench.write(kCmp, 10);
  us(3);
  EXPECT_EQ(bench.read(kIsr), kCmpok);
}

TEST_F(Lptim, CountsToArrAndStartsAgain) {
  start(99, 50);
  us(49);
  EXPECT_EQ(bench.read(kCnt), 49u);
  EXPECT_EQ(bench.read(kIsr), 0u);
  us(1);
  EXPECT_EQ(bench.read(kIsr), kCmpm);
  us(49);
  EXPECT_EQ(bench.read(kCnt), 99u);
  EXPECT_EQ(bench.read(kIsr), kCmpm | kArrm);
  us(1);
  EXPECT_EQ(bench.read(kCnt), 0u);
  us(100'000'005);
  EXPECT_EQ(bench.read(kCnt), 5u);
}

TEST_F(Lptim, PrescalerDividesTheClock) {
  bench.write(kCfgr, 3u << 9);  // by 8
  start(99, 50);
  us(79);
  EXPECT_EQ(bench.read(kCnt), 9u);
  us(1);
  EXPECT_EQ(bench.read(kCnt), 10u);
}

TEST_F(Lptim, InterruptsAtTheMatchOfEachPeriod) {
  EdgeCounter edges(bench, lptim.wire("irq"));
  bench.write(kIer, kArrm);
  start(99, 50);
  const TimePoint begin = bench.now();
  us(150);
  EXPECT_EQ(edges.rises, 1u);
  EXPECT_EQ((edges.last - begin).ps, Duration::from_us(99).ps);
  bench.write(kIcr, kArrm);
  us(100);
  EXPECT_EQ(edges.rises, 2u);
  EXPECT_EQ((edges.last - begin).ps, Duration::from_us(199).ps);
}

TEST_F(Lptim, SingleModeStopsAfterAPeriod) {
  start(99, 50, kSngstrt);
  us(1000);
  EXPECT_EQ(bench.read(kCnt), 0u);
  EXPECT_EQ(bench.read(kCr), kEnable);
  EXPECT_EQ(bench.read(kIsr), kCmpm | kArrm);
}

TEST_F(Lptim, PreloadedLimitsWaitForTheEndOfThePeriod) {
  bench.write(kCfgr, 1u << 22);
  start(99, 50);
  us(10);
  bench.write(kArr, 19);
  us(89);
  EXPECT_EQ(bench.read(kCnt), 99u);
  us(21);
  EXPECT_EQ(bench.read(kCnt), 0u);
}

TEST_F(Lptim, OutputRisesAtCmpAndFallsAtArr) {
  EdgeCounter edges(bench, lptim.wire("out"));
  start(99, 50);
  const TimePoint begin = bench.now();
  us(51);
  EXPECT_EQ((edges.last - begin).ps, Duration::from_us(50).ps);
  EXPECT_TRUE(lptim.wire("out")->level());
  us(48);
  EXPECT_FALSE(lptim.wire("out")->level());
  us(51);
  EXPECT_EQ(edges.rises, 2u);
}

TEST_F(Lptim, FollowsItsClock) {
  start(999, 500);
  us(100);
  bench.clocks.signal("ker").set(32'768);
  bench.run_for(Duration{1'000'000'000'000 / 1024});  // 32 cycles of 32768 Hz
  EXPECT_EQ(bench.read(kCnt), 132u);
}

TEST_F(Lptim, DisablingClearsTheCounter) {
  start(99, 50);
  us(10);
  bench.write(kCr, 0);
  us(10);
  EXPECT_EQ(bench.read(kCnt), 0u);
}

TEST_F(Lptim, ReportsExternalClocksAndTriggers) {
  bench.write(kCfgr, 1u << 0 | 1u << 17);
  EXPECT_TRUE(bench.reported("CKSEL"));
  EXPECT_TRUE(bench.reported("TRIGEN"));
}

TEST_F(Lptim, ASnapshotContinuesTheSame) {
  EdgeCounter edges(bench, lptim.wire("irq"));
  bench.write(kIer, kCmpm);
  bench.write(kCfgr, 2u << 9);
  start(99, 50);
  us(77);
  const auto saved = bench.save();
  us(500);
  const TimePoint first = edges.last;
  bench.restore(saved);
  EXPECT_EQ(bench.read(kCnt), 19u);
  us(500);
  EXPECT_EQ(edges.rises, 2u);
  EXPECT_EQ(edges.last, first);
}

}  // namespace
}  // namespace tinyscope::test
