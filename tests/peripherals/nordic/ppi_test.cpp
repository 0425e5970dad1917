// PPI between real blocks. nRF52840 PS, chapter "PPI — Programmable peripheral interconnect".
#include <gtest/gtest.h>

#include "sim/error.hpp"
#include "tests/support/peripheral_bench.hpp"

namespace tinyscope::test {
namespace {

constexpr Address kPpi = 0x4001'F000;
constexpr Address kChg0En = kPpi + 0x000;
constexpr Address kChg0Dis = kPpi + 0x004;
constexpr Address kChen = kPpi + 0x500;
constexpr Address kChenSet = kPpi + 0x504;
constexpr Address kChenClr = kPpi + 0x508;
constexpr Address eep(unsigned channel) { return kPpi + 0x510 + 8 * channel; }
constexpr Address tep(unsigned channel) { return kPpi + 0x514 + 8 * channel; }
constexpr Address kChg0 = kPpi + 0x800;
constexpr Address fork(unsigned channel) { return kPpi + 0x910 + 4 * channel; }

constexpr Address kTimer0 = 0x4000'8000;
constexpr Address kTimer1 = 0x4000'9000;
constexpr Address kEgu = 0x4001'4000;

class Ppi : public ::testing::Test {
 protected:
  PeripheralBench bench;
  Peripheral& timer0 = bench.add("timer0", "nordic.timer", kTimer0);
  Peripheral& timer1 = bench.add("timer1", "nordic.timer", kTimer1);
  Peripheral& egu = bench.add("egu0", "nordic.egu", kEgu);
  Peripheral& ppi = bench.add("ppi", "nordic.ppi", kPpi,
                              "fixed = [{ channel = 31, event = 0x40014100, task = 0x40008000 }]");

  std::uint32_t triggered(unsigned n) { return bench.read(kEgu + 0x100 + 4 * n); }
  void trigger(unsigned n) { bench.write(kEgu + 4 * n, 1); }
  void connect(unsigned channel, Address event, Address task) {
    bench.write(eep(channel), event);
    bench.write(tep(channel), task);
  }
  std::uint32_t capture(Address timer) {
    bench.write(timer + 0x40, 1);
    return bench.read(timer + 0x540);
  }
};

// A compare event of one timer captures another in the same instant.
TEST_F(Ppi, TriggersATaskInTheInstantOfTheEvent) {
  connect(3, kTimer0 + 0x140, kTimer1 + 0x44);  // COMPARE[0] -> CAPTURE[1]
  bench.write(kChenSet, 1u << 3);
  bench.write(kTimer0 + 0x540, 777);
  bench.write(kTimer1, 1);
  bench.write(kTimer0, 1);
  bench.run_for(Duration::from_ms(2));
  EXPECT_EQ(bench.read(kTimer1 + 0x544), 777u);
}

TEST_F(Ppi, DoesNothingOnDisabledChannels) {
  connect(0, kEgu + 0x100, kEgu + 0x04);
  trigger(0);
  EXPECT_EQ(triggered(1), 0u);
  bench.write(kChenSet, 1);
  EXPECT_EQ(bench.read(kChen), 1u);
  trigger(0);
  EXPECT_EQ(triggered(1), 1u);
  bench.write(kEgu + 0x104, 0);
  bench.write(kChenClr, 1);
  trigger(0);
  EXPECT_EQ(triggered(1), 0u);
}

TEST_F(Ppi, ForksToASecondTask) {
  connect(0, kEgu + 0x100, kEgu + 0x04);
  bench.write(fork(0), kEgu + 0x08);
  bench.write(kChenSet, 1);
  trigger(0);
  EXPECT_EQ(triggered(1), 1u);
  EXPECT_EQ(triggered(2), 1u);
}

TEST_F(Ppi, SwitchesGroupsByTask) {
  connect(7, kEgu + 0x100, kEgu + 0x04);
  bench.write(kChg0, 1u << 7 | 1u << 9);
  bench.write(kChg0En, 1);
  EXPECT_EQ(bench.read(kChen), 1u << 7 | 1u << 9);
  trigger(0);
  EXPECT_EQ(triggered(1), 1u);
  bench.write(kChg0Dis, 1);
  EXPECT_EQ(bench.read(kChen), 0u);
}

TEST_F(Ppi, HasFixedChannelsFromTheSocFile) {
  bench.write(kChenSet, 1u << 31);
  trigger(0);
  bench.run_for(Duration::from_us(5));
  EXPECT_EQ(capture(kTimer0), 5u);
}

TEST_F(Ppi, ForksFixedChannelsToo) {
  bench.write(fork(31), kEgu + 0x0C);
  bench.write(kChenSet, 1u << 31);
  trigger(0);
  EXPECT_EQ(triggered(3), 1u);
}

TEST_F(Ppi, CutsAChainThatFeedsItselfAndReportsIt) {
  connect(0, kEgu + 0x100, kEgu + 0x04);
  connect(1, kEgu + 0x104, kEgu + 0x00);
  bench.write(kChenSet, 3);
  trigger(0);
  EXPECT_TRUE(bench.reported("chain of events and tasks without end"));
}

TEST_F(Ppi, ReportsATaskWhereNothingAnswers) {
  connect(0, kEgu + 0x100, 0x6000'0000);
  bench.write(kChenSet, 1);
  trigger(0);
  EXPECT_TRUE(bench.reported("task endpoint where nothing answers"));
}

TEST_F(Ppi, KeepsItsFixedChannelsOverResetAndForgetsTheOthers) {
  connect(0, kEgu + 0x100, kEgu + 0x04);
  bench.write(kChenSet, 1);
  bench.reset(ResetKind::kSoftware);
  EXPECT_EQ(bench.read(kChen), 0u);
  EXPECT_EQ(bench.read(eep(0)), 0u);
  bench.write(kChenSet, 1u << 31);
  trigger(0);
  bench.run_for(Duration::from_us(5));
  EXPECT_EQ(capture(kTimer0), 5u);
}

TEST_F(Ppi, HasTheSameConnectionsAfterRestore) {
  connect(4, kEgu + 0x100, kEgu + 0x04);
  bench.write(kChenSet, 1u << 4);
  PeripheralBench other;
  other.add("timer0", "nordic.timer", kTimer0);
  other.add("timer1", "nordic.timer", kTimer1);
  other.add("egu0", "nordic.egu", kEgu);
  other.add("ppi", "nordic.ppi", kPpi);
  other.restore(bench.save());
  other.write(kEgu, 1);
  EXPECT_EQ(other.read(kEgu + 0x104), 1u);
}

TEST(PpiParameters, RefuseAFixedChannelThatIsProgrammable) {
  PeripheralBench bench;
  EXPECT_THROW(bench.add("ppi", "nordic.ppi", kPpi,
                         "fixed = [{ channel = 3, event = 0x40008140, task = 0x40001000 }]"),
               InputError);
}

}  // namespace
}  // namespace tinyscope::test
