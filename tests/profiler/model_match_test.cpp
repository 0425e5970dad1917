// Which model an inference is taken for, and what its layers are called then.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "profiler/model_matcher.hpp"
#include "tests/profiler/bench.hpp"
#include "tests/profiler/tflite_writer.hpp"

namespace tinyscope {
namespace {

using test::ModelWriter;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

TfliteModel model(const std::string& name, const std::vector<std::string>& ops) {
  TfliteModel result;
  result.description = name;
  result.subgraphs.emplace_back();
  for (const std::string& op : ops) {
    TfliteOperator entry;
    entry.op = op;
    result.subgraphs[0].operators.push_back(entry);
  }
  return result;
}

TEST(ModelMatch, TakesLayersOneByOneIfNothingContradicts) {
  const std::vector models = {model("m", {"CONV_2D", "MEAN", "SOFTMAX"})};
  const ModelMatch match = match_model({"CONV_2D", "", "SOFTMAX"}, true, models);
  EXPECT_EQ(match.model, &models[0]);
  EXPECT_THAT(match.operators, ElementsAre(0, 1, 2));
  EXPECT_THAT(match.note, IsEmpty());
}

TEST(ModelMatch, ChoosesTheModelWhoseOperatorsFitTheNames) {
  const std::vector models = {model("a", {"CONV_2D", "CONV_2D", "SOFTMAX"}),
                              model("b", {"CONV_2D", "FULLY_CONNECTED", "SOFTMAX"}),
                              model("c", {"CONV_2D", "FULLY_CONNECTED"})};
  const ModelMatch match = match_model({"CONV_2D", "FULLY_CONNECTED", "SOFTMAX"}, true, models);
  EXPECT_EQ(match.model, &models[1]);
  EXPECT_THAT(match.note, IsEmpty());
}

TEST(ModelMatch, SkipsOperatorsThatWereNotCalledAndSaysSo) {
  const std::vector models = {model("m", {"CONV_2D", "RESHAPE", "FULLY_CONNECTED", "SOFTMAX"})};
  const ModelMatch match = match_model({"CONV_2D", "FULLY_CONNECTED", "SOFTMAX"}, true, models);
  EXPECT_EQ(match.model, &models[0]);
  EXPECT_THAT(match.operators, ElementsAre(0, 2, 3));
  EXPECT_THAT(match.note, HasSubstr("1 operator(s) of the model were not seen"));
}

TEST(ModelMatch, LeavesLayersUnnamedThatNoOperatorStandsFor) {
  const std::vector models = {model("m", {"CONV_2D", "SOFTMAX"})};
  const ModelMatch match = match_model({"CONV_2D", "QUANTIZE", "SOFTMAX"}, true, models);
  EXPECT_THAT(match.operators, ElementsAre(0, -1, 1));
  EXPECT_THAT(match.note, HasSubstr("1 layer(s) belong to no operator"));
}

TEST(ModelMatch, PrefersNoNamesToWrongOnes) {
  const std::vector models = {model("m", {"LOGISTIC", "TANH", "SVDF"})};
  const ModelMatch match = match_model({"CONV_2D", "CONV_2D", "SOFTMAX"}, true, models);
  EXPECT_EQ(match.model, nullptr);
  EXPECT_THAT(match.operators, ElementsAre(-1, -1, -1));
  EXPECT_THAT(match.note, HasSubstr("none of the 1 model(s)"));
}

TEST(ModelMatch, AcceptsAnInferenceThatWasCutShort) {
  const std::vector models = {model("m", {"CONV_2D", "FULLY_CONNECTED", "SOFTMAX"})};
  const ModelMatch match = match_model({"CONV_2D", "FULLY_CONNECTED"}, false, models);
  EXPECT_EQ(match.model, &models[0]);
  EXPECT_THAT(match.note, IsEmpty());
}

TEST(ModelMatch, SaysWhenSeveralModelsFit) {
  const std::vector models = {model("a", {"CONV_2D"}), model("b", {"CONV_2D"})};
  const ModelMatch match = match_model({"CONV_2D"}, true, models);
  EXPECT_EQ(match.model, &models[0]);
  EXPECT_THAT(match.note, HasSubstr("2 models"));
}

TEST(ModelMatch, HasNothingToSayWithoutModels) {
  const ModelMatch match = match_model({"CONV_2D"}, true, {});
  EXPECT_EQ(match.model, nullptr);
  EXPECT_THAT(match.note, IsEmpty());
}

TEST(ModelMatch, GivesLayersOfAReportTheirShapesAndMacs) {
  ModelWriter writer("two layers");
  const auto x = writer.tensor("x", {1, 4, 4, 2});
  const auto w = writer.tensor("w", {8, 3, 3, 2}, true);
  const auto y = writer.tensor("features", {1, 4, 4, 8});
  const auto z = writer.tensor("scores", {1, 4, 4, 8});
  writer.op(3, {x, w, -1}, {y});
  writer.op(25, {y}, {z});
  test::ProfilerBench bench({test::sample_rules()}, test::sample_symbols(), test::sample_soc(),
                            writer.write());
  bench.inference();
  const ProfileReport report = bench.report();
  const InferenceRow& row = report.inferences[0];
  EXPECT_EQ(row.model, "two layers");
  EXPECT_EQ(row.model_address, 0x4000u);
  EXPECT_EQ(row.layers[0].op, "CONV_2D");
  EXPECT_EQ(row.layers[0].name, "features");
  EXPECT_THAT(row.layers[0].output_shape, ElementsAre(1, 4, 4, 8));
  EXPECT_EQ(row.layers[0].macs, 4u * 4 * 8 * 3 * 3 * 2);
  EXPECT_EQ(row.layers[1].macs, 0u);
}

TEST(ModelMatch, NotesAModelThatDoesNotFitInTheReport) {
  ModelWriter writer("another");
  writer.op(14, {writer.tensor("x", {1})}, {writer.tensor("y", {1})});
  test::ProfilerBench bench({test::sample_rules()}, test::sample_symbols(), test::sample_soc(),
                            writer.write());
  bench.inference();
  const ProfileReport report = bench.report();
  EXPECT_EQ(report.inferences[0].model, "rt");
  EXPECT_EQ(report.inferences[0].layers[0].op, "CONV_2D");  // from the function's name
  ASSERT_FALSE(report.assumptions.empty());
  EXPECT_THAT(report.assumptions[0].text, HasSubstr("none of the 1 model(s)"));
}

}  // namespace
}  // namespace tinyscope
