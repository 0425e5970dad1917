// RTC of the STM32L4+. RM0432, chapter "Real-time clock (RTC)".
#include <gtest/gtest.h>

#include "tests/support/peripheral_bench.hpp"

namespace tinyscope::test {
namespace {

constexpr Address kRtc = 0x4000'2800;
constexpr Address kTr = kRtc + 0x00;
constexpr Address kDr = kRtc + 0x04;
constexpr Address kCr = kRtc + 0x08;
constexpr Address kIsr = kRtc + 0x0C;
constexpr Address kPrer = kRtc + 0x10;
constexpr Address kWutr = kRtc + 0x14;
constexpr Address kAlrmar = kRtc + 0x1C;
constexpr Address kAlrmbr = kRtc + 0x20;
constexpr Address kWpr = kRtc + 0x24;
constexpr Address kSsr = kRtc + 0x28;
constexpr Address kShiftr = kRtc + 0x2C;
constexpr Address kAlrmassr = kRtc + 0x44;
constexpr Address kBkp0r = kRtc + 0x50;

constexpr std::uint32_t kFmt = 1u << 6;
constexpr std::uint32_t kBypshad = 1u << 5;
constexpr std::uint32_t kAlrae = 1u << 8;
constexpr std::uint32_t kAlrbe = 1u << 9;
constexpr std::uint32_t kWute = 1u << 10;
constexpr std::uint32_t kAlraie = 1u << 12;
constexpr std::uint32_t kAlrbie = 1u << 13;
constexpr std::uint32_t kWutie = 1u << 14;
constexpr std::uint32_t kRsf = 1u << 5;
constexpr std::uint32_t kInitf = 1u << 6;
constexpr std::uint32_t kInit = 1u << 7;
constexpr std::uint32_t kAlraf = 1u << 8;
constexpr std::uint32_t kAlrbf = 1u << 9;
constexpr std::uint32_t kWutf = 1u << 10;
constexpr std::uint32_t kAnyDay = 1u << 31;
constexpr std::uint32_t kAnyHour = 1u << 23;
constexpr std::uint32_t kAnyMinute = 1u << 15;
constexpr std::uint32_t kAnySecond = 1u << 7;

constexpr Duration seconds(std::uint64_t count) { return Duration::from_ms(1000 * count); }

class StRtc : public ::testing::Test {
 protected:
  PeripheralBench bench;
  Peripheral& rtc = bench.add("rtc", "st.rtc_v2", kRtc, "", 0x400);
  EdgeCounter alarms{bench, &bench.fabric.line("exti.18")};
  EdgeCounter wakeups{bench, &bench.fabric.line("exti.20")};

  StRtc() {
    bench.clocks.signal("rtc_ker").set(32'768);
    bench.fabric.line("pwr.dbp").set(true);
    bench.write(kWpr, 0xCA);
    bench.write(kWpr, 0x53);
  }
  void enter_init() {
    bench.write(kIsr, 0xFFFF'FFFF);
    while ((bench.read(kIsr) & kInitf) == 0) bench.run_for(Duration::from_us(1));
  }
  void leave_init() { bench.write(kIsr, ~kInit); }
  void set(std::uint32_t tr, std::uint32_t dr) {
    enter_init();
    bench.write(kTr, tr);
    bench.write(kDr, dr);
    leave_init();
  }
  // As HAL_RTC_GetTime and HAL_RTC_GetDate: the date unlocks the shadow registers.
  std::uint32_t time() {
    const std::uint32_t tr = bench.read(kTr);
    bench.read(kDr);
    return tr;
  }
  std::uint32_t date() { return bench.read(kDr); }
  void run(Duration time) { bench.run_for(time); }
};

// SVD; RM0432: Monday, 1 January 2000.
TEST_F(StRtc, HasTheResetValuesOfTheManual) {
  EXPECT_EQ(bench.read(kTr), 0u);
  EXPECT_EQ(bench.read(kDr), 0x2101u);
  EXPECT_EQ(bench.read(kPrer), 0x007F'00FFu);
  EXPECT_EQ(bench.read(kWutr), 0xFFFFu);
  EXPECT_EQ(bench.read(kIsr) & 7u, 7u);
}

TEST_F(StRtc, CountsBcdFromSecondsToYears) {
  set(0x235958, 0x24'4229);  // 29 February 2024, WDU 2
  run(seconds(1));
  EXPECT_EQ(time(), 0x235959u);
  run(seconds(1));
  EXPECT_EQ(time(), 0u);
  EXPECT_EQ(date(), 0x24'6301u);  // 1 March, the next weekday
  set(0x235959, 0x23'E228);       // 28 February 2023, WDU 7
  run(seconds(1));
  EXPECT_EQ(date(), 0x23'2301u);  // no leap year; WDU 1 follows 7
  set(0x235959, 0x99'B231 & ~0x2000u);
  run(seconds(1));
  EXPECT_EQ(date() >> 16, 0u);
  EXPECT_EQ(date() & 0x1FFF, 0x101u);
}

TEST_F(StRtc, ShowsTwelveHoursWithPm) {
  bench.write(kCr, kFmt);
  set(0x52'5959, 0x2101);  // 12:59:59 PM
  run(seconds(1));
  EXPECT_EQ(time(), 0x41'0000u);  // 1 PM
  set(0x51'5959, 0x2101);         // 11:59:59 PM
  run(seconds(1));
  EXPECT_EQ(time(), 0x12'0000u);  // 12 AM
  EXPECT_EQ(date() & 0x3F, 2u);
}

// f(ck_spre) = RTCCLK / ((PREDIV_A + 1) * (PREDIV_S + 1)); SSR counts down from PREDIV_S.
TEST_F(StRtc, SubsecondsCountDownAtTheRateOfPredivA) {
  set(0, 0x2101);
  run(Duration::from_ms(250));
  EXPECT_EQ(bench.read(kSsr), 255u - 64u);
  date();
  enter_init();
  bench.write(kPrer, 0x0000'7FFF);
  leave_init();
  run(Duration::from_ms(250));
  EXPECT_EQ(bench.read(kSsr), 32'767u - 8'192u);
}

TEST_F(StRtc, FollowsItsKernelClock) {
  bench.clocks.signal("rtc_ker").set(32'000);  // LSI
  enter_init();
  bench.write(kPrer, 0x007F'00F9);  // 128 * 250
  bench.write(kTr, 0);
  leave_init();
  run(seconds(10));
  EXPECT_EQ(time(), 0x10u);
  bench.clocks.signal("rtc_ker").set(0);
  run(seconds(10));
  EXPECT_EQ(time(), 0x10u);
}

// "Reading RTC_SSR or RTC_TR locks the values in the higher-order registers until RTC_DR is read."
TEST_F(StRtc, AReadLocksWhatIsAboveItUntilTheDateIsRead) {
  set(0x235959, 0x2101);
  bench.read(kSsr);
  run(seconds(2));
  EXPECT_EQ(bench.read(kTr), 0x235959u);
  EXPECT_EQ(bench.read(kDr), 0x2101u);
  EXPECT_EQ(time(), 0x1u);
  set(0x235959, 0x2101);
  bench.read(kTr);
  run(seconds(2));
  EXPECT_EQ(bench.read(kDr), 0x2101u);
  EXPECT_EQ(date(), 0x4102u);
  bench.write(kCr, kBypshad);
  set(0x235959, 0x2101);
  bench.read(kSsr);
  run(seconds(2));
  EXPECT_EQ(bench.read(kTr), 1u);
}

// HAL_RTC_WaitForSynchro clears RSF and waits; it comes within two cycles of RTCCLK.
TEST_F(StRtc, TheShadowRegistersSynchronise) {
  run(seconds(1));
  EXPECT_EQ(bench.read(kIsr) & kRsf, kRsf);
  bench.write(kIsr, ~(kRsf | kInit));
  EXPECT_EQ(bench.read(kIsr) & kRsf, 0u);
  run(Duration::from_us(62));
  EXPECT_EQ(bench.read(kIsr) & kRsf, kRsf);
}

TEST_F(StRtc, InitialisationTakesTwoCyclesAndNeedsAClock) {
  bench.write(kIsr, 0xFFFF'FFFF);
  EXPECT_EQ(bench.read(kIsr) & (kInit | kInitf), kInit);
  bench.write(kTr, 0x123456);
  EXPECT_NE(bench.read(kTr), 0x123456u);
  run(Duration::from_us(62));
  EXPECT_EQ(bench.read(kIsr) & kInitf, kInitf);
  leave_init();
  bench.clocks.signal("rtc_ker").set(0);
  bench.write(kIsr, 0xFFFF'FFFF);
  run(seconds(1));
  EXPECT_EQ(bench.read(kIsr) & kInitf, 0u);
}

TEST_F(StRtc, IsWriteProtected) {
  bench.write(kWpr, 0xFF);
  bench.write(kCr, kFmt);
  EXPECT_EQ(bench.read(kCr), 0u);
  bench.write(kIsr, 0xFFFF'FFFF);
  EXPECT_EQ(bench.read(kIsr) & kInit, 0u);
  bench.write(kBkp0r, 5);  // "not protected": needs DBP only
  EXPECT_EQ(bench.read(kBkp0r), 5u);
  bench.fabric.line("pwr.dbp").set(false);
  bench.write(kBkp0r, 6);
  EXPECT_EQ(bench.read(kBkp0r), 5u);
  bench.write(kWpr, 0xCA);
  bench.write(kWpr, 0x53);
  bench.write(kCr, kFmt);
  EXPECT_EQ(bench.read(kCr), 0u);
  bench.fabric.line("pwr.dbp").set(true);
  bench.write(kCr, kFmt);
  EXPECT_EQ(bench.read(kCr), kFmt);
}

TEST_F(StRtc, TheAlarmComesWhenItsFieldsMatch) {
  set(0x095950, 0x2105);
  bench.write(kAlrmar, 0x05'100010);  // the 5th, 10:00:10
  bench.write(kCr, kAlrae | kAlraie);
  run({seconds(20).ps - Duration::from_us(50).ps});
  EXPECT_EQ(alarms.rises, 0u);
  run(Duration::from_us(100));
  EXPECT_EQ(alarms.rises, 1u);
  EXPECT_EQ(bench.read(kIsr) & kAlraf, kAlraf);
  bench.write(kIsr, ~(kAlraf | kInit));
  EXPECT_FALSE(bench.fabric.line("exti.18").level());
  run(seconds(100'000));  // another day
  EXPECT_EQ(alarms.rises, 1u);
}

TEST_F(StRtc, MaskedFieldsOfAnAlarmAreIgnored) {
  set(0, 0x2101);
  bench.write(kAlrmar, kAnyDay | kAnyHour | kAnyMinute | 0x30);  // each minute at 30 s
  bench.write(kAlrmbr, kAnyDay | kAnyHour | kAnyMinute | kAnySecond);
  bench.write(kCr, kAlrae | kAlrbe | kAlraie);
  for (int minute = 0; minute < 3; ++minute) {
    run(seconds(60));
    EXPECT_EQ(bench.read(kIsr) & (kAlraf | kAlrbf), kAlraf | kAlrbf);
    bench.write(kIsr, ~(kAlraf | kAlrbf | kInit));
  }
  EXPECT_EQ(alarms.rises, 3u);
  run(seconds(1));
  EXPECT_EQ(bench.read(kIsr) & (kAlraf | kAlrbf), kAlrbf);
  bench.write(kCr, kAlrbe | kAlrbie);
  EXPECT_EQ(alarms.rises, 4u);
}

// WDSEL: DU is a weekday.
TEST_F(StRtc, AnAlarmMayNameAWeekday) {
  set(0x235959, 0x2101);  // WDU 1
  bench.write(kAlrmar, 1u << 30 | 3u << 24 | 0x1);
  bench.write(kCr, kAlrae | kAlraie);
  run(seconds(86'400 + 1));
  EXPECT_EQ(alarms.rises, 0u);
  run(seconds(1));
  EXPECT_EQ(alarms.rises, 1u);
}

// ALRMASSR: MASKSS low bits of SS are compared with SSR.
TEST_F(StRtc, AnAlarmMayFallWithinASecond) {
  set(0, 0x2101);
  bench.write(kAlrmar, kAnyDay | kAnyHour | kAnyMinute | kAnySecond);
  bench.write(kAlrmassr, 15u << 24 | (255 - 64));  // a quarter into the second
  bench.write(kCr, kAlrae | kAlraie);
  run(Duration::from_ms(249));
  EXPECT_EQ(alarms.rises, 0u);
  run(Duration::from_ms(2));
  EXPECT_EQ(alarms.rises, 1u);
  bench.write(kIsr, ~(kAlraf | kInit));
  run(seconds(1));
  EXPECT_EQ(alarms.rises, 2u);
}

TEST_F(StRtc, AnEnabledAlarmCannotBeChanged) {
  bench.write(kAlrmar, 0x11);
  bench.write(kCr, kAlrae);
  EXPECT_EQ(bench.read(kIsr) & 1u, 0u);  // ALRAWF
  bench.write(kAlrmar, 0x22);
  EXPECT_EQ(bench.read(kAlrmar), 0x11u);
}

// RTC_CR.WUCKSEL: RTCCLK / 16, 8, 4, 2; ck_spre; ck_spre with 2^16 added.
TEST_F(StRtc, TheWakeUpTimerRunsFromSixClocks) {
  struct {
    std::uint32_t select, reload;
    std::uint64_t us;
  } const cases[] = {{0, 2047, 1'000'000}, {1, 2047, 500'000}, {2, 2047, 250'000},
                     {3, 2047, 125'000},   {4, 4, 5'000'000},  {6, 0, 65'537'000'000}};
  for (const auto& test : cases) {
    bench.write(kCr, 0);
    bench.write(kIsr, ~(kWutf | kInit));
    bench.write(kWutr, test.reload);
    const unsigned before = wakeups.rises;
    bench.write(kCr, kWute | kWutie | test.select);
    run({Duration::from_us(test.us).ps - 40'000'000});
    EXPECT_EQ(wakeups.rises, before) << test.select;
    run(Duration::from_us(80));
    EXPECT_EQ(wakeups.rises, before + 1) << test.select;
    bench.write(kIsr, ~(kWutf | kInit));
    run(Duration::from_us(test.us));
    EXPECT_EQ(wakeups.rises, before + 2) << test.select;  // it reloads
  }
}

TEST_F(StRtc, TheWakeUpTimerCannotBeChangedWhileItRuns) {
  bench.write(kWutr, 5);
  bench.write(kCr, kWute);
  EXPECT_EQ(bench.read(kIsr) & 4u, 0u);  // WUTWF
  bench.write(kWutr, 9);
  EXPECT_EQ(bench.read(kWutr), 5u);
}

// RTC_SHIFTR: "delay = SUBFS / (PREDIV_S + 1)", "advance = 1 - SUBFS / (PREDIV_S + 1)" with ADD1S.
TEST_F(StRtc, ShiftsByFractionsOfASecond) {
  bench.write(kCr, kBypshad);
  set(0, 0x2101);
  run(Duration::from_ms(500));
  bench.write(kShiftr, 64);  // a quarter of a second back
  EXPECT_EQ(bench.read(kSsr), 255u - 64u);
  run(Duration::from_ms(700));
  EXPECT_EQ(bench.read(kTr), 0u);
  run(Duration::from_ms(60));
  EXPECT_EQ(bench.read(kTr), 1u);
  bench.write(kShiftr, 1u << 31);
  EXPECT_EQ(bench.read(kTr), 2u);
}

TEST_F(StRtc, AddsAndSubtractsAnHour) {
  set(0x12'0000, 0x2101);
  bench.write(kCr, 1u << 16);
  EXPECT_EQ(time(), 0x13'0000u);
  bench.write(kCr, 1u << 17);
  EXPECT_EQ(time(), 0x12'0000u);
  EXPECT_EQ(bench.read(kCr), 0u);  // ADD1H and SUB1H read 0
}

// "The backup domain is not affected by a system reset".
TEST_F(StRtc, GoesOnOverASystemReset) {
  set(0, 0x2101);
  bench.write(kBkp0r + 4 * 31, 0x1234);
  bench.write(kAlrmar, kAnyDay | kAnyHour | kAnyMinute | 0x10);
  bench.write(kCr, kAlrae | kAlraie);
  run(seconds(5));
  bench.reset(ResetKind::kSoftware);
  EXPECT_EQ(time(), 5u);
  EXPECT_EQ(bench.read(kBkp0r + 4 * 31), 0x1234u);
  run(seconds(5));
  EXPECT_EQ(alarms.rises, 1u);
}

TEST_F(StRtc, TheBackupResetClearsEverything) {
  set(0x12'3456, 0x2105);
  bench.write(kBkp0r, 0x1234);
  bench.write(kCr, kFmt);
  bench.fabric.line("rcc.bdrst").set(true);
  bench.fabric.line("rcc.bdrst").set(false);
  EXPECT_EQ(time(), 0u);
  EXPECT_EQ(date(), 0x2101u);
  EXPECT_EQ(bench.read(kBkp0r), 0u);
  EXPECT_EQ(bench.read(kCr), 0u);
}

TEST_F(StRtc, ReportsWhatItDoesNotModel) {
  bench.write(kCr, 1u << 11);
  EXPECT_TRUE(bench.reported("CR.TSE"));
  bench.write(kRtc + 0x3C, 1);
  EXPECT_TRUE(bench.reported("CALR.CALM"));
  bench.write(kRtc + 0x40, 1);
  EXPECT_TRUE(bench.reported("TAMPCR"));
}

TEST_F(StRtc, HasTheSameFutureAfterRestore) {
  set(0x235950, 0x2101);
  bench.write(kAlrmar, kAnyDay | kAnyHour | kAnyMinute | 0x05);
  bench.write(kWutr, 7);
  bench.write(kCr, kAlrae | kAlraie | kWute | kWutie | 4);
  run(Duration::from_ms(3'300));
  bench.read(kSsr);
  PeripheralBench other;
  other.clocks.signal("rtc_ker").set(32'768);
  other.add("rtc", "st.rtc_v2", kRtc, "", 0x400);
  other.restore(bench.save());
  EdgeCounter others(other, &other.fabric.line("exti.18"));
  EdgeCounter other_wakeups(other, &other.fabric.line("exti.20"));
  bench.run_for(seconds(20));
  other.run_for(seconds(20));
  EXPECT_EQ(others.rises, 1u);
  EXPECT_EQ(others.last, alarms.last);
  EXPECT_EQ(other_wakeups.last, wakeups.last);
  EXPECT_EQ(bench.read(kTr), other.read(kTr));
  EXPECT_TRUE(bench.differences(other).empty());
}

}  // namespace
}  // namespace tinyscope::test
