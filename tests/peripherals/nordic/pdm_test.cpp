// PDM with a microphone. nRF52840 PS, chapter "PDM — Pulse density modulation interface".
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/peripherals/wav_bytes.hpp"
#include "tests/support/peripheral_bench.hpp"

namespace tinyscope::test {
namespace {

using ::testing::Each;
using ::testing::ElementsAre;

constexpr Address kPdm = 0x4001'D000;
constexpr Address kStart = kPdm + 0x000;
constexpr Address kStop = kPdm + 0x004;
constexpr Address kStarted = kPdm + 0x100;
constexpr Address kStopped = kPdm + 0x104;
constexpr Address kEnd = kPdm + 0x108;
constexpr Address kIntenSet = kPdm + 0x304;
constexpr Address kEnable = kPdm + 0x500;
constexpr Address kPdmClkCtrl = kPdm + 0x504;
constexpr Address kMode = kPdm + 0x508;
constexpr Address kGainL = kPdm + 0x518;
constexpr Address kGainR = kPdm + 0x51C;
constexpr Address kRatio = kPdm + 0x520;
constexpr Address kSamplePtr = kPdm + 0x560;
constexpr Address kSampleMaxcnt = kPdm + 0x564;

constexpr Address kBufferA = PeripheralBench::kRam + 0x1000;
constexpr Address kBufferB = PeripheralBench::kRam + 0x2000;

// 1.280 MHz with ratio 80: exactly 16 kHz, 62.5 us a sample.
constexpr Duration kSample = Duration::from_ns(62'500);

void connect(Peripheral& pdm, Device& microphone) {
  auto& input = *dynamic_cast<AudioInput*>(pdm.port("audio"));
  input.source = dynamic_cast<AudioSource*>(microphone.port("audio"));
}

void configure(PeripheralBench& bench) {
  bench.write(kPdmClkCtrl, 0x0A00'0000);
  bench.write(kRatio, 1);
  bench.write(kMode, 1);
  bench.write(kEnable, 1);
}

void buffer(PeripheralBench& bench, Address address, std::uint32_t samples) {
  bench.write(kSamplePtr, address);
  bench.write(kSampleMaxcnt, samples);
}

class Pdm : public ::testing::Test {
 protected:
  PeripheralBench bench;
  Peripheral& pdm = bench.add("pdm", "nordic.pdm", kPdm);

  void SetUp() override { configure(bench); }
  // To a microphone that is heard at once.
  void listen(const std::string& wav, std::string_view params = "startup_us = 0") {
    connect(pdm, bench.add_device("microphone", "pdm_microphone", wav, params));
  }
};

// PS, PDMCLKCTRL.FREQ and RATIO: the frequencies listed there, as samples per second.
TEST_F(Pdm, ProducesTheSampleRatesOfTheProductSpecification) {
  struct Rate {
    std::uint32_t freq;
    std::uint32_t ratio;
    double hz;
  };
  for (const Rate rate : {Rate{0x0800'0000, 0, 1.000e6 / 64}, Rate{0x0840'0000, 0, 16'129.0},
                          Rate{0x0880'0000, 0, 16'666.7}, Rate{0x0980'0000, 0, 19'230.8},
                          Rate{0x0A00'0000, 0, 20'000.0}, Rate{0x0A80'0000, 0, 20'833.3},
                          Rate{0x0A00'0000, 1, 16'000.0}}) {
    bench.write(kPdmClkCtrl, rate.freq);
    bench.write(kRatio, rate.ratio);
    buffer(bench, kBufferA, 1000);
    const TimePoint started = bench.now();
    bench.write(kStart, 1);
    bench.write(kEnd, 0);
    bench.run_until(*bench.scheduler.next());
    EXPECT_EQ(bench.read(kEnd), 1u);
    EXPECT_NEAR(1000.0 / (bench.now() - started).seconds(), rate.hz, 0.1);
    bench.write(kStop, 1);
    bench.run_for(Duration::from_ms(1));
  }
}

TEST_F(Pdm, FillsABufferWhenTheTimeOfItsLastSampleHasCome) {
  listen(WavBytes({}, ramp(1000)).save("pdm_ramp.wav"));
  buffer(bench, kBufferA, 16);
  bench.write(kStart, 1);
  EXPECT_EQ(bench.read(kStarted), 1u);
  bench.run_for(Duration::from_us(999));
  EXPECT_EQ(bench.read(kEnd), 0u);
  EXPECT_THAT(bench.samples(kBufferA, 16), Each(0));
  bench.run_for(Duration::from_us(1));
  EXPECT_EQ(bench.read(kEnd), 1u);
  EXPECT_EQ(bench.samples(kBufferA, 16), ramp(16));
}

// "SAMPLE.PTR and MAXCNT are double buffered": after STARTED the next pair may be written.
TEST_F(Pdm, GoesOnWithTheBufferThatWasPreparedAfterStarted) {
  listen(WavBytes({}, ramp(1000)).save("pdm_double.wav"));
  EdgeCounter irq(bench, pdm.wire("irq"));
  bench.write(kIntenSet, 1u << 0);
  buffer(bench, kBufferA, 8);
  bench.write(kStart, 1);
  bench.write(kStarted, 0);
  buffer(bench, kBufferB, 4);
  bench.run_for(kSample * 8);
  EXPECT_EQ(irq.rises, 2u);  // STARTED of the second buffer
  bench.write(kStarted, 0);
  buffer(bench, kBufferA + 0x100, 4);
  bench.run_for(kSample * 4);
  EXPECT_THAT(bench.samples(kBufferB, 4), ElementsAre(8, 9, 10, 11));
  bench.run_for(kSample * 4);
  EXPECT_THAT(bench.samples(kBufferA + 0x100, 4), ElementsAre(12, 13, 14, 15));
}

TEST_F(Pdm, UsesTheSameBufferAgainWhenNothingElseWasPrepared) {
  listen(WavBytes({}, ramp(1000)).save("pdm_again.wav"));
  buffer(bench, kBufferA, 4);
  bench.write(kStart, 1);
  bench.run_for(kSample * 8);
  EXPECT_THAT(bench.samples(kBufferA, 4), ElementsAre(4, 5, 6, 7));
}

// "END: … or the last sample after a STOP task has been received".
TEST_F(Pdm, StopWritesWhatWasSampledAndRaisesEndAndStopped) {
  listen(WavBytes({}, ramp(1000)).save("pdm_stop.wav"));
  buffer(bench, kBufferA, 100);
  bench.write(kStart, 1);
  bench.run_for(Duration::from_us(1010));
  bench.write(kStop, 1);
  EXPECT_EQ(bench.read(kStopped), 0u);
  bench.run_for(kSample);
  EXPECT_EQ(bench.read(kEnd), 1u);
  EXPECT_EQ(bench.read(kStopped), 1u);
  EXPECT_EQ(bench.samples(kBufferA, 17), ramp(17));
  EXPECT_EQ(bench.samples(kBufferA, 18)[17], 0);
  EXPECT_EQ(bench.power_state("pdm"), "");
  EXPECT_FALSE(bench.scheduler.next().has_value());
}

TEST_F(Pdm, StopInTheLastSampleEndsTheBufferOnce) {
  unsigned ends = 0;
  unsigned starts = 0;
  bench.fabric.subscribe([&](Address event) {
    ends += event == kEnd ? 1 : 0;
    starts += event == kStarted ? 1 : 0;
  });
  buffer(bench, kBufferA, 4);
  bench.write(kStart, 1);
  bench.run_for(Duration::from_us(240));
  bench.write(kStop, 1);
  bench.run_for(Duration::from_ms(1));
  EXPECT_EQ(ends, 1u);
  EXPECT_EQ(starts, 1u);
  EXPECT_EQ(bench.read(kStopped), 1u);
}

// "MAXCNT is the number of 16-bit samples"; in stereo left and right alternate.
TEST_F(Pdm, InterleavesBothChannelsInStereo) {
  listen(WavBytes({}, ramp(1000)).save("pdm_stereo.wav"));
  bench.write(kMode, 0);
  bench.write(kGainR, 0x28 + 12);  // +6 dB
  buffer(bench, kBufferA, 8);
  bench.write(kStart, 1);
  bench.run_for(kSample * 4);
  EXPECT_EQ(bench.read(kEnd), 1u);
  EXPECT_THAT(bench.samples(kBufferA, 8), ElementsAre(0, 0, 1, 2, 2, 4, 3, 6));
}

// GAINL: 0.5 dB steps, 0x28 is 0 dB, 0x50 is +20 dB, 0x00 is -20 dB.
TEST_F(Pdm, AppliesGainInHalfDecibelsAndSaturates) {
  listen(WavBytes({}, std::vector<std::int16_t>(1000, 1000)).save("pdm_gain.wav"));
  struct Step {
    std::uint32_t code;
    int expected;
  };
  for (const Step step : {Step{0x28, 1000}, Step{0x50, 10'000}, Step{0x00, 100}, Step{0x14, 316},
                          Step{0x29, 1059}, Step{0x7F, 10'000}}) {
    bench.write(kGainL, step.code);
    buffer(bench, kBufferA, 1);
    bench.write(kStart, 1);
    bench.run_for(kSample);
    EXPECT_NEAR(bench.samples(kBufferA, 1)[0], step.expected, 1) << step.code;
    bench.write(kStop, 1);
    bench.run_for(kSample * 2);
  }
}

TEST_F(Pdm, HearsSilenceWithoutAMicrophoneOrWithoutAStimulus) {
  bench.write(kBufferA, 0x1234'5678);
  buffer(bench, kBufferA, 2);
  bench.write(kStart, 1);
  bench.run_for(kSample * 2);
  EXPECT_THAT(bench.samples(kBufferA, 2), ElementsAre(0, 0));
  listen("");
  bench.write(kBufferA, 0x1234'5678);
  bench.run_for(kSample * 2);
  EXPECT_THAT(bench.samples(kBufferA, 2), ElementsAre(0, 0));
}

TEST_F(Pdm, DoesNotStartWhileDisabled) {
  bench.write(kEnable, 0);
  buffer(bench, kBufferA, 2);
  bench.write(kStart, 1);
  EXPECT_EQ(bench.read(kStarted), 0u);
  EXPECT_FALSE(bench.scheduler.next().has_value());
}

TEST_F(Pdm, ReportsABufferInFlashAndLeavesFlashAlone) {
  buffer(bench, 0x100, 4);
  bench.write(kStart, 1);
  bench.run_for(kSample * 4);
  EXPECT_EQ(bench.read(kEnd), 1u);
  EXPECT_TRUE(bench.reported("EasyDMA outside Data RAM"));
  EXPECT_EQ(bench.bytes(0x100, 1)[0], 0xFF);
}

TEST_F(Pdm, ReportsABufferThatRunsOutOfRamAndWritesNone) {
  const Address last = PeripheralBench::kRam + PeripheralBench::kRamSize - 4;
  bench.write(last, 0xAAAA'AAAA);
  buffer(bench, last, 4);
  bench.write(kStart, 1);
  bench.run_for(kSample * 4);
  EXPECT_TRUE(bench.reported("EasyDMA outside Data RAM"));
  EXPECT_EQ(bench.read(last), 0xAAAA'AAAAu);
}

// ArduinoCore-mbed, libraries/PDM/src/nrf52/PDM.cpp: START comes with MAXCNT 0, and the first
// buffer is set when STARTED has been heard.
TEST_F(Pdm, TakesTheFirstBufferSoonAfterAStartWithoutOne) {
  buffer(bench, 0, 0);
  bench.write(kStart, 1);
  EXPECT_EQ(bench.read(kStarted), 1u);
  EXPECT_TRUE(bench.assumed("pdm.empty_buffer"));
  bench.write(kStarted, 0);
  buffer(bench, kBufferA, 8);
  bench.run_for(kSample);
  EXPECT_EQ(bench.read(kStarted), 1u);
  bench.write(kEnd, 0);
  bench.run_for(kSample * 8);
  EXPECT_EQ(bench.read(kEnd), 1u);
  bench.write(kStop, 1);
  bench.run_for(kSample);
  EXPECT_EQ(bench.read(kStopped), 1u);
}

// 32 MHz / 12 = 2.667 MHz: NRF_PDM_FREQ_2667K of the same file; not among PS's enumerated values.
TEST_F(Pdm, PutsItsClockOnTheClockPad) {
  bench.write(kPdm + 0x540, 26);
  bench.write(kPdmClkCtrl, 0x1500'0000);
  buffer(bench, kBufferA, 8);
  bench.write(kStart, 1);
  EXPECT_NEAR(bench.fabric.pad("P0.26").clock_hz(), 32e6 / 12, 1);
  bench.write(kEnable, 0);
  EXPECT_EQ(bench.fabric.pad("P0.26").clock_hz(), 0);
}

TEST_F(Pdm, DrawsCurrentTogetherWithItsMicrophone) {
  listen("");
  buffer(bench, kBufferA, 4);
  EXPECT_EQ(bench.power_state("microphone"), "");
  bench.write(kStart, 1);
  EXPECT_EQ(bench.power_state("pdm"), "on");
  EXPECT_EQ(bench.power_state("microphone"), "on");
  bench.write(kEnable, 0);
  EXPECT_EQ(bench.power_state("pdm"), "");
  EXPECT_EQ(bench.power_state("microphone"), "");
}

TEST_F(Pdm, HasTheSameFutureAfterRestoreInTheMiddleOfABuffer) {
  const std::string wav = WavBytes({}, ramp(1000)).save("pdm_restore.wav");
  listen(wav);
  buffer(bench, kBufferA, 32);
  bench.write(kStart, 1);
  buffer(bench, kBufferB, 32);
  bench.run_for(Duration::from_us(2'777));  // in the second buffer
  const auto state = bench.save();
  bench.run_for(Duration::from_ms(5));

  PeripheralBench other;
  Peripheral& restored = other.add("pdm", "nordic.pdm", kPdm);
  connect(restored, other.add_device("microphone", "pdm_microphone", wav, "startup_us = 0"));
  other.restore(state);
  other.run_for(Duration::from_ms(5));
  EXPECT_EQ(other.samples(kBufferA, 32), bench.samples(kBufferA, 32));
  EXPECT_EQ(other.samples(kBufferB, 32), bench.samples(kBufferB, 32));
  EXPECT_EQ(other.scheduler.next()->ps, bench.scheduler.next()->ps);
}

}  // namespace
}  // namespace tinyscope::test
