// `tinyscope annotate` on keyword spotting: the numbers beside each instruction, the source lines
// between them, and the ways to say what to show. Also callgrind and pprof of a whole run.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cstdlib>
#include <set>

#include "tests/cli/program.hpp"
#include "tests/support/paths.hpp"

namespace tinyscope {
namespace {

using namespace test;
using ::testing::ContainsRegex;
using ::testing::HasSubstr;
using ::testing::Not;

const std::string kSamples = TINYSCOPE_SOURCE_DIR "/firmware-samples/";
const std::string kKws = kSamples + "kws/prebuilt/kws-dsp.elf";

std::vector<std::string> arguments(std::vector<std::string> more, bool reference_path = false) {
  std::vector<std::string> all = {"annotate",        kKws,          "-b",
                                  "nano33ble-sense", "--mic",       kSamples + "kws/audio/yes.wav",
                                  "--until",         "inferences:1"};
  if (reference_path) all.push_back("--reference-path");
  all.insert(all.end(), more.begin(), more.end());
  return all;
}

nlohmann::json annotate_json(std::vector<std::string> more, bool reference_path = false) {
  const TemporaryFile file("annotate.json");
  more.insert(more.end(), {"--json", file.path()});
  const Outcome outcome = tinyscope_program(arguments(std::move(more), reference_path));
  EXPECT_EQ(outcome.status, 0) << outcome.error;
  return nlohmann::json::parse(file.content());
}

TEST(Annotate, ShowsSourceLinesWithTheInstructionsMadeFromThem) {
  const Outcome outcome = tinyscope_program(arguments({"*conv2d*"}));
  ASSERT_EQ(outcome.status, 0) << outcome.error;
  EXPECT_THAT(outcome.out, ContainsRegex("[0-9,]+ cycles, [0-9.]+ % of those awake; "));
  EXPECT_THAT(outcome.out, ContainsRegex("conv2d.c:[0-9]+  +for \\(")) << "source text";
  EXPECT_THAT(outcome.out,
              ContainsRegex("[0-9,]+ +[0-9.]+ +[0-9,]+ +[0-9.]+ .* [0-9a-f]{8}  smlad "));
  EXPECT_THAT(outcome.out, ContainsRegex("` *-?.*b[a-z]+(\\.[nw])? #0x")) << "the end of a loop";
  EXPECT_THAT(outcome.out, Not(HasSubstr("\x1b["))) << "plain where no terminal is";
}

// Each instruction's causes are its cycles, and all instructions are their function's.
TEST(Annotate, AddsUp) {
  const auto json = annotate_json({});
  ASSERT_GT(json["functions"].size(), 20u);
  std::uint64_t previous = ~std::uint64_t{0};
  for (const auto& function : json["functions"]) {
    std::uint64_t cycles = 0, count = 0;
    for (const auto& insn : function["code"]) {
      if (insn.contains("data")) continue;
      std::uint64_t stalls = 0;
      for (const auto& [cause, number] : insn["stalls"].items()) {
        stalls += number.get<std::uint64_t>();
      }
      EXPECT_EQ(insn["cycles"], stalls);
      cycles += stalls;
      count += insn["count"].get<std::uint64_t>();
    }
    EXPECT_EQ(function["cycles"], cycles) << function["name"];
    EXPECT_EQ(function["instructions"], count) << function["name"];
    EXPECT_LE(cycles, previous) << "most first";
    previous = cycles;
  }
}

TEST(Annotate, ShowsTheSameOnBothPaths) { EXPECT_EQ(annotate_json({}), annotate_json({}, true)); }

TEST(Annotate, ShowsWhereALineEndedUp) {
  const auto whole = annotate_json({"*conv2d*"});
  // A line of an inline function that the kernel uses.
  std::string line;
  for (const auto& insn : whole["functions"][0]["code"]) {
    if (!insn.contains("data") && insn["source"].size() > 1 && insn["count"] != 0) {
      line = insn["source"][0]["file"].get<std::string>() + ':' +
             std::to_string(insn["source"][0]["line"].get<int>());
    }
  }
  ASSERT_FALSE(line.empty()) << "something is inlined there";
  const auto json = annotate_json({line});
  std::set<std::string> functions;
  for (const auto& function : json["functions"]) {
    functions.insert(function["name"]);
    for (const auto& insn : function["code"]) {
      bool there = false;
      for (const auto& frame : insn["source"]) {
        there =
            there || (frame.contains("file") && frame["file"].get<std::string>() + ':' +
                                                        std::to_string(frame["line"].get<int>()) ==
                                                    line);
      }
      EXPECT_TRUE(there) << insn;
    }
  }
  EXPECT_TRUE(functions.contains(whole["functions"][0]["name"]));
}

TEST(Annotate, TakesAnAddressRange) {
  const auto whole = annotate_json({"*conv2d*"});
  const auto& code = whole["functions"][0]["code"];
  std::vector<std::string> run;
  for (const auto& insn : code) {
    if (!insn.contains("data") && insn["count"] != 0) run.push_back(insn["address"]);
  }
  ASSERT_GT(run.size(), 5u);
  const auto json = annotate_json({run[1] + '-' + run[4]});
  ASSERT_EQ(json["functions"].size(), 1u);
  std::vector<std::string> shown;
  for (const auto& insn : json["functions"][0]["code"]) shown.push_back(insn["address"]);
  EXPECT_EQ(shown, (std::vector<std::string>{run[1], run[2], run[3]}));
}

TEST(Annotate, ListsWhatTookMostIfNothingIsNamed) {
  const Outcome outcome = tinyscope_program(arguments({}));
  ASSERT_EQ(outcome.status, 0) << outcome.error;
  EXPECT_THAT(outcome.out, HasSubstr("Functions that took most"));
  EXPECT_THAT(outcome.out, HasSubstr("Source lines that took most"));
}

TEST(Annotate, SaysWhatThereIsIfNothingFits) {
  const Outcome unknown = tinyscope_program(arguments({"no_such_function"}));
  EXPECT_EQ(unknown.status, 2);
  EXPECT_THAT(unknown.error, HasSubstr("'no_such_function'"));
  const Outcome still = tinyscope_program(arguments({"abort"}));
  EXPECT_EQ(still.status, 2);
  const Outcome range = tinyscope_program(arguments({"0x200-0x100"}));
  EXPECT_EQ(range.status, 2);
  EXPECT_THAT(range.error, HasSubstr("address range"));
  const Outcome folder = tinyscope_program(arguments({"main", "--source-root", "/nonexistent"}));
  EXPECT_EQ(folder.status, 2);
  EXPECT_THAT(folder.error, HasSubstr("/nonexistent"));
}

TEST(Callgrind, OfAWholeRunAddsUpToItsCycles) {
  const TemporaryFile file("callgrind.out");
  const auto report = profile_json({kKws, "--mic", kSamples + "kws/audio/yes.wav", "--until",
                                    "inferences:1", "--callgrind", file.path()});
  const std::string text = file.content();
  EXPECT_THAT(
      text,
      HasSubstr("totals: " + std::to_string(report["total_cycles"].get<std::uint64_t>()) + ' '));
  // Lines of cost that are not those of calls.
  std::istringstream lines(text);
  std::uint64_t sum = 0;
  bool of_call = false;
  for (std::string line; std::getline(lines, line);) {
    if (line.starts_with("0x") && !of_call) {
      std::istringstream fields(line);
      std::string address;
      std::uint64_t number = 0, cycles = 0;
      fields >> address >> number >> cycles;
      sum += cycles;
    }
    of_call = line.starts_with("calls=");
  }
  EXPECT_EQ(sum, report["total_cycles"]);
}

}  // namespace
}  // namespace tinyscope
