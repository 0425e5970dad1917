// Formats made from rows and from the call tree: CSV, folded stacks, speedscope.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <nlohmann/json.hpp>
#include <sstream>

#include "profiler/exporters/csv.hpp"
#include "profiler/exporters/folded.hpp"
#include "profiler/exporters/speedscope.hpp"

namespace tinyscope {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::SizeIs;

std::string text_of(const Exporter& exporter, const ProfileReport& report) {
  std::ostringstream out;
  exporter.write(report, out);
  return out.str();
}

// A reader of RFC 4180, so that the test does not trust the writer.
std::vector<std::vector<std::string>> read_csv(const std::string& text) {
  std::vector<std::vector<std::string>> rows(1, {""});
  bool quoted = false;
  for (std::size_t i = 0; i < text.size(); ++i) {
    std::string& cell = rows.back().back();
    if (quoted) {
      if (text[i] != '"') {
        cell += text[i];
      } else if (i + 1 < text.size() && text[i + 1] == '"') {
        cell += text[i++];
      } else {
        quoted = false;
      }
    } else if (text[i] == '"') {
      EXPECT_EQ(cell, "") << "a quote in the middle of a cell";
      quoted = true;
    } else if (text[i] == ',') {
      rows.back().emplace_back();
    } else if (text.compare(i, 2, "\r\n") == 0) {
      rows.emplace_back(1, "");
      ++i;
    } else {
      cell += text[i];
    }
  }
  EXPECT_FALSE(quoted);
  EXPECT_EQ(rows.back(), std::vector<std::string>{""}) << "no line end behind the last row";
  rows.pop_back();
  return rows;
}

StallCycles stalls(std::uint64_t issue, std::uint64_t fetch) {
  StallCycles cycles;
  cycles[StallCause::kIssue] = issue;
  cycles[StallCause::kFetch] = fetch;
  return cycles;
}

// main calls invoke, that two layers; a handler interrupts.
ProfileReport sample() {
  ProfileReport report;
  report.firmware.path = "kws.elf";
  report.board = "board";
  report.total_cycles = 1000;
  InferenceRow inference;
  inference.model = "net";
  inference.function = "rt::invoke()";
  inference.cycles = 900;
  inference.own_cycles = 100;
  inference.stalls = stalls(700, 200);
  inference.instructions = 710;
  inference.energy_uj = {9, 8, 10};
  LayerRow conv;
  conv.op = "CONV_2D";
  conv.name = "features";
  conv.kernel = "conv_s8";
  conv.output_shape = {1, 4, 4, 8};
  conv.macs = 300;
  conv.cycles = 600;
  conv.stalls = stalls(500, 100);
  conv.instructions = 500;
  conv.energy_uj = {6, 5, 7};
  LayerRow softmax;
  softmax.index = 1;
  softmax.op = "SOFTMAX";
  softmax.cycles = 200;
  softmax.stalls = stalls(150, 50);
  softmax.instructions = 150;
  softmax.energy_uj = {2, 1.5, 2.5};
  inference.layers = {conv, softmax};
  report.inferences.push_back(inference);
  InferenceGroup group;
  group.model = "net";
  group.function = "rt::invoke()";
  group.inferences = {0};
  report.groups.push_back(group);
  for (const char* const name :
       {"main", "rt::invoke()", "eval_conv", "conv_s8", "eval_softmax", "TIMER0_IRQHandler"}) {
    report.functions.emplace_back().name = name;
  }
  report.functions[3].file = "conv.c";
  report.functions[3].line = 42;
  report.call_tree = {
      {.parent = -1, .function = 0, .cycles = 50},
      {.parent = 0, .function = 1, .cycles = 100},
      {.parent = 1, .function = 2, .layer = 0, .cycles = 20},
      {.parent = 2, .function = 3, .cycles = 580},
      {.parent = 1, .function = 4, .layer = 1, .cycles = 200},
      {.parent = -1, .function = 5, .exception = 24, .cycles = 26},
  };
  return report;  // 976 cycles in functions, 24 in entry and return
}

TEST(CsvExporter, HasARowForEachLayerAndOneForTheInvokeFunction) {
  const auto rows = read_csv(text_of(CsvExporter(), sample()));
  ASSERT_THAT(rows, SizeIs(4));
  for (const auto& row : rows) EXPECT_EQ(row.size(), rows[0].size());
  const auto column = [&](const std::string& name) {
    const auto found = std::find(rows[0].begin(), rows[0].end(), name);
    EXPECT_NE(found, rows[0].end()) << name;
    return static_cast<std::size_t>(found - rows[0].begin());
  };
  EXPECT_EQ(rows[1][column("op")], "CONV_2D");
  EXPECT_EQ(rows[1][column("output_shape")], "1x4x4x8");
  EXPECT_EQ(rows[1][column("macs")], "300");
  EXPECT_EQ(rows[1][column("cycles_per_mac")], "2");
  EXPECT_EQ(rows[1][column("fetch_cycles")], "100");
  EXPECT_EQ(rows[2][column("macs")], "");
  EXPECT_EQ(rows[2][column("energy_low_uj")], "1.5");
  EXPECT_EQ(rows[3][column("op")], "[invoke]");
  for (const auto& [name, total] :
       {std::pair("cycles", 900), std::pair("issue_cycles", 700), std::pair("fetch_cycles", 200),
        std::pair("instructions", 710), std::pair("energy_uj", 9)}) {
    int sum = 0;
    for (std::size_t i = 1; i < rows.size(); ++i) sum += std::stoi(rows[i][column(name)]);
    EXPECT_EQ(sum, total) << name;
  }
}

TEST(CsvExporter, KeepsTextsTextsWhateverTheyHold) {
  ProfileReport report = sample();
  report.inferences[0].model = "a, \"b\"\r\nc";
  report.inferences[0].layers[0].name = "=cmd|' /C calc'!A0";
  report.inferences[0].layers[0].kernel = "-1+1";
  report.inferences[0].layers[1].name = "bad \xFF\x01 name";
  report.inferences[0].layers[1].notes = {"first; second", "@third"};
  const auto rows = read_csv(text_of(CsvExporter(), report));
  ASSERT_THAT(rows, SizeIs(4));
  for (const auto& row : rows) EXPECT_EQ(row.size(), rows[0].size());
  EXPECT_EQ(rows[1][1], "a, \"b\"  c");
  EXPECT_EQ(rows[1][6], "'=cmd|' /C calc'!A0");
  EXPECT_EQ(rows[1][7], "'-1+1");
  EXPECT_EQ(rows[2][6], "bad \xEF\xBF\xBD  name");
  EXPECT_EQ(rows[2].back(), "first; second; @third");
}

TEST(FoldedExporter, WritesAStackALineWithLayersBetween) {
  std::istringstream in(text_of(FoldedExporter(), sample()));
  std::vector<std::string> lines;
  for (std::string line; std::getline(in, line);) lines.push_back(line);
  EXPECT_THAT(
      lines,
      ElementsAre("main 50", "main;rt::invoke() 100", "main;rt::invoke();[0] CONV_2D;eval_conv 20",
                  "main;rt::invoke();[0] CONV_2D;eval_conv;conv_s8 580",
                  "main;rt::invoke();[1] SOFTMAX;eval_softmax 200", "<IRQ 8>;TIMER0_IRQHandler 26",
                  "[exception entry and return] 24"));
}

TEST(FoldedExporter, TellsSleepFromWork) {
  ProfileReport report = sample();
  report.call_tree[0].sleep_cycles = 45;
  report.call_tree[1].sleep_cycles = 100;
  const std::string text = text_of(FoldedExporter(), report);
  EXPECT_THAT(text, HasSubstr("main 5\nmain;[asleep] 45\nmain;rt::invoke();[asleep] 100\n"));
}

TEST(FoldedExporter, AddsUpToTheRunWhateverFunctionsAreCalled) {
  ProfileReport report = sample();
  report.functions[0].name = "a;b c\n7";
  report.functions[3].name = "";
  std::istringstream in(text_of(FoldedExporter(), report));
  std::uint64_t sum = 0;
  std::size_t count = 0;
  for (std::string line; std::getline(in, line); ++count) {
    const std::size_t space = line.rfind(' ');
    ASSERT_NE(space, std::string::npos);
    sum += std::stoull(line.substr(space + 1));
    EXPECT_EQ(line.find(";;"), std::string::npos);
    EXPECT_NE(line.back(), ';');
  }
  EXPECT_EQ(sum, report.total_cycles);
  EXPECT_EQ(count, 7u);
}

TEST(FoldedExporter, GivesAllNamesWhereTwoModelsShareTheInvokeFunction) {
  ProfileReport report = sample();
  report.inferences.push_back(report.inferences[0]);
  report.inferences[1].layers[0].op = "FULLY_CONNECTED";
  report.groups.push_back(report.groups[0]);
  report.groups[1].inferences = {1};
  EXPECT_THAT(text_of(FoldedExporter(), report), HasSubstr(";[0] CONV_2D|FULLY_CONNECTED;"));
}

TEST(SpeedscopeExporter, HasASampleForEachNodeThatTookCycles) {
  const auto json = nlohmann::json::parse(text_of(SpeedscopeExporter(), sample()));
  EXPECT_EQ(json["$schema"], "https://www.speedscope.app/file-format-schema.json");
  const nlohmann::json& profile = json["profiles"][0];
  const nlohmann::json& frames = json["shared"]["frames"];
  EXPECT_EQ(profile["type"], "sampled");
  EXPECT_EQ(profile["unit"], "none");
  ASSERT_EQ(profile["samples"].size(), profile["weights"].size());
  std::uint64_t sum = 0;
  std::vector<std::string> stacks;
  for (std::size_t i = 0; i < profile["samples"].size(); ++i) {
    sum += profile["weights"][i].get<std::uint64_t>();
    std::string stack;
    for (const auto& frame : profile["samples"][i]) {
      stack += frames.at(frame.get<std::size_t>())["name"].get<std::string>() + ">";
    }
    stacks.push_back(stack);
  }
  EXPECT_EQ(sum, 1000u);
  EXPECT_EQ(profile["endValue"], 1000);
  EXPECT_THAT(stacks, ::testing::Contains("main>rt::invoke()>[0] CONV_2D>eval_conv>conv_s8>"));
  for (const auto& frame : frames) {
    if (frame["name"] != "conv_s8") continue;
    EXPECT_EQ(frame["file"], "conv.c");
    EXPECT_EQ(frame["line"], 42);
  }
}

TEST(SpeedscopeExporter, IsJsonWhateverFunctionsAreCalled) {
  ProfileReport report = sample();
  std::string every_byte;
  for (int byte = 0; byte < 256; ++byte) every_byte.push_back(static_cast<char>(byte));
  report.functions[0].name = every_byte;
  report.functions[1].file = "C:\\x\"y";
  report.firmware.path = every_byte;
  EXPECT_NO_THROW(nlohmann::json::parse(text_of(SpeedscopeExporter(), report)));
  EXPECT_NO_THROW(nlohmann::json::parse(text_of(SpeedscopeExporter(), ProfileReport{})));
}

}  // namespace
}  // namespace tinyscope
