#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <nlohmann/json.hpp>
#include <sstream>

#include "profiler/diff/diff_writers.hpp"
#include "profiler/diff/layer_alignment.hpp"

namespace tinyscope {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Not;

LayerRow layer(unsigned index, const std::string& op, const std::string& name,
               std::uint64_t cycles) {
  LayerRow row;
  row.index = index;
  row.op = op;
  row.name = name;
  row.cycles = cycles;
  row.stalls[StallCause::kIssue] = cycles;
  return row;
}

InferenceRow inference(unsigned index, std::vector<LayerRow> layers) {
  InferenceRow row;
  row.index = index;
  row.model = "net";
  row.function = "invoke";
  row.layers = std::move(layers);
  for (const LayerRow& one : row.layers) {
    row.cycles += one.cycles;
    row.stalls += one.stalls;
  }
  row.end_ns = row.cycles * 1000;
  row.energy_uj.value = static_cast<double>(row.cycles) / 10;
  return row;
}

ProfileReport report_of(std::vector<InferenceRow> inferences) {
  ProfileReport report;
  report.board = "board";
  report.clock_hz = 1'000'000;
  report.inferences = std::move(inferences);
  return report;
}

ReportDiff compare(const ProfileReport& before, const ProfileReport& after) {
  return compare_reports(before, "a.json", after, "b.json");
}

// "op:before-index>after-index" in the order given.
std::vector<std::string> matched(const GroupDiff& group) {
  std::vector<std::string> texts;
  for (const LayerDiff& row : group.layers) {
    const auto number = [](const std::optional<unsigned>& index) {
      return index ? std::to_string(*index) : std::string("-");
    };
    texts.push_back(row.op + ":" + number(row.index_before) + ">" + number(row.index_after));
  }
  return texts;
}

TEST(LayerAlignment, PairsByOrderOperatorAndName) {
  const std::vector<LayerRow> before = {layer(0, "CONV_2D", "a", 1), layer(1, "CONV_2D", "b", 1),
                                        layer(2, "SOFTMAX", "s", 1)};
  const std::vector<LayerRow> after = {layer(0, "CONV_2D", "b", 1), layer(1, "SOFTMAX", "s", 1)};
  const auto pairs = align_layers(before, after);
  ASSERT_EQ(pairs.size(), 3u);
  EXPECT_EQ(pairs[0], LayerPair(0, std::nullopt)) << "a is gone, although b is a convolution too";
  EXPECT_EQ(pairs[1], LayerPair(1, 0));
  EXPECT_EQ(pairs[2], LayerPair(2, 1));
}

TEST(LayerAlignment, PairsRenamedLayersOfOneOperatorAndNeverDifferentOperators) {
  const auto pairs = align_layers({layer(0, "CONV_2D", "a", 1), layer(1, "ADD", "x", 1)},
                                  {layer(0, "CONV_2D", "b", 1), layer(1, "MUL", "x", 1)});
  ASSERT_EQ(pairs.size(), 3u);
  EXPECT_EQ(pairs[0], LayerPair(0, 0));
  EXPECT_FALSE(pairs[1].first && pairs[1].second);
  EXPECT_FALSE(pairs[2].first && pairs[2].second);
}

TEST(LayerAlignment, TakesEmptySides) {
  EXPECT_TRUE(align_layers({}, {}).empty());
  EXPECT_EQ(align_layers({}, {layer(0, "ADD", "", 1)}).size(), 1u);
}

TEST(Diff, RanksLayersByWhatChangedMostEitherWay) {
  const auto diff =
      compare(report_of({inference(0, {layer(0, "CONV_2D", "a", 1000), layer(1, "ADD", "b", 50),
                                       layer(2, "SOFTMAX", "c", 10)})}),
              report_of({inference(0, {layer(0, "CONV_2D", "a", 900), layer(1, "ADD", "b", 400),
                                       layer(2, "SOFTMAX", "c", 10)})}));
  ASSERT_EQ(diff.groups.size(), 1u);
  const GroupDiff& group = diff.groups[0];
  EXPECT_THAT(matched(group), ElementsAre("ADD:1>1", "CONV_2D:0>0", "SOFTMAX:2>2"));
  EXPECT_EQ(group.layers[0].cycles.difference(), 350);
  EXPECT_EQ(group.layers[1].cycles.difference(), -100);
  EXPECT_EQ(group.cycles.before, 1060);
  EXPECT_EQ(group.cycles.after, 1310);
  EXPECT_DOUBLE_EQ(group.milliseconds.difference(), 0.25);
  EXPECT_DOUBLE_EQ(group.energy_uj.difference(), 25);
}

TEST(Diff, SeesAnInsertedLayerWithoutShiftingTheOthers) {
  const auto diff = compare(
      report_of({inference(0, {layer(0, "CONV_2D", "a", 100), layer(1, "CONV_2D", "c", 100)})}),
      report_of({inference(0, {layer(0, "CONV_2D", "a", 100), layer(1, "CONV_2D", "b", 70),
                               layer(2, "CONV_2D", "c", 100)})}));
  EXPECT_THAT(matched(diff.groups[0]), ElementsAre("CONV_2D:->1", "CONV_2D:0>0", "CONV_2D:1>2"));
  EXPECT_EQ(diff.groups[0].layers[0].cycles.difference(), 70);
  EXPECT_FALSE(diff.groups[0].layers[0].cycles.percent());
}

TEST(Diff, ComparesTheMeanOfSteadyInferences) {
  InferenceRow cold = inference(0, {layer(0, "ADD", "a", 900)});
  cold.warm_up = true;
  InferenceRow cut = inference(3, {});
  cut.complete = false;
  const auto diff = compare(report_of({cold, inference(1, {layer(0, "ADD", "a", 100)}),
                                       inference(2, {layer(0, "ADD", "a", 200)}), cut}),
                            report_of({inference(0, {layer(0, "ADD", "a", 60)})}));
  EXPECT_EQ(diff.groups[0].inferences_before, 2u);
  EXPECT_EQ(diff.groups[0].cycles.before, 150);
  EXPECT_EQ(diff.groups[0].cycles.after, 60);
}

TEST(Diff, KeepsModelsApartThatOnlyOneReportHas) {
  InferenceRow other = inference(1, {layer(0, "LSTM", "l", 5)});
  other.model = "other";
  const auto diff = compare(report_of({inference(0, {layer(0, "ADD", "a", 7)})}),
                            report_of({inference(0, {layer(0, "ADD", "a", 7)}), other}));
  ASSERT_EQ(diff.groups.size(), 2u);
  EXPECT_EQ(diff.groups[1].model, "other");
  EXPECT_EQ(diff.groups[1].inferences_before, 0u);
  EXPECT_EQ(diff.groups[1].cycles.after, 5);
}

TEST(Diff, OfAReportWithItselfIsEmpty) {
  const ProfileReport report = report_of({inference(0, {layer(0, "ADD", "a", 7)})});
  const auto diff = compare(report, report);
  EXPECT_EQ(diff.groups[0].cycles.difference(), 0);
  EXPECT_THAT(diff.functions, IsEmpty());
  EXPECT_THAT(diff.warnings, IsEmpty());
  std::ostringstream text;
  write_diff_text(diff, {}, text);
  EXPECT_THAT(text.str(), HasSubstr("1 unchanged in cycles"));
  EXPECT_THAT(text.str(), Not(HasSubstr("\x1B")));
}

TEST(Diff, WarnsOfOtherBoardsAndClocks) {
  ProfileReport other = report_of({});
  other.board = "elsewhere";
  other.clock_hz = 2'000'000;
  EXPECT_EQ(compare(report_of({}), other).warnings.size(), 2u);
}

FunctionRow function(const std::string& name, std::uint64_t cycles) {
  FunctionRow row;
  row.name = name;
  row.cycles = row.inclusive_cycles = cycles;
  row.calls = 1;
  return row;
}

CallNode node(std::int32_t parent, std::uint32_t which, std::uint64_t cycles,
              unsigned exception = 0) {
  CallNode made;
  made.parent = parent;
  made.function = which;
  made.cycles = cycles;
  made.exception = exception;
  made.calls = 1;
  return made;
}

// main calls a (before and after) and b (after only); a handler runs.
ReportDiff with_stacks() {
  ProfileReport before = report_of({});
  before.functions = {function("main", 10), function("a(int, int)", 100), function("irq", 5)};
  before.call_tree = {node(-1, 0, 10), node(0, 1, 100), node(-1, 2, 5, 15)};
  ProfileReport after = report_of({});
  after.functions = {function("a(int, int)", 40), function("b", 30), function("main", 10),
                     function("irq", 5)};
  after.call_tree = {node(-1, 2, 10), node(0, 0, 40), node(0, 1, 30), node(-1, 3, 5, 15)};
  return compare(before, after);
}

TEST(Diff, MatchesFunctionsByNameAndRanksThem) {
  const auto diff = with_stacks();
  ASSERT_EQ(diff.functions.size(), 2u);
  EXPECT_EQ(diff.functions[0].name, "a(int, int)");
  EXPECT_EQ(diff.functions[0].cycles.difference(), -60);
  EXPECT_EQ(diff.functions[1].name, "b");
  EXPECT_EQ(diff.functions[1].cycles.difference(), 30);
}

// The layout of difffolded.pl (brendangregg/FlameGraph): stack, first count, second count.
TEST(Diff, WritesTwoColumnsForFlamegraphPl) {
  std::ostringstream folded;
  write_diff_folded(with_stacks(), folded);
  EXPECT_EQ(folded.str(),
            "exception_15;irq 5 5\n"
            "main 10 10\n"
            "main;a(int,_int) 100 40\n"
            "main;b 0 30\n");
}

TEST(Diff, DrawsAFlameGraphOfBothSides) {
  std::ostringstream html;
  write_diff_flame(with_stacks(), html);
  EXPECT_THAT(html.str(), HasSubstr("before 100, after 40 cycles (-60.0 %)"));
  EXPECT_THAT(html.str(), HasSubstr("before 0, after 30 cycles (new)"));
  EXPECT_THAT(html.str(), HasSubstr("After: 85 cycles"));
  EXPECT_THAT(html.str(), HasSubstr("Before: 115 cycles"));
  EXPECT_THAT(html.str(), Not(HasSubstr("http"))) << "no network";
}

TEST(Diff, WritesTheSameFiguresAsJson) {
  const auto diff = compare(report_of({inference(0, {layer(0, "ADD", "a", 100)})}),
                            report_of({inference(0, {layer(0, "ADD", "a", 60)})}));
  std::ostringstream text;
  write_diff_json(diff, text);
  const auto json = nlohmann::json::parse(text.str());
  const auto& group = json["inferences"][0];
  EXPECT_EQ(group["cycles"]["change"], -40);
  EXPECT_EQ(group["layers"][0]["op"], "ADD");
  EXPECT_EQ(group["layers"][0]["cycles"]["percent"], -40.0);
  EXPECT_EQ(group["stalls"]["issue"]["before"], 100);
  EXPECT_EQ(json["before"]["report"], "a.json");
}

TEST(Diff, ColoursWhatGrewAndWhatShrankWhereWanted) {
  const auto diff = compare(report_of({inference(0, {layer(0, "ADD", "a", 100)})}),
                            report_of({inference(0, {layer(0, "ADD", "a", 60)})}));
  std::ostringstream text;
  write_diff_text(diff, {.colours = true}, text);
  EXPECT_THAT(text.str(), HasSubstr("\x1B[32mcycles"));
  EXPECT_THAT(text.str(), Not(HasSubstr("\x1B[31m")));
  EXPECT_THAT(text.str(), HasSubstr("-40.0 %"));
}

}  // namespace
}  // namespace tinyscope
