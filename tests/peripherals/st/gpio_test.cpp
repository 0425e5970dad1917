// GPIO of the STM32L4+. RM0432, chapter "General-purpose I/Os (GPIO)".
#include <gtest/gtest.h>

#include "tests/support/peripheral_bench.hpp"

namespace tinyscope::test {
namespace {

constexpr Address kPort = 0x4800'0800;
constexpr Address kModer = kPort + 0x00;
constexpr Address kOtyper = kPort + 0x04;
constexpr Address kOspeedr = kPort + 0x08;
constexpr Address kPupdr = kPort + 0x0C;
constexpr Address kIdr = kPort + 0x10;
constexpr Address kOdr = kPort + 0x14;
constexpr Address kBsrr = kPort + 0x18;
constexpr Address kLckr = kPort + 0x1C;
constexpr Address kAfrl = kPort + 0x20;
constexpr Address kAfrh = kPort + 0x24;
constexpr Address kBrr = kPort + 0x28;

constexpr std::uint32_t kInput = 0;
constexpr std::uint32_t kOutput = 1;
constexpr std::uint32_t kAlternate = 2;
constexpr std::uint32_t kAnalog = 3;
constexpr std::uint32_t kPullUp = 1;
constexpr std::uint32_t kPullDown = 2;
constexpr std::uint32_t kLckk = 1u << 16;

class StGpio : public ::testing::Test {
 protected:
  PeripheralBench bench;
  Peripheral& port = bench.add("gpioc", "st.gpio", kPort, "port = 2", 0x400);

  void set_mode(unsigned pin, std::uint32_t mode) { set_pair(kModer, pin, mode); }
  void set_pull(unsigned pin, std::uint32_t pull) { set_pair(kPupdr, pin, pull); }
  void set_pair(Address at, unsigned pin, std::uint32_t value) {
    bench.write(at, (bench.read(at) & ~(3u << 2 * pin)) | value << 2 * pin);
  }
  bool out(unsigned pin) { return port.wire("out" + std::to_string(pin))->level(); }
  void drive(unsigned pin, bool level) {
    port.wire("driven" + std::to_string(pin))->set(true);
    port.wire("in" + std::to_string(pin))->set(level);
  }
  bool in(unsigned pin) { return (bench.read(kIdr) >> pin & 1u) != 0; }
  void lock(std::uint32_t pins) {
    bench.write(kLckr, kLckk | pins);
    bench.write(kLckr, pins);
    bench.write(kLckr, kLckk | pins);
  }
};

TEST_F(StGpio, DrivesAPinThatIsAnOutput) {
  bench.write(kBsrr, 1u << 13);
  EXPECT_FALSE(out(13)) << "still analog";
  set_mode(13, kOutput);
  EXPECT_TRUE(out(13));
  EXPECT_TRUE(in(13));
  bench.write(kBrr, 1u << 13);
  EXPECT_FALSE(out(13));
}

TEST_F(StGpio, SetsAndResetsBitsOfOdrAndSetWins) {
  bench.write(kOdr, 0x00F0);
  bench.write(kBsrr, 0x0010'000F);
  EXPECT_EQ(bench.read(kOdr), 0x00EFu);
  bench.write(kBsrr, 0x0001'0001);  // RM0432: if both are set, BSx has priority
  EXPECT_EQ(bench.read(kOdr), 0x00EFu);
  bench.write(kBsrr + 2, 0x000F, AccessSize::kHalf);
  EXPECT_EQ(bench.read(kOdr), 0x00E0u);
  EXPECT_EQ(bench.read(kBsrr), 0u) << "write-only";
}

TEST_F(StGpio, ResetValuesAreThoseOfTheManual) {
  // RM0432, GPIOx_MODER, OSPEEDR, PUPDR: the debug pins of ports A and B are not analog.
  bench.add("gpioa", "st.gpio", 0x4800'0000, "port = 0", 0x400);
  bench.add("gpiob", "st.gpio", 0x4800'0400, "port = 1", 0x400);
  EXPECT_EQ(bench.read(0x4800'0000), 0xABFF'FFFFu);
  EXPECT_EQ(bench.read(0x4800'0008), 0x0C00'0000u);
  EXPECT_EQ(bench.read(0x4800'000C), 0x6400'0000u);
  EXPECT_EQ(bench.read(0x4800'0400), 0xFFFF'FEBFu);
  EXPECT_EQ(bench.read(0x4800'0408), 0x0000'00C0u);
  EXPECT_EQ(bench.read(0x4800'040C), 0x0000'0100u);
  EXPECT_EQ(bench.read(kModer), 0xFFFF'FFFFu);
  EXPECT_EQ(bench.read(kOspeedr), 0u);
  EXPECT_EQ(bench.read(kPupdr), 0u);
}

TEST_F(StGpio, AnInputFollowsTheOutsideElseItsPullElseReadsZero) {
  set_mode(5, kInput);
  EXPECT_FALSE(in(5));
  set_pull(5, kPullUp);
  EXPECT_TRUE(in(5));
  drive(5, false);
  EXPECT_FALSE(in(5));
  drive(5, true);
  set_pull(5, kPullDown);
  EXPECT_TRUE(in(5));
}

TEST_F(StGpio, AnAnalogPinReadsZero) {
  set_mode(5, kAnalog);
  drive(5, true);
  EXPECT_FALSE(in(5));
}

TEST_F(StGpio, AnOpenDrainOutputOnlyPullsDown) {
  bench.write(kOtyper, 1u << 4);
  set_mode(4, kOutput);
  bench.write(kBsrr, 1u << 4);
  EXPECT_FALSE(out(4)) << "nobody pulls it up";
  set_pull(4, kPullUp);
  EXPECT_TRUE(in(4));
  drive(4, false);
  EXPECT_FALSE(in(4)) << "the outside pulls it down";
  drive(4, true);
  bench.write(kBrr, 1u << 4);
  EXPECT_FALSE(in(4));
}

TEST_F(StGpio, ReportsReadingAPinThatAPeripheralWouldDrive) {
  set_mode(7, kAlternate);
  EXPECT_FALSE(bench.reported("alternate"));
  bench.read(kIdr);
  EXPECT_TRUE(bench.reported("alternate"));
}

TEST_F(StGpio, TheLockFreezesTheConfigurationOfItsPinsUntilReset) {
  set_mode(1, kOutput);
  lock(1u << 1 | 1u << 9);
  EXPECT_EQ(bench.read(kLckr), kLckk | 1u << 1 | 1u << 9);
  set_mode(1, kInput);
  set_mode(2, kInput);
  EXPECT_EQ(bench.read(kModer) >> 2 & 3u, kOutput);
  EXPECT_EQ(bench.read(kModer) >> 4 & 3u, kInput);
  bench.write(kAfrl, 0x0000'0770);
  bench.write(kAfrh, 0x0000'0770);
  EXPECT_EQ(bench.read(kAfrl), 0x0000'0700u);
  EXPECT_EQ(bench.read(kAfrh), 0x0000'0700u);
  bench.write(kOtyper, 0xFFFF);
  EXPECT_EQ(bench.read(kOtyper), 0xFDFDu);
  bench.write(kBsrr, 1u << 1);
  EXPECT_TRUE(out(1)) << "the data of a locked pin may change";
  bench.write(kLckr, 0);
  EXPECT_NE(bench.read(kLckr) & kLckk, 0u);
  bench.reset(ResetKind::kSoftware);
  EXPECT_EQ(bench.read(kLckr), 0u);
  set_mode(1, kInput);
  EXPECT_EQ(bench.read(kModer) >> 2 & 3u, kInput);
}

TEST_F(StGpio, AWrongLockSequenceLocksNothing) {
  bench.write(kLckr, kLckk | 2u);
  bench.write(kLckr, 4u);  // other pins
  bench.write(kLckr, kLckk | 2u);
  EXPECT_EQ(bench.read(kLckr) & kLckk, 0u);
  bench.write(kLckr, kLckk | 2u);
  bench.read(kLckr);  // too early
  bench.write(kLckr, 2u);
  bench.write(kLckr, kLckk | 2u);
  EXPECT_EQ(bench.read(kLckr) & kLckk, 0u);
}

TEST_F(StGpio, PinsThatThePortLacksReadZero) {
  PeripheralBench other;
  other.add("gpioi", "st.gpio", kPort, "port = 8\npins = 12", 0x400);
  EXPECT_EQ(other.read(kModer), 0x00FF'FFFFu);
  other.write(kOdr, 0xFFFF);
  EXPECT_EQ(other.read(kOdr), 0x0FFFu);
  other.write(kAfrh, 0xFFFF'FFFF);
  EXPECT_EQ(other.read(kAfrh), 0x0000'FFFFu);
}

TEST_F(StGpio, RccResetsThePort) {
  set_mode(3, kOutput);
  bench.fabric.line("rcc.reset.gpioc").set(true);
  EXPECT_EQ(bench.read(kModer), 0xFFFF'FFFFu);
}

TEST_F(StGpio, RestoresItsState) {
  set_mode(1, kOutput);
  bench.write(kBsrr, 2);
  lock(1u << 1);
  drive(6, true);
  set_mode(6, kInput);
  const auto state = bench.save();
  PeripheralBench other;
  other.add("gpioc", "st.gpio", kPort, "port = 2", 0x400);
  other.restore(state);
  EXPECT_EQ(bench.differences(other), std::vector<std::string>{});
  EXPECT_EQ(other.read(kIdr), bench.read(kIdr));
}

}  // namespace
}  // namespace tinyscope::test
