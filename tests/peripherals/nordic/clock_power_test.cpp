// CLOCK and POWER. nRF52840 PS, chapters "CLOCK — Clock control" and "POWER — Power supply".
#include <gtest/gtest.h>

#include "tests/support/peripheral_bench.hpp"

namespace tinyscope::test {
namespace {

constexpr Address kBase = 0x4000'0000;
constexpr Address kHfclkStart = kBase + 0x000;
constexpr Address kHfclkStop = kBase + 0x004;
constexpr Address kLfclkStart = kBase + 0x008;
constexpr Address kLfclkStop = kBase + 0x00C;
constexpr Address kCal = kBase + 0x010;
constexpr Address kCtStart = kBase + 0x014;
constexpr Address kConstlat = kBase + 0x078;
constexpr Address kHfclkStarted = kBase + 0x100;
constexpr Address kLfclkStarted = kBase + 0x104;
constexpr Address kDone = kBase + 0x10C;
constexpr Address kCtTo = kBase + 0x110;
constexpr Address kSleepEnter = kBase + 0x114;
constexpr Address kSleepExit = kBase + 0x118;
constexpr Address kUsbDetected = kBase + 0x11C;
constexpr Address kUsbPwrRdy = kBase + 0x124;
constexpr Address kIntenSet = kBase + 0x304;
constexpr Address kResetReas = kBase + 0x400;
constexpr Address kHfclkRun = kBase + 0x408;
constexpr Address kHfclkStat = kBase + 0x40C;
constexpr Address kLfclkRun = kBase + 0x414;
constexpr Address kLfclkStat = kBase + 0x418;
constexpr Address kUsbRegStatus = kBase + 0x438;
constexpr Address kSystemOff = kBase + 0x500;
constexpr Address kLfclkSrc = kBase + 0x518;
constexpr Address kGpregret = kBase + 0x51C;
constexpr Address kGpregret2 = kBase + 0x520;
constexpr Address kHfxoDebounce = kBase + 0x528;
constexpr Address kCtiv = kBase + 0x538;
constexpr Address kDcdcen = kBase + 0x578;
constexpr Address kRam0Power = kBase + 0x900;
constexpr Address kRam0PowerClr = kBase + 0x908;

class ClockPower : public ::testing::Test {
 protected:
  PeripheralBench bench;
  Peripheral& block = bench.add("clock_power", "nordic.clock_power", kBase);
  Wire& lfclk = bench.fabric.line("lfclk");
};

// Typical start-up of the crystal, 0.36 ms, is an assumption that the report lists.
TEST_F(ClockPower, StartsTheCrystalInItsStartUpTime) {
  EdgeCounter irq(bench, block.wire("irq"));
  bench.write(kIntenSet, 1);
  bench.write(kHfclkStart, 1);
  EXPECT_EQ(bench.read(kHfclkRun), 1u);
  EXPECT_EQ(bench.read(kHfclkStat), 0x1'0000u);  // running from the RC oscillator
  EXPECT_EQ(bench.power_state("hfxo"), "on");
  bench.run_for(Duration::from_ms(1));
  EXPECT_EQ(irq.rises, 1u);
  EXPECT_EQ(irq.last.ps, Duration::from_us(360).ps);
  EXPECT_EQ(bench.read(kHfclkStarted), 1u);
  EXPECT_EQ(bench.read(kHfclkStat), 0x1'0001u);
  EXPECT_TRUE(bench.assumed("clock_power.hfxo_start_us"));
}

// HFXODEBOUNCE: 0x10 is 256 us, 0x40 is 1024 us.
TEST_F(ClockPower, WaitsLongerWithALongerDebounce) {
  bench.write(kHfxoDebounce, 0x40);
  bench.write(kHfclkStart, 1);
  bench.run_for(Duration::from_us(360 + 1024 - 256 - 1));
  EXPECT_EQ(bench.read(kHfclkStarted), 0u);
  bench.run_for(Duration::from_us(1));
  EXPECT_EQ(bench.read(kHfclkStarted), 1u);
}

TEST_F(ClockPower, AnswersAtOnceWhenTheCrystalRunsAlready) {
  bench.write(kHfclkStart, 1);
  bench.run_for(Duration::from_ms(1));
  bench.write(kHfclkStarted, 0);
  bench.write(kHfclkStart, 1);
  EXPECT_EQ(bench.read(kHfclkStarted), 1u);
  bench.write(kHfclkStop, 1);
  EXPECT_EQ(bench.read(kHfclkRun), 0u);
  EXPECT_EQ(bench.read(kHfclkStat), 0x1'0000u);
  EXPECT_EQ(bench.power_state("hfxo"), "");
}

TEST_F(ClockPower, StopBeforeTheCrystalIsUpGivesNoEvent) {
  bench.write(kHfclkStart, 1);
  bench.run_for(Duration::from_us(100));
  bench.write(kHfclkStop, 1);
  bench.run_for(Duration::from_ms(10));
  EXPECT_EQ(bench.read(kHfclkStarted), 0u);
}

TEST_F(ClockPower, StartsLfclkFromTheRcOscillator) {
  bench.write(kLfclkStart, 1);
  EXPECT_EQ(bench.read(kLfclkRun), 1u);
  EXPECT_EQ(bench.read(kLfclkStat), 0u);
  EXPECT_FALSE(lfclk.level());
  bench.run_for(Duration::from_ms(1));
  EXPECT_EQ(bench.read(kLfclkStarted), 1u);
  EXPECT_EQ(bench.read(kLfclkStat), 0x1'0000u);
  EXPECT_TRUE(lfclk.level());
  EXPECT_EQ(bench.power_state("lfclk"), "rc");
}

// "LFCLK will initially start running from LFRC while LFXO is starting up"; LFCLKSTARTED comes
// when the crystal runs.
TEST_F(ClockPower, RunsLfclkFromRcUntilTheCrystalHasStarted) {
  bench.write(kLfclkSrc, 1);
  bench.write(kLfclkStart, 1);
  bench.run_for(Duration::from_ms(1));
  EXPECT_TRUE(lfclk.level());
  EXPECT_EQ(bench.read(kLfclkStat), 0x1'0000u);
  EXPECT_EQ(bench.read(kLfclkStarted), 0u);
  bench.run_for(Duration::from_ms(250));
  EXPECT_EQ(bench.read(kLfclkStat), 0x1'0001u);
  EXPECT_EQ(bench.read(kLfclkStarted), 1u);
  bench.write(kLfclkStop, 1);
  EXPECT_FALSE(lfclk.level());
  EXPECT_EQ(bench.read(kLfclkStat), 0u);
}

// The start-up code of ARDUINO_NANO33BLE (arduino/ArduinoCore-mbed, system_nrf52840.c) clears the
// event, starts LFCLK that the boot loader has started, and waits for the event.
TEST_F(ClockPower, TellsAtOnceThatLfclkRunsAlready) {
  bench.write(kLfclkStart, 1);
  bench.run_for(Duration::from_ms(1));
  bench.write(kLfclkStarted, 0);
  bench.write(kLfclkStart, 1);
  EXPECT_EQ(bench.read(kLfclkStarted), 1u);
}

TEST_F(ClockPower, SettleEndsWhatIsStarting) {
  bench.write(kLfclkSrc, 1);
  bench.write(kLfclkStart, 1);
  bench.write(kHfclkStart, 1);
  block.wire("settle")->pulse();
  EXPECT_EQ(bench.read(kLfclkStat), 0x1'0001u);
  EXPECT_EQ(bench.read(kHfclkStat), 0x1'0001u);
  EXPECT_EQ(bench.read(kLfclkStarted), 1u);
  EXPECT_EQ(bench.read(kHfclkStarted), 1u);
}

// "CAL: HFXO must be running".
TEST_F(ClockPower, CalibratesOnlyWithTheCrystalRunning) {
  bench.write(kLfclkStart, 1);
  bench.run_for(Duration::from_ms(1));
  bench.write(kCal, 1);
  bench.run_for(Duration::from_ms(100));
  EXPECT_EQ(bench.read(kDone), 0u);
  bench.write(kHfclkStart, 1);
  bench.run_for(Duration::from_ms(1));
  bench.write(kCal, 1);
  bench.run_for(Duration::from_ms(100));
  EXPECT_EQ(bench.read(kDone), 1u);
}

// CTIV is in units of 0.25 s.
TEST_F(ClockPower, CalibrationTimerCountsQuartersOfASecond) {
  bench.write(kCtiv, 8);
  bench.write(kCtStart, 1);
  bench.run_for(Duration::from_ms(1999));
  EXPECT_EQ(bench.read(kCtTo), 0u);
  bench.run_for(Duration::from_ms(1));
  EXPECT_EQ(bench.read(kCtTo), 1u);
}

TEST_F(ClockPower, ReportsWhichRegulatorIsInUse) {
  EXPECT_EQ(bench.power_state("regulator"), "ldo");
  bench.write(kDcdcen, 1);
  EXPECT_EQ(bench.power_state("regulator"), "dcdc");
  bench.reset(ResetKind::kSoftware);
  EXPECT_EQ(bench.power_state("regulator"), "ldo");
}

// "RESETREAS": bits accumulate until they are cleared by writing 1.
TEST_F(ClockPower, CollectsResetReasonsUntilTheyAreCleared) {
  EXPECT_EQ(bench.read(kResetReas), 0u);
  bench.reset(ResetKind::kPin);
  EXPECT_EQ(bench.read(kResetReas), 0x1u);
  bench.reset(ResetKind::kWatchdog);
  bench.reset(ResetKind::kSoftware);
  bench.reset(ResetKind::kLockup);
  EXPECT_EQ(bench.read(kResetReas), 0xFu);
  bench.write(kResetReas, 0x5);
  EXPECT_EQ(bench.read(kResetReas), 0xAu);
  bench.reset(ResetKind::kPowerOn);
  EXPECT_EQ(bench.read(kResetReas), 0u);
}

TEST_F(ClockPower, KeepsGpregretOverASoftReset) {
  bench.write(kGpregret, 0x1B0);  // eight bits exist
  bench.write(kGpregret2, 0x57);
  bench.reset(ResetKind::kSoftware);
  EXPECT_EQ(bench.read(kGpregret), 0xB0u);
  EXPECT_EQ(bench.read(kGpregret2), 0x57u);
  bench.reset(ResetKind::kPowerOn);
  EXPECT_EQ(bench.read(kGpregret), 0u);
}

TEST_F(ClockPower, EntersSystemOffAndWakesThroughAReset) {
  EdgeCounter reset(bench, block.wire("reset"));
  Wire& detect = bench.fabric.line("p0.detect");
  detect.set(true);
  EXPECT_EQ(reset.rises, 0u);
  detect.set(false);
  bench.write(kSystemOff, 1);
  EXPECT_TRUE(block.wire("system_off")->level());
  detect.set(true);
  EXPECT_EQ(reset.rises, 1u);
  bench.reset(ResetKind::kPin);  // as the machine does on that wire
  EXPECT_EQ(bench.read(kResetReas), 1u << 16);
  EXPECT_FALSE(block.wire("system_off")->level());
}

TEST_F(ClockPower, ReportsRamSectionsThatAreSwitchedOff) {
  EXPECT_EQ(bench.read(kRam0Power), 0xFFFFu);
  bench.write(kRam0PowerClr, 0x2);
  EXPECT_EQ(bench.read(kRam0Power), 0xFFFDu);
  EXPECT_TRUE(bench.reported("RAM[0] section power off"));
}

TEST_F(ClockPower, FollowsTheSleepOfTheCpu) {
  block.wire("cpu_sleep")->set(true);
  EXPECT_EQ(bench.read(kSleepEnter), 1u);
  EXPECT_EQ(bench.read(kSleepExit), 0u);
  block.wire("cpu_sleep")->set(false);
  EXPECT_EQ(bench.read(kSleepExit), 1u);
}

TEST_F(ClockPower, NamesTheConstantLatencyMode) {
  bench.write(kConstlat, 1);
  EXPECT_EQ(bench.power_state("clock_power"), "constlat");
}

TEST_F(ClockPower, HasNoUsbPowerByDefault) {
  bench.run_for(Duration::from_ms(10));
  EXPECT_EQ(bench.read(kUsbRegStatus), 0u);
}

TEST_F(ClockPower, HasTheSameFutureAfterRestore) {
  bench.write(kHfclkStart, 1);
  bench.write(kLfclkSrc, 1);
  bench.write(kLfclkStart, 1);
  bench.run_for(Duration::from_us(100));
  PeripheralBench other;
  other.add("clock_power", "nordic.clock_power", kBase);
  other.restore(bench.save());
  for (const std::uint64_t us : {259u, 1u, 300u, 249'500u}) {
    bench.run_for(Duration::from_us(us));
    other.run_for(Duration::from_us(us));
    EXPECT_EQ(other.read(kHfclkStarted), bench.read(kHfclkStarted));
    EXPECT_EQ(other.read(kLfclkStat), bench.read(kLfclkStat));
    EXPECT_EQ(other.fabric.line("lfclk").level(), lfclk.level());
  }
  EXPECT_EQ(other.read(kLfclkStarted), 1u);
}

// PS, "USB supply": the regulator of USB is on while VBUS is there and USBD enabled.
TEST(ClockPowerParameters, UsbPowerRaisesItsEvents) {
  PeripheralBench bench;
  bench.add("clock_power", "nordic.clock_power", kBase, "vbus = true");
  bench.run_for(Duration::from_ms(5));
  EXPECT_EQ(bench.read(kUsbDetected), 1u);
  EXPECT_EQ(bench.read(kUsbPwrRdy), 0u);
  EXPECT_EQ(bench.read(kUsbRegStatus), 1u);
  bench.fabric.line("usb_enabled").set(true);
  bench.run_for(Duration::from_ms(5));
  EXPECT_EQ(bench.read(kUsbPwrRdy), 1u);
  EXPECT_EQ(bench.read(kUsbRegStatus), 3u);
}

// So it is behind a boot loader that has used USB: the sketch gets the event as well.
TEST(ClockPowerParameters, UsbPowerIsReadyOnceForEachTimeThatUsbdIsEnabled) {
  PeripheralBench bench;
  bench.add("clock_power", "nordic.clock_power", kBase, "vbus = true");
  Wire& enabled = bench.fabric.line("usb_enabled");
  bench.run_for(Duration::from_ms(1));
  enabled.set(true);
  bench.run_for(Duration::from_ms(5));
  bench.write(kUsbPwrRdy, 0);
  enabled.set(false);
  EXPECT_EQ(bench.read(kUsbRegStatus), 1u);
  enabled.set(true);
  bench.run_for(Duration::from_ms(5));
  EXPECT_EQ(bench.read(kUsbPwrRdy), 1u);
}

TEST(ClockPowerParameters, AGivenStartUpTimeIsNoAssumption) {
  PeripheralBench bench;
  bench.add("clock_power", "nordic.clock_power", kBase, "hfxo_start_us = 500");
  EXPECT_FALSE(bench.assumed("clock_power.hfxo_start_us"));
  bench.write(kHfclkStart, 1);
  bench.run_for(Duration::from_us(499));
  EXPECT_EQ(bench.read(kHfclkStarted), 0u);
  bench.run_for(Duration::from_us(1));
  EXPECT_EQ(bench.read(kHfclkStarted), 1u);
}

}  // namespace
}  // namespace tinyscope::test
