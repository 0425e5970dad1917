// TIMER. nRF52840 PS, chapter "TIMER — Timer/counter".
#include <gtest/gtest.h>

#include "tests/support/peripheral_bench.hpp"

namespace tinyscope::test {
namespace {

constexpr Address kTimer = 0x4000'8000;
constexpr Address kStart = kTimer + 0x000;
constexpr Address kStop = kTimer + 0x004;
constexpr Address kCount = kTimer + 0x008;
constexpr Address kClear = kTimer + 0x00C;
constexpr Address kCapture0 = kTimer + 0x040;
constexpr Address kCompare0 = kTimer + 0x140;
constexpr Address kCompare1 = kTimer + 0x144;
constexpr Address kShorts = kTimer + 0x200;
constexpr Address kIntenSet = kTimer + 0x304;
constexpr Address kIntenClr = kTimer + 0x308;
constexpr Address kMode = kTimer + 0x504;
constexpr Address kBitmode = kTimer + 0x508;
constexpr Address kPrescaler = kTimer + 0x510;
constexpr Address kCc0 = kTimer + 0x540;
constexpr Address kCc1 = kTimer + 0x544;

class Timer : public ::testing::Test {
 protected:
  PeripheralBench bench;
  Peripheral& timer = bench.add("timer0", "nordic.timer", kTimer);

  std::uint32_t capture() {
    bench.write(kCapture0, 1);
    return bench.read(kCc0);
  }
};

// "Timer frequency: 16 MHz / 2^PRESCALER"; PRESCALER is 4 after reset, so 1 MHz.
TEST_F(Timer, CountsAtOneMegahertzAfterReset) {
  bench.write(kStart, 1);
  bench.run_for(Duration::from_us(1234));
  EXPECT_EQ(capture(), 1234u);
}

TEST_F(Timer, CountsSixteenTimesAMicrosecondWithoutPrescaler) {
  bench.write(kPrescaler, 0);
  bench.write(kBitmode, 3);
  bench.write(kStart, 1);
  bench.run_for(Duration::from_us(10'000));
  EXPECT_EQ(capture(), 160'000u);
}

TEST_F(Timer, StandsStillBeforeStartAndAfterStop) {
  bench.run_for(Duration::from_us(50));
  EXPECT_EQ(capture(), 0u);
  bench.write(kStart, 1);
  bench.run_for(Duration::from_us(7));
  bench.write(kStop, 1);
  bench.run_for(Duration::from_us(50));
  EXPECT_EQ(capture(), 7u);
  bench.write(kStart, 1);
  bench.run_for(Duration::from_us(3));
  EXPECT_EQ(capture(), 10u);
}

TEST_F(Timer, WrapsAtTheWidthOfBitmode) {
  const std::pair<std::uint32_t, std::uint32_t> widths[] = {{0, 16}, {1, 8}, {2, 24}};
  for (const auto& [bitmode, bits] : widths) {
    bench.write(kStop, 1);
    bench.write(kClear, 1);
    bench.write(kBitmode, bitmode);
    bench.write(kStart, 1);
    bench.run_for(Duration::from_us((std::uint64_t{1} << bits) + 5));
    EXPECT_EQ(capture(), 5u) << bits << " bits";
  }
}

TEST_F(Timer, RaisesIrqAtTheExactTimeOfACompareMatch) {
  EdgeCounter irq(bench, timer.wire("irq"));
  bench.write(kCc0, 100);
  bench.write(kIntenSet, 1u << 16);
  bench.write(kStart, 1);
  bench.run_for(Duration::from_us(200));
  EXPECT_EQ(irq.rises, 1u);
  EXPECT_EQ(irq.last.ps, Duration::from_us(100).ps);
  EXPECT_EQ(bench.read(kCompare0), 1u);
  EXPECT_TRUE(timer.wire("irq")->level());
  bench.write(kCompare0, 0);
  EXPECT_FALSE(timer.wire("irq")->level());
}

TEST_F(Timer, IrqFollowsIntenclrAndLaterIntenset) {
  bench.write(kCc0, 10);
  bench.write(kStart, 1);
  bench.run_for(Duration::from_us(20));
  EXPECT_FALSE(timer.wire("irq")->level());
  bench.write(kIntenSet, 1u << 16);
  EXPECT_TRUE(timer.wire("irq")->level());
  EXPECT_EQ(bench.read(kIntenClr), 1u << 16);
  bench.write(kIntenClr, 1u << 16);
  EXPECT_FALSE(timer.wire("irq")->level());
}

// "COMPARE[n]_CLEAR": the period is CC ticks.
TEST_F(Timer, ClearsItselfAtCompareSoThatEventsArePeriodic) {
  EdgeCounter irq(bench, timer.wire("irq"));
  bench.write(kCc0, 250);
  bench.write(kShorts, 1u << 0);
  bench.write(kIntenSet, 1u << 16);
  bench.write(kStart, 1);
  for (unsigned period = 1; period <= 4; ++period) {
    bench.run_for(Duration::from_us(250));
    EXPECT_EQ(irq.rises, period);
    EXPECT_EQ(irq.last.ps, Duration::from_us(250 * period).ps);
    bench.write(kCompare0, 0);
  }
}

TEST_F(Timer, StopsItselfAtCompare) {
  bench.write(kCc1, 40);
  bench.write(kShorts, 1u << 9);
  bench.write(kStart, 1);
  bench.run_for(Duration::from_us(500));
  EXPECT_EQ(capture(), 40u);
  EXPECT_EQ(bench.read(kCompare1), 1u);
  EXPECT_EQ(bench.power_state("timer0"), "");
}

TEST_F(Timer, MatchesACompareValueThatIsMovedWhileRunning) {
  bench.write(kCc0, 1000);
  bench.write(kStart, 1);
  bench.run_for(Duration::from_us(100));
  bench.write(kCc0, 150);
  bench.run_for(Duration::from_us(49));
  EXPECT_EQ(bench.read(kCompare0), 0u);
  bench.run_for(Duration::from_us(1));
  EXPECT_EQ(bench.read(kCompare0), 1u);
}

// "Counter mode": COUNT increments, the prescaler is not used.
TEST_F(Timer, CountsTasksInCounterMode) {
  bench.write(kMode, 1);
  bench.write(kCc1, 3);
  bench.write(kCount, 1);  // before START: not counted
  bench.write(kStart, 1);
  for (int i = 0; i < 3; ++i) {
    EXPECT_EQ(bench.read(kCompare1), 0u);
    bench.write(kCount, 1);
  }
  EXPECT_EQ(bench.read(kCompare1), 1u);
  bench.run_for(Duration::from_us(100));
  EXPECT_EQ(capture(), 3u);
}

TEST_F(Timer, DrawsCurrentWhileItRuns) {
  EXPECT_EQ(bench.power_state("timer0"), "");
  bench.write(kStart, 1);
  EXPECT_EQ(bench.power_state("timer0"), "on");
  bench.write(kStop, 1);
  EXPECT_EQ(bench.power_state("timer0"), "");
}

TEST_F(Timer, TaskNeedsAOne) {
  bench.write(kStart, 0);
  bench.run_for(Duration::from_us(10));
  EXPECT_EQ(capture(), 0u);
}

TEST_F(Timer, ResetStopsItAndClearsItsRegisters) {
  bench.write(kCc0, 5);
  bench.write(kIntenSet, 1u << 16);
  bench.write(kStart, 1);
  bench.run_for(Duration::from_us(6));
  bench.reset(ResetKind::kSoftware);
  EXPECT_FALSE(timer.wire("irq")->level());
  bench.run_for(Duration::from_us(100));
  EXPECT_EQ(bench.read(kCompare0), 0u);
  EXPECT_EQ(bench.read(kPrescaler), 4u);
  EXPECT_EQ(capture(), 0u);
}

TEST_F(Timer, HasTheSameFutureAfterRestore) {
  EdgeCounter irq(bench, timer.wire("irq"));
  bench.write(kCc0, 333);
  bench.write(kShorts, 1u << 0);
  bench.write(kIntenSet, 1u << 16);
  bench.write(kStart, 1);
  bench.run_for(Duration::from_us(100));
  const auto state = bench.save();
  bench.run_for(Duration::from_us(1000));

  PeripheralBench other;
  Peripheral& restored = other.add("timer0", "nordic.timer", kTimer);
  EdgeCounter other_irq(other, restored.wire("irq"));
  other.restore(state);
  other.run_for(Duration::from_us(1000));
  EXPECT_EQ(other_irq.rises, 1u);  // not cleared, so the level stays
  EXPECT_EQ(other_irq.last.ps, irq.last.ps);
  bench.write(kCapture0 + 4, 1);
  other.write(kCapture0 + 4, 1);
  EXPECT_EQ(other.read(kCc1), bench.read(kCc1));
}

TEST(TimerInstances, RefusesANumberOfChannelsThatDoesNotExist) {
  PeripheralBench bench;
  EXPECT_THROW(bench.add("timer0", "nordic.timer", kTimer, "cc = 7"), InputError);
}

TEST(TimerInstances, ReportsRegistersOfChannelsThatTheInstanceLacks) {
  PeripheralBench bench;
  bench.add("timer0", "nordic.timer", kTimer, "cc = 4");
  bench.write(kTimer + 0x554, 1);  // CC[5] exists in TIMER3 and TIMER4 only
  EXPECT_TRUE(bench.reported("+0x554"));
}

}  // namespace
}  // namespace tinyscope::test
