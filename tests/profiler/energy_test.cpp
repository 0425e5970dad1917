#include "profiler/energy.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/profiler/bench.hpp"

namespace tinyscope {
namespace {

using ::testing::HasSubstr;
using ::testing::SizeIs;

constexpr TimePoint at_ms(std::uint64_t ms) { return {ms * 1'000'000'000u}; }

PowerDescription power(std::vector<CurrentDescription> currents) {
  return {3.0, "data sheet", std::move(currents)};
}

TEST(Energy, IsVoltageTimesCurrentTimesTimeOfTheCpu) {
  EnergyMeter meter(power({{"cpu", "run", "", 2000, 0.1, "a"}, {"cpu", "sleep", "", 10, 0.5, "b"}}),
                    {}, 1'000'000);
  meter.run(500'000);      // 0.5 s
  meter.sleep(1'500'000);  // 1.5 s
  const EnergyReport report = meter.report(at_ms(2000));
  ASSERT_THAT(report.parts, SizeIs(2));
  EXPECT_EQ(report.parts[0].state, "run");
  EXPECT_NEAR(report.parts[0].seconds, 0.5, 1e-12);
  EXPECT_NEAR(report.parts[0].uj.value, 3.0 * 2000 * 0.5, 1e-9);
  EXPECT_NEAR(report.parts[0].uj.low, 3.0 * 1800 * 0.5, 1e-9);
  EXPECT_NEAR(report.parts[0].uj.high, 3.0 * 2200 * 0.5, 1e-9);
  EXPECT_EQ(report.parts[0].source, "a");
  EXPECT_NEAR(report.parts[1].uj.value, 3.0 * 10 * 1.5, 1e-9);
  EXPECT_NEAR(report.total_uj.value, 3000 + 45, 1e-9);
  EXPECT_NEAR(report.total_uj.high, 3300 + 67.5, 1e-9);
}

TEST(Energy, CountsAUnitWhileItIsInAState) {
  EnergyMeter meter(power({{"pdm", "on", "", 700, 0, "a"}}), {}, 1'000'000);
  meter.change({"pdm", "on", at_ms(100)});
  meter.change({"pdm", "", at_ms(350)});
  meter.change({"pdm", "on", at_ms(900)});
  const EnergyReport report = meter.report(at_ms(1000));
  ASSERT_THAT(report.parts, SizeIs(1));
  EXPECT_NEAR(report.parts[0].seconds, 0.35, 1e-12);
}

TEST(Energy, FollowsTheConditionOfACurrent) {
  EnergyMeter meter(power({{"cpu", "run", "regulator=ldo", 6300, 0, "a"},
                           {"cpu", "run", "regulator=dcdc", 3300, 0, "b"}}),
                    {}, 1'000'000);
  meter.change({"regulator", "ldo", at_ms(0)});
  EXPECT_NEAR(meter.run(1'000'000).value, 6300, 1e-9);
  meter.change({"regulator", "dcdc", at_ms(1000)});
  EXPECT_NEAR(meter.run(1'000'000).value, 3300, 1e-9);
  const EnergyReport report = meter.report(at_ms(2000));
  ASSERT_THAT(report.parts, SizeIs(2));
  EXPECT_EQ(report.parts[0].condition, "regulator=ldo");
}

TEST(Energy, TakesTheLargestCurrentAndSaysSoIfNobodyReportsTheCondition) {
  EnergyMeter meter(power({{"cpu", "run", "regulator=dcdc", 3300, 0, "b"},
                           {"cpu", "run", "regulator=ldo", 6300, 0, "a"}}),
                    {}, 1'000'000);
  EXPECT_NEAR(meter.run(1'000'000).value, 6300, 1e-9);
  RunNotes notes;
  meter.note_assumptions(notes);
  ASSERT_THAT(notes.assumptions(), SizeIs(2));
  EXPECT_THAT(notes.assumptions()[1].text, HasSubstr("regulator=ldo"));
}

TEST(Energy, UsesTheClockInForce) {
  EnergyMeter meter(power({{"cpu", "run", "", 1000, 0, "a"}}), {}, 1'000'000);
  EXPECT_NEAR(meter.run(1'000'000).value, 1000, 1e-9);
  meter.set_clock(4'000'000);
  EXPECT_NEAR(meter.run(1'000'000).value, 250, 1e-9);
}

// 1000 uA + 100 uA/MHz: at 1 MHz 1100 uA for 1 s, at 4 MHz 1400 uA for 0.25 s.
TEST(Energy, FollowsTheCpuClockWhereTheCurrentDoes) {
  EnergyMeter meter(power({{"cpu", "run", "", 1000, 0.1, "a", 100}}), {}, 1'000'000);
  EXPECT_NEAR(meter.run(1'000'000).value, 1100, 1e-9);
  meter.set_clock(4'000'000);
  EXPECT_NEAR(meter.run(1'000'000).value, 350, 1e-9);
  const EnergyReport report = meter.report(at_ms(1250));
  ASSERT_THAT(report.parts, SizeIs(1));
  EXPECT_NEAR(report.parts[0].uj.value, 3.0 * 1450, 1e-9);
  EXPECT_NEAR(report.parts[0].uj.low, 3.0 * 1305, 1e-9);
  EXPECT_NEAR(report.parts[0].uj.high, 3.0 * 1595, 1e-9);
}

TEST(Energy, ComparesCurrentsAtTheClockInForce) {
  EnergyMeter meter(power({{"cpu", "run", "regulator=ldo", 3000, 0, "a"},
                           {"cpu", "run", "regulator=dcdc", 0, 0, "b", 100}}),
                    {}, 64'000'000);
  EXPECT_NEAR(meter.run(64'000'000).value, 6400, 1e-9);
}

TEST(Energy, TakesTheKindOfSleepThatWasReported) {
  EnergyMeter meter(power({{"cpu", "sleep", "", 1000, 0, "a"}, {"cpu", "stop2", "", 1, 0, "b"}}),
                    {}, 1'000'000);
  meter.change({"cpu", "stop2", at_ms(0)});
  meter.change({"cpu", "run", at_ms(1000)});
  EXPECT_NEAR(meter.sleep(1'000'000).value, 1, 1e-9);
}

TEST(Energy, OfALayerIncludesWhatOtherUnitsDrewMeanwhile) {
  SocDescription soc = test::sample_soc();
  soc.power = power({{"cpu", "run", "", 1000, 0, "a"}, {"pdm", "on", "", 500, 0, "b"}});
  test::ProfilerBench bench({test::sample_rules()}, test::sample_symbols(), soc);
  bench.script->call(test::kInvoke);
  bench.script->call(test::kSoftmax);
  bench.script->work(1000);
  bench.profiler->listener().on_power_state({"pdm", "on", {bench.script->now() * 1'000'000}});
  bench.script->work(990);
  bench.script->ret();
  bench.script->ret();
  const ProfileReport report = bench.report();
  // 1 MHz: 1000 us at 1000 uA, then 1000 us at 1500 uA, 3 V
  EXPECT_NEAR(report.inferences[0].layers[0].energy_uj.value, 3.0 * (1.0 + 1.5), 1e-9);
  ASSERT_TRUE(report.energy.per_inference_uj);
  EXPECT_NEAR(report.energy.per_inference_uj->value, report.inferences[0].energy_uj.value, 1e-9);
}

TEST(Energy, IsLeftOutAndExplainedWithoutCurrents) {
  test::ProfilerBench bench;
  bench.inference();
  const ProfileReport report = bench.report();
  EXPECT_FALSE(report.energy.per_inference_uj);
  ASSERT_THAT(report.assumptions, SizeIs(1));
  EXPECT_THAT(report.assumptions[0].text, HasSubstr("no currents are known"));
}

}  // namespace
}  // namespace tinyscope
