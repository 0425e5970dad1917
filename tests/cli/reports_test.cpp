// The files that profile writes, from a real image: they agree with one another, and asking for
// one changes no figure.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <map>
#include <numeric>

#include "tests/cli/program.hpp"
#include "tests/support/paths.hpp"
#include "tests/support/temporary_folder.hpp"

namespace tinyscope {
namespace {

using namespace test;
using ::testing::HasSubstr;

const std::string kVerifyDsp =
    TINYSCOPE_SOURCE_DIR "/firmware-samples/kws/prebuilt/kws-verify-dsp.elf";

class Reports : public ::testing::Test {
 protected:
  std::string path(const std::string& name) const { return (folder_.path() / name).string(); }
  std::string content(const std::string& name) const {
    std::ifstream file(path(name), std::ios::binary);
    return {std::istreambuf_iterator<char>(file), {}};
  }
  Outcome profile(std::vector<std::string> more) const {
    std::vector<std::string> arguments = {"profile", kVerifyDsp, "-b", "nano33ble-sense", "-q"};
    arguments.insert(arguments.end(), more.begin(), more.end());
    return tinyscope_program(arguments);
  }

  TemporaryFolder folder_;
};

TEST_F(Reports, AgreeOnTheCyclesOfTheRun) {
  const Outcome outcome =
      profile({"--until", "inferences:1", "--json", path("j"), "--csv", path("c"), "--folded",
               path("f"), "--speedscope", path("s"), "--chrome-trace", path("t"), "--perfetto",
               path("p"), "--vcd", path("v"), "--timeline-functions"});
  ASSERT_EQ(outcome.status, 0) << outcome.error;
  const auto json = nlohmann::json::parse(content("j"));
  const auto total = json["total_cycles"].get<std::uint64_t>();

  std::uint64_t folded = 0;
  std::istringstream lines(content("f"));
  for (std::string line; std::getline(lines, line);) {
    folded += std::stoull(line.substr(line.rfind(' ') + 1));
  }
  EXPECT_EQ(folded, total);
  EXPECT_THAT(content("f"), HasSubstr(";[0] CONV_2D;"));

  const auto speedscope = nlohmann::json::parse(content("s"));
  EXPECT_EQ(speedscope["profiles"][0]["endValue"], total);

  const auto trace = nlohmann::json::parse(content("t"));
  std::map<int, std::string> tracks;
  std::map<std::string, std::size_t> spans;
  for (const auto& event : trace["traceEvents"]) {
    if (event["name"] == "thread_name") tracks[event["tid"].get<int>()] = event["args"]["name"];
    if (event["ph"] == "X") ++spans[tracks.at(event["tid"].get<int>())];
  }
  EXPECT_EQ(spans["inferences"], 1u);
  EXPECT_EQ(spans["layers"], json["inferences"][0]["layers"].size());
  EXPECT_GT(spans["functions"], json["inferences"][0]["layers"].size());

  EXPECT_THAT(content("c"), HasSubstr("\r\n0,"));
  EXPECT_THAT(content("v"), HasSubstr("$scope module power $end"));
  EXPECT_THAT(content("p"), HasSubstr("[0] CONV_2D"));
}

TEST_F(Reports, ChangeNoFigureByBeingWritten) {
  const std::vector<std::string> until = {"--until", "cycles:400000", "--json", path("plain")};
  ASSERT_EQ(profile(until).status, 0);
  std::vector<std::string> more = until;
  more.back() = path("with");
  more.insert(more.end(), {"--perfetto", path("p"), "--timeline-functions"});
  ASSERT_EQ(profile(more).status, 0);
  auto plain = nlohmann::json::parse(content("plain"));
  auto with = nlohmann::json::parse(content("with"));
  plain.erase("host");
  with.erase("host");
  EXPECT_EQ(plain, with);
}

TEST_F(Reports, OverTimeAreTheSameByBothPathsOfTheCore) {
  for (const std::string name : {"fast", "reference"}) {
    std::vector<std::string> arguments = {
        "--until", "cycles:400000",     "--perfetto",          path(name + ".pftrace"),
        "--vcd",   path(name + ".vcd"), "--timeline-functions"};
    if (name == "reference") arguments.push_back("--reference-path");
    ASSERT_EQ(profile(arguments).status, 0);
  }
  EXPECT_GT(content("fast.pftrace").size(), 1000u);
  EXPECT_EQ(content("fast.pftrace"), content("reference.pftrace"));
  EXPECT_EQ(content("fast.vcd"), content("reference.vcd"));
}

TEST_F(Reports, WantFilesOfTheirOwn) {
  const Outcome outcome = profile({"--json", path("same"), "--csv", path("same")});
  EXPECT_EQ(outcome.status, 2);
  EXPECT_THAT(outcome.error, HasSubstr("--json is written to this file"));
}

TEST_F(Reports, RefuseFunctionsOverTimeWithoutAFileForThem) {
  const Outcome outcome = profile({"--timeline-functions", "--json", path("j")});
  EXPECT_EQ(outcome.status, 2);
  EXPECT_THAT(outcome.error, HasSubstr("--perfetto or --chrome-trace"));
}

TEST_F(Reports, SayWhenAFileCannotBeWrittenToItsEnd) {
  if (!std::filesystem::exists("/dev/full")) GTEST_SKIP() << "no /dev/full here";
  const Outcome outcome = profile({"--until", "cycles:1000", "--json", "/dev/full"});
  EXPECT_EQ(outcome.status, 2);
  EXPECT_THAT(outcome.error, HasSubstr("--json /dev/full: cannot be written to its end"));
}

}  // namespace
}  // namespace tinyscope
