// Advice about the sample firmware, and comparisons of its profiles.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>

#include "profiler/advice/estimates.hpp"
#include "tests/cli/program.hpp"
#include "tests/support/paths.hpp"

namespace tinyscope {
namespace {

using namespace test;
using ::testing::HasSubstr;

std::string sample(const std::string& file) {
  return std::string(TINYSCOPE_SOURCE_DIR "/firmware-samples/") + file;
}

std::vector<std::string> keyword_spotting(const std::string& command, const std::string& kernels,
                                          const std::string& json) {
  return {command,   sample("kws/prebuilt/kws-" + kernels + ".elf"),
          "--board", "nano33ble-sense",
          "--mic",   sample("kws/audio/yes.wav"),
          "--until", "inferences:1",
          "--quiet", "--json",
          json};
}

nlohmann::json advice_on_keyword_spotting() {
  const TemporaryFile report("advice.json");
  const Outcome outcome = tinyscope_program(keyword_spotting("advise", "dsp", report.path()));
  EXPECT_EQ(outcome.status, 0) << outcome.error;
  EXPECT_THAT(outcome.out, HasSubstr("Advice"));
  return nlohmann::json::parse(report.content())["advice"];
}

TEST(Advise, RanksWhatItReplaysTheSameEachTime) {
  const nlohmann::json rows = advice_on_keyword_spotting();
  ASSERT_GE(rows.size(), 4u);
  for (std::size_t i = 1; i < rows.size(); ++i) {
    EXPECT_GE(rows[i - 1]["cycles_saved"].get<double>(), rows[i]["cycles_saved"].get<double>());
  }
  EXPECT_EQ(rows, advice_on_keyword_spotting());
  const auto titled = [&](const std::string& title) {
    const auto found = std::find_if(rows.begin(), rows.end(), [&](const auto& row) {
      return row["title"].template get<std::string>() == title;
    });
    EXPECT_NE(found, rows.end()) << title;
    return found == rows.end() ? nlohmann::json() : *found;
  };
  EXPECT_GT(titled("Have no waits for flash at all")["cycles_saved"].get<double>(), 0);
  EXPECT_LT(titled("Switch the instruction cache of flash off")["cycles_saved"].get<double>(), 0)
      << "the samples switch it on";
  EXPECT_GT(titled("Use the dcdc regulator")["uj_saved"].get<double>(), 0);
  EXPECT_EQ(titled("Use the dcdc regulator")["cycles_saved"].get<double>(), 0);
  EXPECT_THAT(titled("Use the dcdc regulator")["how"].get<std::string>(),
              HasSubstr("re-simulated"));
}

TEST(Advise, RefusesInputThatComesOnlyOnce) {
  auto arguments = keyword_spotting("advise", "dsp", "/dev/null");
  arguments.push_back("--stdin");
  const Outcome outcome = tinyscope_program(arguments);
  EXPECT_EQ(outcome.status, 2);
  EXPECT_THAT(outcome.error, HasSubstr("--stdin"));
  EXPECT_THAT(outcome.error, HasSubstr("--uart-script"));
}

// The rates that advice quotes are what the samples take.
TEST(Advise, QuotesRatesOfDspKernelsThatTheSamplesReach) {
  const auto rate = [](const nlohmann::json& report, const std::string& op) {
    double cycles = 0;
    double macs = 0;
    for (const auto& layer : report["inferences"][0]["layers"]) {
      if (layer["op"] != op) continue;
      cycles += layer["cycles"].get<double>();
      macs += layer["macs"].get<double>();
    }
    return cycles / macs;
  };
  const auto kws = profile_json({sample("kws/prebuilt/kws-dsp.elf"), "--mic",
                                 sample("kws/audio/yes.wav"), "--until", "inferences:1"});
  const auto ad = profile_json({sample("ad/prebuilt/ad-dsp.elf"), "--mic",
                                sample("ad/audio/pump.wav"), "--until", "inferences:1"});
  for (const char* const op : {"CONV_2D", "DEPTHWISE_CONV_2D"}) {
    EXPECT_NEAR(rate(kws, op) / dsp_kernel_rate(op)->cycles_per_mac, 1, 0.02) << op;
  }
  EXPECT_NEAR(rate(ad, "FULLY_CONNECTED") / dsp_kernel_rate("FULLY_CONNECTED")->cycles_per_mac, 1,
              0.02);
}

TEST(DiffCommand, ComparesReferenceAndDspKernels) {
  const TemporaryFile before("reference.json"), after("dsp.json"), json("diff.json");
  ASSERT_EQ(tinyscope_program(keyword_spotting("profile", "reference", before.path())).status, 0);
  ASSERT_EQ(tinyscope_program(keyword_spotting("profile", "dsp", after.path())).status, 0);
  const TemporaryFile folded("diff.folded");
  const Outcome outcome = tinyscope_program(
      {"diff", before.path(), after.path(), "--json", json.path(), "--folded", folded.path()});
  ASSERT_EQ(outcome.status, 0) << outcome.error;
  EXPECT_THAT(outcome.out, HasSubstr("CONV_2D"));
  const auto first = nlohmann::json::parse(before.content());
  const auto second = nlohmann::json::parse(after.content());
  const auto group = nlohmann::json::parse(json.content())["inferences"][0];
  EXPECT_EQ(group["cycles"]["before"], first["inferences"][0]["cycles"]);
  EXPECT_EQ(group["cycles"]["after"], second["inferences"][0]["cycles"]);
  EXPECT_EQ(group["layers"].size(), first["inferences"][0]["layers"].size()) << "all are matched";
  double sum = 0;
  for (const auto& layer : group["layers"]) {
    EXPECT_EQ(layer["index_before"], layer["index_after"]);
    sum += layer["cycles"]["change"].get<double>();
  }
  const auto own = [](const nlohmann::json& report) {
    return report["inferences"][0]["own_cycles"].get<double>();
  };
  EXPECT_DOUBLE_EQ(sum + own(second) - own(first), group["cycles"]["change"].get<double>());
}

TEST(DiffCommand, SaysWhatIsWrongWithItsInput) {
  const TemporaryFile text("no.json", "hello");
  const TemporaryFile other("other.json", "{\"schema_version\": 1}");
  for (const std::string& path : {std::string("/nowhere/a.json"), text.path(), other.path()}) {
    const Outcome outcome = tinyscope_program({"diff", path, path});
    EXPECT_EQ(outcome.status, 2) << path;
    EXPECT_THAT(outcome.error, HasSubstr(path));
  }
}

}  // namespace
}  // namespace tinyscope
