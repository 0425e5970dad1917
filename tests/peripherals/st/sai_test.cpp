// SAI. RM0432 (STM32L4+), chapter "Serial audio interface (SAI)"; RM0385 for the F746's divider.
#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "tests/support/peripheral_bench.hpp"

namespace tinyscope::test {
namespace {

constexpr Address kBase = 0x4001'5400;
constexpr Address kA = kBase + 0x04;
constexpr Address kB = kBase + 0x24;
constexpr Address kCr1 = 0x00, kCr2 = 0x04, kFrcr = 0x08, kSlotr = 0x0C, kIm = 0x10, kSr = 0x14;
constexpr Address kClrfr = 0x18, kDr = 0x1C;

constexpr std::uint32_t kMasterRx = 1, kSlaveRx = 3;
constexpr std::uint32_t kDs16 = 4u << 5, kDs24 = 6u << 5;
constexpr std::uint32_t kSynchronous = 1u << 10;
constexpr std::uint32_t kSaien = 1u << 16, kDmaen = 1u << 17;
constexpr std::uint32_t kOvrudr = 1, kFreq = 1u << 3;

// Counts up from 1, and remembers how it was started.
class Ramp : public AudioSource {
 public:
  void start(double rate, TimePoint) override { rate_hz = rate; }
  void read(std::span<std::int16_t> samples) override {
    for (std::int16_t& sample : samples) sample = ++last;
  }
  void stop(TimePoint) override { stopped = true; }
  double rate_hz = 0;
  std::int16_t last = 0;
  bool stopped = false;
};

// A kernel clock of 8.192 MHz, which MCKDIV = 2 and 256 make 16 kHz. Two slots of 16 bits.
class SaiBench : public ::testing::Test {
 protected:
  explicit SaiBench(const std::string& family = "l4") {
    bench.add("sai1", "st.sai", kBase,
              "clock_a = \"ker\"\nclock_b = \"ker\"\nfamily = \"" + family + "\"", 0x400);
    bench.clocks.signal("ker").set(8'192'000);
    for (const char* name : {"audio_a", "audio_b"}) {
      dynamic_cast<AudioInput*>(bench.peripheral("sai1").port(name))->source = &ramp;
    }
    for (const Address block : {kA, kB}) {
      bench.write(block + kFrcr, 31u | 15u << 8 | 1u << 16);
      bench.write(block + kSlotr, 1u << 8 | 3u << 16);
    }
  }
  static constexpr std::uint32_t divider(std::uint32_t mckdiv) { return mckdiv << 20; }

  PeripheralBench bench;
  Ramp ramp;
};
class Sai : public SaiBench {};
class SaiF7 : public SaiBench {
 protected:
  SaiF7() : SaiBench("f7") {}
};
TEST_F(Sai, ReadsItsResetValues) {
  EXPECT_EQ(bench.read(kA + kCr1), 0x40u);
  EXPECT_EQ(bench.read(kA + kSr), kFreq);  // an empty transmitter asks for data
}

TEST_F(Sai, ReceivesAWordForEachActiveSlot) {
  bench.write(kA + kCr1, kMasterRx | kDs16 | divider(2) | kSaien);
  EXPECT_EQ(ramp.rate_hz, 16'000);
  bench.run_for({31'250'000});  // half of a frame: the first slot
  EXPECT_NE(bench.read(kA + kSr) & kFreq, 0u);
  EXPECT_EQ(bench.read(kA + kDr), 1u);
  EXPECT_EQ(bench.read(kA + kSr) & kFreq, 0u);
  bench.run_for({31'250'000});
  EXPECT_EQ(bench.read(kA + kDr), 1u);  // the same sound in the other slot
  bench.run_for({62'500'000});
  EXPECT_EQ(bench.read(kA + kDr), 2u);
}

TEST_F(Sai, ReceivesTwentyFourBitsInOneSlotOnly) {
  bench.write(kA + kSlotr, 1u << 8 | 1u << 16 | 2u << 6);
  bench.write(kA + kFrcr, 63);
  bench.write(kA + kCr1, kMasterRx | kDs24 | divider(2) | kSaien);
  bench.run_for(Duration::from_us(190));  // three frames
  EXPECT_EQ(bench.read(kA + kDr), 0x100u);
  EXPECT_EQ(bench.read(kA + kDr), 0x200u);
  EXPECT_EQ(bench.read(kA + kDr), 0x300u);
  EXPECT_EQ(bench.read(kA + kSr) >> 16, 0u);
}

// RM0432, CR2.FTH: a request from half of the eight words on; FLVL tells how many there are.
TEST_F(Sai, RequestsDmaAtItsThreshold) {
  Wire& request = bench.wire("sai1.dma_a");
  bench.write(kA + kCr2, 2);
  bench.write(kA + kCr1, kMasterRx | kDs16 | divider(2) | kDmaen | kSaien);
  bench.run_for({31'250'000 * 3});
  EXPECT_FALSE(request.level());
  bench.run_for({31'250'000});
  EXPECT_TRUE(request.level());
  EXPECT_EQ(bench.read(kA + kSr) >> 16, 2u);
  bench.read(kA + kDr);
  EXPECT_FALSE(request.level());
}

TEST_F(Sai, OverrunsWithAFullFifo) {
  bench.write(kA + kIm, kOvrudr);
  bench.write(kA + kCr1, kMasterRx | kDs16 | divider(2) | kSaien);
  bench.run_for(Duration::from_us(255));  // eight words
  EXPECT_EQ(bench.read(kA + kSr) & kOvrudr, 0u);
  bench.run_for(Duration::from_us(32));
  EXPECT_NE(bench.read(kA + kSr) & kOvrudr, 0u);
  EXPECT_TRUE(bench.wire("sai1.irq").level());
  bench.write(kA + kClrfr, kOvrudr);
  EXPECT_FALSE(bench.wire("sai1.irq").level());
  bench.write(kA + kCr2, 1u << 3);  // FFLUSH
  EXPECT_EQ(bench.read(kA + kSr) >> 16, 0u);
}

TEST_F(Sai, SendsWhatIsInItsFifoAndUnderrunsAfterIt) {
  std::vector<std::int32_t> sent;
  dynamic_cast<AudioOutput*>(bench.peripheral("sai1").port("sound_a"))->listener =
      [&](std::span<const std::int32_t> samples, const AudioOutput::Format& format, TimePoint) {
        sent.insert(sent.end(), samples.begin(), samples.end());
        EXPECT_EQ(format.rate_hz, 16'000);
        EXPECT_EQ(format.channels, 2u);
        EXPECT_EQ(format.bits, 16u);
      };
  bench.write(kA + kDr, 5);
  bench.write(kA + kDr, 0xFFFF);
  bench.write(kA + kCr1, kDs16 | divider(2) | kSaien);
  bench.run_for(Duration::from_us(63));
  EXPECT_EQ(sent, (std::vector<std::int32_t>{5, -1}));
  EXPECT_EQ(bench.read(kA + kSr) & kOvrudr, 0u);
  bench.run_for(Duration::from_us(32));
  EXPECT_NE(bench.read(kA + kSr) & kOvrudr, 0u);
}

// SYNCEN = 01: block B takes the clocks of block A.
TEST_F(Sai, ASynchronousSlaveRunsWithTheOtherBlock) {
  bench.write(kB + kCr1, kSlaveRx | kDs16 | kSynchronous | kSaien);
  bench.run_for(Duration::from_us(100));
  EXPECT_EQ(bench.read(kB + kSr) >> 16, 0u);
  bench.write(kA + kCr1, kDs16 | divider(2) | kSaien);
  bench.run_for(Duration::from_us(63));
  EXPECT_EQ(bench.read(kB + kDr), 1u);
  bench.write(kA + kCr1, kDs16 | divider(2));
  EXPECT_TRUE(ramp.stopped);
}

TEST_F(Sai, ReportsASlaveThatNobodyClocks) {
  dynamic_cast<AudioInput*>(bench.peripheral("sai1").port("audio_a"))->source = nullptr;
  bench.write(kA + kCr1, kSlaveRx | kDs16 | kSaien);
  EXPECT_TRUE(bench.reported("nobody on the board clocks it"));
}

TEST_F(Sai, ASourceOfSoundClocksASlave) {
  bench.write(kA + kCr1, kSlaveRx | kDs16 | kSaien);
  EXPECT_EQ(ramp.rate_hz, 16'000);
  EXPECT_TRUE(bench.assumed("sai1.external_frame_hz"));
  bench.run_for(Duration::from_us(63));
  EXPECT_EQ(bench.read(kA + kDr), 1u);
}

// RM0385: MCKDIV divides by twice its value.
TEST_F(SaiF7, DividesItsClockByTwiceMckdiv) {
  bench.write(kA + kCr1, kMasterRx | kDs16 | divider(2) | kSaien);
  EXPECT_EQ(ramp.rate_hz, 8'000);
}

TEST_F(Sai, ASnapshotInMidFrameContinuesTheSame) {
  bench.write(kA + kCr1, kMasterRx | kDs16 | divider(2) | kSaien);
  bench.run_for(Duration::from_us(40));
  const auto saved = bench.save();
  bench.run_for(Duration::from_us(30));
  EXPECT_EQ(bench.read(kA + kSr) >> 16, 1u);
  bench.restore(saved);
  bench.run_for(Duration::from_us(20));
  EXPECT_EQ(bench.read(kA + kSr) >> 16, 1u);
  bench.run_for(Duration::from_us(4));
  bench.read(kA + kDr);
  EXPECT_EQ(bench.read(kA + kSr) >> 16, 1u);
}

}  // namespace
}  // namespace tinyscope::test
