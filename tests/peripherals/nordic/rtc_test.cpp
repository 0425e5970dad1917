// RTC. nRF52840 PS, chapter "RTC — Real-time counter".
#include <gtest/gtest.h>

#include "tests/support/peripheral_bench.hpp"

namespace tinyscope::test {
namespace {

constexpr Address kRtc = 0x4001'1000;
constexpr Address kStart = kRtc + 0x000;
constexpr Address kStop = kRtc + 0x004;
constexpr Address kClear = kRtc + 0x008;
constexpr Address kTrigOvrflw = kRtc + 0x00C;
constexpr Address kTick = kRtc + 0x100;
constexpr Address kOvrflw = kRtc + 0x104;
constexpr Address kCompare0 = kRtc + 0x140;
constexpr Address kIntenSet = kRtc + 0x304;
constexpr Address kEvten = kRtc + 0x340;
constexpr Address kEvtenSet = kRtc + 0x344;
constexpr Address kEvtenClr = kRtc + 0x348;
constexpr Address kCounter = kRtc + 0x504;
constexpr Address kPrescaler = kRtc + 0x508;
constexpr Address kCc0 = kRtc + 0x540;

constexpr std::uint64_t kCyclePs = 30'517'578;  // 1 / 32768 s

class Rtc : public ::testing::Test {
 protected:
  PeripheralBench bench;
  Peripheral& rtc = bench.add("rtc1", "nordic.rtc", kRtc);
  void SetUp() override { bench.fabric.line("lfclk").set(true); }
};

TEST_F(Rtc, CountsAt32768HzWithoutPrescaler) {
  bench.write(kStart, 1);
  bench.run_for(Duration::from_ms(1000));
  EXPECT_NEAR(bench.read(kCounter), 32'768, 1);
}

// "fRTC = 32.768 kHz / (PRESCALER + 1)"; PS gives 327 for about 100 Hz.
TEST_F(Rtc, DividesByPrescalerPlusOne) {
  bench.write(kPrescaler, 327);
  bench.write(kStart, 1);
  bench.run_for(Duration::from_ms(10'000));
  EXPECT_NEAR(bench.read(kCounter), 999, 1);  // 10 s * 32768 / 328 = 999.02
}

TEST_F(Rtc, IgnoresAPrescalerWrittenWhileRunning) {
  bench.write(kStart, 1);
  bench.write(kPrescaler, 327);
  EXPECT_EQ(bench.read(kPrescaler), 0u);
}

// "RTC jitter magnitudes on tasks": the first step comes 0.5 to 1.5 cycles after START.
TEST_F(Rtc, TakesItsFirstStepHalfToOneAndAHalfCyclesAfterStart) {
  for (const std::uint64_t offset_ps : {0ull, 10'000'000ull, 16'000'000ull, 29'000'000ull}) {
    bench.write(kStop, 1);
    bench.write(kClear, 1);
    bench.run_for(Duration{offset_ps});
    const TimePoint started = bench.now();
    bench.write(kStart, 1);
    while (bench.read(kCounter) == 0) bench.run_for(Duration::from_ns(100));
    const double cycles =
        static_cast<double>((bench.now() - started).ps) / static_cast<double>(kCyclePs);
    EXPECT_GE(cycles, 0.5);
    EXPECT_LE(cycles, 1.51);
  }
}

TEST_F(Rtc, RaisesCompareIrqWhenTheCounterReachesCc) {
  EdgeCounter irq(bench, rtc.wire("irq"));
  bench.write(kCc0, 100);
  bench.write(kIntenSet, 1u << 16);
  bench.write(kStart, 1);
  bench.run_for(Duration::from_ms(10));
  EXPECT_EQ(irq.rises, 1u);
  // Power-on time lies on an edge, so that the first step is the next edge.
  EXPECT_NEAR(static_cast<double>(irq.last.ps), 100.0 * kCyclePs, 1000.0);
  EXPECT_EQ(bench.read(kCompare0), 1u);
}

// "If a CC register value is 0 when a CLEAR task is set, this will not trigger a COMPARE event."
TEST_F(Rtc, DoesNotMatchZeroOnClear) {
  bench.write(kCc0, 0);
  bench.write(kEvtenSet, 1u << 16);
  bench.write(kStart, 1);
  bench.run_for(Duration::from_ms(1));
  bench.write(kClear, 1);
  bench.run_for(Duration::from_ms(1));
  EXPECT_EQ(bench.read(kCompare0), 0u);
}

// "Event control feature": events that neither EVTEN nor INTEN enables do not occur.
TEST_F(Rtc, RaisesOnlyEventsThatAreEnabled) {
  bench.write(kCc0, 10);
  bench.write(kStart, 1);
  bench.run_for(Duration::from_ms(1));
  EXPECT_EQ(bench.read(kTick), 0u);
  EXPECT_EQ(bench.read(kCompare0), 0u);
  EXPECT_FALSE(bench.scheduler.next().has_value());
  bench.write(kEvtenSet, 1u << 0);
  EXPECT_EQ(bench.read(kEvten), 1u);
  bench.run_for(Duration::from_us(31));
  EXPECT_EQ(bench.read(kTick), 1u);
  bench.write(kEvtenClr, 1u << 0);
  EXPECT_EQ(bench.read(kEvten), 0u);
}

TEST_F(Rtc, OnlyEvtenLetsAnEventReachPpi) {
  std::vector<Address> heard;
  bench.fabric.subscribe([&](Address event) { heard.push_back(event); });
  bench.write(kCc0, 10);
  bench.write(kIntenSet, 1u << 16);
  bench.write(kStart, 1);
  bench.run_for(Duration::from_ms(1));
  EXPECT_EQ(bench.read(kCompare0), 1u);
  EXPECT_TRUE(heard.empty());
  bench.write(kEvtenSet, 1u << 16);
  bench.write(kClear, 1);
  bench.run_for(Duration::from_ms(1));
  EXPECT_EQ(heard, std::vector<Address>{kCompare0});
}

// "TRIGOVRFLW sets the counter to 0xFFFFF0".
TEST_F(Rtc, OverflowsSixteenStepsAfterTrigovrflw) {
  bench.write(kEvtenSet, 1u << 1);
  bench.write(kStart, 1);
  bench.write(kTrigOvrflw, 1);
  EXPECT_EQ(bench.read(kCounter), 0xFFFFF0u);
  bench.run_for(Duration{15 * kCyclePs});
  EXPECT_EQ(bench.read(kOvrflw), 0u);
  bench.run_for(Duration{2 * kCyclePs});
  EXPECT_EQ(bench.read(kOvrflw), 1u);
  EXPECT_LE(bench.read(kCounter), 2u);
}

TEST_F(Rtc, StandsStillWhileLfclkIsOff) {
  bench.write(kStart, 1);
  bench.run_for(Duration::from_ms(10));
  const std::uint32_t before = bench.read(kCounter);
  bench.fabric.line("lfclk").set(false);
  bench.run_for(Duration::from_ms(10));
  EXPECT_EQ(bench.read(kCounter), before);
  bench.fabric.line("lfclk").set(true);
  bench.run_for(Duration::from_ms(10));
  EXPECT_NEAR(bench.read(kCounter), 2 * before, 2);
}

TEST_F(Rtc, StopKeepsTheCounter) {
  bench.write(kStart, 1);
  bench.run_for(Duration::from_ms(5));
  bench.write(kStop, 1);
  const std::uint32_t stopped = bench.read(kCounter);
  bench.run_for(Duration::from_ms(5));
  EXPECT_EQ(bench.read(kCounter), stopped);
  EXPECT_NEAR(stopped, 163, 1);
}

TEST_F(Rtc, HasTheSameFutureAfterRestore) {
  EdgeCounter irq(bench, rtc.wire("irq"));
  bench.write(kPrescaler, 3);
  bench.write(kCc0, 77);
  bench.write(kIntenSet, 1u << 16);
  bench.write(kStart, 1);
  bench.run_for(Duration::from_us(1234));
  const auto state = bench.save();
  bench.run_for(Duration::from_ms(20));

  PeripheralBench other;
  Peripheral& restored = other.add("rtc1", "nordic.rtc", kRtc);
  EdgeCounter other_irq(other, restored.wire("irq"));
  other.restore(state);
  other.run_for(Duration::from_ms(20));
  EXPECT_EQ(other_irq.rises, 1u);
  EXPECT_EQ(other_irq.last.ps, irq.last.ps);
  EXPECT_EQ(other.read(kCounter), bench.read(kCounter));
}

}  // namespace
}  // namespace tinyscope::test
