#include "profiler/battery.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "sim/error.hpp"
#include "tests/profiler/bench.hpp"

namespace tinyscope {
namespace {

using ::testing::HasSubstr;

SocDescription chip() {
  SocDescription soc = test::sample_soc();  // 1 MHz
  soc.power = {3.0,
               "data sheet",
               {{"cpu", "run", "", 10'000, 0, "a"},
                {"cpu", "sleep", "", 1000, 0, "b"},
                {"cpu", "stop", "", 2, 0.5, "c"},
                {"cpu", "off", "", 0.1, 0, "d"}}};
  return soc;
}

// The inference of the bench: some 1 ms at 10 mA, then 0.999 s at the 2 uA of `stop`.
TEST(Battery, LastsAsLongAsItsChargeDoes) {
  test::ProfilerBench bench({test::sample_rules()}, test::sample_symbols(), chip());
  bench.inference(800, 100);
  ProfileReport report = bench.report();
  add_battery_life(report, bench.profiler->energy(), parse_battery("coin:100mAh,3.0V"), 1.0);
  ASSERT_TRUE(report.energy.battery);
  const BatteryReport& battery = *report.energy.battery;
  const double active = static_cast<double>(report.inferences[0].elapsed_cycles) * 1e-6;
  EXPECT_NEAR(battery.active_seconds, active, 1e-12);
  const double microamps = 10'000 * active + 2 * (1 - active);
  EXPECT_NEAR(battery.life_hours.value, 100'000 / microamps, 1e-6);
  EXPECT_NEAR(battery.life_hours.low, 100'000 / (10'000 * active + 3 * (1 - active)), 1e-6);
  EXPECT_NEAR(battery.life_hours.high, 100'000 / (10'000 * active + 1 * (1 - active)), 1e-6);
  EXPECT_NEAR(battery.sleep_percent, 100 * 2 * (1 - active) / microamps, 1e-9);
  EXPECT_THAT(battery.sleep_state, HasSubstr("stop, the deepest of the chip"));
}

TEST(Battery, SleepsAsTheRunDid) {
  test::ProfilerBench bench({test::sample_rules()}, test::sample_symbols(), chip());
  bench.inference();
  bench.script->sleep(5000);
  ProfileReport report = bench.report();
  add_battery_life(report, bench.profiler->energy(), parse_battery("cr2032"), 10.0);
  ASSERT_TRUE(report.energy.battery);
  EXPECT_THAT(report.energy.battery->sleep_state, HasSubstr("sleep as in this run"));
  EXPECT_NEAR(report.energy.battery->sleep_uj.value,
              3.0 * 1000 * (10 - report.energy.battery->active_seconds), 1e-6);
}

TEST(Battery, WakesUpOnceAPeriod) {
  SocDescription soc = chip();
  soc.power.wake_ups = {{"stop", 1000, 0, "e"}};  // 1 uA s
  test::ProfilerBench bench({test::sample_rules()}, test::sample_symbols(), soc);
  bench.inference();
  ProfileReport report = bench.report();
  add_battery_life(report, bench.profiler->energy(), parse_battery("cr2032"), 10.0);
  ASSERT_TRUE(report.energy.battery);
  EXPECT_NEAR(report.energy.battery->sleep_uj.value,
              3.0 * (2 * (10 - report.energy.battery->active_seconds) + 1), 1e-9);
}

TEST(Battery, SaysWhenThePeriodIsTooShort) {
  test::ProfilerBench bench({test::sample_rules()}, test::sample_symbols(), chip());
  bench.inference();
  ProfileReport report = bench.report();
  add_battery_life(report, bench.profiler->energy(), parse_battery("cr2032"), 1e-6);
  ASSERT_TRUE(report.energy.battery);
  EXPECT_EQ(report.energy.battery->period_seconds, report.energy.battery->active_seconds);
  EXPECT_EQ(report.energy.battery->sleep_uj.value, 0);
  EXPECT_THAT(report.assumptions[report.assumptions.size() - 2].text,
              HasSubstr("longer than the period"));
}

TEST(Battery, NeedsAnInference) {
  test::ProfilerBench bench({test::sample_rules()}, test::sample_symbols(), chip());
  bench.script->work(1000);
  ProfileReport report = bench.report();
  add_battery_life(report, bench.profiler->energy(), parse_battery("cr2032"), 1.0);
  EXPECT_FALSE(report.energy.battery);
  EXPECT_THAT(report.assumptions.back().text, HasSubstr("no inference completed"));
}

TEST(Battery, IsNamedOrDescribed) {
  EXPECT_EQ(parse_battery("cr2032").capacity_mah, 225);
  EXPECT_EQ(parse_battery("cr2032").volts, 3.0);
  EXPECT_EQ(parse_battery("lipo-500").capacity_mah, 500);
  EXPECT_EQ(parse_battery("mine:1200mAh,3.6").volts, 3.6);
  for (const char* bad : {"", "cr9999", "lipo-", "lipo-x", "lipo--5", "mine", "mine:100", ":5,3",
                          "mine:0,3", "mine:5,nan", "mine:5,3x"}) {
    EXPECT_THROW(parse_battery(bad), InputError) << bad;
  }
}

}  // namespace
}  // namespace tinyscope
