// What a model says of its operators and tensors beyond names, shapes and MACs.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "profiler/tflite_lifetimes.hpp"
#include "profiler/tflite_model.hpp"
#include "tests/profiler/tflite_writer.hpp"

namespace tinyscope {
namespace {

using test::FlatTable;
using test::ModelWriter;
using ::testing::ElementsAre;
using ::testing::IsEmpty;
using ::testing::SizeIs;

TfliteModel parse(const ModelWriter& writer) {
  std::uint64_t budget = 100'000;
  auto model = parse_tflite(writer.write(), budget);
  EXPECT_TRUE(model.has_value());
  return model.value_or(TfliteModel{});
}

TEST(TfliteKnowledge, ReadsTheOptionsOfConvolutions) {
  ModelWriter writer("m");
  const auto x = writer.tensor("x", {1, 8, 8, 4});
  const auto w = writer.tensor("w", {8, 3, 3, 4}, true);
  const auto y = writer.tensor("y", {1, 3, 2, 8});
  // Conv2DOptions: padding VALID, stride 3 wide 2 high, ReLU6, dilation 4 wide 5 high.
  FlatTable options;
  options.set(0, std::int8_t{1}).set(1, 3).set(2, 2).set(3, std::int8_t{3}).set(4, 4).set(5, 5);
  writer.op(3, {x, w, -1}, {y}, 1, options);
  // DepthwiseConv2DOptions with what is left out at its default: SAME, dilation 1.
  FlatTable depthwise;
  depthwise.set(1, 2).set(2, 1).set(3, 8).set(4, std::int8_t{1});
  writer.op(4, {y, w, -1}, {y}, 2, depthwise);
  const TfliteModel model = parse(writer);
  const TfliteOptions& conv = model.subgraphs[0].operators[0].options;
  EXPECT_TRUE(conv.known);
  EXPECT_EQ(conv.padding, TflitePadding::kValid);
  EXPECT_EQ(conv.stride_width, 3);
  EXPECT_EQ(conv.stride_height, 2);
  EXPECT_EQ(conv.activation, 3);
  EXPECT_EQ(conv.dilation_width, 4);
  EXPECT_EQ(conv.dilation_height, 5);
  const TfliteOptions& second = model.subgraphs[0].operators[1].options;
  EXPECT_EQ(second.padding, TflitePadding::kSame);
  EXPECT_EQ(second.stride_width, 2);
  EXPECT_EQ(second.stride_height, 1);
  EXPECT_EQ(second.depth_multiplier, 8);
  EXPECT_EQ(second.activation, 1);
  EXPECT_EQ(second.dilation_width, 1);
  EXPECT_EQ(second.dilation_height, 1);
}

TEST(TfliteKnowledge, ReadsTheOptionsOfPoolingAndDense) {
  ModelWriter writer("m");
  const auto x = writer.tensor("x", {1, 8, 8, 4});
  const auto y = writer.tensor("y", {1, 4, 4, 4});
  FlatTable pool;  // Pool2DOptions: padding, strides, filter width and height, activation
  pool.set(1, 2).set(2, 2).set(3, 5).set(4, 6).set(5, std::int8_t{1});
  writer.op(1, {x}, {y}, 5, pool);
  FlatTable dense;
  dense.set(0, std::int8_t{1});
  writer.op(9, {y, x}, {y}, 8, dense);
  writer.op(22, {y}, {y});
  const TfliteModel model = parse(writer);
  const auto& ops = model.subgraphs[0].operators;
  EXPECT_EQ(ops[0].options.filter_width, 5);
  EXPECT_EQ(ops[0].options.filter_height, 6);
  EXPECT_EQ(ops[0].options.activation, 1);
  EXPECT_EQ(ops[1].options.activation, 1);
  EXPECT_FALSE(ops[2].options.known);
}

TEST(TfliteKnowledge, ReadsTypesAndScalesOfEachChannel) {
  ModelWriter writer("m");
  const auto x = writer.tensor("x", {1, 5});
  const auto w = writer.tensor("w", {3, 5}, true);
  const auto y = writer.tensor("y", {1, 3});
  writer.set_type(y, 7);
  writer.set_scales(w, {0.5f, 0.25f, 0.125f}, 1);
  writer.op(9, {x, w, -1}, {y});
  const TfliteModel model = parse(writer);
  const TfliteTensor& weights = model.subgraphs[0].tensors[1];
  EXPECT_TRUE(weights.per_channel());
  EXPECT_THAT(weights.scales, ElementsAre(0.5f, 0.25f, 0.125f));
  EXPECT_EQ(weights.quantized_dimension, 1);
  EXPECT_EQ(model.subgraphs[0].tensors[2].type, TfliteType::kInt16);
  EXPECT_EQ(model.subgraphs[0].tensors[2].bytes(), 6u);
  EXPECT_EQ(name_of(TfliteType::kInt16), "int16");
  EXPECT_EQ(name_of(static_cast<TfliteType>(77)), "type 77");
}

TEST(TfliteKnowledge, TakesTwoFourBitElementsForAByte) {
  TfliteTensor tensor;
  tensor.type = TfliteType::kInt4;
  tensor.shape = {3, 3};
  EXPECT_EQ(tensor.bytes(), 5u);
}

TEST(TfliteKnowledge, CountsTheBytesOfConstantOperandsAndSaysWhereTheyLie) {
  ModelWriter writer("m");
  const auto x = writer.tensor("x", {1, 5});
  const auto w = writer.tensor("w", {3, 5}, true);
  const auto b = writer.tensor("b", {3}, true);
  const auto y = writer.tensor("y", {1, 3});
  writer.set_data(w, std::vector<std::uint8_t>(15, 0xA5));
  writer.set_data(b, std::vector<std::uint8_t>(12, 0x5A), 2);
  writer.op(9, {x, w, b}, {y});
  writer.op(18, {w, w}, {y});  // one tensor twice
  const std::vector<std::uint8_t> bytes = writer.write();
  const TfliteModel model = parse(writer);
  const TfliteSubgraph& graph = model.subgraphs[0];
  EXPECT_EQ(graph.weight_bytes(graph.operators[0]), 15u + 12);
  EXPECT_EQ(graph.weight_bytes(graph.operators[1]), 15u);
  const TfliteTensor& weights = graph.tensors[1];
  ASSERT_EQ(weights.data_bytes, 15u);
  EXPECT_EQ(bytes[weights.data_offset], 0xA5);
  EXPECT_EQ(bytes[weights.data_offset + 14], 0xA5);
}

// x -> a -> b -> y, and x is read again by the last operator.
TEST(TfliteKnowledge, LetsTensorsLiveFromTheirMakerToTheirLastReader) {
  ModelWriter writer("m");
  const auto x = writer.tensor("x", {1, 100});
  const auto w = writer.tensor("w", {1, 100}, true);
  const auto state = writer.tensor("state", {1, 1000});
  const auto a = writer.tensor("a", {1, 30});
  const auto b = writer.tensor("b", {1, 40});
  const auto y = writer.tensor("y", {1, 7});
  writer.set_variable(state);
  writer.op(0, {x, w, state}, {a});
  writer.op(0, {a}, {b});
  writer.op(0, {b}, {a});  // written again: lives on
  writer.op(0, {a, x}, {y});
  const TfliteModel model = parse(writer);
  const auto lifetimes = tensor_lifetimes(model.subgraphs[0]);
  ASSERT_THAT(lifetimes, SizeIs(4));  // neither the constant nor the variable
  EXPECT_EQ(lifetimes[0].tensor, x);
  EXPECT_EQ(lifetimes[0].first, 0);
  EXPECT_EQ(lifetimes[0].last, 3);
  EXPECT_EQ(lifetimes[1].tensor, a);
  EXPECT_EQ(lifetimes[1].first, 0);
  EXPECT_EQ(lifetimes[1].last, 3);
  EXPECT_EQ(lifetimes[2].tensor, b);
  EXPECT_EQ(lifetimes[2].first, 1);
  EXPECT_EQ(lifetimes[2].last, 2);
  EXPECT_EQ(lifetimes[3].bytes, 7u);
  // 100 + 30; + 40; the same; 100 + 30 + 7.
  EXPECT_THAT(live_bytes(model, 1), ElementsAre(130, 170, 170, 137));
  EXPECT_THAT(live_bytes(model, 16), ElementsAre(112 + 32, 112 + 32 + 48, 192, 112 + 32 + 16));
}

TEST(TfliteKnowledge, AddsTheLargestSubgraphThatAControlFlowOperatorRuns) {
  ModelWriter writer("m");
  const auto x = writer.tensor("x", {1, 10});
  const auto y = writer.tensor("y", {1, 10});
  FlatTable branches;
  branches.set(0, 1).set(1, 2);
  writer.op(118, {x}, {y}, 92, branches);
  for (const std::int32_t size : {500, 300}) {
    writer.begin_subgraph();
    const auto in = writer.tensor("in", {size});
    const auto w = writer.tensor("w", {4}, true);  // four bytes
    writer.op(0, {in, w}, {writer.tensor("out", {1})});
  }
  const TfliteModel model = parse(writer);
  const TfliteOperator& op = model.subgraphs[0].operators[0];
  EXPECT_THAT(op.options.subgraphs, ElementsAre(1, 2));
  EXPECT_THAT(live_bytes(model, 1), ElementsAre(20 + 501));
  EXPECT_EQ(model.weight_bytes(op), 8u);
  EXPECT_EQ(model.subgraphs[0].macs(op), std::nullopt);
}

TEST(TfliteKnowledge, IgnoresSubgraphsThatAreNotThere) {
  ModelWriter writer("m");
  const auto x = writer.tensor("x", {1, 10});
  FlatTable loop;
  loop.set(0, 7).set(1, -3);
  writer.op(119, {x}, {x}, 93, loop);
  EXPECT_THAT(parse(writer).subgraphs[0].operators[0].options.subgraphs, IsEmpty());
}

}  // namespace
}  // namespace tinyscope
