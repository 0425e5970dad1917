// The sample firmware of the Arduino Nano 33 BLE Sense with its stimuli: what each prints, and what
// its profile must show. Keyword spotting is in command_line_test.cpp.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <regex>

#include "tests/cli/program.hpp"
#include "tests/support/paths.hpp"

namespace tinyscope {
namespace {

using namespace test;
using ::testing::ElementsAre;
using ::testing::HasSubstr;

std::string sample(const std::string& file) {
  return std::string(TINYSCOPE_SOURCE_DIR "/firmware-samples/") + file;
}

// What the firmware said in each of its lines "RESULT n: WORD ...".
std::vector<std::string> results(const std::string& out) {
  static const std::regex kLine("RESULT [0-9]+: ([a-z]+)");
  std::vector<std::string> words;
  for (std::sregex_iterator match(out.begin(), out.end(), kLine), end; match != end; ++match) {
    words.push_back((*match)[1]);
  }
  return words;
}

std::vector<std::string> layer_names(const nlohmann::json& report) {
  std::vector<std::string> names;
  for (const auto& layer : report["inferences"][0]["layers"]) names.push_back(layer["op"]);
  return names;
}

std::uint64_t macs(const nlohmann::json& report) {
  std::uint64_t sum = 0;
  for (const auto& layer : report["inferences"][0]["layers"]) {
    if (!layer["macs"].is_null()) sum += layer["macs"].get<std::uint64_t>();
  }
  return sum;
}

// The order in which ad/train/train.py recorded the sounds (RECORDING): healthy, healthy, rattle,
// healthy, squeal, cavitation, healthy.
TEST(Samples, TheAnomalyDetectorHearsEachFaultOfThePump) {
  const Outcome outcome =
      tinyscope_program({"run", sample("ad/prebuilt/ad-dsp.elf"), "--board", "nano33ble-sense",
                         "--mic", sample("ad/audio/pump.wav"), "--until", "uart:RESULT 7"});
  ASSERT_EQ(outcome.status, 0) << outcome.error;
  EXPECT_THAT(results(outcome.out), ElementsAre("healthy", "healthy", "anomaly", "healthy",
                                                "anomaly", "anomaly", "healthy"));
}

TEST(Samples, TheAnomalyDetectorsProfileHasItsFourLayers) {
  const auto report = profile_json({sample("ad/prebuilt/ad-dsp.elf"), "--mic",
                                    sample("ad/audio/pump.wav"), "--until", "inferences:1"});
  EXPECT_EQ(layer_names(report), std::vector<std::string>(4, "FULLY_CONNECTED"));
  EXPECT_EQ(macs(report), 2u * (490 * 64 + 64 * 8));
}

// The order in which gesture/train/train.py recorded the movements (RECORDING), less "none".
TEST(Samples, TheGestureRecogniserSeesEachGestureOnce) {
  const Outcome outcome = tinyscope_program(
      {"run", sample("gesture/prebuilt/gesture-dsp.elf"), "--board", "nano33ble-sense", "--imu",
       sample("gesture/motion/gestures.csv"), "--until", "time:12s"});
  ASSERT_EQ(outcome.status, 0) << outcome.error;
  EXPECT_THAT(results(outcome.out), ElementsAre("ring", "wing", "slope", "wing", "ring"));
}

TEST(Samples, TheGestureRecognisersProfileHasItsLayersAndSleeps) {
  const auto report = profile_json({sample("gesture/prebuilt/gesture-dsp.elf"), "--imu",
                                    sample("gesture/motion/gestures.csv"), "--until", "time:3s"});
  EXPECT_THAT(layer_names(report),
              ElementsAre("CONV_2D", "DEPTHWISE_CONV_2D", "CONV_2D", "DEPTHWISE_CONV_2D", "CONV_2D",
                          "AVERAGE_POOL_2D", "RESHAPE", "FULLY_CONNECTED", "SOFTMAX"));
  // 128 samples by 4, then by 2 and by 2 again.
  EXPECT_EQ(macs(report),
            32u * 16 * 48 + 16u * 16 * 5 + 16u * 32 * 16 + 8u * 32 * 5 + 8u * 32 * 32 + 32u * 4);
  const auto sleep = report["sleep_cycles"].get<double>();
  EXPECT_GT(sleep / report["total_cycles"].get<double>(), 0.9);
}

TEST(Samples, VisualWakeWordsTellsAPictureWithAPersonFromOneWithout) {
  const auto seen = [](const std::string& picture) {
    const Outcome outcome = tinyscope_program(
        {"run", sample("vww/prebuilt/vww-dsp.elf"), "--board", "nano33ble-sense", "--camera",
         sample("vww/pictures/" + picture), "--until", "uart: us", "--limit-time", "10s"});
    EXPECT_EQ(outcome.status, 0) << outcome.error;
    return results(outcome.out);
  };
  EXPECT_THAT(seen("0-person.png"), ElementsAre("person"));
  EXPECT_THAT(seen("1-none.png"), ElementsAre("nobody"));
}

// 96 x 96 halved by the first convolution, then by blocks 1, 2 and 4.
TEST(Samples, VisualWakeWordsProfileHasItsLayers) {
  const auto report =
      profile_json({sample("vww/prebuilt/vww-dsp.elf"), "--camera",
                    sample("vww/pictures/0-person.png"), "--until", "inferences:1"});
  EXPECT_EQ(layer_names(report).size(), 15u);
  EXPECT_EQ(macs(report), 48u * 48 * 8 * 9 + 24u * 24 * (8 * 9 + 8 * 16) +
                              12u * 12 * (16 * 9 + 16 * 32) + 12u * 12 * (32 * 9 + 32 * 32) +
                              6u * 6 * (32 * 9 + 32 * 64) + 6u * 6 * (64 * 9 + 64 * 64) + 64u * 2);
}

// The HTS221's made-up calibration is 30 degrees over 1875 digits.
TEST(Samples, EnvironmentalLoggingPrintsWhatTheSensorsFeelAndSleepsInBetween) {
  const TemporaryFile weather("weather.csv",
                              "time_s,temperature_degC,humidity_percent,pressure_hPa\n"
                              "0,21.5,40,1000\n15,21.5,40,1000\n16,4.25,60,990\n60,4.25,60,990\n");
  const TemporaryFile report_file("report.json");
  const Outcome outcome =
      tinyscope_program({"profile", sample("environment/prebuilt/environment-dsp.elf"), "--board",
                         "nano33ble-sense", "--sensor", "environment=" + weather.path(), "--json",
                         report_file.path(), "--until", "time:25s"});
  ASSERT_EQ(outcome.status, 0) << outcome.error;
  EXPECT_THAT(outcome.out, HasSubstr("RESULT 0: 21.50 degC, 40.00 %RH, 100000 Pa"));
  static const std::regex kLater("RESULT 2: ([0-9.]+) degC, 60.00 %RH, 99000 Pa");
  std::smatch later;
  ASSERT_TRUE(std::regex_search(outcome.out, later, kLater)) << outcome.out.substr(0, 200);
  EXPECT_NEAR(std::stod(later[1]), 4.25, 30.0 / 1875);
  const auto report = nlohmann::json::parse(report_file.content());
  const auto sleep = report["sleep_cycles"].get<double>();
  EXPECT_GT(sleep / report["total_cycles"].get<double>(), 0.99);
  // Between two lines everything is off that can be.
  for (const auto& part : report["energy"]["parts"]) {
    if (part["unit"] == "hfxo" || part["unit"] == "uarte0" || part["unit"] == "timer0") {
      EXPECT_LT(part["seconds"].get<double>(), 1.0) << part["unit"];
    }
  }
}

}  // namespace
}  // namespace tinyscope
