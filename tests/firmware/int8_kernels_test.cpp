// The DSP kernels give the bits of the reference kernels for any shape.
#include <gtest/gtest.h>

#include <algorithm>
#include <cstdint>
#include <vector>

#include "kernels/mlrt_kernels.h"
#include "random_tensors.hpp"

namespace {

struct Requantisation {
  std::vector<std::int32_t> multipliers;
  std::vector<std::int32_t> shifts;
  MlrtQuantS8 quant{};
};

// Shifts that leave results inside int8 for some channels and saturate others.
Requantisation random_requantisation(RandomTensors& random, std::int32_t channels) {
  Requantisation result;
  result.multipliers = random.integers(channels, 1 << 30, INT32_MAX);
  result.shifts = random.integers(channels, -12, random.integer(0, 5) == 0 ? 2 : -4);
  result.quant.input_offset = random.integer(-127, 128);
  result.quant.output_offset = random.integer(-128, 127);
  result.quant.activation_min = random.integer(0, 1) == 0 ? -128 : random.integer(-128, 0);
  result.quant.activation_max = random.integer(0, 1) == 0 ? 127 : random.integer(1, 127);
  result.quant.multipliers = result.multipliers.data();
  result.quant.shifts = result.shifts.data();
  return result;
}

// One axis of a window: sizes that fit, paddings up to the filter's reach.
void random_axis(RandomTensors& random, std::int32_t largest_filter, std::int32_t& input,
                 std::int32_t& output, std::int32_t& filter, std::int32_t& stride,
                 std::int32_t& dilation, std::int32_t& pad) {
  filter = random.integer(1, largest_filter);
  stride = random.integer(1, 3);
  dilation = random.integer(0, 3) == 0 ? 2 : 1;
  const std::int32_t reach = (filter - 1) * dilation + 1;
  input = reach + random.integer(0, 7);
  pad = random.integer(0, reach - 1);
  const std::int32_t pad_after = random.integer(0, reach - 1);
  output = (input + pad + pad_after - reach) / stride + 1;
}

MlrtWindow random_window(RandomTensors& random, std::int32_t largest_filter, MlrtShape& input,
                         MlrtShape& output) {
  MlrtWindow w{};
  random_axis(random, largest_filter, input.height, output.height, w.filter_height, w.stride_height,
              w.dilation_height, w.pad_top);
  random_axis(random, largest_filter, input.width, output.width, w.filter_width, w.stride_width,
              w.dilation_width, w.pad_left);
  input.batches = output.batches = random.integer(1, 2);
  return w;
}

std::int32_t size_of(const MlrtShape& shape) {
  return shape.batches * shape.height * shape.width * shape.channels;
}

std::vector<std::int32_t> random_bias(RandomTensors& random, std::int32_t channels) {
  return random.integers(channels, -20000, 20000);
}

const std::int32_t* sometimes(RandomTensors& random, const std::vector<std::int32_t>& bias) {
  return random.integer(0, 4) == 0 ? nullptr : bias.data();
}

TEST(DspConv2d, EqualsReferenceForRandomShapes) {
  RandomTensors random(10);
  for (int round = 0; round < 300; ++round) {
    MlrtConvS8 conv{};
    conv.window = random_window(random, round % 3 == 0 ? 1 : 4, conv.input, conv.output);
    conv.input.channels = random.integer(1, 19);
    conv.output.channels = random.integer(1, 9);
    const Requantisation requantisation = random_requantisation(random, conv.output.channels);
    conv.quant = requantisation.quant;
    const std::int32_t depth =
        conv.window.filter_height * conv.window.filter_width * conv.input.channels;
    const auto input = random.bytes(size_of(conv.input));
    const auto filter = random.bytes(depth * conv.output.channels, -127);
    const auto bias_values = random_bias(random, conv.output.channels);
    const std::int32_t* bias = sometimes(random, bias_values);
    std::vector<std::int8_t> expected(static_cast<std::size_t>(size_of(conv.output)));
    std::vector<std::int8_t> got(expected.size(), 99);
    std::vector<std::int16_t> scratch(mlrt_conv2d_s8_dsp_scratch(&conv));
    mlrt_conv2d_s8_reference(&conv, input.data(), filter.data(), bias, expected.data(), nullptr);
    mlrt_conv2d_s8_dsp(&conv, input.data(), filter.data(), bias, got.data(), scratch.data());
    ASSERT_EQ(got, expected) << "round " << round;
  }
}

TEST(DspDepthwiseConv2d, EqualsReferenceForRandomShapes) {
  RandomTensors random(11);
  for (int round = 0; round < 300; ++round) {
    MlrtConvS8 conv{};
    conv.window = random_window(random, 4, conv.input, conv.output);
    conv.input.channels = random.integer(1, 13);
    conv.depth_multiplier = round % 4 == 0 ? random.integer(2, 3) : 1;
    conv.output.channels = conv.input.channels * conv.depth_multiplier;
    const Requantisation requantisation = random_requantisation(random, conv.output.channels);
    conv.quant = requantisation.quant;
    const auto input = random.bytes(size_of(conv.input));
    const auto filter = random.bytes(
        conv.window.filter_height * conv.window.filter_width * conv.output.channels, -127);
    const auto bias_values = random_bias(random, conv.output.channels);
    const std::int32_t* bias = sometimes(random, bias_values);
    std::vector<std::int8_t> expected(static_cast<std::size_t>(size_of(conv.output)));
    std::vector<std::int8_t> got(expected.size(), 99);
    mlrt_depthwise_conv2d_s8_reference(&conv, input.data(), filter.data(), bias, expected.data());
    mlrt_depthwise_conv2d_s8_dsp(&conv, input.data(), filter.data(), bias, got.data());
    ASSERT_EQ(got, expected) << "round " << round;
  }
}

TEST(DspFullyConnected, EqualsReferenceForRandomShapes) {
  RandomTensors random(12);
  for (int round = 0; round < 300; ++round) {
    MlrtFullyConnectedS8 fc{};
    fc.batches = random.integer(1, 3);
    fc.inputs = random.integer(1, 70);
    fc.outputs = random.integer(1, 13);
    const Requantisation requantisation = random_requantisation(random, fc.outputs);
    fc.quant = requantisation.quant;
    const auto input = random.bytes(fc.batches * fc.inputs);
    const auto filter = random.bytes(fc.inputs * fc.outputs, -127);
    const auto bias_values = random_bias(random, fc.outputs);
    const std::int32_t* bias = sometimes(random, bias_values);
    std::vector<std::int8_t> expected(static_cast<std::size_t>(fc.batches * fc.outputs));
    std::vector<std::int8_t> got(expected.size(), 99);
    std::vector<std::int16_t> scratch(mlrt_fully_connected_s8_dsp_scratch(&fc));
    mlrt_fully_connected_s8_reference(&fc, input.data(), filter.data(), bias, expected.data(),
                                      nullptr);
    mlrt_fully_connected_s8_dsp(&fc, input.data(), filter.data(), bias, got.data(), scratch.data());
    ASSERT_EQ(got, expected) << "round " << round;
  }
}

using Pool = void (*)(const MlrtPoolS8*, const std::int8_t*, std::int8_t*);

void expect_equal_pools(std::uint32_t seed, Pool reference, Pool dsp) {
  RandomTensors random(seed);
  for (int round = 0; round < 300; ++round) {
    MlrtPoolS8 pool{};
    pool.window = random_window(random, 6, pool.input, pool.output);
    pool.window.dilation_height = pool.window.dilation_width = 1;
    pool.input.channels = pool.output.channels = random.integer(1, 13);
    pool.activation_min = random.integer(-128, -60);
    pool.activation_max = random.integer(60, 127);
    const auto input = random.bytes(size_of(pool.input));
    std::vector<std::int8_t> expected(static_cast<std::size_t>(size_of(pool.output)));
    std::vector<std::int8_t> got(expected.size(), 99);
    reference(&pool, input.data(), expected.data());
    dsp(&pool, input.data(), got.data());
    ASSERT_EQ(got, expected) << "round " << round;
  }
}

TEST(DspAveragePool, EqualsReferenceForRandomShapes) {
  expect_equal_pools(13, mlrt_average_pool_s8_reference, mlrt_average_pool_s8_dsp);
}

TEST(DspMaxPool, EqualsReferenceForRandomShapes) {
  expect_equal_pools(14, mlrt_max_pool_s8_reference, mlrt_max_pool_s8_dsp);
}

TEST(DspAveragePool, DoesNotOverflowPackedSumsOfALongRow) {
  MlrtPoolS8 pool{};
  pool.input = {1, 2, 1000, 5};
  pool.output = {1, 1, 1, 5};
  pool.window = {2, 1000, 1, 1, 1, 1, 0, 0};
  pool.activation_min = -128;
  pool.activation_max = 127;
  const std::vector<std::int8_t> input(10000, -128);
  std::vector<std::int8_t> got(5);
  mlrt_average_pool_s8_dsp(&pool, input.data(), got.data());
  EXPECT_EQ(got, std::vector<std::int8_t>(5, -128));
}

TEST(AveragePool, RoundsHalvesAwayFromZero) {
  MlrtPoolS8 pool{};
  pool.input = {1, 1, 2, 2};
  pool.output = {1, 1, 1, 2};
  pool.window = {1, 2, 1, 1, 1, 1, 0, 0};
  pool.activation_min = -128;
  pool.activation_max = 127;
  const std::int8_t input[] = {1, -1, 2, -2};  // means 1.5 and -1.5
  std::int8_t got[2] = {};
  mlrt_average_pool_s8_reference(&pool, input, got);
  EXPECT_EQ(got[0], 2);
  EXPECT_EQ(got[1], -2);
}

TEST(DspAdd, EqualsReferenceForRandomSizes) {
  RandomTensors random(15);
  for (int round = 0; round < 300; ++round) {
    MlrtAddS8 add{};
    add.size = random.integer(1, 50);
    add.input1_offset = random.integer(-127, 128);
    add.input2_offset = random.integer(-127, 128);
    add.output_offset = random.integer(-128, 127);
    add.input1_multiplier = random.integer(1 << 30, INT32_MAX);
    add.input2_multiplier = random.integer(1 << 30, INT32_MAX);
    add.output_multiplier = random.integer(1 << 30, INT32_MAX);
    // What prepare_add() gives: one input at half scale, the other at most that.
    add.input1_shift = 0;
    add.input2_shift = random.integer(-6, 0);
    add.output_shift = random.integer(-21, -16);
    add.activation_min = random.integer(-128, 0);
    add.activation_max = random.integer(1, 127);
    const auto a = random.bytes(add.size);
    const auto b = random.bytes(add.size);
    std::vector<std::int8_t> expected(a.size());
    std::vector<std::int8_t> got(a.size(), 99);
    mlrt_add_s8_reference(&add, a.data(), b.data(), expected.data());
    mlrt_add_s8_dsp(&add, a.data(), b.data(), got.data());
    ASSERT_EQ(got, expected) << "round " << round;
  }
}

TEST(Pad, SurroundsTheInputWithTheValue) {
  MlrtPad pad{};
  pad.input = {1, 1, 2, 1};
  pad.before[1] = 1;
  pad.after[2] = 1;
  pad.value = -7;
  const std::int8_t input[] = {1, 2};
  std::vector<std::int8_t> got(6);
  mlrt_pad_s8(&pad, input, got.data());
  EXPECT_EQ(got, (std::vector<std::int8_t>{-7, -7, -7, 1, 2, -7}));
}

TEST(Softmax, SumsToOneAndKeepsTheOrder) {
  // Scale 1/16, beta 1: 2^26 / 16 = 2^22, that is 2^30 / 2^31 * 2^23.
  const MlrtSoftmaxS8 softmax = {1, 4, 1 << 30, 23, -248};
  const std::int8_t input[] = {0, 16, 32, -128};
  std::int8_t got[4] = {};
  mlrt_softmax_s8(&softmax, input, got);
  // exp(0), exp(1), exp(2), exp(-8) over their sum, in steps of 1/256 from -128
  EXPECT_EQ(got[0], -128 + 23);
  EXPECT_EQ(got[1], -128 + 63);
  EXPECT_EQ(got[2], -128 + 170);
  EXPECT_EQ(got[3], -128);
}

}  // namespace
