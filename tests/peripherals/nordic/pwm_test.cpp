// PWM. nRF52840 PS, chapter "PWM — Pulse width modulation".
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/support/peripheral_bench.hpp"

namespace tinyscope::test {
namespace {

using ::testing::ElementsAre;

constexpr Address kPwm = 0x4001'C000;
constexpr Address kStop = kPwm + 0x004;
constexpr Address kNextStep = kPwm + 0x010;
constexpr Address kStopped = kPwm + 0x104;
constexpr Address kPeriodEnd = kPwm + 0x118;
constexpr Address kLoopsDone = kPwm + 0x11C;
constexpr Address kShorts = kPwm + 0x200;
constexpr Address kEnable = kPwm + 0x500;
constexpr Address kMode = kPwm + 0x504;
constexpr Address kCounterTop = kPwm + 0x508;
constexpr Address kPrescaler = kPwm + 0x50C;
constexpr Address kDecoder = kPwm + 0x510;
constexpr Address kLoop = kPwm + 0x514;
constexpr Address seqstart(unsigned n) { return kPwm + 0x008 + 4 * n; }
constexpr Address seqstarted(unsigned n) { return kPwm + 0x108 + 4 * n; }
constexpr Address seqend(unsigned n) { return kPwm + 0x110 + 4 * n; }
constexpr Address seq_ptr(unsigned n) { return kPwm + 0x520 + 32 * n; }
constexpr Address seq_cnt(unsigned n) { return kPwm + 0x524 + 32 * n; }
constexpr Address seq_refresh(unsigned n) { return kPwm + 0x528 + 32 * n; }
constexpr Address seq_enddelay(unsigned n) { return kPwm + 0x52C + 32 * n; }
constexpr Address psel(unsigned n) { return kPwm + 0x560 + 4 * n; }

constexpr Address kValues[] = {PeripheralBench::kRam + 0x100, PeripheralBench::kRam + 0x200};
constexpr std::uint16_t kFallingEdge = 0x8000;

class Pwm : public ::testing::Test {
 protected:
  PeripheralBench bench;
  Peripheral& p0 = bench.add("p0", "nordic.gpio", 0x5000'0500, "port = 0", 0x300);
  Peripheral& pwm = bench.add("pwm0", "nordic.pwm", kPwm);

  // One million ticks a second, a hundred to the period.
  void SetUp() override {
    bench.write(psel(0), 13);
    bench.write(kEnable, 1);
    bench.write(kPrescaler, 4);
    bench.write(kCounterTop, 100);
  }
  void sequence(unsigned n, const std::vector<std::uint16_t>& values) {
    std::vector<std::uint8_t> bytes;
    for (const std::uint16_t value : values) {
      bytes.push_back(static_cast<std::uint8_t>(value & 0xFF));
      bytes.push_back(static_cast<std::uint8_t>(value >> 8));
    }
    bench.fill(kValues[n], bytes);
    bench.write(seq_ptr(n), kValues[n]);
    bench.write(seq_cnt(n), static_cast<std::uint32_t>(values.size()));
    bench.write(seq_refresh(n), 0);
  }
  PadPort& pad(unsigned pin) {
    return *dynamic_cast<PadPort*>(p0.port("P0." + std::to_string(pin)));
  }
  // Microseconds, counted from now, at which the pad changes within `us`.
  std::vector<std::uint64_t> edges(unsigned pin, std::uint64_t us) {
    const TimePoint from = bench.now();
    auto list = std::make_shared<std::vector<std::uint64_t>>();
    pad(pin).on_level(
        [list, from, this](bool) { list->push_back((bench.now() - from).ps / 1'000'000); });
    bench.run_for(Duration::from_us(us));
    return *list;
  }
};

// "FallingEdge: first edge within the PWM period is falling": high up to the compare value.
TEST_F(Pwm, DrivesPulsesOfTheCompareValueWithFallingPolarity) {
  sequence(0, {30 | kFallingEdge});
  bench.write(seqstart(0), 1);
  EXPECT_TRUE(pad(13).level());
  EXPECT_THAT(edges(13, 250), ElementsAre(30, 100, 130, 200, 230));
}

TEST_F(Pwm, InvertsPulsesWithRisingPolarity) {
  sequence(0, {30});
  bench.write(seqstart(0), 1);
  EXPECT_FALSE(pad(13).level());
  EXPECT_THAT(edges(13, 150), ElementsAre(30, 100, 130));
}

// MODE.UPDOWN: the counter runs up and down, so pulses are twice as long and centred.
TEST_F(Pwm, CentresPulsesInUpAndDownMode) {
  bench.write(kMode, 1);
  sequence(0, {30});
  bench.write(seqstart(0), 1);
  EXPECT_THAT(edges(13, 400), ElementsAre(30, 170, 230, 370));
}

// "PRESCALER: DIV_1 … DIV_128" of 16 MHz.
TEST_F(Pwm, DividesSixteenMegahertzByThePrescaler) {
  sequence(0, {50 | kFallingEdge});
  for (std::uint32_t prescaler = 0; prescaler < 8; ++prescaler) {
    bench.write(kEnable, 1);
    bench.write(kPrescaler, prescaler);
    bench.write(kPeriodEnd, 0);
    bench.write(seqstart(0), 1);
    const Duration period{6'250'000ull << prescaler};
    bench.run_for(Duration{period.ps - 1});
    EXPECT_EQ(bench.read(kPeriodEnd), 0u) << prescaler;
    bench.run_for(Duration{1});
    EXPECT_EQ(bench.read(kPeriodEnd), 1u) << prescaler;
    EXPECT_NEAR(bench.fabric.pad("P0.13").clock_hz(), 160e3 / (1 << prescaler), 1e-6);
    bench.write(kEnable, 0);
  }
}

// "A COUNTERTOP value smaller than the compare setting: no PWM edges, OUT[n] is held high, given
// that the polarity is FallingEdge."
TEST_F(Pwm, HoldsThePadWithoutEdgesAtTheEndsOfTheRange) {
  const std::pair<std::uint16_t, bool> cases[] = {
      {100 | kFallingEdge, true}, {200 | kFallingEdge, true}, {kFallingEdge, false}, {0, true}};
  for (const auto& [value, high] : cases) {
    sequence(0, {value});
    bench.write(kEnable, 1);
    bench.write(seqstart(0), 1);
    EXPECT_THAT(edges(13, 350), ElementsAre());
    EXPECT_EQ(pad(13).level(), high) << value;
    EXPECT_DOUBLE_EQ(bench.fabric.pad("P0.13").duty().value(), high ? 1 : 0);
    EXPECT_DOUBLE_EQ(bench.fabric.pad("P0.13").clock_hz(), 0);
    bench.write(kEnable, 0);
    bench.run_for(Duration::from_us(10));
  }
}

TEST_F(Pwm, TellsTheDutyCycleToTheBoardAndCostsNoEdgesUnlessSomebodyListens) {
  sequence(0, {25 | kFallingEdge});
  PadNode& node = bench.fabric.pad("P0.13");
  EXPECT_FALSE(node.duty().has_value());
  bench.write(seqstart(0), 1);
  EXPECT_DOUBLE_EQ(node.duty().value(), 0.25);
  EXPECT_EQ(bench.scheduler.next()->ps, 100'000'000u) << "nothing but the end of the period";
  bench.run_for(Duration::from_us(124));
  EXPECT_TRUE(pad(13).level());
  bench.run_for(Duration::from_us(1));
  EXPECT_FALSE(pad(13).level());
}

TEST_F(Pwm, IsSeenByFirmwareThroughIn) {
  sequence(0, {25 | kFallingEdge});
  bench.write(0x5000'0700 + 4 * 13, 0);  // PIN_CNF[13]: input buffer connected
  bench.write(seqstart(0), 1);
  EXPECT_EQ(bench.read(0x5000'0510) >> 13 & 1u, 1u);
  bench.run_for(Duration::from_us(60));
  EXPECT_EQ(bench.read(0x5000'0510) >> 13 & 1u, 0u);
}

// REFRESH: "number of additional PWM periods between samples"; SEQEND after the last.
TEST_F(Pwm, PlaysASequenceWithRefreshAndThenHoldsTheLastValue) {
  sequence(0, {10 | kFallingEdge, 40 | kFallingEdge});
  bench.write(seq_refresh(0), 1);
  bench.write(seqstart(0), 1);
  EXPECT_EQ(bench.read(seqstarted(0)), 1u);
  EXPECT_THAT(edges(13, 399), ElementsAre(10, 100, 110, 200, 240, 300, 340));
  EXPECT_EQ(bench.read(seqend(0)), 0u);
  EXPECT_THAT(edges(13, 150), ElementsAre(1, 41, 101, 141));
  EXPECT_EQ(bench.read(seqend(0)), 1u);
}

// DECODER.LOAD: Common one value for all, Grouped one for each pair, Individual one for each.
TEST_F(Pwm, LoadsValuesForChannelsAsTheDecoderSays) {
  for (unsigned i = 0; i < 4; ++i) bench.write(psel(i), 13 + i);
  const auto duties = [this] {
    std::vector<double> list;
    for (unsigned i = 0; i < 4; ++i) {
      list.push_back(bench.fabric.pad("P0." + std::to_string(13 + i)).duty().value_or(-1));
    }
    return list;
  };
  sequence(0, {10 | kFallingEdge, 20 | kFallingEdge, 30 | kFallingEdge, 40 | kFallingEdge});
  const std::vector<double> expected[] = {
      {0.1, 0.1, 0.1, 0.1}, {0.1, 0.1, 0.2, 0.2}, {0.1, 0.2, 0.3, 0.4}};
  for (std::uint32_t load = 0; load < 3; ++load) {
    bench.write(kEnable, 1);
    bench.write(kDecoder, load);
    bench.write(seqstart(0), 1);
    EXPECT_EQ(duties(), expected[load]) << load;
    bench.write(kEnable, 0);
  }
}

// WaveForm: three duty cycles and the counter's top for each period.
TEST_F(Pwm, TakesThePeriodFromRamInWaveFormMode) {
  bench.write(psel(3), 14);
  bench.write(kDecoder, 3);
  sequence(0, {10 | kFallingEdge, 0, 0, 50, 10 | kFallingEdge, 0, 0, 80});
  bench.write(seqstart(0), 1);
  EXPECT_FALSE(bench.fabric.pad("P0.14").duty().has_value());
  EXPECT_THAT(edges(13, 200), ElementsAre(10, 50, 60, 130, 140));
}

// LOOP.CNT pairs of sequences 0 and 1, ENDDELAY periods after each, then LOOPSDONE.
TEST_F(Pwm, LoopsOverBothSequences) {
  sequence(0, {10 | kFallingEdge});
  sequence(1, {20 | kFallingEdge});
  bench.write(seq_enddelay(1), 1);
  bench.write(kLoop, 2);
  bench.write(seqstart(0), 1);
  EXPECT_THAT(edges(13, 600),
              ElementsAre(10, 100, 120, 200, 220, 300, 310, 400, 420, 500, 520, 600));
  EXPECT_EQ(bench.read(kLoopsDone), 1u);
  EXPECT_EQ(bench.read(seqend(1)), 1u);
}

// nrfx_pwm_simple_playback with one repetition and NRFX_PWM_FLAG_LOOP, as mbed's pwmout_api.c uses
// it: LOOP 1, both sequences the same, start with 1, LOOPSDONE_SEQSTART1.
TEST_F(Pwm, RepeatsForEverAsArduinoDrivesIt) {
  sequence(0, {50 | kFallingEdge});
  sequence(1, {50 | kFallingEdge});
  bench.write(kLoop, 1);
  bench.write(kShorts, 1u << 3);
  bench.write(seqstart(1), 1);
  bench.run_for(Duration::from_ms(50));
  EXPECT_DOUBLE_EQ(bench.fabric.pad("P0.13").duty().value(), 0.5);
  sequence(1, {75 | kFallingEdge});
  bench.run_for(Duration::from_us(200));
  EXPECT_DOUBLE_EQ(bench.fabric.pad("P0.13").duty().value(), 0.75) << "read from RAM again";
}

// DECODER.MODE NextStep: the next value comes with TASKS_NEXTSTEP.
TEST_F(Pwm, StepsOnWhenTold) {
  bench.write(kDecoder, 1u << 8);
  sequence(0, {10 | kFallingEdge, 20 | kFallingEdge});
  bench.write(seqstart(0), 1);
  bench.run_for(Duration::from_us(1050));
  EXPECT_DOUBLE_EQ(bench.fabric.pad("P0.13").duty().value(), 0.1);
  bench.write(kNextStep, 1);
  bench.run_for(Duration::from_us(100));
  EXPECT_DOUBLE_EQ(bench.fabric.pad("P0.13").duty().value(), 0.2);
}

TEST_F(Pwm, StopsAtTheEndOfThePeriodAndLeavesThePadToGpio) {
  sequence(0, {50 | kFallingEdge});
  bench.write(0x5000'0508, 1u << 13);  // OUTSET
  bench.write(0x5000'0518, 1u << 13);  // DIRSET
  bench.write(seqstart(0), 1);
  bench.run_for(Duration::from_us(60));
  EXPECT_FALSE(pad(13).level());
  bench.write(kStop, 1);
  bench.run_for(Duration::from_us(39));
  EXPECT_EQ(bench.read(kStopped), 0u);
  EXPECT_EQ(bench.power_state("pwm0"), "on");
  bench.run_for(Duration::from_us(1));
  EXPECT_EQ(bench.read(kStopped), 1u);
  EXPECT_TRUE(pad(13).level());
  EXPECT_FALSE(bench.scheduler.next().has_value());
  EXPECT_EQ(bench.power_state("pwm0"), "");
}

// SHORTS: SEQEND0_STOP.
TEST_F(Pwm, StopsByShortcut) {
  sequence(0, {50 | kFallingEdge});
  bench.write(kShorts, 1u << 0);
  bench.write(seqstart(0), 1);
  bench.run_for(Duration::from_us(100));
  EXPECT_EQ(bench.read(kStopped), 1u);
}

TEST_F(Pwm, RaisesIrqAtTheEndOfEachPeriod) {
  EdgeCounter irq(bench, pwm.wire("irq"));
  bench.write(kPwm + 0x304, 1u << 6);
  sequence(0, {50 | kFallingEdge});
  bench.write(seqstart(0), 1);
  for (int i = 0; i < 3; ++i) {
    bench.run_for(Duration::from_us(100));
    bench.write(kPeriodEnd, 0);
  }
  EXPECT_EQ(irq.rises, 3u);
}

TEST_F(Pwm, IgnoresTasksWhileSwitchedOffAndReportsAnEmptySequence) {
  bench.write(kEnable, 0);
  sequence(0, {50});
  bench.write(seqstart(0), 1);
  EXPECT_FALSE(bench.scheduler.next().has_value());
  bench.write(kEnable, 1);
  bench.write(seqstart(1), 1);
  EXPECT_FALSE(bench.scheduler.next().has_value());
  EXPECT_TRUE(bench.reported("sequence without values"));
}

TEST_F(Pwm, HasTheSameFutureAfterRestore) {
  sequence(0, {10 | kFallingEdge, 20, 30 | kFallingEdge});
  sequence(1, {40});
  bench.write(kLoop, 3);
  bench.write(seqstart(0), 1);
  bench.run_for(Duration::from_us(235));
  PeripheralBench other;
  Peripheral& other_p0 = other.add("p0", "nordic.gpio", 0x5000'0500, "port = 0", 0x300);
  other.add("pwm0", "nordic.pwm", kPwm);
  other.restore(bench.save());
  auto& other_pad = *dynamic_cast<PadPort*>(other_p0.port("P0.13"));
  for (int i = 0; i < 100; ++i) {
    bench.run_for(Duration::from_us(17));
    other.run_for(Duration::from_us(17));
    ASSERT_EQ(other_pad.level(), pad(13).level()) << i;
  }
  EXPECT_TRUE(other.differences(bench).empty());
}

}  // namespace
}  // namespace tinyscope::test
