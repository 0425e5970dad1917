// I2S. nRF52840 PS, chapter "I2S — Inter-IC sound interface".
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/support/peripheral_bench.hpp"

namespace tinyscope::test {
namespace {

using ::testing::Each;
using ::testing::ElementsAre;

constexpr Address kI2s = 0x4002'5000;
constexpr Address kStart = kI2s + 0x000;
constexpr Address kStop = kI2s + 0x004;
constexpr Address kRxPtrUpd = kI2s + 0x104;
constexpr Address kStopped = kI2s + 0x108;
constexpr Address kTxPtrUpd = kI2s + 0x114;
constexpr Address kEnable = kI2s + 0x500;
constexpr Address kMode = kI2s + 0x504;
constexpr Address kRxEn = kI2s + 0x508;
constexpr Address kTxEn = kI2s + 0x50C;
constexpr Address kMckFreq = kI2s + 0x514;
constexpr Address kRatio = kI2s + 0x518;
constexpr Address kSWidth = kI2s + 0x51C;
constexpr Address kChannels = kI2s + 0x528;
constexpr Address kRxPtr = kI2s + 0x538;
constexpr Address kTxPtr = kI2s + 0x540;
constexpr Address kMaxCnt = kI2s + 0x550;
constexpr Address kPselMck = kI2s + 0x560;
constexpr Address kPselSck = kI2s + 0x564;
constexpr Address kPselLrck = kI2s + 0x568;

constexpr Address kBufferA = PeripheralBench::kRam + 0x100;
constexpr Address kBufferB = PeripheralBench::kRam + 0x400;

// 1, 2, 3, … at whatever rate it is asked for.
class Counting final : public AudioSource {
 public:
  void start(double rate_hz, TimePoint) override { rate = rate_hz; }
  void read(std::span<std::int16_t> samples) override {
    for (auto& sample : samples) sample = static_cast<std::int16_t>(++last);
  }
  void stop(TimePoint) override { stopped = true; }
  double rate = 0;
  int last = 0;
  bool stopped = false;
};

class I2s : public ::testing::Test {
 protected:
  PeripheralBench bench;
  Peripheral& i2s = bench.add("i2s", "nordic.i2s", kI2s);
  Counting source;
  std::vector<std::int32_t> heard;
  AudioOutput::Format format;

  // 32 MHz / 32 / 64: 15.625 kHz, 64 us a frame, 16 bit stereo.
  void SetUp() override {
    dynamic_cast<AudioInput&>(*i2s.port("audio")).source = &source;
    dynamic_cast<AudioOutput&>(*i2s.port("sound")).listener =
        [this](std::span<const std::int32_t> samples, const AudioOutput::Format& given, TimePoint) {
          heard.insert(heard.end(), samples.begin(), samples.end());
          format = given;
        };
    bench.write(kMckFreq, 0x0800'0000);
    bench.write(kRatio, 2);
    bench.write(kEnable, 1);
    bench.write(kMaxCnt, 4);
    bench.write(kRxPtr, kBufferA);
    bench.write(kTxPtr, kBufferA);
  }
  void words(Address at, const std::vector<std::uint32_t>& list) {
    for (std::size_t i = 0; i < list.size(); ++i) {
      bench.write(at + static_cast<Address>(4 * i), list[i]);
    }
  }
};

// Arduino_OV767X, src/OV767X.cpp, beginXClk(): MCK of 16 MHz (32MDIV2) for the camera, no buffer.
TEST_F(I2s, GivesTheCameraItsClock) {
  bench.write(kMckFreq, 0x8000'0000);
  bench.write(kPselMck, 27);
  bench.write(kMaxCnt, 0);
  bench.write(kStart, 1);
  EXPECT_DOUBLE_EQ(bench.fabric.pad("P0.27").clock_hz(), 16e6);
  EXPECT_FALSE(bench.scheduler.next().has_value()) << "a clock costs no events";
  EXPECT_EQ(bench.read(kTxPtrUpd), 0u);
  bench.write(kStop, 1);
  bench.run_for(Duration{0});
  EXPECT_DOUBLE_EQ(bench.fabric.pad("P0.27").clock_hz(), 0);
  EXPECT_EQ(bench.read(kStopped), 1u);
}

// PS, CONFIG.MCKFREQ: codes and dividers as enumerated.
TEST_F(I2s, DividesThirtyTwoMegahertzAsListed) {
  const std::pair<std::uint32_t, int> codes[] = {
      {0x2000'0000, 8},  {0x1800'0000, 10}, {0x1600'0000, 11}, {0x1100'0000, 15}, {0x1000'0000, 16},
      {0x0C00'0000, 21}, {0x0B00'0000, 23}, {0x0880'0000, 30}, {0x0840'0000, 31}, {0x0800'0000, 32},
      {0x0600'0000, 42}, {0x0410'0000, 63}, {0x020C'0000, 125}};
  bench.write(kPselMck, 27);
  for (const auto& [code, divider] : codes) {
    bench.write(kEnable, 1);
    bench.write(kMckFreq, code);
    bench.write(kStart, 1);
    EXPECT_NEAR(bench.fabric.pad("P0.27").clock_hz(), 32e6 / divider, 1e-3) << divider;
    bench.write(kEnable, 0);
  }
}

// "LRCK = MCK / RATIO", "SCK = 2 * LRCK * SWIDTH".
TEST_F(I2s, PutsBitAndFrameClockOnTheirPads) {
  bench.write(kPselSck, 1);
  bench.write(kPselLrck, 33);
  bench.write(kStart, 1);
  EXPECT_NEAR(bench.fabric.pad("P1.01").clock_hz(), 15'625, 1e-6);
  EXPECT_NEAR(bench.fabric.pad("P0.01").clock_hz(), 500'000, 1e-6);
}

// 16 bit stereo: left in the low half of a word, right in the high half.
TEST_F(I2s, SendsABufferAndGoesOnWithThePointerWrittenAfterTxptrupd) {
  words(kBufferA, {0x0002'0001, 0x0004'0003, 0xFFFF'FFFE, 0x8000'7FFF});
  words(kBufferB, {0x000A'0009, 0, 0, 0});
  bench.write(kStart, 1);
  EXPECT_EQ(bench.read(kTxPtrUpd), 1u);
  bench.write(kTxPtrUpd, 0);
  bench.write(kTxPtr, kBufferB);
  bench.run_for(Duration::from_us(255));
  EXPECT_EQ(bench.read(kTxPtrUpd), 0u);
  bench.run_for(Duration::from_us(1));
  EXPECT_EQ(bench.read(kTxPtrUpd), 1u);
  EXPECT_THAT(heard, ElementsAre(1, 2, 3, 4, -2, -1, 32767, -32768));
  EXPECT_EQ(format.channels, 2u);
  EXPECT_EQ(format.bits, 16u);
  EXPECT_NEAR(format.rate_hz, 15'625, 1e-6);
  bench.run_for(Duration::from_us(256));
  EXPECT_EQ(heard[8], 9);
  EXPECT_EQ(heard[9], 10);
}

// PS, memory mapping: 8 bit mono has four samples in a word; 24 bit has one, sign-extended.
TEST_F(I2s, UnpacksSamplesOfOtherWidths) {
  words(kBufferA, {0x04FF'0201, 0, 0, 0});
  bench.write(kSWidth, 0);
  bench.write(kChannels, 1);
  bench.write(kMaxCnt, 1);
  bench.write(kStart, 1);
  bench.run_for(Duration::from_us(64 * 4));
  EXPECT_THAT(heard, ElementsAre(1, 2, -1, 4));
  bench.write(kEnable, 0);
  heard.clear();
  words(kBufferA, {0xFF80'0000, 0x007F'FFFF, 0, 0});
  bench.write(kSWidth, 2);
  bench.write(kRatio, 1);
  bench.write(kChannels, 0);
  bench.write(kMaxCnt, 2);
  bench.write(kEnable, 1);
  bench.write(kStart, 1);
  bench.run_for(Duration::from_us(48));
  EXPECT_THAT(heard, ElementsAre(-0x80'0000, 0x7F'FFFF));
}

TEST_F(I2s, ReceivesIntoRamAndGoesOnWithThePointerWrittenAfterRxptrupd) {
  bench.write(kRxEn, 1);
  bench.write(kTxEn, 0);
  bench.write(kStart, 1);
  EXPECT_NEAR(source.rate, 15'625, 1e-6);
  bench.write(kRxPtrUpd, 0);
  bench.write(kRxPtr, kBufferB);
  bench.run_for(Duration::from_us(256));
  EXPECT_EQ(bench.read(kRxPtrUpd), 1u);
  EXPECT_EQ(bench.read(kTxPtrUpd), 0u);
  EXPECT_THAT(bench.samples(kBufferA, 8), ElementsAre(1, 1, 2, 2, 3, 3, 4, 4));
  bench.run_for(Duration::from_us(256));
  EXPECT_THAT(bench.samples(kBufferB, 8), ElementsAre(5, 5, 6, 6, 7, 7, 8, 8));
  EXPECT_TRUE(heard.empty());
}

TEST_F(I2s, StopsAtTheEndOfAFrameAndMovesWhatHasPassed) {
  bench.write(kRxEn, 1);
  bench.write(kStart, 1);
  bench.run_for(Duration::from_us(100));
  bench.write(kStop, 1);
  bench.run_for(Duration::from_us(27));
  EXPECT_EQ(bench.read(kStopped), 0u);
  bench.run_for(Duration::from_us(1));
  EXPECT_EQ(bench.read(kStopped), 1u);
  EXPECT_THAT(bench.samples(kBufferA, 6), ElementsAre(1, 1, 2, 2, 0, 0));
  EXPECT_EQ(heard.size(), 4u);
  EXPECT_TRUE(source.stopped);
  EXPECT_FALSE(bench.scheduler.next().has_value());
  EXPECT_EQ(bench.power_state("i2s"), "");
}

TEST_F(I2s, RaisesIrqForEachBuffer) {
  EdgeCounter irq(bench, i2s.wire("irq"));
  bench.write(kI2s + 0x304, 1u << 5);  // TXPTRUPD
  bench.write(kStart, 1);
  bench.write(kTxPtrUpd, 0);
  bench.run_for(Duration::from_us(256));
  EXPECT_EQ(irq.rises, 2u);
}

// As slave the frame rate is that of LRCK, here put there by another block of the chip.
TEST_F(I2s, FollowsTheFrameClockAsSlave) {
  bench.fabric.pad("P1.01").set_clock_hz(10'000);
  bench.write(kPselLrck, 33);
  bench.write(kMode, 1);
  bench.write(kStart, 1);
  bench.run_for(Duration::from_us(400));
  EXPECT_EQ(heard.size(), 8u);
  EXPECT_NEAR(format.rate_hz, 10'000, 1e-6);
}

TEST_F(I2s, ReportsASlaveWithoutAClock) {
  bench.write(kMode, 1);
  bench.write(kStart, 1);
  EXPECT_TRUE(bench.reported("slave without a clock"));
  bench.run_for(Duration::from_ms(1));
  bench.write(kStop, 1);
  bench.run_for(Duration{0});
  EXPECT_EQ(bench.read(kStopped), 1u);
}

// PS: RATIO / (2 * SWIDTH) must be an integer.
TEST_F(I2s, ReportsARatioThatDoesNotFitTheWidth) {
  bench.write(kRatio, 1);  // 48
  bench.write(kStart, 1);
  EXPECT_TRUE(bench.reported("CONFIG.RATIO"));
}

TEST_F(I2s, ReportsABufferOutsideRam) {
  bench.write(kTxPtr, 0x100);
  bench.write(kStart, 1);
  bench.run_for(Duration::from_us(256));
  EXPECT_TRUE(bench.reported("EasyDMA outside Data RAM"));
  EXPECT_THAT(heard, Each(0));
}

TEST_F(I2s, DoesNothingWhileSwitchedOff) {
  bench.write(kEnable, 0);
  bench.write(kStart, 1);
  EXPECT_FALSE(bench.scheduler.next().has_value());
  EXPECT_EQ(bench.read(kTxPtrUpd), 0u);
}

TEST_F(I2s, HasTheSameFutureAfterRestore) {
  bench.write(kPselMck, 27);
  bench.write(kRxEn, 1);
  bench.write(kStart, 1);
  bench.run_for(Duration::from_us(300));
  PeripheralBench other;
  other.add("i2s", "nordic.i2s", kI2s);
  other.restore(bench.save());
  EXPECT_NEAR(other.fabric.pad("P0.27").clock_hz(), 1e6, 1e-6);
  EXPECT_EQ(other.scheduler.next()->ps, bench.scheduler.next()->ps);
}

}  // namespace
}  // namespace tinyscope::test
