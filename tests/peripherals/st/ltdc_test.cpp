// LTDC through its registers and the frame it composes. RM0385, chapter "LCD-TFT display
// controller".
#include <gtest/gtest.h>

#include "peripherals/common/frame_output.hpp"
#include "peripherals/stimulus/picture_file.hpp"
#include "tests/support/peripheral_bench.hpp"
#include "tests/support/temporary_folder.hpp"

namespace tinyscope::test {
namespace {

constexpr Address kLtdc = 0x4001'6800;
constexpr Address kSscr = kLtdc + 0x08;
constexpr Address kBpcr = kLtdc + 0x0C;
constexpr Address kAwcr = kLtdc + 0x10;
constexpr Address kTwcr = kLtdc + 0x14;
constexpr Address kGcr = kLtdc + 0x18;
constexpr Address kSrcr = kLtdc + 0x24;
constexpr Address kBccr = kLtdc + 0x2C;
constexpr Address kIer = kLtdc + 0x34;
constexpr Address kIsr = kLtdc + 0x38;
constexpr Address kIcr = kLtdc + 0x3C;
constexpr Address kLipcr = kLtdc + 0x40;
constexpr Address kCpsr = kLtdc + 0x44;
constexpr Address kCdsr = kLtdc + 0x48;
constexpr Address kLayer1 = kLtdc + 0x84;
constexpr Address kLayer2 = kLtdc + 0x104;
constexpr Address kImage = PeripheralBench::kRam;
constexpr Address kImage2 = PeripheralBench::kRam + 0x1000;

constexpr std::uint32_t kLif = 1;
constexpr std::uint32_t kTerrif = 4;
constexpr std::uint32_t kRrif = 8;

using Rgb = std::array<std::uint8_t, 3>;

// A panel of 4 x 3 pixels: lines of 2 + 2 + 4 + 2 pixels, frames of 1 + 2 + 3 + 1 lines.
class StLtdc : public ::testing::Test {
 protected:
  StLtdc() : ltdc(set_up()) {
    bench.write(kSscr, 1u << 16 | 0);
    bench.write(kBpcr, 3u << 16 | 2);
    bench.write(kAwcr, 7u << 16 | 5);
    bench.write(kTwcr, 9u << 16 | 6);
    bench.write(kBccr, 0x00'00'40);
  }
  Peripheral& set_up() {
    bench.clocks.signal("ltdc_ker").set(10'000'000);  // 100 ns a pixel, 1 us a line, 7 us a frame
    return bench.add("ltdc", "st.ltdc", kLtdc);
  }
  // A window of the panel from (x, y) on; `line` is bytes, PF as in LxPFCR.
  void layer(Address base, unsigned x, unsigned y, unsigned width, unsigned height,
             std::uint32_t format, Address image, std::uint32_t pitch) {
    bench.write(base + 0x04, (4 + x + width - 1) << 16 | (4 + x));
    bench.write(base + 0x08, (3 + y + height - 1) << 16 | (3 + y));
    bench.write(base + 0x10, format);
    bench.write(base + 0x28, image);
    bench.write(base + 0x2C, pitch << 16 | (pitch + 3));
    bench.write(base + 0x30, height);
    bench.write(base + 0x00, 1);
  }
  void show() {
    bench.write(kSrcr, 1);
    bench.write(kGcr, bench.read(kGcr) | 1u);
  }
  std::optional<Picture> frame() { return dynamic_cast<FrameOutput&>(*ltdc.port("frame")).frame(); }
  Rgb pixel(unsigned x, unsigned y) {
    const Picture picture = frame().value();
    const std::uint8_t* const at = picture.pixel(x, y);
    return {at[0], at[1], at[2]};
  }

  PeripheralBench bench;
  Peripheral& ltdc;
};

TEST_F(StLtdc, ShowsNothingWhileItIsOffAndTheBackgroundWithoutLayers) {
  EXPECT_FALSE(frame());
  show();
  ASSERT_TRUE(frame());
  EXPECT_EQ(frame()->width, 4u);
  EXPECT_EQ(frame()->height, 3u);
  EXPECT_EQ(pixel(3, 2), (Rgb{0, 0, 0x40}));
}

TEST_F(StLtdc, ShowsALayerInItsWindow) {
  bench.write(kImage, 0xF800'001F);      // RGB565: blue, red
  bench.write(kImage + 8, 0x0000'07E0);  // the next line: green, black
  layer(kLayer1, 1, 1, 2, 2, 2, kImage, 8);
  show();
  EXPECT_EQ(pixel(0, 0), (Rgb{0, 0, 0x40}));
  EXPECT_EQ(pixel(1, 1), (Rgb{0, 0, 0xFF}));
  EXPECT_EQ(pixel(2, 1), (Rgb{0xFF, 0, 0}));
  EXPECT_EQ(pixel(1, 2), (Rgb{0, 0xFF, 0}));
  EXPECT_EQ(pixel(2, 2), (Rgb{0, 0, 0}));
  EXPECT_EQ(pixel(3, 1), (Rgb{0, 0, 0x40}));
}

// RM0385, blending: BC = BF1 * C + BF2 * Cs, with factors of pixel and constant alpha.
TEST_F(StLtdc, BlendsTheSecondLayerOverTheFirst) {
  bench.write(kImage, 0x00FF'FFFF);
  layer(kLayer1, 0, 0, 1, 1, 1, kImage, 3);  // RGB888: opaque white
  bench.write(kImage2, 0x80FF'0000);
  layer(kLayer2, 0, 0, 1, 1, 0, kImage2, 4);  // ARGB8888: red, half
  show();
  EXPECT_EQ(pixel(0, 0), (Rgb{0xFF, 0x7F, 0x7F})) << "255 - 128 of the white below";
  bench.write(kLayer2 + 0x14, 0x80);   // CACR
  bench.write(kLayer2 + 0x1C, 0x405);  // constant alpha only
  bench.write(kSrcr, 1);
  EXPECT_EQ(pixel(0, 0), (Rgb{0xFF, 0x7F, 0x7F}));
  bench.write(kLayer2 + 0x1C, 0x607);  // times the pixel's: 0x80 * 0x80 / 255 = 64
  bench.write(kSrcr, 1);
  EXPECT_EQ(pixel(0, 0), (Rgb{0xFF, 191, 191}));
}

TEST_F(StLtdc, LooksUpColoursAndLeavesOutTheKey) {
  bench.write(kLayer1 + 0x40, 7u << 24 | 0x11'22'33);
  bench.write(kLayer1 + 0x40, 8u << 24 | 0xFF'00'FF);
  bench.write(kImage, 0x0000'0807);
  layer(kLayer1, 0, 0, 2, 1, 5, kImage, 2);  // L8
  bench.write(kLayer1 + 0x0C, 0xFF'00'FF);
  bench.write(kLayer1 + 0x00, 1u | 1u << 1 | 1u << 4);  // LEN, COLKEN, CLUTEN
  show();
  EXPECT_EQ(pixel(0, 0), (Rgb{0x11, 0x22, 0x33}));
  EXPECT_EQ(pixel(1, 0), (Rgb{0, 0, 0x40}));
}

TEST_F(StLtdc, ALayersDefaultColourSurroundsItsWindow) {
  bench.write(kImage, 0xFFFF'FFFF);
  layer(kLayer1, 1, 1, 1, 1, 0, kImage, 4);
  bench.write(kLayer1 + 0x18, 0xFF10'2030);
  show();
  EXPECT_EQ(pixel(0, 0), (Rgb{0x10, 0x20, 0x30}));
  EXPECT_EQ(pixel(1, 1), (Rgb{0xFF, 0xFF, 0xFF}));
}

// RM0385, "Layer programmable parameters": shadow registers, IMR, VBR.
TEST_F(StLtdc, SettingsOfALayerWaitForTheirReload) {
  show();
  bench.write(kLayer1 + 0x28, 0x1234'5678);
  EXPECT_EQ(bench.read(kLayer1 + 0x28), 0u) << "reads give what is active";
  bench.write(kSrcr, 1);
  EXPECT_EQ(bench.read(kLayer1 + 0x28), 0x1234'5678u);
  EXPECT_EQ(bench.read(kSrcr), 0u);

  EdgeCounter irq(bench, &bench.wire("ltdc.irq"));
  bench.write(kIer, kRrif);
  bench.write(kLayer1 + 0x28, 0x2000'0000);
  const TimePoint begin = bench.now();
  bench.write(kSrcr, 2);
  bench.run_for(Duration::from_ns(5'900));
  EXPECT_EQ(bench.read(kSrcr), 2u);
  EXPECT_EQ(bench.read(kLayer1 + 0x28), 0x1234'5678u);
  bench.run_for(Duration::from_ns(200));
  EXPECT_EQ(bench.read(kLayer1 + 0x28), 0x2000'0000u);
  EXPECT_EQ(irq.rises, 1u);
  EXPECT_EQ((irq.last - begin).ps, 6'000'000u) << "the first line after the three visible ones";
  bench.write(kIcr, kRrif);
  EXPECT_FALSE(bench.wire("ltdc.irq").level());
}

TEST_F(StLtdc, TellsItsPositionAndInterruptsAtALine) {
  EdgeCounter irq(bench, &bench.wire("ltdc.irq"));
  bench.write(kIer, kLif);
  bench.write(kLipcr, 4);
  show();
  const TimePoint begin = bench.now();
  EXPECT_EQ(bench.read(kCdsr), 0xCu) << "both syncs";
  bench.run_for(Duration::from_ns(3'550));
  EXPECT_EQ(bench.read(kCpsr), 5u << 16 | 3u);
  EXPECT_EQ(bench.read(kCdsr), 0x3u) << "the visible area";
  bench.run_for(Duration::from_us(1));
  ASSERT_EQ(irq.rises, 1u);
  EXPECT_EQ((irq.last - begin).ps, 4'000'000u);
  bench.write(kIcr, kLif);
  bench.run_for(Duration::from_us(7));
  EXPECT_EQ(irq.rises, 2u) << "once a frame";
}

TEST_F(StLtdc, AFrameBufferThatNobodyAnswersForIsATransferError) {
  layer(kLayer1, 0, 0, 1, 1, 0, 0xC000'0000, 4);
  bench.write(kIer, kTerrif);
  show();
  EXPECT_EQ(bench.read(kIsr) & kTerrif, kTerrif);
  EXPECT_TRUE(bench.wire("ltdc.error").level());
  EXPECT_FALSE(bench.wire("ltdc.irq").level());
}

TEST_F(StLtdc, GoesOnFromASnapshot) {
  bench.write(kLipcr, 4);
  show();
  bench.write(kSrcr, 2);
  bench.run_for(Duration::from_us(2));
  const auto state = bench.save();
  bench.run_for(Duration::from_us(9));
  PeripheralBench other;
  other.clocks.signal("ltdc_ker").set(10'000'000);
  other.add("ltdc", "st.ltdc", kLtdc);
  other.restore(state);
  other.run_for(Duration::from_us(9));
  EXPECT_TRUE(bench.differences(other).empty());
}

TEST(PngFile, HoldsThePictureThatWasWritten) {
  TemporaryFolder folder;
  const Picture picture{2, 1, {1, 2, 3, 250, 251, 252}};
  const auto file = folder.path() / "frame.png";
  write_png(picture, file);
  const Picture read = decode_picture(read_picture_file(file), file.string());
  EXPECT_EQ(read.width, 2u);
  EXPECT_EQ(read.rgb, picture.rgb);
}

}  // namespace
}  // namespace tinyscope::test
