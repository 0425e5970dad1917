#include "profiler/tflite_model.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <numeric>
#include <random>

#include "profiler/tflite_lifetimes.hpp"
#include "tests/profiler/tflite_writer.hpp"

namespace tinyscope {
namespace {

using test::FlatTable;
using test::ModelWriter;
using ::testing::ElementsAre;
using ::testing::IsEmpty;
using ::testing::SizeIs;

constexpr std::uint64_t kBudget = 1'000'000;

std::optional<TfliteModel> parse(const std::vector<std::uint8_t>& bytes) {
  std::uint64_t budget = kBudget;
  return parse_tflite(bytes, budget);
}

FirmwareImage image_with(const std::vector<std::uint8_t>& bytes, Address address,
                         std::size_t before) {
  FirmwareImage image;
  ImageSegment segment{address, std::vector<std::uint8_t>(before, 0xFF)};
  segment.bytes.insert(segment.bytes.end(), bytes.begin(), bytes.end());
  segment.bytes.resize(segment.bytes.size() + 64, 0xFF);
  image.segments.push_back(std::move(segment));
  return image;
}

std::optional<std::uint64_t> macs_of_only_operator(const std::vector<std::uint8_t>& bytes) {
  const auto model = parse(bytes);
  if (!model || model->subgraphs.front().operators.size() != 1) return std::nullopt;
  return model->subgraphs.front().macs(model->subgraphs.front().operators.front());
}

TEST(TfliteModel, ReadsOperatorsTensorsAndDescription) {
  const auto model = parse(test::ds_cnn());
  ASSERT_TRUE(model);
  EXPECT_EQ(model->description, "DS-CNN");
  ASSERT_THAT(model->subgraphs, SizeIs(1));
  const TfliteSubgraph& graph = model->subgraphs.front();
  EXPECT_EQ(graph.name, "main");
  EXPECT_THAT(graph.operators, SizeIs(13));
  EXPECT_EQ(graph.operators[0].op, "CONV_2D");
  EXPECT_EQ(graph.operators[1].op, "DEPTHWISE_CONV_2D");
  EXPECT_EQ(graph.operators[12].op, "SOFTMAX");
  const TfliteTensor* output = graph.output(graph.operators[0], 0);
  ASSERT_NE(output, nullptr);
  EXPECT_EQ(output->name, "conv");
  EXPECT_THAT(output->shape, ElementsAre(1, 25, 5, 64));
  EXPECT_EQ(output->type, TfliteType::kInt8);
  EXPECT_THAT(output->scales, ElementsAre(0.5f));
  EXPECT_THAT(output->zero_points, ElementsAre(-128));
  EXPECT_FALSE(output->per_channel());
  EXPECT_FALSE(output->is_constant);
  EXPECT_TRUE(graph.input(graph.operators[0], 1)->is_constant);
  EXPECT_EQ(graph.input(graph.operators[0], 2), nullptr);  // no bias
  EXPECT_THAT(graph.inputs, ElementsAre(0));
}

TEST(TfliteModel, CountsTheMacsOfTheMlperfTinyKeywordSpotter) {
  // 2,656,768 by the layer shapes of MLPerf Tiny's DS-CNN: 320,000 + 4 x (72,000 + 512,000) + 768.
  const auto model = parse(test::ds_cnn());
  ASSERT_TRUE(model);
  const TfliteSubgraph& graph = model->subgraphs.front();
  std::uint64_t sum = 0;
  for (const TfliteOperator& op : graph.operators) sum += graph.macs(op).value();
  EXPECT_EQ(sum, 2'656'768u);
  EXPECT_EQ(graph.macs(graph.operators[0]), 320'000u);
  EXPECT_EQ(graph.macs(graph.operators[1]), 72'000u);
  EXPECT_EQ(graph.macs(graph.operators[2]), 512'000u);
}

TEST(TfliteModel, CountsEachInputElementOfATransposeConvOnceForEveryFilterElement) {
  ModelWriter model("m");
  const auto shape = model.tensor("shape", {4}, true);
  const auto filter = model.tensor("filter", {8, 3, 3, 16}, true);
  const auto input = model.tensor("input", {1, 5, 5, 16});
  const auto output = model.tensor("output", {1, 10, 10, 8});
  model.op(67, {shape, filter, input}, {output});
  EXPECT_EQ(macs_of_only_operator(model.write()), 5u * 5 * 16 * 3 * 3 * 8);
}

TEST(TfliteModel, TakesTheInnerDimensionOfABatchMatmulFromTheRightAxis) {
  for (const bool transposed : {false, true}) {
    ModelWriter model("m");
    const std::vector<std::int32_t> left = {2, 3, 7};
    const std::vector<std::int32_t> turned = {2, 7, 3};
    const auto x = model.tensor("x", transposed ? turned : left);
    const auto y = model.tensor("y", {2, 7, 5});
    const auto z = model.tensor("z", {2, 3, 5});
    FlatTable options;
    options.set(0, static_cast<std::uint8_t>(transposed));
    model.op(126, {x, y}, {z}, 101, options);
    EXPECT_EQ(macs_of_only_operator(model.write()), 2u * 3 * 7 * 5) << transposed;
  }
}

TEST(TfliteModel, CountsFullyConnectedOncePerBatchRow) {
  ModelWriter model("m");
  const auto x = model.tensor("x", {4, 10});
  const auto w = model.tensor("w", {6, 10}, true);
  const auto y = model.tensor("y", {4, 6});
  model.op(9, {x, w, -1}, {y});
  EXPECT_EQ(macs_of_only_operator(model.write()), 4u * 6 * 10);
}

TEST(TfliteModel, KnowsThatMovingDataTakesNoMacsAndThatCustomOperatorsAreUnknown) {
  ModelWriter reshape("m");
  reshape.op(22, {reshape.tensor("x", {1, 8})}, {reshape.tensor("y", {8})});
  EXPECT_EQ(macs_of_only_operator(reshape.write()), 0u);
  ModelWriter custom("m");
  custom.custom_op("MyOp", {custom.tensor("x", {1, 8})}, {custom.tensor("y", {8})});
  EXPECT_EQ(macs_of_only_operator(custom.write()), std::nullopt);
  EXPECT_EQ(parse(custom.write())->subgraphs.front().operators.front().op, "MyOp");
}

TEST(TfliteModel, GivesNoMacsForUnknownOrOverflowingShapes) {
  ModelWriter unknown("m");
  const auto x = unknown.tensor("x", {-1, 10});
  const auto w = unknown.tensor("w", {6, 10}, true);
  unknown.op(9, {x, w}, {unknown.tensor("y", {-1, 6})});
  EXPECT_EQ(macs_of_only_operator(unknown.write()), std::nullopt);
  ModelWriter huge("m");
  const auto a = huge.tensor("a", {1, 1, 1, 1});
  const auto f = huge.tensor("f", {1, 0x7FFFFFFF, 0x7FFFFFFF, 0x7FFFFFFF}, true);
  huge.op(3, {a, f}, {huge.tensor("y", {1, 1, 1, 1})});
  EXPECT_EQ(macs_of_only_operator(huge.write()), std::nullopt);
}

TEST(TfliteModel, TakesTheLargerOfTheTwoOperatorCodeFields) {
  // schema.fbs, table OperatorCode: old writers fill only the first field, new ones put 127 there
  // for codes that do not fit a byte.
  ModelWriter conv3d("m");
  conv3d.op(132, {conv3d.tensor("x", {1})}, {conv3d.tensor("y", {1})});
  EXPECT_EQ(parse(conv3d.write())->subgraphs.front().operators.front().op, "CONV_3D");

  FlatTable code;
  code.set(0, std::int8_t{9});
  FlatTable op;
  op.set(0, 0u);
  FlatTable graph;
  graph.set(3, std::vector<FlatTable>{op});
  FlatTable root;
  root.set(0, 3u).set(1, std::vector<FlatTable>{code}).set(2, std::vector<FlatTable>{graph});
  const auto old = parse(test::FlatWriter::write(root));
  ASSERT_TRUE(old);
  EXPECT_EQ(old->subgraphs.front().operators.front().op, "FULLY_CONNECTED");
}

TEST(TfliteModel, NamesEveryBuiltinOperatorOfTheSchemaAndOthersByNumber) {
  EXPECT_EQ(tflite_op_name(0), "ADD");
  EXPECT_EQ(tflite_op_name(114), "QUANTIZE");
  EXPECT_EQ(tflite_op_name(127), "PLACEHOLDER_FOR_GREATER_OP_CODES");
  EXPECT_EQ(tflite_op_name(150), "GELU");
  EXPECT_EQ(tflite_op_name(209), "STABLEHLO_CASE");
  EXPECT_EQ(tflite_op_name(5000), "BUILTIN_5000");
}

TEST(TfliteModel, IsFoundAtAnyWordOfTheImage) {
  for (const std::size_t before : {0u, 4u, 1020u}) {
    const auto models = find_tflite_models(image_with(test::ds_cnn(), 0x08000000, before));
    ASSERT_THAT(models, SizeIs(1)) << before;
    EXPECT_EQ(models[0].address, 0x08000000 + before);
    EXPECT_LE(models[0].size, test::ds_cnn().size());
    EXPECT_GT(models[0].size, test::ds_cnn().size() - 16);
  }
}

TEST(TfliteModel, IsFoundAcrossSegmentsThatTouch) {
  const std::vector<std::uint8_t> bytes = test::ds_cnn();
  FirmwareImage image;
  const auto middle = bytes.begin() + 200;
  image.segments.push_back({0x1000, {bytes.begin(), middle}});
  image.segments.push_back({0x1000 + 200, {middle, bytes.end()}});
  EXPECT_THAT(find_tflite_models(image), SizeIs(1));
  image.segments[1].address += 4;
  EXPECT_THAT(find_tflite_models(image), IsEmpty());
}

TEST(TfliteModel, IsNotMistakenForTheIdentifierAlone) {
  std::vector<std::uint8_t> bytes(256, 0);
  const char text[] = "expected TFL3, found";
  std::copy(std::begin(text), std::end(text), bytes.begin() + 7);  // "TFL3" on a word
  EXPECT_THAT(find_tflite_models(image_with(bytes, 0x1000, 0)), IsEmpty());
}

// Whatever the bytes say, reading them must end soon and stay within them (run with sanitizers).
void read_everything(const std::vector<std::uint8_t>& bytes) {
  const auto model = parse(bytes);
  if (!model) return;
  for (const TfliteSubgraph& graph : model->subgraphs) {
    for (const TfliteOperator& op : graph.operators) {
      for (std::size_t i = 0; i < op.inputs.size(); ++i) graph.input(op, i);
      (void)graph.macs(op);
      (void)model->weight_bytes(op);
    }
  }
  (void)live_bytes(*model, 16);
}

TEST(TfliteModel, SurvivesChangedBytes) {
  const std::vector<std::uint8_t> valid = test::ds_cnn();
  std::mt19937 random(20240607);
  int still_models = 0;
  for (int i = 0; i < 30'000; ++i) {
    std::vector<std::uint8_t> bytes = valid;
    const unsigned changes = 1 + static_cast<unsigned>(random() % 8);
    for (unsigned n = 0; n < changes; ++n) {
      const std::size_t at = random() % bytes.size();
      switch (random() % 4) {
        case 0: bytes[at] = static_cast<std::uint8_t>(random()); break;
        case 1: bytes[at] ^= static_cast<std::uint8_t>(1u << random() % 8); break;
        case 2: bytes[at] = 0xFF; break;
        default: bytes[at] = bytes[random() % bytes.size()]; break;
      }
    }
    if (parse(bytes)) ++still_models;
    read_everything(bytes);
  }
  // Many changes hit names and shapes only: the test has reached the code behind the first checks.
  EXPECT_GT(still_models, 1000);
}

TEST(TfliteModel, IsRejectedOrReadWhenCutAtAnyLength) {
  const std::vector<std::uint8_t> valid = test::ds_cnn();
  for (std::size_t length = 0; length < valid.size(); ++length) {
    read_everything({valid.begin(), valid.begin() + static_cast<std::ptrdiff_t>(length)});
  }
  EXPECT_FALSE(parse({valid.begin(), valid.begin() + 100}));
}

TEST(TfliteModel, SpendsABoundedEffortOnAFileThatRefersToOneObjectManyTimes) {
  // A vector of subgraphs in which every entry is the same one, with many operators.
  ModelWriter writer("m");
  const auto x = writer.tensor("x", {1});
  for (int i = 0; i < 300; ++i) writer.op(0, {x}, {x});
  std::vector<std::uint8_t> bytes = writer.write();
  std::uint64_t budget = kBudget;
  ASSERT_TRUE(parse_tflite(bytes, budget));
  const std::uint64_t once = kBudget - budget;

  std::uint64_t small = once / 2;
  EXPECT_FALSE(parse_tflite(bytes, small));
  EXPECT_LT(small, once / 2);
}

}  // namespace
}  // namespace tinyscope
