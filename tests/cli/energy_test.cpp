// The energy model from the command line: supply, battery, calibration, replaced currents.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/cli/program.hpp"
#include "tests/support/paths.hpp"

namespace tinyscope {
namespace {

using namespace test;
using ::testing::HasSubstr;

const std::string kKws = TINYSCOPE_SOURCE_DIR "/firmware-samples/kws/prebuilt/kws-verify-dsp.elf";

std::string flat_trace(double microamps) {
  std::string text = "Timestamp(ms),Current(uA),D0-D7\n";
  for (int ms = 0; ms < 3000; ++ms) {
    text += std::to_string(ms) + "," + std::to_string(microamps) + ",00000000\n";
  }
  return text;
}

// An LDO draws the same current at any supply.
TEST(EnergyOptions, TheSupplyScalesEnergyAsTheRegulatorHasIt) {
  const auto at3 = profile_json({kKws, "--until", "inferences:1", "--supply", "3.0"});
  const auto at2 = profile_json({kKws, "--until", "inferences:1", "--supply", "2.0"});
  std::size_t compared = 0;
  for (const auto& part : at3["energy"]["parts"]) {
    if (part["condition"] != "regulator=ldo") continue;
    for (const auto& other : at2["energy"]["parts"]) {
      if (other["unit"] != part["unit"] || other["state"] != part["state"]) continue;
      EXPECT_NEAR(other["energy_uj"].get<double>() * 1.5, part["energy_uj"].get<double>(), 1e-6);
      ++compared;
    }
  }
  EXPECT_GT(compared, 0u);
}

TEST(EnergyOptions, ABatteryFeedsTheBoardAndLasts) {
  const Outcome outcome =
      tinyscope_program({"profile", kKws, "--board", "nano33ble-sense", "--until", "inferences:1",
                         "--battery", "cr2032", "--period", "10s"});
  ASSERT_EQ(outcome.status, 0) << outcome.error;
  EXPECT_THAT(outcome.out, HasSubstr("Battery cr2032, 225 mAh"));
  EXPECT_THAT(outcome.out, HasSubstr("each           10 s"));
  EXPECT_THAT(outcome.out, HasSubstr("nominal voltage of the battery cr2032"));
}

TEST(EnergyOptions, ABatteryThatNobodyKnowsIsRefusedBeforeTheRun) {
  const Outcome outcome =
      tinyscope_program({"profile", kKws, "--board", "nano33ble-sense", "--battery", "potato"});
  EXPECT_EQ(outcome.status, kUsage);
  EXPECT_THAT(outcome.error, HasSubstr("--battery potato: expected cr2032"));
}

// A board that draws 7 mA at 3 V whatever it does: 21 mW, in the fit and in a profile with it.
TEST(EnergyCalibration, FitsATraceAndTheResultIsReadBack) {
  const TemporaryFile trace("trace.csv", flat_trace(7000));
  const TemporaryFile fitted("fitted.toml");
  const Outcome outcome =
      tinyscope_program({"energy", "calibrate", kKws, "--board", "nano33ble-sense", "--until",
                         "inferences:1", "--supply", "3.0", "--trace", trace.path(),
                         "--trace-offset", "100ms", "--out", fitted.path()});
  ASSERT_EQ(outcome.status, 0) << outcome.error;
  EXPECT_THAT(outcome.out, HasSubstr("Trace: PPK2, 3000 samples"));
  EXPECT_THAT(outcome.out, HasSubstr("21 mW measured on average"));
  EXPECT_THAT(fitted.content(), HasSubstr("unit = \"cpu\"\nstate = \"run\""));
  const auto report =
      profile_json({kKws, "--until", "inferences:1", "--supply", "3.0", "--power", fitted.path()});
  const double average =
      report["energy"]["total_uj"].get<double>() / report["simulated_seconds"].get<double>() * 1e-3;
  EXPECT_NEAR(average, 21, 0.5);
}

TEST(EnergyCalibration, ABadTraceIsOneClearError) {
  const TemporaryFile trace("trace.csv", "Timestamp(ms),Current(uA)\n0,abc\n");
  const Outcome outcome =
      tinyscope_program({"energy", "calibrate", kKws, "--board", "nano33ble-sense", "--supply",
                         "3.0", "--trace", trace.path()});
  EXPECT_EQ(outcome.status, kUsage);
  EXPECT_THAT(outcome.error, HasSubstr(":2: expected a number for current"));
  const Outcome missing = tinyscope_program(
      {"energy", "calibrate", kKws, "--board", "nano33ble-sense", "--trace", "/nonexistent.csv"});
  EXPECT_EQ(missing.status, kUsage);
  EXPECT_THAT(missing.error, HasSubstr("cannot read this file"));
}

}  // namespace
}  // namespace tinyscope
