// GPIOTE on both ports. nRF52840 PS, chapter "GPIOTE — GPIO tasks and events".
#include <gtest/gtest.h>

#include "tests/support/peripheral_bench.hpp"

namespace tinyscope::test {
namespace {

constexpr Address kGpiote = 0x4000'6000;
constexpr Address kOut0 = kGpiote + 0x000;
constexpr Address kSet0 = kGpiote + 0x030;
constexpr Address kClr0 = kGpiote + 0x060;
constexpr Address kIn0 = kGpiote + 0x100;
constexpr Address kPort = kGpiote + 0x17C;
constexpr Address kIntenSet = kGpiote + 0x304;
constexpr Address kConfig0 = kGpiote + 0x510;
constexpr Address kP0 = 0x5000'0000;

constexpr std::uint32_t kEvent = 1;
constexpr std::uint32_t kTask = 3;
constexpr std::uint32_t kLoToHi = 1u << 16;
constexpr std::uint32_t kHiToLo = 2u << 16;
constexpr std::uint32_t kToggle = 3u << 16;
constexpr std::uint32_t kOutInitHigh = 1u << 20;
constexpr std::uint32_t pin(unsigned number) { return number << 8; }
constexpr std::uint32_t kOnPort1 = 1u << 13;

class Gpiote : public ::testing::Test {
 protected:
  PeripheralBench bench;
  Peripheral& p0 = bench.add("p0", "nordic.gpio", kP0 + 0x500, "port = 0", 0x300);
  Peripheral& p1 = bench.add("p1", "nordic.gpio", kP0 + 0x800, "port = 1\npins = 16", 0x300);
  Peripheral& gpiote = bench.add("gpiote", "nordic.gpiote", kGpiote);
};

TEST_F(Gpiote, RaisesItsEventOnTheChosenEdge) {
  bench.write(kConfig0, kEvent | pin(11) | kHiToLo);
  p0.wire("in11")->set(true);
  EXPECT_EQ(bench.read(kIn0), 0u);
  p0.wire("in11")->set(false);
  EXPECT_EQ(bench.read(kIn0), 1u);
  bench.write(kIn0, 0);
  bench.write(kConfig0, kEvent | pin(11) | kToggle);
  p0.wire("in11")->set(true);
  EXPECT_EQ(bench.read(kIn0), 1u);
}

TEST_F(Gpiote, ListensOnPort1) {
  EdgeCounter irq(bench, gpiote.wire("irq"));
  bench.write(kIntenSet, 1u << 0);
  bench.write(kConfig0, kEvent | pin(2) | kOnPort1 | kLoToHi);
  p0.wire("in2")->set(true);
  EXPECT_EQ(irq.rises, 0u);
  p1.wire("in2")->set(true);
  EXPECT_EQ(irq.rises, 1u);
}

TEST_F(Gpiote, TakesAPinOverInTaskMode) {
  bench.write(kConfig0, kTask | pin(13) | kToggle | kOutInitHigh);
  EXPECT_TRUE(p0.wire("out13")->level());
  bench.write(kOut0, 1);
  EXPECT_FALSE(p0.wire("out13")->level());
  bench.write(kOut0, 1);
  EXPECT_TRUE(p0.wire("out13")->level());
  bench.write(kP0 + 0x50C, 1u << 13);  // OUTCLR has no say meanwhile
  EXPECT_TRUE(p0.wire("out13")->level());
  bench.write(kConfig0, 0);
  EXPECT_FALSE(p0.wire("out13")->level());
}

TEST_F(Gpiote, SetsAndClearsAPinByTasks) {
  bench.write(kConfig0, kTask | pin(13) | kLoToHi);
  bench.write(kOut0, 1);
  EXPECT_TRUE(p0.wire("out13")->level());
  bench.write(kClr0, 1);
  EXPECT_FALSE(p0.wire("out13")->level());
  bench.write(kSet0, 1);
  EXPECT_TRUE(p0.wire("out13")->level());
  bench.write(kConfig0, kTask | pin(13) | kHiToLo);
  bench.write(kOut0, 1);
  EXPECT_FALSE(p0.wire("out13")->level());
}

TEST_F(Gpiote, LeavesAPinAloneWithoutTaskMode) {
  bench.write(kConfig0, kEvent | pin(13) | kToggle);
  bench.write(kOut0, 1);
  bench.write(kSet0, 1);
  EXPECT_FALSE(p0.wire("out13")->level());
}

// "PORT event: generated when the DETECT signal becomes active".
TEST_F(Gpiote, RaisesPortWhenDetectRises) {
  bench.write(kP0 + 0x700 + 4 * 19, 2u << 16);  // PIN_CNF[19]: sense high
  p0.wire("in19")->set(true);
  EXPECT_EQ(bench.read(kPort), 1u);
  bench.write(kPort, 0);
  p0.wire("in19")->set(false);
  EXPECT_EQ(bench.read(kPort), 0u);
}

TEST_F(Gpiote, GivesItsPinsBackOnReset) {
  bench.write(kConfig0, kTask | pin(13) | kOutInitHigh);
  bench.reset(ResetKind::kSoftware);
  EXPECT_FALSE(p0.wire("out13")->level());
  EXPECT_EQ(bench.read(kConfig0), 0u);
}

TEST_F(Gpiote, HasTheSameStateAfterRestore) {
  bench.write(kConfig0, kTask | pin(13) | kToggle | kOutInitHigh);
  PeripheralBench other;
  Peripheral& restored = other.add("p0", "nordic.gpio", kP0 + 0x500, "port = 0", 0x300);
  other.add("p1", "nordic.gpio", kP0 + 0x800, "port = 1\npins = 16", 0x300);
  other.add("gpiote", "nordic.gpiote", kGpiote);
  other.restore(bench.save());
  EXPECT_TRUE(restored.wire("out13")->level());
  other.write(kOut0, 1);
  EXPECT_FALSE(restored.wire("out13")->level());
}

}  // namespace
}  // namespace tinyscope::test
