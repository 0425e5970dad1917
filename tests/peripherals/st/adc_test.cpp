// ADC of the STM32L4+ and H7 ("v2") and of the STM32F4 and F7 ("v1"). RM0432, RM0455, RM0090,
// chapter "Analog-to-digital converters (ADC)".
#include <gtest/gtest.h>

#include <string>

#include "tests/support/peripheral_bench.hpp"

namespace tinyscope::test {
namespace {

constexpr Address kBase = 0x5004'0000;

// VDDA 3.3 V; channel 1 is PC0, channel 5 PA0; 16 MHz.
class AdcBench : public ::testing::Test {
 protected:
  AdcBench(std::string_view type, const std::string& params) {
    bench.add("adc", type, kBase,
              params +
                  "\nadc1 = [\"\", \"PC0\", \"\", \"\", \"\", \"PA0\"]\n"
                  "vrefint = 0\nvrefint_volts = 1.212\ntemperature = 17\ntemperature_volts = 0.76\n"
                  "temperature_at = 30\ntemperature_slope_volts = 0.0025\nvbat = 18\n"
                  "vbat_divider = 3\nmissing_triggers = [\"6 EXTI line 11\"]\n",
              0x400);
    bench.clocks.signal("hclk").set(16'000'000);
    drive("PC0", 1.65);
    drive("PA0", 0.825);
  }
  void drive(const std::string& pad, double volts) {
    bench.fabric.pad(pad).volts = [volts](TimePoint) { return std::optional(volts); };
  }
  void write(Address offset, std::uint32_t value) { bench.write(kBase + offset, value); }
  std::uint32_t read(Address offset) { return bench.read(kBase + offset); }
  // Runs until `flag` of the register at `offset` is set; fails after 10 ms.
  void await(Address offset, std::uint32_t flag) {
    const TimePoint limit = bench.now() + Duration::from_ms(10);
    while ((read(offset) & flag) == 0) {
      const auto next = bench.scheduler.next();
      if (!next || *next > limit) {
        ADD_FAILURE() << "flag " << flag << " never comes";
        return;
      }
      bench.run_until(*next);
    }
  }

  PeripheralBench bench;
};

namespace v2 {
constexpr Address kIsr = 0x00, kIer = 0x04, kCr = 0x08, kCfgr = 0x0C, kCfgr2 = 0x10, kSmpr1 = 0x14;
constexpr Address kPcsel = 0x1C, kTr1 = 0x20, kSqr1 = 0x30, kDr = 0x40, kCcr = 0x308;
constexpr std::uint32_t kAden = 1, kAdstart = 1u << 2, kAdstp = 1u << 4, kAdvregen = 1u << 28;
constexpr std::uint32_t kAdcal = 1u << 31;
constexpr std::uint32_t kAdrdy = 1, kEoc = 1u << 2, kEos = 1u << 3, kOvr = 1u << 4, kAwd1 = 1u << 7;
}  // namespace v2

class AdcV2 : public AdcBench {
 protected:
  explicit AdcV2(const std::string& family = "l4")
      : AdcBench("st.adc_v2",
                 "family = \"" + family + "\"\nclock = \"ker\"\nbus_clock = \"hclk\"") {
    write(v2::kCcr, 1u << 16);  // CKMODE: HCLK
  }
  void start_up() {
    write(v2::kCr, v2::kAdvregen);
    write(v2::kCr, v2::kAdvregen | v2::kAden);
    await(v2::kIsr, v2::kAdrdy);
  }
  void start() { write(v2::kCr, v2::kAdvregen | v2::kAden | v2::kAdstart); }
  std::uint32_t convert() {
    start();
    await(v2::kIsr, v2::kEoc);
    return read(v2::kDr);
  }
};

class AdcH7 : public AdcV2 {
 protected:
  AdcH7() : AdcV2("h7") {}
};

TEST_F(AdcV2, CalibratesAndGetsReady) {
  EXPECT_EQ(read(v2::kCr), 0x2000'0000u);  // RM0432, reset value: DEEPPWD
  write(v2::kCr, v2::kAdvregen);
  write(v2::kCr, v2::kAdvregen | v2::kAdcal);
  EXPECT_NE(read(v2::kCr) & v2::kAdcal, 0u);
  bench.run_for(Duration::from_us(100));
  EXPECT_EQ(read(v2::kCr) & v2::kAdcal, 0u);
  EXPECT_FALSE(read(v2::kIsr) & v2::kAdrdy);
  start_up();
}

TEST_F(AdcV2, ConvertsAPadToTwelveBits) {
  start_up();
  write(v2::kSqr1, 1u << 6);
  EXPECT_EQ(convert(), 2048u);               // 1.65 of 3.3 V
  EXPECT_EQ(read(v2::kIsr) & v2::kEoc, 0u);  // cleared by reading DR
  EXPECT_NE(read(v2::kIsr) & v2::kEos, 0u);
  EXPECT_EQ(read(v2::kCr) & v2::kAdstart, 0u);
}

// RM0432, "Timing": 2.5 + 12.5 cycles with SMP = 0; 640.5 + 6.5 with SMP = 7 and 6 bits.
TEST_F(AdcV2, TakesSamplingAndConversionTime) {
  start_up();
  write(v2::kSqr1, 1u << 6);
  TimePoint begin = bench.now();
  start();
  await(v2::kIsr, v2::kEoc);
  const std::uint64_t fast = (bench.now() - begin).ps;
  write(v2::kSmpr1, 7u << 3);
  write(v2::kCfgr, 3u << 3);
  read(v2::kDr);
  begin = bench.now();
  EXPECT_EQ(convert(), 32u);
  EXPECT_EQ((bench.now() - begin).ps - fast, (647u - 15u) * 62'500u);
}

TEST_F(AdcV2, ScansItsSequenceAndInterruptsAtTheEnd) {
  start_up();
  write(v2::kSqr1, 1u | 1u << 6 | 5u << 12);  // L = 2: channels 1 and 5
  write(v2::kIer, v2::kEos);
  start();
  await(v2::kIsr, v2::kEoc);
  EXPECT_FALSE(bench.wire("adc.irq").level());
  EXPECT_EQ(read(v2::kDr), 2048u);
  await(v2::kIsr, v2::kEos);
  EXPECT_TRUE(bench.wire("adc.irq").level());
  EXPECT_EQ(read(v2::kDr), 1024u);
}

// RM0432, OVRMOD: without it the old result stays, with it the new one counts.
TEST_F(AdcV2, OverrunsWhenNobodyReads) {
  start_up();
  write(v2::kSqr1, 1u | 1u << 6 | 5u << 12);
  start();
  await(v2::kIsr, v2::kOvr);
  EXPECT_EQ(read(v2::kDr), 2048u);
  write(v2::kIsr, v2::kOvr);
  write(v2::kCfgr, 1u << 12);
  start();
  await(v2::kIsr, v2::kOvr);
  EXPECT_EQ(read(v2::kDr), 1024u);
}

TEST_F(AdcV2, DelaysTheNextConversionUntilTheResultIsRead) {
  start_up();
  write(v2::kCfgr, 1u << 14 | 1u << 13);  // AUTDLY, CONT
  write(v2::kSqr1, 1u << 6);
  start();
  bench.run_for(Duration::from_ms(1));
  EXPECT_EQ(read(v2::kIsr) & v2::kOvr, 0u);
  read(v2::kDr);
  await(v2::kIsr, v2::kEoc);
}

TEST_F(AdcV2, ConvertsUntilItIsStopped) {
  start_up();
  write(v2::kCfgr, 1u << 13);
  write(v2::kSqr1, 1u << 6);
  start();
  for (int i = 0; i < 3; ++i) {
    await(v2::kIsr, v2::kEoc);
    read(v2::kDr);
  }
  write(v2::kCr, v2::kAdvregen | v2::kAden | v2::kAdstp);
  EXPECT_EQ(read(v2::kCr) & (v2::kAdstart | v2::kAdstp), 0u);
  bench.run_for(Duration::from_ms(1));
  EXPECT_EQ(read(v2::kIsr) & v2::kEoc, 0u);
}

TEST_F(AdcV2, WaitsForTheChosenEdgeOfItsTrigger) {
  start_up();
  write(v2::kSqr1, 1u << 6);
  write(v2::kCfgr, 13u << 6 | 1u << 10);  // EXT13, rising
  start();
  bench.run_for(Duration::from_us(10));
  bench.wire("adc.ext4").pulse();
  EXPECT_EQ(read(v2::kIsr) & v2::kEoc, 0u);
  bench.wire("adc.ext13").pulse();
  await(v2::kIsr, v2::kEoc);
  EXPECT_NE(read(v2::kCr) & v2::kAdstart, 0u);  // the next trigger counts as well
  read(v2::kDr);
  bench.wire("adc.ext13").pulse();
  await(v2::kIsr, v2::kEoc);
}

TEST_F(AdcV2, ReportsATriggerThatNothingDrives) {
  write(v2::kCfgr, 6u << 6);  // software: EXTSEL does not matter
  EXPECT_FALSE(bench.reported("EXTSEL"));
  write(v2::kCfgr, 6u << 6 | 1u << 10);
  EXPECT_TRUE(bench.reported("EXTI line 11"));
}

TEST_F(AdcV2, RequestsDmaForEachResult) {
  start_up();
  write(v2::kCfgr, 3u | 1u << 13);  // DMAEN, circular, CONT
  write(v2::kSqr1, 1u << 6);
  start();
  Wire& request = bench.wire("adc.dma1");
  EXPECT_FALSE(request.level());
  await(v2::kIsr, v2::kEoc);
  EXPECT_TRUE(request.level());
  read(v2::kDr);
  EXPECT_FALSE(request.level());
  // RM0432, "Overrun": no request until OVR is cleared.
  await(v2::kIsr, v2::kOvr);
  EXPECT_FALSE(request.level());
}

// RM0432, "DMA one shot mode": the sequence stops with the transfer, without an overrun.
TEST_F(AdcV2, StopsWithTheDmaTransferInOneShotMode) {
  start_up();
  write(v2::kCfgr, 1u | 1u << 13);
  write(v2::kSqr1, 1u << 6);
  start();
  bench.run_for(Duration::from_ms(1));
  EXPECT_EQ(read(v2::kIsr) & v2::kOvr, 0u);
  EXPECT_FALSE(bench.wire("adc.dma1").level());
}

TEST_F(AdcV2, MeasuresSourcesInsideTheChipOnceTheyAreConnected) {
  start_up();
  write(v2::kSqr1, 0);  // VREFINT
  EXPECT_EQ(convert(), 0u);
  write(v2::kCcr, 1u << 16 | 7u << 22);
  EXPECT_EQ(convert(), 1504u);  // 1.212 / 3.3 * 4096
  write(v2::kSqr1, 17u << 6);
  EXPECT_EQ(convert(), 928u);  // 25 degrees: 0.7475 V
  write(v2::kSqr1, 18u << 6);
  EXPECT_EQ(convert(), 1365u);  // VBAT = VDDA, a third
}

// RM0432, "Oversampler": 16 conversions, added and shifted right by 4.
TEST_F(AdcV2, AddsUpConversions) {
  start_up();
  write(v2::kCfgr2, 1u | 3u << 2 | 4u << 5);
  write(v2::kSqr1, 1u << 6);
  EXPECT_EQ(convert(), 2048u);
  write(v2::kCfgr2, 1u | 3u << 2 | 0u << 5);
  EXPECT_EQ(convert(), 32768u);
}

TEST_F(AdcV2, WatchdogSeesAVoltageOutsideItsWindow) {
  start_up();
  write(v2::kCfgr, 1u << 23 | 1u << 22 | 1u << 26);  // AWD1 of channel 1
  write(v2::kTr1, 1000u | 3000u << 16);
  write(v2::kSqr1, 1u << 6);
  convert();
  EXPECT_EQ(read(v2::kIsr) & v2::kAwd1, 0u);
  drive("PC0", 0.5);
  convert();
  EXPECT_NE(read(v2::kIsr) & v2::kAwd1, 0u);
}

// RM0455: 16 bits with RES = 0; inputs are connected by PCSEL; the clock is halved inside.
TEST_F(AdcH7, ConvertsToSixteenBits) {
  start_up();
  write(v2::kPcsel, 1u << 1);
  write(v2::kSqr1, 1u << 6);
  const TimePoint begin = bench.now();
  EXPECT_EQ(convert(), 32768u);
  EXPECT_FALSE(bench.reported("PCSEL"));
  // 1.5 + 8.5 cycles of 8 MHz after the latency.
  EXPECT_GE((bench.now() - begin).ps, 10u * 125'000u);
  EXPECT_LT((bench.now() - begin).ps, 13u * 125'000u);
  write(v2::kSqr1, 5u << 6);
  convert();
  EXPECT_TRUE(bench.reported("PCSEL"));
}

namespace v1 {
constexpr Address kSr = 0x00, kCr1 = 0x04, kCr2 = 0x08, kSmpr2 = 0x10, kSqr1 = 0x2C, kSqr3 = 0x34;
constexpr Address kDr = 0x4C, kCcr = 0x304;
constexpr std::uint32_t kEoc = 1u << 1, kStrt = 1u << 4, kOvr = 1u << 5;
constexpr std::uint32_t kAdon = 1, kCont = 2, kDma = 1u << 8, kEocs = 1u << 10, kSwstart = 1u << 30;
}  // namespace v1

class AdcV1 : public AdcBench {
 protected:
  AdcV1() : AdcBench("st.adc_v1", "clock = \"hclk\"\nunits = 3") {}
  void start(std::uint32_t cr2 = 0) { write(v1::kCr2, v1::kAdon | v1::kSwstart | cr2); }
};

TEST_F(AdcV1, ConvertsOneChannel) {
  write(v1::kSqr3, 1);
  write(v1::kCr2, v1::kAdon);
  const TimePoint begin = bench.now();
  start();
  EXPECT_NE(read(v1::kSr) & v1::kStrt, 0u);
  EXPECT_EQ(read(v1::kCr2) & v1::kSwstart, 0u);
  await(v1::kSr, v1::kEoc);
  EXPECT_EQ(read(v1::kDr), 2048u);
  EXPECT_EQ(read(v1::kSr) & v1::kEoc, 0u);
  // RM0090: 3 + 12 cycles of PCLK2 / 2, here 8 MHz; three before the sample.
  EXPECT_EQ((bench.now() - begin).ps, 18u * 125'000u);
}

TEST_F(AdcV1, ScansAndTellsOfEachConversionWithEocs) {
  write(v1::kSqr1, 1u << 20);
  write(v1::kSqr3, 1u | 5u << 5);
  write(v1::kCr1, 1u << 8);
  write(v1::kCr2, v1::kAdon);
  start(v1::kEocs);
  await(v1::kSr, v1::kEoc);
  EXPECT_EQ(read(v1::kDr), 2048u);
  await(v1::kSr, v1::kEoc);
  EXPECT_EQ(read(v1::kDr), 1024u);
}

// RM0090, CR2.EOCS = 0: EOC comes at the end of the sequence, and nobody looks for overruns.
TEST_F(AdcV1, TellsOfTheWholeSequenceWithoutEocs) {
  write(v1::kSqr1, 1u << 20);
  write(v1::kSqr3, 1u | 5u << 5);
  write(v1::kCr1, 1u << 8 | 1u << 5);
  start();
  await(v1::kSr, v1::kEoc);
  EXPECT_TRUE(bench.wire("adc.irq").level());
  EXPECT_EQ(read(v1::kSr) & v1::kOvr, 0u);
  EXPECT_EQ(read(v1::kDr), 1024u);
}

TEST_F(AdcV1, StopsAfterAnOverrunUntilItIsCleared) {
  write(v1::kSqr3, 1);
  start(v1::kCont | v1::kEocs);
  await(v1::kSr, v1::kOvr);
  read(v1::kDr);
  bench.run_for(Duration::from_ms(1));
  EXPECT_EQ(read(v1::kSr) & v1::kEoc, 0u);
  write(v1::kSr, ~v1::kOvr);
  start(v1::kCont | v1::kEocs);
  await(v1::kSr, v1::kEoc);
}

TEST_F(AdcV1, RequestsDmaForEachConversion) {
  write(v1::kSqr3, 1);
  start(v1::kDma);
  await(v1::kSr, v1::kEoc);
  EXPECT_TRUE(bench.wire("adc.dma1").level());
  read(v1::kDr);
  EXPECT_FALSE(bench.wire("adc.dma1").level());
}

TEST_F(AdcV1, StartsOnItsTrigger) {
  write(v1::kSqr3, 1);
  write(v1::kCr2, v1::kAdon | 8u << 24 | 1u << 28);
  bench.run_for(Duration::from_us(10));
  EXPECT_EQ(read(v1::kSr) & v1::kEoc, 0u);
  bench.wire("adc.ext8").pulse();
  await(v1::kSr, v1::kEoc);
}

TEST_F(AdcV1, ASnapshotInMidConversionContinuesTheSame) {
  write(v1::kSqr3, 1);
  start();
  bench.run_for(Duration::from_ns(500));
  const auto saved = bench.save();
  await(v1::kSr, v1::kEoc);
  const TimePoint end = bench.now();
  bench.restore(saved);
  EXPECT_EQ(read(v1::kSr) & v1::kEoc, 0u);
  await(v1::kSr, v1::kEoc);
  EXPECT_EQ(bench.now(), end);
  EXPECT_EQ(read(v1::kDr), 2048u);
}

}  // namespace
}  // namespace tinyscope::test
