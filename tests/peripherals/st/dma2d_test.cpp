// DMA2D through its registers. RM0385, chapter "Chrom-ART Accelerator controller (DMA2D)".
#include <gtest/gtest.h>

#include "tests/support/peripheral_bench.hpp"

namespace tinyscope::test {
namespace {

constexpr Address kDma2d = 0x4002'B000;
constexpr Address kCr = kDma2d + 0x00;
constexpr Address kIsr = kDma2d + 0x04;
constexpr Address kIfcr = kDma2d + 0x08;
constexpr Address kFgmar = kDma2d + 0x0C;
constexpr Address kFgor = kDma2d + 0x10;
constexpr Address kBgmar = kDma2d + 0x14;
constexpr Address kFgpfccr = kDma2d + 0x1C;
constexpr Address kFgcolr = kDma2d + 0x20;
constexpr Address kBgpfccr = kDma2d + 0x24;
constexpr Address kFgcmar = kDma2d + 0x2C;
constexpr Address kOpfccr = kDma2d + 0x34;
constexpr Address kOcolr = kDma2d + 0x38;
constexpr Address kOmar = kDma2d + 0x3C;
constexpr Address kOor = kDma2d + 0x40;
constexpr Address kNlr = kDma2d + 0x44;
constexpr Address kLwr = kDma2d + 0x48;
constexpr Address kFgclut = kDma2d + 0x400;

constexpr std::uint32_t kStart = 1;
constexpr std::uint32_t kAbort = 4;
constexpr std::uint32_t kTcie = 1u << 9;
constexpr std::uint32_t kConvert = 1u << 16;
constexpr std::uint32_t kBlend = 2u << 16;
constexpr std::uint32_t kFill = 3u << 16;
constexpr std::uint32_t kTeif = 1;
constexpr std::uint32_t kTcif = 2;
constexpr std::uint32_t kTwif = 4;
constexpr std::uint32_t kCaeif = 8;
constexpr std::uint32_t kCtcif = 16;
constexpr std::uint32_t kCeif = 32;
constexpr std::uint32_t kRgb565 = 2;
constexpr std::uint32_t kArgb1555 = 3;
constexpr std::uint32_t kArgb4444 = 4;
constexpr std::uint32_t kL8 = 5;
constexpr std::uint32_t kL4 = 8;
constexpr std::uint32_t kA8 = 9;

constexpr Address kFrom = PeripheralBench::kRam;
constexpr Address kUnder = PeripheralBench::kRam + 0x1000;
constexpr Address kTo = PeripheralBench::kRam + 0x2000;

class StDma2d : public ::testing::Test {
 protected:
  explicit StDma2d(std::string_view params = "bytes_per_cycle = 4") {
    bench.clocks.signal("hclk").set(100'000'000);  // 10 ns
    bench.add("dma2d", "st.dma2d", kDma2d, params, 0xC00);
  }
  void size(std::uint32_t pixels, std::uint32_t lines) { bench.write(kNlr, pixels << 16 | lines); }
  std::uint32_t run(std::uint32_t mode) {
    bench.write(kCr, mode | kStart);
    bench.run_for(Duration::from_us(100));
    return bench.read(kIsr);
  }
  // One pixel of `format`, converted to ARGB8888.
  std::uint32_t converted(std::uint32_t format, std::uint32_t raw, std::uint32_t pfccr = 0) {
    bench.write(kFrom, raw);
    bench.write(kFgmar, kFrom);
    bench.write(kFgpfccr, format | pfccr);
    bench.write(kOpfccr, 0);
    bench.write(kOmar, kTo);
    size(format >= kL4 && format != kA8 ? 2 : 1, 1);
    EXPECT_EQ(run(kConvert), kTcif);
    bench.write(kIfcr, 0x3F);
    return bench.read(kTo);
  }

  PeripheralBench bench;
};

TEST_F(StDma2d, FillsARectangleAndLeavesWhatLiesBesideIt) {
  size(3, 2);
  bench.write(kOpfccr, kRgb565);
  bench.write(kOcolr, 0xABCD);
  bench.write(kOmar, kTo);
  bench.write(kOor, 1);
  EXPECT_EQ(run(kFill), kTcif);
  EXPECT_EQ(bench.read(kCr) & kStart, 0u);
  const std::vector<std::uint8_t> line = {0xCD, 0xAB, 0xCD, 0xAB, 0xCD, 0xAB, 0, 0};
  EXPECT_EQ(bench.bytes(kTo, 8), line);
  EXPECT_EQ(bench.bytes(kTo + 8, 8), line);
  EXPECT_EQ(bench.read(kTo + 16), 0u);
}

TEST_F(StDma2d, CopiesLinesOfTheForegroundsFormat) {
  for (Address i = 0; i < 8; ++i) bench.write(kFrom + 4 * i, 0x1111'1111u * i);
  bench.write(kFgmar, kFrom);
  bench.write(kFgor, 2);  // of four pixels in memory the first two
  bench.write(kFgpfccr, 0);
  bench.write(kOmar, kTo);
  size(2, 2);
  EXPECT_EQ(run(0), kTcif);
  EXPECT_EQ(bench.read(kTo), 0u);
  EXPECT_EQ(bench.read(kTo + 4), 0x1111'1111u);
  EXPECT_EQ(bench.read(kTo + 8), 0x4444'4444u);
  EXPECT_EQ(bench.read(kTo + 12), 0x5555'5555u);
}

// RM0385, "Pixel format conversion": missing bits are the upper ones again.
TEST_F(StDma2d, WidensChannelsByRepeatingTheirUpperBits) {
  EXPECT_EQ(converted(kRgb565, 0xFFFF), 0xFFFF'FFFFu);
  EXPECT_EQ(converted(kRgb565, 0x8410), 0xFF84'8284u);
  EXPECT_EQ(converted(kArgb1555, 0x8000), 0xFF00'0000u);
  EXPECT_EQ(converted(kArgb1555, 0x7C00), 0x00FF'0000u);
  EXPECT_EQ(converted(kArgb4444, 0x8421), 0x8844'2211u);
  EXPECT_EQ(converted(1, 0x123456), 0xFF12'3456u) << "RGB888";
}

TEST_F(StDma2d, AlphaIsKeptReplacedOrMultiplied) {
  EXPECT_EQ(converted(0, 0x8011'2233), 0x8011'2233u);
  EXPECT_EQ(converted(0, 0x8011'2233, 1u << 16 | 0x40u << 24), 0x4011'2233u);
  EXPECT_EQ(converted(0, 0x8011'2233, 2u << 16 | 0x40u << 24), 0x2011'2233u)
      << "0x80 * 0x40 / 255, rounded down";
}

TEST_F(StDma2d, LooksColoursUpInATableThatItLoads) {
  bench.write(kUnder, 0x00'11'22'33);
  bench.write(kUnder + 4, 0x80'44'55'66);
  bench.write(kFgcmar, kUnder);
  bench.write(kFgpfccr, 1u << 8 | 1u << 5);  // two entries, ARGB8888
  bench.run_for(Duration::from_us(1));
  EXPECT_EQ(bench.read(kIsr), kCtcif);
  EXPECT_EQ(bench.read(kFgpfccr) & 1u << 5, 0u) << "START is cleared at the end";
  EXPECT_EQ(bench.read(kFgclut + 4), 0x8044'5566u);
  bench.write(kIfcr, kCtcif);
  EXPECT_EQ(converted(kL8, 1), 0x8044'5566u);
  EXPECT_EQ(converted(kL4, 0x01), 0x8044'5566u) << "the first of two pixels is the low half";
}

TEST_F(StDma2d, AMaskTakesItsColourFromTheRegister) {
  bench.write(kFgcolr, 0x12'34'56);
  EXPECT_EQ(converted(kA8, 0x9A), 0x9A12'3456u);
}

// RM0385, blender: alpha_mult = FG * BG / 255, alpha = FG + BG - alpha_mult,
// C = (C_FG * FG + C_BG * BG - C_BG * alpha_mult) / alpha.
TEST_F(StDma2d, BlendsForegroundOverBackground) {
  bench.write(kFrom, 0x80FF'0000);
  bench.write(kUnder, 0xFF00'00FF);
  bench.write(kFgmar, kFrom);
  bench.write(kBgmar, kUnder);
  bench.write(kFgpfccr, 0);
  bench.write(kBgpfccr, 0);
  bench.write(kOpfccr, 0);
  bench.write(kOmar, kTo);
  size(1, 1);
  EXPECT_EQ(run(kBlend), kTcif);
  EXPECT_EQ(bench.read(kTo), 0xFF80'007Fu);
}

TEST_F(StDma2d, TakesTimeByTheBytesItMovesAndInterruptsAtTheEnd) {
  EdgeCounter irq(bench, &bench.wire("dma2d.irq"));
  size(100, 10);
  bench.write(kOpfccr, 0);
  bench.write(kOmar, kTo);
  bench.write(kLwr, 4);
  bench.write(kCr, kFill | kTcie | kStart);
  // 100 words a line at one in a cycle of 10 ns.
  bench.run_for(Duration::from_ns(3'990));
  EXPECT_EQ(bench.read(kIsr), 0u);
  bench.run_for(Duration::from_ns(20));
  EXPECT_EQ(bench.read(kIsr), kTwif) << "the fourth line is done";
  EXPECT_EQ(bench.power_state("dma2d"), "on");
  bench.run_for(Duration::from_ns(6'010));
  EXPECT_EQ(irq.rises, 1u);
  EXPECT_EQ(irq.last.ps, 10'000'000u);
  bench.write(kIfcr, kTcif | kTwif);
  EXPECT_FALSE(bench.wire("dma2d.irq").level());
}

TEST_F(StDma2d, RefusesAWrongSetUpAndReportsABusError) {
  bench.write(kOmar, kTo);
  size(4, 0);
  EXPECT_EQ(run(kFill), kCeif) << "no lines";
  bench.write(kIfcr, kCeif);
  size(3, 1);
  bench.write(kFgmar, kFrom);
  bench.write(kFgpfccr, kL4);
  EXPECT_EQ(run(kConvert), kCeif) << "an odd number of pixels of four bits";
  bench.write(kIfcr, kCeif);
  bench.write(kOmar, 0x9000'0000);
  EXPECT_EQ(run(kFill), kTeif);
  EXPECT_EQ(bench.read(kCr) & kStart, 0u);
}

TEST_F(StDma2d, IsReadOnlyWhileItWorksAndCanBeAborted) {
  size(100, 100);
  bench.write(kOpfccr, 0);
  bench.write(kOmar, kTo);
  bench.write(kCr, kFill | kStart);
  bench.write(kOmar, kFrom);
  EXPECT_EQ(bench.read(kOmar), kTo);
  bench.write(kFgclut, 1);
  EXPECT_EQ(bench.read(kIsr), kCaeif);
  bench.write(kCr, kFill | kAbort);
  EXPECT_EQ(bench.read(kCr) & (kStart | kAbort), 0u);
  bench.run_for(Duration::from_ms(1));
  EXPECT_EQ(bench.read(kIsr), kCaeif) << "no end of transfer";
}

class StDma2dSwap : public StDma2d {
 protected:
  StDma2dSwap() : StDma2d("bytes_per_cycle = 4\nvariant = \"l4plus\"") {}
};

TEST_F(StDma2dSwap, InvertsAlphaAndSwapsRedAndBlue) {
  EXPECT_EQ(converted(0, 0x8011'2233, 1u << 20), 0x7F11'2233u);
  EXPECT_EQ(converted(0, 0x8011'2233, 1u << 21), 0x8033'2211u);
}

TEST_F(StDma2d, GoesOnFromASnapshot) {
  size(100, 10);
  bench.write(kOpfccr, 0);
  bench.write(kOcolr, 0x1234'5678);
  bench.write(kOmar, kTo);
  bench.write(kCr, kFill | kTcie | kStart);
  bench.run_for(Duration::from_us(5));
  const auto state = bench.save();
  bench.run_for(Duration::from_us(10));
  PeripheralBench other;
  other.clocks.signal("hclk").set(100'000'000);
  other.add("dma2d", "st.dma2d", kDma2d, "bytes_per_cycle = 4", 0xC00);
  other.restore(state);
  other.run_for(Duration::from_us(10));
  EXPECT_TRUE(bench.differences(other).empty());
  EXPECT_EQ(other.read(kTo + 4 * 999), 0x1234'5678u);
}

}  // namespace
}  // namespace tinyscope::test
