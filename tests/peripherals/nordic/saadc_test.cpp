// SAADC. nRF52840 PS, chapter "SAADC — Successive approximation analog-to-digital converter".
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "sim/error.hpp"
#include "tests/support/peripheral_bench.hpp"

namespace tinyscope::test {
namespace {

using ::testing::Each;
using ::testing::ElementsAre;

constexpr Address kSaadc = 0x4000'7000;
constexpr Address kStart = kSaadc + 0x000;
constexpr Address kSample = kSaadc + 0x004;
constexpr Address kStop = kSaadc + 0x008;
constexpr Address kCalibrateOffset = kSaadc + 0x00C;
constexpr Address kStarted = kSaadc + 0x100;
constexpr Address kEnd = kSaadc + 0x104;
constexpr Address kDone = kSaadc + 0x108;
constexpr Address kResultDone = kSaadc + 0x10C;
constexpr Address kCalibrateDone = kSaadc + 0x110;
constexpr Address kStopped = kSaadc + 0x114;
constexpr Address kStatus = kSaadc + 0x400;
constexpr Address kEnable = kSaadc + 0x500;
constexpr Address kResolution = kSaadc + 0x5F0;
constexpr Address kOversample = kSaadc + 0x5F4;
constexpr Address kSampleRate = kSaadc + 0x5F8;
constexpr Address kPtr = kSaadc + 0x62C;
constexpr Address kMaxCnt = kSaadc + 0x630;
constexpr Address kAmount = kSaadc + 0x634;
constexpr Address limit_h(unsigned i) { return kSaadc + 0x118 + 8 * i; }
constexpr Address limit_l(unsigned i) { return kSaadc + 0x11C + 8 * i; }
constexpr Address pselp(unsigned i) { return kSaadc + 0x510 + 16 * i; }
constexpr Address pseln(unsigned i) { return kSaadc + 0x514 + 16 * i; }
constexpr Address config(unsigned i) { return kSaadc + 0x518 + 16 * i; }
constexpr Address limit(unsigned i) { return kSaadc + 0x51C + 16 * i; }

constexpr Address kBuffer = PeripheralBench::kRam + 0x100;
// GAIN 1/4, REFSEL VDD/4, TACQ 10 us, single-ended: as mbed's analogin_api.c for TARGET_NRF52.
constexpr std::uint32_t kArduino = 2u << 8 | 1u << 12 | 2u << 16;
constexpr std::uint32_t kDiff = 1u << 20;
constexpr std::uint32_t kBurst = 1u << 24;
// tACQ 10 us and a conversion time of 2 us (the default of `conversion_ns`).
constexpr Duration kConversion = Duration::from_us(12);

class Saadc : public ::testing::Test {
 protected:
  PeripheralBench bench;
  Peripheral& saadc = bench.add("saadc", "nordic.saadc", kSaadc);

  void SetUp() override {
    bench.write(kEnable, 1);
    bench.write(kResolution, 2);  // 12 bit
  }
  void put(const std::string& pad, double volts) {
    bench.fabric.pad(pad).volts = [volts](TimePoint) { return std::optional(volts); };
  }
  void buffer(std::uint32_t results, Address at = kBuffer) {
    bench.write(kPtr, at);
    bench.write(kMaxCnt, results);
  }
  std::int16_t convert() {
    buffer(1);
    bench.write(kEnd, 0);
    bench.write(kStart, 1);
    bench.write(kSample, 1);
    bench.run_for(Duration::from_ms(1));
    EXPECT_EQ(bench.read(kEnd), 1u);
    return bench.samples(kBuffer, 1)[0];
  }
};

// "AIN0 to AIN7": P0.02, P0.03, P0.04, P0.05, P0.28, P0.29, P0.30, P0.31. PSELP counts from 1.
TEST_F(Saadc, ReadsEachAnalogInputOfThePinout) {
  const char* const pads[] = {"P0.02", "P0.03", "P0.04", "P0.05",
                              "P0.28", "P0.29", "P0.30", "P0.31"};
  bench.write(config(0), kArduino);
  for (unsigned i = 0; i < 8; ++i) {
    put(pads[i], 3.3 * (i + 1) / 16);
    bench.write(pselp(0), i + 1);
    EXPECT_EQ(convert(), 256 * static_cast<int>(i + 1)) << pads[i];
  }
}

// RESULT = [V(P) - V(N)] * GAIN/REFERENCE * 2^(RESOLUTION - m), REFERENCE 0.6 V or VDD/4.
TEST_F(Saadc, FollowsTheFormulaForEachGainReferenceAndResolution) {
  put("P0.04", 0.12);
  bench.write(pselp(0), 3);
  const double gains[] = {1.0 / 6, 1.0 / 5, 1.0 / 4, 1.0 / 3, 1.0 / 2, 1, 2, 4};
  for (std::uint32_t gain = 0; gain < 8; ++gain) {
    for (std::uint32_t resolution = 0; resolution < 4; ++resolution) {
      for (std::uint32_t vdd4 = 0; vdd4 < 2; ++vdd4) {
        bench.write(config(0), gain << 8 | vdd4 << 12);
        bench.write(kResolution, resolution);
        const double reference = vdd4 != 0 ? 3.3 / 4 : 0.6;
        const double codes = 1u << (8 + 2 * resolution);
        EXPECT_NEAR(convert(), 0.12 * gains[gain] / reference * codes, 0.51)
            << gain << ' ' << resolution << ' ' << vdd4;
      }
    }
  }
}

TEST_F(Saadc, LimitsResultsToWhatTheResolutionCanExpress) {
  put("P0.04", 3.3);
  put("P0.05", 0);
  bench.write(pselp(0), 3);
  bench.write(pseln(0), 4);
  bench.write(config(0), kArduino);
  EXPECT_EQ(convert(), 4095);
  bench.write(config(0), kArduino | kDiff);
  EXPECT_EQ(convert(), 2047);
  put("P0.04", 0);
  put("P0.05", 3.3);
  EXPECT_EQ(convert(), -2048);
}

// m = 1 in differential mode.
TEST_F(Saadc, SubtractsTheNegativeInputInDifferentialModeOnly) {
  put("P0.04", 1.0);
  put("P0.05", 1.3);
  bench.write(pselp(0), 3);
  bench.write(pseln(0), 4);
  bench.write(config(0), 0x0002'0000);
  EXPECT_EQ(convert(), std::lround(1.0 / 6 / 0.6 * 4096));
  bench.write(config(0), 0x0002'0000 | kDiff);
  EXPECT_EQ(convert(), std::lround(-0.3 / 6 / 0.6 * 2048));
}

// PSELP 9 is VDD, 13 is VDDH/5; gain 1/6 and 0.6 V make 3.6 V full scale.
TEST_F(Saadc, ReadsTheSupplyVoltages) {
  bench.write(config(0), 0x0002'0000);
  bench.write(pselp(0), 9);
  EXPECT_EQ(convert(), std::lround(3.3 / 3.6 * 4096));
  bench.write(pselp(0), 13);
  EXPECT_EQ(convert(), std::lround(3.3 / 5 / 3.6 * 4096));
}

// CONFIG.RESP: 0 bypass, 1 pull-down, 2 pull-up to VDD, 3 VDD/2.
TEST_F(Saadc, ReadsAnOpenInputWhereItsResistorPullsIt) {
  bench.write(pselp(0), 1);
  const std::int16_t expected[] = {0, 0, 4095, 2048};
  for (std::uint32_t resp = 0; resp < 4; ++resp) {
    bench.write(config(0), kArduino | resp);
    EXPECT_EQ(convert(), expected[resp]) << resp;
  }
}

TEST_F(Saadc, ReadsTheSupplyFromAPadAtHighLevel) {
  bench.add("p0", "nordic.gpio", 0x5000'0500, "port = 0", 0x300);
  bench.wire("p0.in4").set(true);
  bench.write(pselp(0), 3);
  bench.write(config(0), kArduino);
  EXPECT_EQ(convert(), 4095);
}

// TACQ 3, 5, 10, 15, 20, 40 us; the conversion takes less than 2 us after it (PS, tCONV).
TEST_F(Saadc, TakesAcquisitionAndConversionTime) {
  EdgeCounter irq(bench, saadc.wire("irq"));
  bench.write(kSaadc + 0x304, 1u << 1);  // END
  bench.write(pselp(0), 1);
  const std::uint64_t microseconds[] = {3, 5, 10, 15, 20, 40};
  for (std::uint32_t tacq = 0; tacq < 6; ++tacq) {
    bench.write(config(0), tacq << 16);
    const TimePoint from = bench.now();
    convert();
    EXPECT_EQ((irq.last - from).ps, Duration::from_us(microseconds[tacq] + 2).ps) << tacq;
  }
}

TEST_F(Saadc, TakesTheVoltageAtTheEndOfAcquisition) {
  bench.fabric.pad("P0.04").volts = [](TimePoint when) {
    return std::optional(when.seconds() < 9.9e-6 ? 0.0 : 1.65);
  };
  bench.write(pselp(0), 3);
  bench.write(config(0), kArduino);
  EXPECT_EQ(convert(), 2048);
}

TEST_F(Saadc, IsBusyDuringAConversionOnly) {
  bench.write(pselp(0), 1);
  buffer(4);
  bench.write(kStart, 1);
  EXPECT_EQ(bench.read(kStarted), 1u);
  EXPECT_EQ(bench.read(kStatus), 0u);
  bench.write(kSample, 1);
  EXPECT_EQ(bench.read(kStatus), 1u);
  bench.run_for(kConversion);
  EXPECT_EQ(bench.read(kStatus), 0u);
  EXPECT_EQ(bench.read(kDone), 1u);
  EXPECT_EQ(bench.read(kResultDone), 1u);
  EXPECT_EQ(bench.read(kEnd), 0u);
  EXPECT_EQ(bench.read(kAmount), 1u);
}

// "If more than one channel is enabled, the ADC converts one sample for each when SAMPLE is
// triggered", lowest first; results lie in RAM in that order.
TEST_F(Saadc, ScansAllEnabledChannels) {
  put("P0.04", 3.3 / 4);
  put("P0.31", 3.3 / 2);
  bench.write(pselp(2), 8);
  bench.write(pselp(1), 3);
  bench.write(config(1), kArduino);
  bench.write(config(2), kArduino);
  buffer(4);
  bench.write(kStart, 1);
  bench.write(kSample, 1);
  bench.run_for(kConversion * 2);
  bench.write(kSample, 1);
  bench.run_for(kConversion * 2);
  EXPECT_EQ(bench.read(kEnd), 1u);
  EXPECT_THAT(bench.samples(kBuffer, 4), ElementsAre(1024, 2048, 1024, 2048));
}

// "RESULT.PTR and MAXCNT are double buffered": the next pair may be written after STARTED.
TEST_F(Saadc, FillsTheNextBufferAfterTheNextStart) {
  put("P0.04", 1.65);
  bench.write(pselp(0), 3);
  bench.write(config(0), kArduino);
  buffer(1);
  bench.write(kStart, 1);
  buffer(1, kBuffer + 16);
  bench.write(kSample, 1);
  bench.run_for(kConversion);
  EXPECT_THAT(bench.samples(kBuffer, 1), ElementsAre(2048));
  bench.write(kSample, 1);
  bench.run_for(kConversion);
  EXPECT_THAT(bench.samples(kBuffer + 2, 16), Each(0)) << "no START, no room";
  bench.write(kStart, 1);
  bench.write(kSample, 1);
  bench.run_for(kConversion);
  EXPECT_THAT(bench.samples(kBuffer + 16, 1), ElementsAre(2048));
}

// OVERSAMPLE n averages 2^n conversions, of one SAMPLE task each.
TEST_F(Saadc, AveragesConversionsOfSeveralTasks) {
  bench.fabric.pad("P0.04").volts = [](TimePoint when) {
    return std::optional(when.seconds() < 20e-6 ? 0.0 : 1.65);
  };
  bench.write(pselp(0), 3);
  bench.write(config(0), kArduino);
  bench.write(kOversample, 1);
  buffer(1);
  bench.write(kStart, 1);
  bench.write(kSample, 1);
  bench.run_for(kConversion);
  EXPECT_EQ(bench.read(kDone), 1u);
  EXPECT_EQ(bench.read(kResultDone), 0u);
  bench.write(kSample, 1);
  bench.run_for(kConversion);
  EXPECT_EQ(bench.read(kResultDone), 1u);
  EXPECT_THAT(bench.samples(kBuffer, 1), ElementsAre(1024));
}

// CONFIG.BURST: one SAMPLE task gets all of a result's conversions.
TEST_F(Saadc, AveragesConversionsOfOneTaskInBurstMode) {
  put("P0.04", 1.65);
  bench.write(pselp(0), 3);
  bench.write(config(0), kArduino | kBurst);
  bench.write(kOversample, 3);
  buffer(1);
  bench.write(kStart, 1);
  bench.write(kSample, 1);
  bench.run_for(kConversion * 7);
  EXPECT_EQ(bench.read(kEnd), 0u);
  bench.run_for(kConversion);
  EXPECT_EQ(bench.read(kEnd), 1u);
  EXPECT_THAT(bench.samples(kBuffer, 1), ElementsAre(2048));
}

// SAMPLERATE.MODE Timers: 16 MHz / CC, from one SAMPLE task on until STOP.
TEST_F(Saadc, SamplesOnItsOwnTimerUntilStop) {
  bench.write(pselp(0), 1);
  bench.write(kSampleRate, 1u << 12 | 1600);  // 10 kHz
  buffer(100);
  bench.write(kStart, 1);
  bench.write(kSample, 1);
  bench.run_for(Duration::from_us(950));
  EXPECT_EQ(bench.read(kAmount), 10u);
  bench.write(kStop, 1);
  EXPECT_EQ(bench.read(kStopped), 1u);
  bench.run_for(Duration::from_ms(1));
  EXPECT_EQ(bench.read(kAmount), 10u);
  EXPECT_FALSE(bench.scheduler.next().has_value());
}

// LIMITH: result at or above LIMIT.HIGH; LIMITL: at or below LIMIT.LOW.
TEST_F(Saadc, ComparesEachResultWithTheLimitsOfItsChannel) {
  put("P0.04", 1.65);
  bench.write(pselp(5), 3);
  bench.write(config(5), kArduino);
  bench.write(limit(5), 2049u << 16 | 2047);
  convert();
  EXPECT_EQ(bench.read(limit_h(5)), 0u);
  EXPECT_EQ(bench.read(limit_l(5)), 0u);
  bench.write(limit(5), 2048u << 16 | 2047);
  convert();
  EXPECT_EQ(bench.read(limit_h(5)), 1u);
  EXPECT_EQ(bench.read(limit_l(5)), 0u);
  bench.write(limit_h(5), 0);
  bench.write(limit(5), 0x7FFFu << 16 | 2048);
  convert();
  EXPECT_EQ(bench.read(limit_h(5)), 0u);
  EXPECT_EQ(bench.read(limit_l(5)), 1u);
}

TEST_F(Saadc, ReportsTheEndOfCalibration) {
  bench.write(kCalibrateOffset, 1);
  EXPECT_EQ(bench.read(kCalibrateDone), 0u);
  bench.run_for(Duration::from_us(20));
  EXPECT_EQ(bench.read(kCalibrateDone), 1u);
  EXPECT_TRUE(bench.assumed("saadc.calibration_ns"));
}

TEST_F(Saadc, DoesNothingWhileSwitchedOff) {
  bench.write(kEnable, 0);
  bench.write(pselp(0), 1);
  buffer(1);
  for (const Address task : {kStart, kSample, kStop, kCalibrateOffset}) bench.write(task, 1);
  EXPECT_FALSE(bench.scheduler.next().has_value());
  for (const Address event : {kStarted, kStopped}) EXPECT_EQ(bench.read(event), 0u);
}

TEST_F(Saadc, DrawsCurrentWhileABufferIsOpen) {
  bench.write(pselp(0), 1);
  buffer(1);
  bench.write(kStart, 1);
  EXPECT_EQ(bench.power_state("saadc"), "on");
  bench.write(kSample, 1);
  bench.run_for(kConversion);
  EXPECT_EQ(bench.power_state("saadc"), "");
}

TEST_F(Saadc, ReportsABufferOutsideRamAndGoesOn) {
  bench.write(pselp(0), 1);
  buffer(1, 0x100);
  bench.write(kStart, 1);
  bench.write(kSample, 1);
  bench.run_for(kConversion);
  EXPECT_EQ(bench.read(kEnd), 1u);
  EXPECT_TRUE(bench.reported("EasyDMA outside Data RAM"));
}

TEST_F(Saadc, ReportsItsTimerWithSeveralChannels) {
  bench.write(pselp(0), 1);
  bench.write(pselp(1), 2);
  bench.write(kSampleRate, 1u << 12 | 100);
  bench.write(kSample, 1);
  EXPECT_TRUE(bench.reported("SAMPLERATE timer with several channels"));
}

TEST(SaadcParameters, RefuseASupplyThatTheChipDoesNotStand) {
  PeripheralBench bench;
  EXPECT_THROW(bench.add("saadc", "nordic.saadc", kSaadc, "vdd_volts = 5.0"), InputError);
}

TEST_F(Saadc, HasTheSameFutureAfterRestore) {
  const auto prepare = [](PeripheralBench& other) {
    other.fabric.pad("P0.04").volts = [](TimePoint when) { return when.seconds() * 1e4; };
  };
  prepare(bench);
  bench.write(pselp(0), 3);
  bench.write(config(0), kArduino);
  bench.write(kOversample, 2);
  bench.write(kSampleRate, 1u << 12 | 800);
  buffer(8);
  bench.write(kStart, 1);
  bench.write(kSample, 1);
  bench.run_for(Duration::from_us(55));
  PeripheralBench other;
  other.add("saadc", "nordic.saadc", kSaadc);
  prepare(other);
  other.restore(bench.save());
  bench.run_for(Duration::from_us(400));
  other.run_for(Duration::from_us(400));
  EXPECT_TRUE(other.differences(bench).empty());
  EXPECT_EQ(other.samples(kBuffer, 2), bench.samples(kBuffer, 2));
}

}  // namespace
}  // namespace tinyscope::test
