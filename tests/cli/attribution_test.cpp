// What a profile says of functions, phases and several inferences, on whole programs.
#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <map>

#include "sim/image/image.hpp"
#include "tests/cli/program.hpp"
#include "tests/support/paths.hpp"

namespace tinyscope {
namespace {

using namespace test;
using nlohmann::json;
using ::testing::HasSubstr;

const std::string kGesture = TINYSCOPE_SOURCE_DIR "/firmware-samples/gesture/";
const std::string kKws = TINYSCOPE_SOURCE_DIR "/firmware-samples/kws/";
const std::string kVerify = kKws + "prebuilt/kws-verify-dsp.elf";

json gesture_profile(std::vector<std::string> more = {}) {
  std::vector<std::string> arguments = {kGesture + "prebuilt/gesture-dsp.elf", "--imu",
                                        kGesture + "motion/gestures.csv", "--until", "time:2s"};
  arguments.insert(arguments.end(), more.begin(), more.end());
  return profile_json(arguments);
}

std::uint64_t sum(const json& rows) {
  std::uint64_t cycles = 0;
  for (const json& row : rows) cycles += row["cycles"].get<std::uint64_t>();
  return cycles;
}

std::map<std::string, std::uint64_t> phases(const json& report) {
  std::map<std::string, std::uint64_t> result;
  for (const json& row : report["phases"]) result[row["name"]] = row["cycles"];
  return result;
}

std::vector<std::uint64_t> layer_cycles(const json& report) {
  std::vector<std::uint64_t> cycles;
  for (const json& layer : report["inferences"][0]["layers"]) cycles.push_back(layer["cycles"]);
  return cycles;
}

// One window of keyword spotting, and a moment longer.
json kws_profile(std::vector<std::string> more = {}) {
  std::vector<std::string> arguments = {kKws + "prebuilt/kws-dsp.elf", "--mic",
                                        kKws + "audio/yes.wav", "--until", "uart:RESULT 0"};
  arguments.insert(arguments.end(), more.begin(), more.end());
  return profile_json(arguments);
}

TEST(Attribution, GivesEachCycleToOneFunctionNodeAndPhase) {
  const json report = kws_profile();
  const auto total = report["total_cycles"].get<std::uint64_t>();
  const auto exceptions = report["exception_cycles"].get<std::uint64_t>();
  EXPECT_EQ(sum(report["functions"]) + exceptions, total);
  EXPECT_EQ(sum(report["call_tree"]) + exceptions, total);
  EXPECT_EQ(sum(report["phases"]), total);
  EXPECT_GT(exceptions, 0u);
  const auto& functions = report["functions"];
  const auto main = std::find_if(functions.begin(), functions.end(),
                                 [](const json& row) { return row["name"] == "main"; });
  ASSERT_NE(main, functions.end());
  EXPECT_EQ((*main)["calls"], 1);
  // main runs for ever: everything but start-up, handlers and exceptions.
  EXPECT_GT((*main)["inclusive_cycles"].get<double>(), 0.95 * static_cast<double>(total));
}

TEST(Attribution, KnowsThePhasesOfTheSamples) {
  const json report = kws_profile();
  const auto found = phases(report);
  EXPECT_EQ(found.at("inference"), report["inferences"][0]["cycles"].get<std::uint64_t>());
  EXPECT_EQ(found.at("sleep"), report["sleep_cycles"].get<std::uint64_t>());
  // The firmware's own clock: "features ready: 24000 us" at 64 MHz, interrupts included.
  const Outcome run =
      tinyscope_program({"run", kKws + "prebuilt/kws-dsp.elf", "--board", "nano33ble-sense",
                         "--mic", kKws + "audio/yes.wav", "--until", "uart:RESULT 0"});
  const std::string text = "features ready: ";
  const std::size_t at = run.out.find(text);
  ASSERT_NE(at, std::string::npos);
  const double microseconds = std::stod(run.out.substr(at + text.size()));
  EXPECT_NEAR(static_cast<double>(found.at("feature extraction")) / 64, microseconds,
              0.01 * microseconds);
}

TEST(Attribution, TakesPhasesFromTheCommandLine) {
  const json report = kws_profile({"--phase", "mel=fft_real_512", "--phase", "arena=*::plan(*",
                                   "--phase", "after=tensor_arena"});
  const auto found = phases(report);
  EXPECT_GT(found.at("mel"), 0u);
  EXPECT_GT(found.at("arena"), 0u);
  EXPECT_GT(found.at("after"), 0u);  // an object of an anonymous namespace: from its first store on
  EXPECT_EQ(sum(report["phases"]), report["total_cycles"].get<std::uint64_t>());
  const auto& functions = report["functions"];
  const auto fft = std::find_if(functions.begin(), functions.end(),
                                [](const json& row) { return row["name"] == "fft_real_512"; });
  ASSERT_NE(fft, functions.end());
  EXPECT_EQ(found.at("mel"), (*fft)["inclusive_cycles"].get<std::uint64_t>());
}

TEST(Attribution, RefusesPhasesThatCannotBe) {
  const auto error = [](const std::string& phase) {
    const Outcome outcome =
        tinyscope_program({"profile", kVerify, "--board", "nano33ble-sense", "--phase", phase});
    EXPECT_EQ(outcome.status, 2) << phase;
    return outcome.error;
  };
  EXPECT_THAT(error("features"), HasSubstr("expected NAME=SYMBOL"));
  EXPECT_THAT(error("x=no_such_function"), HasSubstr("no_such_function"));
  EXPECT_THAT(error("sleep=main"), HasSubstr("counted by itself"));
  EXPECT_THAT(error("x=itm:32"), HasSubstr("from 0 to 31"));
  EXPECT_THAT(error("x=dwt:0"), HasSubstr("from 1"));
  EXPECT_THAT(error("x=pin:D99"), HasSubstr("no pin 'D99'"));
}

TEST(Attribution, TellsWarmUpFromTheSteadyStateOfASampleThatGoesOn) {
  const json report = gesture_profile();
  ASSERT_EQ(report["groups"].size(), 1u);
  const json& group = report["groups"][0];
  const auto count = report["inferences"].size();
  EXPECT_GE(count, 4u);  // eight a second once the window is full
  EXPECT_EQ(group["inferences"].size(), count);
  EXPECT_EQ(group["warm_up"], 1);
  std::vector<double> cycles;
  for (const json& inference : report["inferences"]) {
    if (inference["complete"] && !inference["warm_up"]) cycles.push_back(inference["cycles"]);
  }
  EXPECT_EQ(group["steady"], cycles.size());
  double mean = 0;
  for (const double value : cycles) mean += value / static_cast<double>(cycles.size());
  EXPECT_NEAR(group["cycles"]["mean"], mean, 1e-3);
  EXPECT_EQ(group["cycles"]["max"], *std::max_element(cycles.begin(), cycles.end()));
  EXPECT_EQ(group["layer_cycles"].size(), 9u);
  EXPECT_EQ(gesture_profile({"--skip", "2"})["groups"][0]["warm_up"], 2);
}

TEST(Attribution, ShowsTheInferenceThatIsAskedFor) {
  const std::vector<std::string> arguments = {
      "profile", kGesture + "prebuilt/gesture-dsp.elf", "--board", "nano33ble-sense",
      "--imu",   kGesture + "motion/gestures.csv",      "--until", "time:2s"};
  std::vector<std::string> second = arguments;
  second.insert(second.end(), {"--inference", "2"});
  EXPECT_THAT(tinyscope_program(second).out, HasSubstr("Inference 2 of "));
  std::vector<std::string> far = arguments;
  far.insert(far.end(), {"--inference", "200"});
  const Outcome outcome = tinyscope_program(far);
  EXPECT_EQ(outcome.status, 2);
  EXPECT_THAT(outcome.error, HasSubstr("--inference 200"));
}

// The same bytes without a symbol, and what a user can tell from a disassembly: where the function
// that runs the operators begins and ends.
class Stripped : public ::testing::Test {
 protected:
  Stripped() : image_(load_firmware(kVerify)), file_("stripped.bin", flash(image_)) {}

  static std::string flash(const FirmwareImage& image) {
    std::string bytes;
    for (const ImageSegment& segment : image.segments) {
      if (segment.address >= 0x2000'0000) continue;
      bytes.resize(std::max<std::size_t>(bytes.size(), segment.address + segment.bytes.size()),
                   '\xFF');
      std::copy(segment.bytes.begin(), segment.bytes.end(), bytes.begin() + segment.address);
    }
    return bytes;
  }
  json profile(std::vector<std::string> more) {
    std::vector<std::string> arguments = {file_.path(), "--bin-address", "0", "--until",
                                          "uart:VERIFY DONE"};
    arguments.insert(arguments.end(), more.begin(), more.end());
    return profile_json(arguments);
  }

  FirmwareImage image_;
  TemporaryFile file_;
};

TEST_F(Stripped, HasTheSameLayersWhenItsFunctionsAreNamedByAddress) {
  const json with_symbols = profile_json({kVerify, "--until", "uart:VERIFY DONE"});
  std::vector<std::string> more;
  for (const Symbol& symbol : image_.symbols.all()) {
    const bool needed = symbol.demangled == "mlrt::Interpreter::invoke()" ||
                        symbol.demangled.starts_with("mlrt::eval_");
    if (!needed || symbol.kind != SymbolKind::kFunction) continue;
    more.insert(more.end(),
                {"--function", fmt::format("{}={:#x}-{:#x}", symbol.demangled, symbol.address & ~1u,
                                           (symbol.address & ~1u) + symbol.size)});
  }
  const json stripped = profile(more);
  EXPECT_EQ(layer_cycles(stripped), layer_cycles(with_symbols));
  EXPECT_EQ(stripped["total_cycles"], with_symbols["total_cycles"]);
}

TEST_F(Stripped, HasACallGraphByAddresses) {
  const Symbol* const invoke = image_.symbols.find("mlrt::Interpreter::invoke");
  ASSERT_NE(invoke, nullptr);
  const json report =
      profile({"--layer-rules", "mlrt", "--invoke", fmt::format("{:#x}", invoke->address & ~1u)});
  const json with_symbols = profile_json({kVerify, "--until", "uart:VERIFY DONE"});
  EXPECT_EQ(layer_cycles(report), layer_cycles(with_symbols));
  const std::string name = fmt::format("{:#010x}", invoke->address & ~1u);
  const auto& functions = report["functions"];
  EXPECT_TRUE(std::any_of(functions.begin(), functions.end(),
                          [&](const json& row) { return row["name"] == name; }));
  EXPECT_EQ(sum(report["call_tree"]) + report["exception_cycles"].get<std::uint64_t>(),
            report["total_cycles"].get<std::uint64_t>());
}

TEST_F(Stripped, RefusesRangesThatAreWrittenWrongly) {
  for (const std::string range :
       {"f", "f=0x100", "=0x100-0x200", "f=0x200-0x100", "f=0x1-zz", "f=0x100-0x100000200"}) {
    const Outcome outcome = tinyscope_program({"profile", file_.path(), "--bin-address", "0",
                                               "--board", "nano33ble-sense", "--function", range});
    EXPECT_EQ(outcome.status, 2) << range;
    EXPECT_THAT(outcome.error, HasSubstr("--function")) << range;
  }
}

}  // namespace
}  // namespace tinyscope
