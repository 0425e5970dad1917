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

Activity activity(ActivityEvent event, std::uint64_t count) {
  Activity result;
  result.events[static_cast<std::size_t>(event)] = count;
  return result;
}

// 1000 multiplies of 50 pC are 0.05 uA s, on top of 1 s at 100 uA; at 2 V.
TEST(Energy, AddsTheChargeOfEachEvent) {
  PowerDescription model{2.0, "s", {{"cpu", "run", "", 100, 0.1, "a"}}};
  model.activities = {{ActivityEvent::kMultiply, "", 50, 0.5, "b"}};
  EnergyMeter meter(model, {}, 1'000'000);
  EXPECT_NEAR(meter.run(1'000'000, activity(ActivityEvent::kMultiply, 1000)).value, 100.05, 1e-9);
  EXPECT_NEAR(meter.run(1'000'000, activity(ActivityEvent::kLoad, 1000)).value, 100, 1e-9);
  const EnergyReport report = meter.report(at_ms(2000));
  ASSERT_THAT(report.parts, SizeIs(2));
  EXPECT_EQ(report.parts[0].state, "multiply");
  EXPECT_EQ(report.parts[0].events, 1000u);
  EXPECT_NEAR(report.parts[0].uj.value, 0.1, 1e-9);
  EXPECT_NEAR(report.parts[0].uj.low, 0.05, 1e-9);
  EXPECT_NEAR(report.parts[0].uj.high, 0.15, 1e-9);
  EXPECT_NEAR(report.average_mw.value, 1e-3 * 400.1 / 2, 1e-9);
}

TEST(Energy, TakesAChargeOnlyUnderItsCondition) {
  PowerDescription model{2.0, "s", {{"cpu", "run", "", 100, 0, "a"}}};
  model.activities = {{ActivityEvent::kFlashRead, "pwr=boost", 1000, 0, "b"}};
  EnergyMeter meter(model, {}, 1'000'000);
  const Activity reads = activity(ActivityEvent::kFlashRead, 1000);
  EXPECT_NEAR(meter.run(1'000'000, reads).value, 100, 1e-9);
  meter.change({"pwr", "boost", at_ms(1000)});
  EXPECT_NEAR(meter.run(1'000'000, reads).value, 101, 1e-9);
}

// 3.3 mA at 3.0 V behind a DC/DC is 9.9 mW at any supply; behind an LDO the current stays.
TEST(Energy, FollowsTheSupplyAsTheRegulatorHasIt) {
  PowerDescription model{6.0, "s", {{"cpu", "run", "", 3300, 0, "a"}}};
  model.measured_volts = 3.0;
  model.currents[0].regulator = Regulator::kSwitching;
  EnergyMeter switching(model, {}, 1'000'000);
  EXPECT_NEAR(switching.energy_uj(switching.run(1'000'000)).value, 9900, 1e-6);
  model.currents[0].regulator = Regulator::kLinear;
  EnergyMeter linear(model, {}, 1'000'000);
  EXPECT_NEAR(linear.energy_uj(linear.run(1'000'000)).value, 19800, 1e-6);
  model.currents[0].regulator = Regulator::kSwitching;
  model.currents[0].volts = 2.0;  // measured apart from the rest
  EnergyMeter apart(model, {}, 1'000'000);
  EXPECT_NEAR(apart.energy_uj(apart.run(1'000'000)).value, 6600, 1e-6);
}

TEST(Energy, TakesTheCurrentOfCodeInRamWhereThereIsOne) {
  PowerDescription model{
      3.0, "s", {{"cpu", "run", "", 3000, 0, "a"}, {"cpu", "run", "", 2000, 0, "b"}}};
  model.currents[1].code = "ram";
  EnergyMeter meter(model, {}, 1'000'000);
  Activity mixed;
  mixed.ram_cycles = 250'000;
  EXPECT_NEAR(meter.run(1'000'000, mixed).value, 0.75 * 3000 + 0.25 * 2000, 1e-9);
}

// The bench's flash ends at 0x10000; a function behind it runs from RAM.
TEST(Energy, KnowsWhichCodeRunsFromRam) {
  SocDescription soc = test::sample_soc();
  soc.power = power({{"cpu", "run", "", 3000, 0, "a"}, {"cpu", "run", "", 2000, 0, "b"}});
  soc.power.currents[1].code = "ram";
  auto symbols = test::sample_symbols();
  symbols.push_back(test::function("rt::eval_in_ram(Node const&)", 0x20003000));
  test::ProfilerBench bench({test::sample_rules()}, symbols, soc);
  bench.profiler->set_flash(0, 0x10000);
  bench.script->call(test::kInvoke);
  bench.script->call(0x20003000);
  bench.script->work(990);
  bench.script->ret();
  bench.script->call(test::kSoftmax);
  bench.script->work(990);
  bench.script->ret();
  bench.script->ret();
  const ProfileReport report = bench.report();
  ASSERT_THAT(report.inferences[0].layers, SizeIs(2));
  EXPECT_NEAR(report.inferences[0].layers[0].energy_uj.value, 3.0 * 2000 * 1e-3, 1e-9);
  EXPECT_NEAR(report.inferences[0].layers[1].energy_uj.value, 3.0 * 3000 * 1e-3, 1e-9);
}

TEST(Energy, ChargesAWakeUpToWhoeverSlept) {
  PowerDescription model{
      3.0, "s", {{"cpu", "run", "", 1000, 0, "a"}, {"cpu", "stop", "", 1, 0, "b"}}};
  model.wake_ups = {{"stop", 5000, 0, "c"}};
  EnergyMeter meter(model, {}, 1'000'000);
  EXPECT_NEAR(meter.run(1'000'000).value, 1000, 1e-9);
  meter.change({"cpu", "stop", at_ms(1000)});
  meter.change({"cpu", "run", at_ms(3000)});
  EXPECT_NEAR(meter.sleep(2'000'000).value, 2 * 1 + 5, 1e-9);
  EXPECT_NEAR(meter.run(1'000'000).value, 1000, 1e-9);
  const EnergyReport report = meter.report(at_ms(4000));
  ASSERT_THAT(report.parts, SizeIs(3));
  EXPECT_EQ(report.parts[2].state, "wake-up from stop");
  EXPECT_EQ(report.parts[2].events, 1u);
}

// Whatever order events come in, what the owners were told adds up to the parts.
TEST(Energy, OfAllStretchesIsThatOfAllParts) {
  PowerDescription model = power({{"cpu", "run", "", 1000, 0.1, "a", 10},
                                  {"cpu", "sleep", "", 7, 0.3, "b"},
                                  {"pdm", "on", "", 700, 0.2, "c"}});
  model.activities = {{ActivityEvent::kInstruction, "", 20, 0.5, "d"}};
  EnergyMeter meter(model, {}, 1'000'000);
  Bounded sum;
  sum += meter.run(123'456, activity(ActivityEvent::kInstruction, 100'000));
  meter.change({"pdm", "on", at_ms(200)});  // within the next stretch
  sum += meter.run(200'000, activity(ActivityEvent::kInstruction, 100'000));
  meter.change({"cpu", "sleep", at_ms(323)});
  meter.change({"pdm", "", at_ms(900)});  // while asleep
  sum += meter.sleep(1'000'000);
  sum += meter.run(1000);
  const EnergyReport report = meter.report({});
  const Estimate told = meter.energy_uj(sum);
  EXPECT_NEAR(told.value, report.total_uj.value, 1e-9 * told.value);
  EXPECT_NEAR(told.low, report.total_uj.low, 1e-9 * told.low);
  EXPECT_NEAR(told.high, report.total_uj.high, 1e-9 * told.high);
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
