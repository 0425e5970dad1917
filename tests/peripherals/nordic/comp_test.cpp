// COMP and LPCOMP. nRF52840 PS, chapters "COMP — Comparator", "LPCOMP — Low-power comparator".
#include <gtest/gtest.h>

#include "tests/support/peripheral_bench.hpp"

namespace tinyscope::test {
namespace {

constexpr Address kBase = 0x4001'3000;
constexpr Address kStart = kBase + 0x000;
constexpr Address kStop = kBase + 0x004;
constexpr Address kSample = kBase + 0x008;
constexpr Address kReady = kBase + 0x100;
constexpr Address kDown = kBase + 0x104;
constexpr Address kUp = kBase + 0x108;
constexpr Address kCross = kBase + 0x10C;
constexpr Address kShorts = kBase + 0x200;
constexpr Address kResult = kBase + 0x400;
constexpr Address kEnable = kBase + 0x500;
constexpr Address kPsel = kBase + 0x504;
constexpr Address kRefSel = kBase + 0x508;
constexpr Address kExtRefSel = kBase + 0x50C;
constexpr Address kAnaDetect = kBase + 0x520;
constexpr Address kTh = kBase + 0x530;
constexpr Address kMode = kBase + 0x534;
constexpr Address kHyst = kBase + 0x538;

class Comp : public ::testing::Test {
 protected:
  PeripheralBench bench;
  Peripheral& comp = bench.add("comp_lpcomp", "nordic.comp", kBase);
  double pin = 0;        // volts on AIN2, P0.04
  double reference = 0;  // volts on AIN1, P0.03

  void SetUp() override {
    bench.fabric.pad("P0.04").volts = [this](TimePoint) { return std::optional(pin); };
    bench.fabric.pad("P0.03").volts = [this](TimePoint) { return std::optional(reference); };
    bench.write(kPsel, 2);
    bench.write(kExtRefSel, 1);
  }
  void start(std::uint32_t enable) {
    bench.write(kEnable, enable);
    bench.write(kStart, 1);
    bench.run_for(Duration::from_us(200));
    ASSERT_EQ(bench.read(kReady), 1u);
  }
  bool above() {
    bench.write(kSample, 1);
    return bench.read(kResult) != 0;
  }
  // The voltage at which the output changes, going from `from` in steps of a millivolt.
  double threshold(double from, double step) {
    pin = from;
    const bool before = above();
    while (above() == before && pin > -0.1 && pin < 3.7) pin += step;
    return pin;
  }
};

// TH: VUP = (THUP + 1) / 64 * VREF, VDOWN = (THDOWN + 1) / 64 * VREF.
TEST_F(Comp, ComparesWithItsTwoThresholdsInSingleEndedMode) {
  reference = 2.0;
  const std::pair<std::uint32_t, double> references[] = {
      {0, 1.2}, {1, 1.8}, {2, 2.4}, {4, 3.3}, {5, 2.0}};
  bench.write(kTh, 31u << 8 | 15);
  for (const auto& [refsel, volts] : references) {
    bench.write(kRefSel, refsel);
    pin = 0;
    start(2);
    EXPECT_NEAR(threshold(0, 0.001), volts / 2, 0.0015) << refsel;
    EXPECT_NEAR(threshold(volts / 2 + 0.1, -0.001), volts / 4, 0.0015) << refsel;
    bench.write(kStop, 1);
  }
}

// MODE.MAIN Diff compares with the pin that EXTREFSEL names; HYST adds 50 mV.
TEST_F(Comp, ComparesTwoPinsInDifferentialMode) {
  reference = 1.0;
  bench.write(kMode, 1u << 8);
  start(2);
  EXPECT_NEAR(threshold(0.5, 0.001), 1.0, 0.0015);
  bench.write(kStop, 1);
  bench.write(kHyst, 1);
  pin = 0;
  start(2);
  EXPECT_NEAR(threshold(0.5, 0.001), 1.025, 0.0015);
  EXPECT_NEAR(threshold(1.5, -0.001), 0.975, 0.0015);
}

// REFSEL of LPCOMP: eighths of VDD, then odd sixteenths; 7 is the pin AIN0 or AIN1.
TEST_F(Comp, ComparesWithSharesOfTheSupplyAsLpcomp) {
  reference = 0.7;
  for (std::uint32_t refsel = 0; refsel < 16; ++refsel) {
    bench.write(kRefSel, refsel);
    const double volts = refsel == 7  ? 0.7
                         : refsel < 8 ? 3.3 * (refsel + 1) / 8
                                      : 3.3 * (2 * (refsel - 8) + 1) / 16;
    pin = 0;
    start(1);
    EXPECT_NEAR(threshold(0, 0.001), volts, 0.0015) << refsel;
    bench.write(kStop, 1);
  }
}

TEST_F(Comp, IsReadyAfterItsStartTime) {
  EdgeCounter irq(bench, comp.wire("irq"));
  bench.write(kBase + 0x304, 1u << 0);
  bench.write(kEnable, 1);
  bench.write(kStart, 1);
  bench.run_for(Duration::from_us(500));
  EXPECT_EQ(irq.last.ps, Duration::from_us(140).ps);
  EXPECT_TRUE(bench.assumed("comp_lpcomp.lpcomp_start_ns"));
  EXPECT_TRUE(bench.assumed("comp_lpcomp.look_us"));
}

// "UP, DOWN and CROSS events are generated every time VIN+ crosses".
TEST_F(Comp, RaisesEventsForCrossingsInBothDirections) {
  bench.write(kRefSel, 3);  // half of VDD
  start(1);
  EXPECT_EQ(bench.read(kCross), 0u);
  pin = 2.0;
  bench.run_for(Duration::from_us(10));
  EXPECT_EQ(bench.read(kUp), 1u);
  EXPECT_EQ(bench.read(kDown), 0u);
  EXPECT_EQ(bench.read(kCross), 1u);
  bench.write(kCross, 0);
  pin = 1.0;
  bench.run_for(Duration::from_us(10));
  EXPECT_EQ(bench.read(kDown), 1u);
  EXPECT_EQ(bench.read(kCross), 1u);
}

TEST_F(Comp, LooksExactlyWhenAVoltageJumpsAndNotOtherwise) {
  PadNode& pad = bench.fabric.pad("P0.04");
  const TimePoint jump{777'000'123};
  pad.volts = [jump](TimePoint when) { return std::optional(when < jump ? 0.0 : 3.0); };
  pad.volts_change = [jump](TimePoint when) {
    return when < jump ? std::optional(jump) : std::nullopt;
  };
  EdgeCounter irq(bench, comp.wire("irq"));
  bench.write(kBase + 0x304, 1u << 2);
  bench.write(kRefSel, 3);
  start(1);
  EXPECT_EQ(*bench.scheduler.next(), jump);
  bench.run_for(Duration::from_ms(1));
  EXPECT_EQ(irq.last, jump);
  EXPECT_FALSE(bench.scheduler.next().has_value());
}

TEST_F(Comp, FollowsALogicLevel) {
  bench.add("p0", "nordic.gpio", 0x5000'0500, "port = 0", 0x300);
  bench.write(kPsel, 0);  // P0.02
  bench.write(kRefSel, 3);
  start(1);
  bench.wire("p0.in2").set(true);
  EXPECT_EQ(bench.read(kUp), 1u);
  bench.wire("p0.in2").set(false);
  EXPECT_EQ(bench.read(kDown), 1u);
}

// SHORTS: READY_SAMPLE and UP_STOP.
TEST_F(Comp, RunsItsShortcuts) {
  pin = 3.0;
  bench.write(kRefSel, 3);
  bench.write(kShorts, 1u << 0 | 1u << 3);
  start(1);
  EXPECT_EQ(bench.read(kResult), 1u);
  pin = 0;
  bench.run_for(Duration::from_us(10));
  pin = 3.0;
  bench.run_for(Duration::from_us(10));
  EXPECT_EQ(bench.read(kUp), 1u);
  EXPECT_FALSE(bench.scheduler.next().has_value()) << "stopped";
}

TEST_F(Comp, DrawsTheCurrentOfItsMode) {
  bench.write(kEnable, 2);
  const char* const states[] = {"comp_low", "comp_normal", "comp_high"};
  for (std::uint32_t speed = 0; speed < 3; ++speed) {
    bench.write(kMode, speed);
    bench.write(kStart, 1);
    EXPECT_EQ(bench.power_state("comp_lpcomp"), states[speed]);
    bench.write(kStop, 1);
    EXPECT_EQ(bench.power_state("comp_lpcomp"), "");
  }
  bench.write(kEnable, 1);
  bench.write(kStart, 1);
  EXPECT_EQ(bench.power_state("comp_lpcomp"), "lpcomp");
}

TEST_F(Comp, DoesNotStartWhileSwitchedOff) {
  for (const std::uint32_t enable : {0u, 3u}) {
    bench.write(kEnable, enable);
    bench.write(kStart, 1);
    EXPECT_FALSE(bench.scheduler.next().has_value()) << enable;
  }
}

// LPCOMP's ANADETECT ends System OFF through a reset; RESETREAS bit 17 is LPCOMP.
TEST_F(Comp, WakesTheChipFromSystemOff) {
  const std::pair<std::uint32_t, bool> cases[] = {{0, true}, {1, true}, {2, false}};
  for (const auto& [detect, wakes] : cases) {
    PeripheralBench chip;
    double volts = 0;
    chip.fabric.pad("P0.04").volts = [&volts](TimePoint) { return std::optional(volts); };
    Peripheral& power = chip.add("clock_power", "nordic.clock_power", 0x4000'0000);
    chip.add("comp_lpcomp", "nordic.comp", kBase);
    EdgeCounter reset(chip, power.wire("reset"));
    chip.write(kPsel, 2);
    chip.write(kRefSel, 3);
    chip.write(kAnaDetect, detect);
    chip.write(kEnable, 1);
    chip.write(kStart, 1);
    chip.run_for(Duration::from_us(200));
    chip.write(0x4000'0500, 1);  // SYSTEMOFF
    volts = 3.0;
    chip.run_for(Duration::from_us(20));
    EXPECT_EQ(reset.rises, wakes ? 1u : 0u) << detect;
    if (!wakes) continue;
    power.reset(ResetKind::kPin);
    EXPECT_EQ(chip.read(0x4000'0400), 1u << 17);
  }
}

TEST_F(Comp, HasTheSameFutureAfterRestore) {
  const auto ramp = [](TimePoint when) { return std::optional(when.seconds() * 1e3); };
  bench.fabric.pad("P0.04").volts = ramp;
  bench.write(kRefSel, 3);
  start(1);
  PeripheralBench other;
  other.add("comp_lpcomp", "nordic.comp", kBase);
  other.fabric.pad("P0.04").volts = ramp;
  other.restore(bench.save());
  bench.run_for(Duration::from_ms(2));
  other.run_for(Duration::from_ms(2));
  EXPECT_EQ(other.read(kUp), 1u);
  EXPECT_TRUE(other.differences(bench).empty());
}

}  // namespace
}  // namespace tinyscope::test
