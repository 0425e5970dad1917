// Fits against traces that are made from known numbers.
#include "profiler/calibration.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>
#include <random>

#include "sim/error.hpp"

namespace tinyscope {
namespace {

using ::testing::HasSubstr;
using ::testing::SizeIs;

constexpr double kBin = 1e-3;

PowerDescription model(double run_per_mhz, double sleep, double multiply) {
  PowerDescription power{1.8,
                         "s",
                         {{"cpu", "run", "", 0, 0.2, "a", run_per_mhz},
                          {"cpu", "sleep", "", sleep, 0.5, "b"},
                          {"uart", "on", "", 400, 0.5, "c"}}};
  power.activities = {{ActivityEvent::kMultiply, "", multiply, 0.5, "d"}};
  return power;
}

// A program of 1 MHz: 20 ms of scalar code, 30 ms of dense code, 17 ms asleep, and again.
void play(PowerTrace& trace, int rounds) {
  std::uint64_t now = 0;
  const auto work = [&](std::uint64_t cycles, std::uint32_t multiplies) {
    for (std::uint64_t done = 0; done < cycles; done += 100) {
      BlockRetired block;
      block.cycles_before = {now};
      block.cycles[StallCause::kIssue] = 100;
      block.instructions = 90;
      block.multiplies = multiplies;
      trace.on_block_retired(block);
      now += 100;
    }
  };
  const auto at = [&] { return TimePoint{now * 1'000'000}; };
  for (int i = 0; i < rounds; ++i) {
    work(20'000, 1);
    work(30'000, 40);
    trace.on_power_state({"cpu", "sleep", at()});
    now += 17'000;
    trace.on_power_state({"cpu", "run", at()});
    trace.on_sleep({{now - 17'000}, {17'000}});
  }
  trace.finish();
}

// What an instrument would have written of the program under `truth`, from `lead` seconds before it
// began on.
MeasuredTrace measured(const PowerDescription& truth, int rounds, double noise_mw,
                       std::size_t lead) {
  PowerTrace run(truth, {}, 1'000'000, kBin, 0);
  play(run, rounds);
  std::mt19937 random(7);
  std::normal_distribution<double> noise(0, noise_mw);
  MeasuredTrace trace{"test", kBin, {}};
  for (std::size_t i = 0; i < lead; ++i) trace.milliwatts.push_back(0.1 + noise(random));
  for (const PowerTrace::Bin& bin : run.bins()) {
    trace.milliwatts.push_back(bin.microjoules / kBin * 1e-3 + noise(random));
  }
  return trace;
}

Calibration fit(const PowerDescription& start, const MeasuredTrace& trace, int rounds,
                std::optional<double> offset = std::nullopt) {
  PowerTrace run(start, {}, 1'000'000, kBin, 0);
  const std::vector<std::size_t> terms = free_terms(run.meter());
  run.follow(terms);
  play(run, rounds);
  return calibrate(run, terms, trace, offset);
}

double fitted(const Calibration& result, const std::string& name) {
  for (const FittedNumber& number : result.numbers) {
    if (number.name == name) return number.undetermined.empty() ? number.after : -1;
  }
  return -2;
}

TEST(Calibration, FindsTheNumbersThatATraceWasMadeFrom) {
  const MeasuredTrace trace = measured(model(250, 30, 900), 12, 0, 0);
  const Calibration result = fit(model(200, 100, 500), trace, 12);
  EXPECT_NEAR(fitted(result, "cpu run, microamps_per_mhz"), 250, 0.01);
  EXPECT_NEAR(fitted(result, "cpu sleep, microamps"), 30, 0.01);
  EXPECT_NEAR(fitted(result, "cpu multiply, picocoulombs"), 900, 0.1);
  EXPECT_LT(result.percent(), 0.01);
  EXPECT_GT(result.rms_before_mw, 0.05);
  ASSERT_THAT(result.states, SizeIs(2));
  EXPECT_EQ(result.states[0].state, "cpu run");
}

TEST(Calibration, FindsThemWithinTheNoiseAndSaysHowWell) {
  const double noise_mw = 0.05;
  const MeasuredTrace trace = measured(model(250, 30, 900), 12, noise_mw, 0);
  const Calibration result = fit(model(200, 100, 500), trace, 12, 0.0);
  for (const FittedNumber& number : result.numbers) {
    if (!number.undetermined.empty()) continue;
    const double truth = number.name.find("run") != std::string::npos     ? 250
                         : number.name.find("sleep") != std::string::npos ? 30
                                                                          : 900;
    EXPECT_NEAR(number.after, truth, 4 * number.error) << number.name;
    EXPECT_GT(number.error, 0);
    EXPECT_LT(number.error, 0.2 * truth) << number.name;
  }
  EXPECT_NEAR(result.rms_mw, noise_mw, 0.2 * noise_mw);
}

TEST(Calibration, FindsWhenTheRunBegan) {
  const MeasuredTrace trace = measured(model(250, 30, 900), 12, 0.01, 123);
  const Calibration result = fit(model(200, 100, 500), trace, 12);
  EXPECT_NEAR(result.offset_seconds, 0.123, 0.0011);
  EXPECT_NEAR(fitted(result, "cpu run, microamps_per_mhz"), 250, 5);
}

// The instrument was started when the board had run for 67 ms, one round of the program.
TEST(Calibration, LeavesOutTheBeginOfTheRun) {
  MeasuredTrace trace = measured(model(250, 30, 900), 12, 0.001, 0);
  for (std::size_t i = 0; i < 67; ++i) trace.milliwatts[i] = 5;  // something else
  PowerTrace run(model(200, 100, 500), {}, 1'000'000, kBin, 0);
  const std::vector<std::size_t> terms = free_terms(run.meter());
  run.follow(terms);
  play(run, 12);
  const Calibration all = calibrate(run, terms, trace, 0.0);
  const Calibration rest = calibrate(run, terms, trace, 0.0, 0.067);
  EXPECT_GT(all.percent(), 10);
  EXPECT_LT(rest.percent(), 1);
  EXPECT_EQ(rest.bins + 67, all.bins);
}

TEST(Calibration, SaysWhichNumbersTheTraceDoesNotTell) {
  // A current that is there all the time a run lasts cannot be told from one for each megahertz.
  PowerDescription start = model(200, 100, 500);
  start.currents[0].microamps = 10;
  const Calibration result = fit(start, measured(model(250, 30, 900), 12, 0, 0), 12, 0.0);
  std::size_t open = 0;
  for (const FittedNumber& number : result.numbers) {
    if (number.undetermined.empty()) continue;
    ++open;
    EXPECT_EQ(number.name, "cpu run, microamps");
    EXPECT_THAT(number.undetermined, HasSubstr("cannot be told apart"));
    EXPECT_EQ(number.after, 10);
  }
  EXPECT_EQ(open, 1u);
  EXPECT_LT(result.percent(), 0.01) << "the other one makes up for it";
}

TEST(Calibration, FitsOnlyWhatIsMarkedFree) {
  PowerDescription start = model(200, 30, 900);
  start.currents[0].free = true;
  const Calibration result = fit(start, measured(model(250, 30, 900), 6, 0, 0), 6, 0.0);
  ASSERT_THAT(result.numbers, SizeIs(1));
  EXPECT_NEAR(result.numbers[0].after, 250, 0.01);
}

TEST(Calibration, LeavesNothingBelowZero) {
  PowerDescription truth = model(250, 0, 900);
  MeasuredTrace trace = measured(truth, 12, 0, 0);
  for (double& sample : trace.milliwatts) sample -= 0.02;  // an instrument with an offset
  const Calibration result = fit(model(200, 100, 500), trace, 12, 0.0);
  for (const FittedNumber& number : result.numbers) EXPECT_GE(number.after, 0) << number.name;
}

TEST(Calibration, NeedsTimeInCommon) {
  const MeasuredTrace trace = measured(model(250, 30, 900), 2, 0, 0);
  EXPECT_THROW(fit(model(200, 100, 500), trace, 2, 10.0), InputError);
}

TEST(Calibration, WritesAFileThatGivesTheFittedModel) {
  const MeasuredTrace trace = measured(model(250, 30, 900), 12, 0, 0);
  PowerDescription power = model(200, 100, 500);
  PowerTrace run(power, {}, 1'000'000, kBin, 0);
  const std::vector<std::size_t> terms = free_terms(run.meter());
  run.follow(terms);
  play(run, 12);
  const Calibration result = calibrate(run, terms, trace, 0.0);
  const std::string text = override_toml(result, run.meter(), "a \"trace\".csv");
  const std::vector<std::string> units = {"cpu", "uart"};
  std::vector<CurrentDescription> board;
  override_power(TomlTable::from_text(text, "fitted.toml"), power, board, units);
  EXPECT_NEAR(power.currents[0].microamps_per_mhz, 250, 0.01);
  EXPECT_NEAR(power.currents[1].microamps, 30, 0.01);
  EXPECT_EQ(power.currents[2].microamps, 400) << "was not in use";
  EXPECT_NEAR(power.activities[0].picocoulombs, 900, 0.1);
  EXPECT_THAT(power.currents[0].source, HasSubstr("a \"trace\".csv"));
}

}  // namespace
}  // namespace tinyscope
