// MWU and NFCT, of which little more than the registers is modelled. nRF52840 PS, the chapters of
// these names; values after reset: SVD.
#include <gtest/gtest.h>

#include "tests/support/peripheral_bench.hpp"

namespace tinyscope::test {
namespace {

TEST(Mwu, RegistersWorkAndWatchingIsReported) {
  constexpr Address kMwu = 0x4002'0000;
  PeripheralBench bench;
  bench.add("mwu", "nordic.mwu", kMwu);
  bench.write(kMwu + 0x600, 0x2000'0000);
  bench.write(kMwu + 0x604, 0x2000'0FFF);
  EXPECT_EQ(bench.read(kMwu + 0x604), 0x2000'0FFFu);
  bench.write(kMwu + 0x324, 0x5);
  bench.write(kMwu + 0x328, 0x4);
  EXPECT_EQ(bench.read(kMwu + 0x320), 0x1u);
  bench.write(kMwu + 0x518, 0xF);
  EXPECT_FALSE(bench.reported("watching memory"));
  bench.write(kMwu + 0x514, 0x0300'0000);
  EXPECT_EQ(bench.read(kMwu + 0x510), 0x0300'0000u);
  EXPECT_TRUE(bench.reported("watching memory"));
}

// The bit of an event in INTEN is its position: PREGION[1].RA is bit 27.
TEST(Mwu, EventsWrittenByFirmwareInterrupt) {
  constexpr Address kMwu = 0x4002'0000;
  PeripheralBench bench;
  Peripheral& mwu = bench.add("mwu", "nordic.mwu", kMwu);
  bench.write(kMwu + 0x300, 1u << 27);
  bench.write(kMwu + 0x16C, 1);
  EXPECT_TRUE(mwu.wire("irq")->level());
}

class Nfct : public ::testing::Test {
 protected:
  static constexpr Address kBase = 0x4000'5000;
  std::uint32_t read(Address offset) { return bench.read(kBase + offset); }
  void write(Address offset, std::uint32_t value) { bench.write(kBase + offset, value); }
  PeripheralBench bench;
  Peripheral& nfct = bench.add("nfct", "nordic.nfct", kBase);
};

TEST_F(Nfct, BecomesReadyAfterRampUp) {
  write(0x304, 1);
  write(0x000, 1);
  EXPECT_EQ(read(0x410), 2u);  // RampUp
  EXPECT_EQ(bench.power_state("nfct"), "on");
  bench.run_for(Duration::from_us(499));
  EXPECT_FALSE(nfct.wire("irq")->level());
  bench.run_for(Duration::from_us(1));
  EXPECT_TRUE(nfct.wire("irq")->level());
  EXPECT_EQ(read(0x410), 3u);  // Idle
  EXPECT_TRUE(bench.assumed("nfct.ramp_up_us"));
  write(0x004, 1);
  EXPECT_EQ(read(0x410), 0u);
  EXPECT_EQ(bench.power_state("nfct"), "");
}

TEST_F(Nfct, NeverSensesAField) {
  write(0x200, 1);
  write(0x008, 1);
  bench.run_for(Duration::from_ms(10'000));
  EXPECT_EQ(read(0x104), 0u);
  EXPECT_EQ(read(0x43C), 0u);
}

TEST_F(Nfct, ReportsFramesThatShouldBeSent) {
  write(0x00C, 1);
  EXPECT_FALSE(bench.reported("STARTTX")) << "disabled";
  write(0x000, 1);
  bench.run_for(Duration::from_ms(1));
  write(0x01C, 1);
  EXPECT_EQ(read(0x150), 1u);
  EXPECT_EQ(read(0x410), 4u);  // Receive
  write(0x00C, 1);
  EXPECT_TRUE(bench.reported("STARTTX"));
}

TEST_F(Nfct, RegistersHaveTheirResetValues) {
  EXPECT_EQ(read(0x504), 0x480u);
  EXPECT_EQ(read(0x508), 0x1000u);
  EXPECT_EQ(read(0x518), 0x17u);
  EXPECT_EQ(read(0x590), 0x6363u);
  EXPECT_EQ(read(0x5A0), 1u);
}

}  // namespace
}  // namespace tinyscope::test
