// PWR of the STM32L4+. RM0432, chapter "Power control (PWR)".
#include <gtest/gtest.h>

#include "tests/support/peripheral_bench.hpp"

namespace tinyscope::test {
namespace {

constexpr Address kPwr = 0x4000'7000;
constexpr Address kCr1 = kPwr + 0x00;
constexpr Address kCr2 = kPwr + 0x04;
constexpr Address kCr3 = kPwr + 0x08;
constexpr Address kSr2 = kPwr + 0x14;
constexpr Address kPucra = kPwr + 0x20;
constexpr Address kPdcri = kPwr + 0x64;
constexpr Address kCr5 = kPwr + 0x80;
constexpr std::uint32_t kRange1 = 1u << 9;
constexpr std::uint32_t kRange2 = 2u << 9;
constexpr std::uint32_t kDbp = 1u << 8;
constexpr std::uint32_t kLpr = 1u << 14;
constexpr std::uint32_t kReglpf = 1u << 9;
constexpr std::uint32_t kVosf = 1u << 10;
constexpr std::uint32_t kR1mode = 1u << 8;

class Pwr : public ::testing::Test {
 protected:
  PeripheralBench bench;
  Peripheral& pwr = bench.add("pwr", "st.pwr_l4", kPwr, "", 0x400);
  void run_at(std::uint64_t hz) { bench.clocks.signal("hclk").set(hz); }
  std::size_t complaints() { return bench.notes.unmodelled_accesses().size(); }
};

// SVD.
TEST_F(Pwr, HasTheResetValuesOfTheManual) {
  EXPECT_EQ(bench.read(kCr1), 0x200u);
  EXPECT_EQ(bench.read(kCr2), 0u);
  EXPECT_EQ(bench.read(kCr3), 0x8000u);
  EXPECT_EQ(bench.read(kCr5), 0x100u);
  EXPECT_EQ(bench.read(kSr2) & (kVosf | kReglpf), 0u);
  EXPECT_EQ(bench.power_state("pwr"), "range1");
}

// HAL_PWREx_ControlVoltageScaling polls VOSF after range 2 to 1, for 50 us at most.
TEST_F(Pwr, ReachesRange1AfterAWhile) {
  bench.write(kCr1, kRange2);
  EXPECT_EQ(bench.read(kSr2) & kVosf, 0u);  // "no need to wait" on the way down: HAL
  EXPECT_TRUE(bench.fabric.line("pwr.range2").level());
  EXPECT_EQ(bench.power_state("pwr"), "range2");
  bench.write(kCr1, kRange1);
  EXPECT_EQ(bench.read(kSr2) & kVosf, kVosf);
  bench.run_for(Duration::from_us(19));
  EXPECT_EQ(bench.read(kSr2) & kVosf, kVosf);
  bench.run_for(Duration::from_us(1));
  EXPECT_EQ(bench.read(kSr2) & kVosf, 0u);
  EXPECT_FALSE(bench.fabric.line("pwr.range2").level());
}

// "VOS = 00: cannot be written (forbidden by hardware)".
TEST_F(Pwr, RefusesRangesThatDoNotExist) {
  bench.write(kCr1, 0);
  EXPECT_EQ(bench.read(kCr1), kRange1);
  bench.write(kCr1, 3u << 9);
  EXPECT_EQ(bench.read(kCr1), kRange1);
}

TEST_F(Pwr, OpensTheBackupDomain) {
  Wire& writable = bench.fabric.line("pwr.dbp");
  bench.write(kCr1, kRange1 | kDbp);
  EXPECT_TRUE(writable.level());
  bench.reset(ResetKind::kSoftware);
  EXPECT_FALSE(writable.level());
}

TEST_F(Pwr, BoostIsRange1WithR1modeCleared) {
  bench.write(kCr5, 0);
  EXPECT_EQ(bench.power_state("pwr"), "boost");
  EXPECT_EQ(bench.read(kCr5), 0u);
  bench.write(kCr5, kR1mode);
  EXPECT_EQ(bench.power_state("pwr"), "range1");
}

// RM0432, "Dynamic voltage scaling": 120 MHz with boost, 80 MHz without, 26 MHz in range 2; RM0432,
// "Low-power run mode": 2 MHz.
TEST_F(Pwr, NamesClocksThatTheVoltageDoesNotAllow) {
  run_at(80'000'000);
  EXPECT_EQ(complaints(), 0u);
  run_at(80'000'001);
  EXPECT_TRUE(
      bench.reported("80000001 Hz, which exceeds the 80000000 Hz of voltage range 1 without "
                     "boost"));
  bench.write(kCr5, 0);
  const auto before = complaints();
  run_at(120'000'000);
  EXPECT_EQ(complaints(), before);
  run_at(26'000'000);
  bench.write(kCr1, kRange2);
  EXPECT_EQ(complaints(), before);
  run_at(32'000'000);
  EXPECT_TRUE(bench.reported("32000000 Hz, which exceeds the 26000000 Hz of voltage range 2"));
  run_at(2'000'000);
  bench.write(kCr1, kRange2 | kLpr);
  run_at(4'000'000);
  EXPECT_TRUE(bench.reported("exceeds the 2000000 Hz of low-power run"));
}

// HAL of the STM32L4, HAL_FLASHEx_ConfigLVEPin(): LVEN belongs to range 2 with an SMPS that is on.
TEST_F(Pwr, AnExternalSmpsFeedsTheCoreInRange2AtAnyClock) {
  Wire& lven = bench.fabric.line("flash.lven");
  lven.set(true);
  EXPECT_EQ(bench.power_state("pwr"), "range1");
  bench.write(kCr1, kRange2);
  EXPECT_EQ(bench.power_state("pwr"), "smps");
  run_at(120'000'000);
  EXPECT_EQ(complaints(), 0u);
  run_at(120'000'001);
  EXPECT_TRUE(bench.reported("exceeds the 120000000 Hz of an external SMPS"));
  run_at(120'000'000);
  lven.set(false);
  EXPECT_EQ(bench.power_state("pwr"), "range2");
  EXPECT_TRUE(bench.reported("120000000 Hz, which exceeds the 26000000 Hz of voltage range 2"));
}

TEST_F(Pwr, LowPowerRunShowsInReglpf) {
  run_at(2'000'000);
  bench.write(kCr1, kRange1 | kLpr);
  EXPECT_EQ(bench.read(kSr2) & kReglpf, kReglpf);
  EXPECT_EQ(bench.power_state("pwr"), "lprun");
  bench.write(kCr1, kRange1);
  EXPECT_EQ(bench.read(kSr2) & kReglpf, kReglpf);
  bench.run_for(Duration::from_us(5));
  EXPECT_EQ(bench.read(kSr2) & kReglpf, 0u);
}

// The core's SCR, as PWR sees it on the bus.
struct Scr : BusTarget {
  std::uint32_t value = 0;
  std::uint32_t read(const BusAccess& access) override { return access.offset == 0x10 ? value : 0; }
  void write(const BusAccess&, std::uint32_t) override {}
};

// RM0432, PWR_CR1.LPMS: 0 to 2 Stop, 3 Standby, 1xx Shutdown, while SLEEPDEEP is set.
TEST_F(Pwr, NamesTheLowPowerModeThatItDoesNotModel) {
  Scr scr;
  bench.bus.add_target("scs", 0xE000'ED00, 0x100, scr);
  Wire& asleep = *pwr.wire("cpu_sleep");
  bench.write(kCr1, kRange1 | 2);
  asleep.pulse();
  EXPECT_EQ(complaints(), 0u);  // Sleep mode
  scr.value = 1u << 2;
  const char* const modes[] = {"Stop 0", "Stop 1", "Stop 2", "Standby", "Shutdown"};
  for (std::uint32_t lpms = 0; lpms < 5; ++lpms) {
    bench.write(kCr1, kRange1 | lpms);
    asleep.pulse();
    EXPECT_TRUE(bench.reported(modes[lpms])) << lpms;
  }
}

TEST_F(Pwr, KeepsThePullsOfEachPort) {
  bench.write(kPucra, 0x8421);
  bench.write(kPdcri, 0x0FFF);
  EXPECT_EQ(bench.read(kPucra), 0x8421u);
  EXPECT_EQ(bench.read(kPdcri), 0x0FFFu);
}

TEST_F(Pwr, HasTheSameFutureAfterRestore) {
  bench.write(kCr1, kRange2);
  bench.write(kCr1, kRange1 | kDbp);
  bench.run_for(Duration::from_us(10));
  PeripheralBench other;
  other.add("pwr", "st.pwr_l4", kPwr, "", 0x400);
  other.restore(bench.save());
  EXPECT_TRUE(other.fabric.line("pwr.dbp").level());
  other.run_for(Duration::from_us(9));
  EXPECT_EQ(other.read(kSr2) & kVosf, kVosf);
  other.run_for(Duration::from_us(1));
  EXPECT_EQ(other.read(kSr2) & kVosf, 0u);
  bench.run_for(Duration::from_us(10));
  EXPECT_TRUE(bench.differences(other).empty());
}

}  // namespace
}  // namespace tinyscope::test
