// RNG, TEMP, WDT, EGU and FICR. nRF52840 PS, the chapters of these names.
#include <gtest/gtest.h>

#include <set>

#include "sim/error.hpp"
#include "tests/support/peripheral_bench.hpp"

namespace tinyscope::test {
namespace {

// --- RNG ---

constexpr Address kRng = 0x4000'D000;

std::vector<std::uint32_t> random_bytes(std::uint64_t seed, unsigned count) {
  PeripheralBench bench(seed);
  bench.add("rng", "nordic.rng", kRng);
  std::vector<std::uint32_t> bytes;
  bench.write(kRng, 1);
  while (bytes.size() < count) {
    bench.run_until(*bench.scheduler.next());
    bytes.push_back(bench.read(kRng + 0x508));
  }
  return bytes;
}

TEST(Rng, FollowsTheSeedOfTheRun) {
  EXPECT_EQ(random_bytes(7, 32), random_bytes(7, 32));
  EXPECT_NE(random_bytes(7, 32), random_bytes(8, 32));
}

TEST(Rng, GivesEveryValueOfAByte) {
  const auto bytes = random_bytes(1, 8192);
  const std::set<std::uint32_t> values(bytes.begin(), bytes.end());
  EXPECT_EQ(values.size(), 256u);
  EXPECT_EQ(*values.rbegin(), 255u);
}

// tRNG,START 128 us, then 30 us a byte, or 120 us with bias correction.
TEST(Rng, TakesItsTimePerByte) {
  PeripheralBench bench;
  Peripheral& rng = bench.add("rng", "nordic.rng", kRng);
  EdgeCounter irq(bench, rng.wire("irq"));
  bench.write(kRng + 0x304, 1);
  bench.write(kRng, 1);
  EXPECT_EQ(bench.power_state("rng"), "on");
  bench.run_for(Duration::from_us(158));
  EXPECT_EQ(irq.last.ps, Duration::from_us(158).ps);
  bench.write(kRng + 0x100, 0);
  bench.write(kRng + 0x504, 1);  // CONFIG.DERCEN, for the byte after the one under way
  bench.run_for(Duration::from_us(30));
  EXPECT_EQ(irq.rises, 2u);
  bench.write(kRng + 0x100, 0);
  bench.run_for(Duration::from_us(119));
  EXPECT_EQ(irq.rises, 2u);
  bench.run_for(Duration::from_us(1));
  EXPECT_EQ(irq.rises, 3u);
}

TEST(Rng, StopsAfterAByteWithTheShortcut) {
  PeripheralBench bench;
  bench.add("rng", "nordic.rng", kRng);
  bench.write(kRng + 0x200, 1);
  bench.write(kRng, 1);
  bench.run_for(Duration::from_ms(1));
  EXPECT_EQ(bench.read(kRng + 0x100), 1u);
  EXPECT_FALSE(bench.scheduler.next().has_value());
  EXPECT_EQ(bench.power_state("rng"), "");
}

// --- TEMP ---

constexpr Address kTemp = 0x4000'C000;

// TEMP is in steps of 0.25 °C, two's complement.
TEST(Temp, MeasuresTheTemperatureOfTheParameter) {
  for (const auto& [params, expected] : {std::pair<const char*, std::uint32_t>{"", 100},
                                         {"celsius = 36.6", 146},
                                         {"celsius = -10", 0xFFFF'FFD8}}) {
    PeripheralBench bench;
    bench.add("temp", "nordic.temp", kTemp, params);
    bench.write(kTemp, 1);
    bench.run_for(Duration::from_us(35));
    EXPECT_EQ(bench.read(kTemp + 0x100), 0u);
    bench.run_for(Duration::from_us(1));
    EXPECT_EQ(bench.read(kTemp + 0x100), 1u);
    EXPECT_EQ(bench.read(kTemp + 0x508), expected);
  }
}

TEST(Temp, KeepsTheTrimsThatStartUpCodeWrites) {
  PeripheralBench bench;
  bench.add("temp", "nordic.temp", kTemp);
  EXPECT_EQ(bench.read(kTemp + 0x520), 0x326u);
  bench.write(kTemp + 0x520, 0x321);
  EXPECT_EQ(bench.read(kTemp + 0x520), 0x321u);
  EXPECT_FALSE(bench.reported("A0"));
}

TEST(Temp, RefusesATemperatureThatTheChipDoesNotSurvive) {
  PeripheralBench bench;
  EXPECT_THROW(bench.add("temp", "nordic.temp", kTemp, "celsius = 300"), InputError);
}

// --- WDT ---

constexpr Address kWdt = 0x4001'0000;
constexpr std::uint32_t kReload = 0x6E52'4635;

class Wdt : public ::testing::Test {
 protected:
  PeripheralBench bench;
  Peripheral& wdt = bench.add("wdt", "nordic.wdt", kWdt);
  EdgeCounter reset{bench, wdt.wire("reset")};

  // "timeout [s] = (CRV + 1) / 32768": one second.
  void start() {
    bench.write(kWdt + 0x504, 32'767);
    bench.write(kWdt, 1);
  }
};

TEST_F(Wdt, ResetsTheChipWhenNobodyReloads) {
  start();
  EXPECT_EQ(bench.read(kWdt + 0x400), 1u);
  bench.run_for(Duration::from_ms(999));
  EXPECT_EQ(reset.rises, 0u);
  bench.run_for(Duration::from_ms(1));
  EXPECT_EQ(reset.rises, 1u);
  EXPECT_EQ(bench.read(kWdt + 0x100), 1u);
}

// "… the watchdog reset will be postponed with two 32.768 kHz clock cycles"
TEST_F(Wdt, WaitsTwoCyclesWhenItsInterruptIsEnabled) {
  bench.write(kWdt + 0x304, 1);
  start();
  bench.run_for(Duration::from_ms(1000));
  EXPECT_TRUE(wdt.wire("irq")->level());
  EXPECT_EQ(reset.rises, 0u);
  bench.write(kWdt + 0x600, kReload);  // too late
  bench.run_for(Duration::from_us(62));
  EXPECT_EQ(reset.rises, 1u);
  EXPECT_NEAR(reset.last.seconds(), 1.0 + 2.0 / 32'768, 1e-9);
}

TEST_F(Wdt, IsReloadedByTheMagicValueOnly) {
  start();
  bench.run_for(Duration::from_ms(900));
  bench.write(kWdt + 0x600, kReload);
  bench.run_for(Duration::from_ms(900));
  EXPECT_EQ(reset.rises, 0u);
  bench.write(kWdt + 0x600, 1);
  bench.run_for(Duration::from_ms(101));
  EXPECT_EQ(reset.rises, 1u);
}

TEST_F(Wdt, WantsEveryEnabledReloadRegister) {
  bench.write(kWdt + 0x508, 0x5);  // RREN: RR0 and RR2
  start();
  EXPECT_EQ(bench.read(kWdt + 0x404), 0x5u);
  bench.run_for(Duration::from_ms(900));
  bench.write(kWdt + 0x600, kReload);
  EXPECT_EQ(bench.read(kWdt + 0x404), 0x4u);
  bench.write(kWdt + 0x604, kReload);  // RR1 is not enabled
  EXPECT_EQ(bench.read(kWdt + 0x404), 0x4u);
  bench.run_for(Duration::from_ms(99));
  bench.write(kWdt + 0x608, kReload);
  bench.run_for(Duration::from_ms(500));
  EXPECT_EQ(reset.rises, 0u);
}

TEST_F(Wdt, LocksItsConfigurationOnceStarted) {
  start();
  bench.write(kWdt + 0x504, 0xFFFF'FFFF);
  bench.write(kWdt + 0x508, 0xFF);
  EXPECT_EQ(bench.read(kWdt + 0x504), 32'767u);
  EXPECT_EQ(bench.read(kWdt + 0x508), 1u);
}

TEST_F(Wdt, RunsOnOverASoftResetAndStopsWithItsOwn) {
  start();
  bench.run_for(Duration::from_ms(600));
  bench.reset(ResetKind::kSoftware);
  EXPECT_EQ(bench.read(kWdt + 0x400), 1u);
  bench.run_for(Duration::from_ms(400));
  EXPECT_EQ(reset.rises, 1u);
  bench.reset(ResetKind::kWatchdog);
  EXPECT_EQ(bench.read(kWdt + 0x400), 0u);
}

TEST_F(Wdt, ReportsThatItDoesNotPauseInSleep) {
  bench.write(kWdt + 0x50C, 0);
  start();
  EXPECT_TRUE(bench.reported("CONFIG.SLEEP"));
}

// --- EGU ---

TEST(Egu, TurnsATriggerIntoAnInterrupt) {
  constexpr Address kEgu = 0x4001'4000;
  PeripheralBench bench;
  Peripheral& egu = bench.add("egu0", "nordic.egu", kEgu);
  bench.write(kEgu + 0x300, 1u << 15);
  bench.write(kEgu + 4 * 14, 1);
  EXPECT_FALSE(egu.wire("irq")->level());
  bench.write(kEgu + 4 * 15, 1);
  EXPECT_TRUE(egu.wire("irq")->level());
  EXPECT_EQ(bench.read(kEgu + 0x13C), 1u);
  bench.write(kEgu + 0x13C, 0);
  EXPECT_FALSE(egu.wire("irq")->level());
}

// --- FICR ---

TEST(Ficr, TellsTheSizesOfTheChip) {
  constexpr Address kFicr = 0x1000'0000;
  PeripheralBench bench;
  bench.add("ficr", "nordic.ficr", kFicr);
  EXPECT_EQ(bench.read(kFicr + 0x010), 4096u);
  EXPECT_EQ(bench.read(kFicr + 0x014), 256u);
  EXPECT_EQ(bench.read(kFicr + 0x100), 0x52840u);
  EXPECT_EQ(bench.read(kFicr + 0x104), 0x4141'4430u);  // "AAD0"
  EXPECT_EQ(bench.read(kFicr + 0x10C), 256u);
  EXPECT_EQ(bench.read(kFicr + 0x110), 1024u);
  EXPECT_EQ(bench.read(kFicr + 0x130), 8u);
  EXPECT_EQ(bench.read(kFicr + 0x404), 0x326u);
  EXPECT_EQ(bench.read(kFicr + 0x444), 0x50u);
  EXPECT_EQ(bench.read(kFicr + 0x800), 0xFFFF'FFFFu);
  EXPECT_EQ(bench.read(kFicr + 0x101, AccessSize::kByte), 0x28u);
}

TEST(Ficr, IdentifiesTheChipByTheSeed) {
  constexpr Address kDeviceId = 0x1000'0060;
  const auto identity = [](std::uint64_t seed) {
    PeripheralBench bench(seed);
    bench.add("ficr", "nordic.ficr", 0x1000'0000);
    bench.write(kDeviceId, 0);  // read-only
    return bench.read(kDeviceId);
  };
  EXPECT_EQ(identity(5), identity(5));
  EXPECT_NE(identity(5), identity(6));
}

}  // namespace
}  // namespace tinyscope::test
