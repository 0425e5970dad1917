// GPIO. nRF52840 PS, chapter "GPIO — General purpose input/output". Offsets are those of PS; the
// window of the model begins at offset 0x500.
#include <gtest/gtest.h>

#include "tests/support/peripheral_bench.hpp"

namespace tinyscope::test {
namespace {

constexpr Address kP0 = 0x5000'0000;
constexpr Address kOut = kP0 + 0x504;
constexpr Address kOutSet = kP0 + 0x508;
constexpr Address kOutClr = kP0 + 0x50C;
constexpr Address kIn = kP0 + 0x510;
constexpr Address kDir = kP0 + 0x514;
constexpr Address kDirSet = kP0 + 0x518;
constexpr Address kDirClr = kP0 + 0x51C;
constexpr Address kLatch = kP0 + 0x520;
constexpr Address kDetectMode = kP0 + 0x524;
constexpr Address pin_cnf(unsigned pin) { return kP0 + 0x700 + 4 * pin; }

constexpr std::uint32_t kInput = 0;  // connected, no pull
constexpr std::uint32_t kDisconnected = 1u << 1;
constexpr std::uint32_t kPullDown = 1u << 2;
constexpr std::uint32_t kPullUp = 3u << 2;
constexpr std::uint32_t kOutput = 1;
constexpr std::uint32_t kSenseHigh = 2u << 16;
constexpr std::uint32_t kSenseLow = 3u << 16;
constexpr std::uint32_t kS0D1 = 6u << 8;
constexpr std::uint32_t kD0S1 = 4u << 8;

class Gpio : public ::testing::Test {
 protected:
  PeripheralBench bench;
  Peripheral& p0 = bench.add("p0", "nordic.gpio", kP0 + 0x500, "port = 0", 0x300);
  Wire& detect = bench.fabric.line("p0.detect");

  bool out(unsigned pin) { return p0.wire("out" + std::to_string(pin))->level(); }
  void drive(unsigned pin, bool level) {
    p0.wire("driven" + std::to_string(pin))->set(true);
    p0.wire("in" + std::to_string(pin))->set(level);
  }
  bool in(unsigned pin) { return (bench.read(kIn) >> pin & 1u) != 0; }
};

TEST_F(Gpio, DrivesAPinThatIsAnOutput) {
  bench.write(kOutSet, 1u << 13);
  EXPECT_FALSE(out(13));
  bench.write(kDirSet, 1u << 13);
  EXPECT_TRUE(out(13));
  bench.write(kOutClr, 1u << 13);
  EXPECT_FALSE(out(13));
}

TEST_F(Gpio, SetAndClearRegistersReadAsTheWholeState) {
  bench.write(kOut, 0xF0);
  bench.write(kOutSet, 0x0F);
  EXPECT_EQ(bench.read(kOut), 0xFFu);
  bench.write(kOutClr, 0x3C);
  EXPECT_EQ(bench.read(kOut), 0xC3u);
  EXPECT_EQ(bench.read(kOutSet), 0xC3u);
  EXPECT_EQ(bench.read(kOutClr), 0xC3u);
}

TEST_F(Gpio, DirectionIsSharedBetweenDirAndPinCnf) {
  EXPECT_EQ(bench.read(pin_cnf(5)), 2u);  // reset value: input buffer disconnected
  bench.write(kDir, 1u << 5);
  EXPECT_EQ(bench.read(pin_cnf(5)), 3u);
  bench.write(pin_cnf(6), kOutput);
  EXPECT_EQ(bench.read(kDir), 3u << 5);
  bench.write(kDirClr, 1u << 6);
  EXPECT_EQ(bench.read(pin_cnf(6)), 0u);
}

TEST_F(Gpio, ReadsThePullOfAPinThatNobodyDrives) {
  bench.write(pin_cnf(3), kPullUp);
  EXPECT_TRUE(in(3));
  bench.write(pin_cnf(3), kPullDown);
  EXPECT_FALSE(in(3));
  bench.write(pin_cnf(3), kInput);
  EXPECT_FALSE(in(3));
}

TEST_F(Gpio, OutsideDriveWinsOverThePull) {
  bench.write(pin_cnf(3), kPullUp);
  drive(3, false);
  EXPECT_FALSE(in(3));
  bench.write(pin_cnf(3), kPullDown);
  drive(3, true);
  EXPECT_TRUE(in(3));
}

// "Input buffer disconnected": IN reads 0.
TEST_F(Gpio, ReadsZeroWithoutTheInputBuffer) {
  drive(3, true);
  EXPECT_FALSE(in(3));
  bench.write(pin_cnf(3), kInput);
  EXPECT_TRUE(in(3));
  bench.write(pin_cnf(3), kDisconnected);
  EXPECT_FALSE(in(3));
}

TEST_F(Gpio, ReadsBackItsOwnOutput) {
  bench.write(pin_cnf(4), kOutput);
  bench.write(kOutSet, 1u << 4);
  EXPECT_TRUE(in(4));
}

// DRIVE: "S0D1: standard 0, disconnect 1", as for a bus with pull-ups; "D0S1" the other way round.
TEST_F(Gpio, LeavesAPinAloneInTheDisconnectedHalfOfItsDrive) {
  bench.write(pin_cnf(14), kOutput | kPullUp | kS0D1);
  bench.write(kOutSet, 1u << 14);
  EXPECT_TRUE(in(14));  // the pull-up
  drive(14, false);
  EXPECT_FALSE(in(14));
  bench.write(pin_cnf(15), kOutput | kPullDown | kD0S1);
  drive(15, true);
  EXPECT_TRUE(in(15));
  bench.write(kOutSet, 1u << 15);
  drive(15, false);
  EXPECT_TRUE(in(15));
}

TEST_F(Gpio, SensesALevelWithDetectAndLatchesIt) {
  bench.write(pin_cnf(8), kInput | kSenseHigh);
  EXPECT_FALSE(detect.level());
  drive(8, true);
  EXPECT_TRUE(detect.level());
  EXPECT_EQ(bench.read(kLatch), 1u << 8);
  drive(8, false);
  EXPECT_FALSE(detect.level());
  EXPECT_EQ(bench.read(kLatch), 1u << 8);
  bench.write(kLatch, 1u << 8);
  EXPECT_EQ(bench.read(kLatch), 0u);
}

TEST_F(Gpio, SensesALowLevel) {
  bench.write(pin_cnf(8), kPullUp | kSenseLow);
  EXPECT_FALSE(detect.level());
  drive(8, false);
  EXPECT_TRUE(detect.level());
}

// PS, "Pin sense mechanism": if bits of LATCH are 1 after it was written, LDETECT rises again.
TEST_F(Gpio, ClearingSomeOfTheLatchesMakesLdetectRiseAgain) {
  bench.write(kDetectMode, 1);
  unsigned rises = 0;
  detect.connect([&rises](bool level) { rises += level ? 1 : 0; });
  for (const unsigned pin : {8u, 9u}) {
    bench.write(pin_cnf(pin), kInput | kSenseHigh);
    drive(pin, true);
    drive(pin, false);
  }
  EXPECT_EQ(rises, 1u);
  bench.write(kLatch, 1u << 8);
  EXPECT_EQ(rises, 2u);
  bench.write(kLatch, 1u << 9);
  EXPECT_EQ(rises, 2u);
  EXPECT_FALSE(detect.level());
}

// "If the pin's sense criterion is still met, the LATCH bit is set again."
TEST_F(Gpio, LatchCannotBeClearedWhileTheLevelLasts) {
  bench.write(pin_cnf(8), kInput | kSenseHigh);
  drive(8, true);
  bench.write(kLatch, 1u << 8);
  EXPECT_EQ(bench.read(kLatch), 1u << 8);
}

TEST_F(Gpio, LatchedDetectLastsUntilLatchIsCleared) {
  bench.write(kDetectMode, 1);
  bench.write(pin_cnf(8), kInput | kSenseHigh);
  drive(8, true);
  drive(8, false);
  EXPECT_TRUE(detect.level());
  bench.write(kLatch, 1u << 8);
  EXPECT_FALSE(detect.level());
}

TEST_F(Gpio, ResetMakesEveryPinAnUnconnectedInput) {
  bench.write(pin_cnf(13), kOutput);
  bench.write(kOutSet, 1u << 13);
  bench.reset(ResetKind::kSoftware);
  EXPECT_FALSE(out(13));
  EXPECT_EQ(bench.read(kOut), 0u);
  EXPECT_EQ(bench.read(pin_cnf(13)), 2u);
}

TEST_F(Gpio, HasTheSameStateAfterRestore) {
  bench.write(pin_cnf(13), kOutput);
  bench.write(kOutSet, 1u << 13);
  bench.write(pin_cnf(8), kInput | kSenseHigh);
  drive(8, true);
  PeripheralBench other;
  Peripheral& restored = other.add("p0", "nordic.gpio", kP0 + 0x500, "port = 0", 0x300);
  other.restore(bench.save());
  EXPECT_TRUE(restored.wire("out13")->level());
  EXPECT_EQ(other.read(kIn), bench.read(kIn));
  EXPECT_EQ(other.read(kLatch), 1u << 8);
  restored.wire("in8")->set(false);
  EXPECT_FALSE(other.fabric.line("p0.detect").level());
}

TEST(GpioInstances, APortWithSixteenPinsHasNoMore) {
  PeripheralBench bench;
  Peripheral& p1 = bench.add("p1", "nordic.gpio", kP0 + 0x800, "port = 1\npins = 16", 0x300);
  EXPECT_NE(p1.wire("out15"), nullptr);
  EXPECT_EQ(p1.wire("out16"), nullptr);
  bench.write(kP0 + 0x300 + 0x504, 0xFFFF'FFFF);
  EXPECT_EQ(bench.read(kP0 + 0x300 + 0x504), 0xFFFFu);
}

}  // namespace
}  // namespace tinyscope::test
