// DCMI through its registers, with a camera that the board describes. RM0385, chapter "Digital
// camera interface (DCMI)".
#include <gtest/gtest.h>

#include "peripherals/common/parallel_camera.hpp"
#include "peripherals/stimulus/picture_file.hpp"
#include "sim/serial_buses.hpp"
#include "tests/support/peripheral_bench.hpp"
#include "tests/support/temporary_folder.hpp"

namespace tinyscope::test {
namespace {

constexpr Address kDcmi = 0x5005'0000;
constexpr Address kCr = kDcmi + 0x00;
constexpr Address kSr = kDcmi + 0x04;
constexpr Address kRis = kDcmi + 0x08;
constexpr Address kIer = kDcmi + 0x0C;
constexpr Address kMis = kDcmi + 0x10;
constexpr Address kIcr = kDcmi + 0x14;
constexpr Address kEscr = kDcmi + 0x18;
constexpr Address kEsur = kDcmi + 0x1C;
constexpr Address kCwstrt = kDcmi + 0x20;
constexpr Address kCwsize = kDcmi + 0x24;
constexpr Address kDr = kDcmi + 0x28;

constexpr std::uint32_t kCapture = 1;
constexpr std::uint32_t kSnapshot = 2;
constexpr std::uint32_t kCrop = 4;
constexpr std::uint32_t kEss = 1u << 4;
constexpr std::uint32_t kVspol = 1u << 7;
constexpr std::uint32_t kEnable = 1u << 14;
constexpr std::uint32_t kFrame = 1;
constexpr std::uint32_t kOvr = 2;
constexpr std::uint32_t kErr = 4;
constexpr std::uint32_t kVsync = 8;
constexpr std::uint32_t kLine = 16;

// 8 x 4 pixels of one byte: a frame of 20 lines of 10 clocks, 100 times a second: 50 us a clock.
// Rows are 8 lines after VSYNC begins.
class StDcmi : public ::testing::Test {
 protected:
  explicit StDcmi(std::string_view more = "") {
    Picture picture{8, 4, {}};
    for (unsigned i = 0; i < 32; ++i) {
      for (unsigned c = 0; c < 3; ++c) picture.rgb.push_back(static_cast<std::uint8_t>(8 * i));
    }
    write_png(picture, folder.path() / "scene.png");
    Peripheral& dcmi = bench.add("dcmi", "st.dcmi", kDcmi, "", 0x400);
    camera = &bench.add_device(
        "camera", "parallel_camera", (folder.path() / "scene.png").string(),
        "width = 8\nheight = 4\nformat = \"grey8\"\nframe_hz = 100\n" + std::string(more));
    dynamic_cast<ParallelCameraInput&>(*dcmi.port("camera"))
        .connect(dynamic_cast<ParallelCamera&>(*camera->port("parallel")));
    bench.run_for(Duration::from_us(100));  // the first frame is under way
  }
  static std::uint32_t word(unsigned first) {
    std::uint32_t value = 0;
    for (unsigned i = 0; i < 4; ++i) value |= (8u * (first + i)) << 8 * i;
    return value;
  }
  // Reads words as soon as they are there, as DMA does.
  std::vector<std::uint32_t> collect(Duration time) {
    std::vector<std::uint32_t> words;
    const TimePoint end = bench.now() + time;
    while (bench.now() < end) {
      bench.run_for(Duration::from_us(50));
      while (bench.wire("dcmi.dma").level()) words.push_back(bench.read(kDr));
    }
    return words;
  }

  TemporaryFolder folder;
  PeripheralBench bench;
  Device* camera = nullptr;
};

TEST_F(StDcmi, ASnapshotIsTheNextWholeFrame) {
  bench.write(kCr, kEnable | kVspol | kSnapshot | kCapture);
  EXPECT_TRUE(collect(Duration::from_us(9'800)).empty()) << "the frame under way does not count";
  EXPECT_EQ(bench.read(kCr) & kCapture, kCapture);
  const auto words = collect(Duration::from_ms(15));
  ASSERT_EQ(words.size(), 8u);
  for (unsigned i = 0; i < 8; ++i) EXPECT_EQ(words[i], word(4 * i));
  EXPECT_EQ(bench.read(kCr) & kCapture, 0u);
  EXPECT_EQ(bench.read(kRis), kFrame | kVsync | kLine);
  EXPECT_TRUE(collect(Duration::from_ms(20)).empty());
}

TEST_F(StDcmi, InterruptsAtTheEndOfTheFrame) {
  EdgeCounter irq(bench, &bench.wire("dcmi.irq"));
  bench.write(kIer, kFrame);
  bench.write(kCr, kEnable | kVspol | kSnapshot | kCapture);
  collect(Duration::from_ms(25));
  ASSERT_EQ(irq.rises, 1u);
  EXPECT_EQ(irq.last.ps, Duration::from_ms(20).ps) << "with the VSYNC that follows";
  EXPECT_EQ(bench.read(kMis), kFrame);
  bench.write(kIcr, kFrame);
  EXPECT_FALSE(bench.wire("dcmi.irq").level());
}

TEST_F(StDcmi, ContinuousModeGoesOnUntilCaptureIsCleared) {
  bench.write(kCr, kEnable | kVspol | kCapture);
  EXPECT_EQ(collect(Duration::from_ms(30)).size(), 16u);
  bench.run_for(Duration::from_us(4'100));  // into the rows of the fourth frame
  bench.write(kCr, kEnable | kVspol);
  EXPECT_EQ(collect(Duration::from_ms(30)).size(), 8u) << "the frame under way is finished";
}

TEST_F(StDcmi, EverySecondFrameIfFcrcSaysSo) {
  bench.write(kCr, kEnable | kVspol | 1u << 8 | kCapture);
  EXPECT_EQ(collect(Duration::from_ms(50)).size(), 16u) << "two of four";
}

TEST_F(StDcmi, CropsToAWindow) {
  bench.write(kCwstrt, 1u << 16 | 2);
  bench.write(kCwsize, 1u << 16 | 3);
  bench.write(kCr, kEnable | kVspol | kCrop | kSnapshot | kCapture);
  EXPECT_EQ(collect(Duration::from_ms(25)), (std::vector<std::uint32_t>{word(10), word(18)}));
  EXPECT_EQ(bench.read(kRis) & kFrame, kFrame);
}

TEST_F(StDcmi, AFullFifoIsAnOverrun) {
  bench.write(kIer, kOvr);
  bench.write(kCr, kEnable | kVspol | kSnapshot | kCapture);
  bench.run_for(Duration::from_ms(25));
  EXPECT_EQ(bench.read(kRis) & kOvr, kOvr);
  EXPECT_TRUE(bench.wire("dcmi.irq").level());
  for (unsigned i = 0; i < 4; ++i) EXPECT_EQ(bench.read(kDr), word(4 * i));
  EXPECT_EQ(bench.read(kSr) & 4u, 0u);
}

TEST_F(StDcmi, ReportsSyncLevelsThatAreNotTheCameras) {
  bench.write(kCr, kEnable | kSnapshot | kCapture);
  EXPECT_TRUE(collect(Duration::from_ms(25)).empty());
  EXPECT_TRUE(bench.reported("VSPOL or HSPOL"));
}

class StDcmiCodes : public StDcmi {
 protected:
  StDcmiCodes() : StDcmi("codes = 0xB69D_80AB\n") {}
};

TEST_F(StDcmiCodes, EmbeddedCodesSynchronizeIfTheyMatch) {
  bench.write(kEsur, 0xFFFF'FFFF);
  bench.write(kEscr, 0xB69D'80AB);
  bench.write(kCr, kEnable | kEss | kSnapshot | kCapture);
  EXPECT_EQ(collect(Duration::from_ms(25)).size(), 8u);
  bench.write(kEscr, 0xB69D'80AA);
  bench.write(kCr, kEnable | kEss | kSnapshot | kCapture);
  EXPECT_TRUE(collect(Duration::from_ms(25)).empty());
  EXPECT_EQ(bench.read(kRis) & kErr, kErr);
}

TEST_F(StDcmi, GoesOnFromASnapshot) {
  bench.write(kCr, kEnable | kVspol | kCapture);
  bench.run_for(Duration::from_us(14'200));
  const auto state = bench.save();
  const auto words = collect(Duration::from_ms(20));
  bench.restore(state);
  EXPECT_EQ(collect(Duration::from_ms(20)), words);
  EXPECT_FALSE(words.empty());
}

class StDcmiScaled : public StDcmi {
 protected:
  StDcmiScaled() : StDcmi("scale_register = 0x72\ni2c_address = 0x30\n") {}
};

TEST_F(StDcmiScaled, ARegisterOfTheCameraHalvesItsFrames) {
  auto& registers = dynamic_cast<I2cTarget&>(*camera->port("i2c"));
  ASSERT_TRUE(registers.start(0x30, false));
  registers.write(0x72);
  registers.write(0x11);
  registers.stop();
  bench.write(kCr, kEnable | kVspol | kSnapshot | kCapture);
  // 4 x 2 pixels, the means of four: (0 + 1 + 8 + 9) / 4 * 8 = 36, and so on.
  EXPECT_EQ(collect(Duration::from_ms(25)), (std::vector<std::uint32_t>{0x5444'3424, 0xD4C4'B4A4}));
}

// An OV7670 with an oscillator beside it, as on camera boards for STM32: QVGA by its registers is
// the business of its own test; here that its rows arrive.
TEST(StDcmiOv7670, TakesItsFramesOverTheParallelPort) {
  PeripheralBench bench;
  Peripheral& dcmi = bench.add("dcmi", "st.dcmi", kDcmi, "fifo_words = 8", 0x400);
  Device& camera =
      bench.add_device("camera", "ov767x", {}, "model = \"ov7670\"\nxclk_hz = 24_000_000");
  dynamic_cast<ParallelCameraInput&>(*dcmi.port("camera"))
      .connect(dynamic_cast<ParallelCamera&>(*camera.port("parallel")));
  bench.write(kCwstrt, 0);
  bench.write(kCwsize, 0u << 16 | 15);
  bench.write(kCr, kEnable | kVspol | kCrop | kSnapshot | kCapture);
  bench.run_for(Duration::from_ms(80));
  EXPECT_EQ(bench.read(kRis) & (kFrame | kOvr), kFrame);
  for (unsigned i = 0; i < 4; ++i) {
    EXPECT_EQ(bench.read(kDr), 0x0080'0080u)
        << "black as U Y V Y, by TSLB and COM13 after reset: the lens is covered";
  }
}

}  // namespace
}  // namespace tinyscope::test
