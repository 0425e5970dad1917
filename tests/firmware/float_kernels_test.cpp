// The float kernels against small cases worked out by hand.
#include <gtest/gtest.h>

#include <cmath>
#include <vector>

#include "kernels/mlrt_kernels.h"

namespace {

constexpr float kNoLimit = 1e30f;

MlrtConvF32 image_3x3(MlrtWindow window, MlrtShape output) {
  return {{1, 3, 3, 1}, output, window, 1, -kNoLimit, kNoLimit};
}

const float kImage[] = {1, 2, 3, 4, 5, 6, 7, 8, 9};
const MlrtWindow kTwoByTwo = {2, 2, 1, 1, 1, 1, 0, 0};

TEST(FloatConv2d, MultipliesTheWindowAndAddsBias) {
  const MlrtConvF32 conv = image_3x3(kTwoByTwo, {1, 2, 2, 1});
  const float filter[] = {1, 0, 0, -1};
  const float bias = 10;
  std::vector<float> got(4);
  mlrt_conv2d_f32(&conv, kImage, filter, &bias, got.data());
  EXPECT_EQ(got, (std::vector<float>{6, 6, 6, 6}));
}

TEST(FloatConv2d, ClampsToTheActivation) {
  MlrtConvF32 conv = image_3x3(kTwoByTwo, {1, 2, 2, 1});
  conv.activation_min = 0;
  conv.activation_max = 15;
  const float filter[] = {1, 1, 1, 1};
  std::vector<float> got(4);
  mlrt_conv2d_f32(&conv, kImage, filter, nullptr, got.data());
  EXPECT_EQ(got, (std::vector<float>{12, 15, 15, 15}));
}

TEST(FloatDepthwiseConv2d, SpreadsEachChannelByTheMultiplier) {
  MlrtConvF32 conv = image_3x3({1, 1, 2, 2, 1, 1, 0, 0}, {1, 2, 2, 2});
  conv.depth_multiplier = 2;
  const float filter[] = {1, -1};
  std::vector<float> got(8);
  mlrt_depthwise_conv2d_f32(&conv, kImage, filter, nullptr, got.data());
  EXPECT_EQ(got, (std::vector<float>{1, -1, 3, -3, 7, -7, 9, -9}));
}

TEST(FloatPools, LeavePaddingOut) {
  const MlrtConvF32 pool = image_3x3({2, 2, 2, 2, 1, 1, 1, 1}, {1, 2, 2, 1});
  std::vector<float> got(4);
  mlrt_average_pool_f32(&pool, kImage, got.data());
  EXPECT_EQ(got, (std::vector<float>{1, 2.5, 5.5, 7}));
  mlrt_max_pool_f32(&pool, kImage, got.data());
  EXPECT_EQ(got, (std::vector<float>{1, 3, 7, 9}));
}

TEST(FloatFullyConnected, MultipliesTheMatrix) {
  const MlrtFullyConnectedF32 fc = {2, 2, 3, -kNoLimit, kNoLimit};
  const float input[] = {1, 2, 3, 4};
  const float filter[] = {1, 0, 0, 1, 1, 1};
  const float bias[] = {0, 0, 1};
  std::vector<float> got(6);
  mlrt_fully_connected_f32(&fc, input, filter, bias, got.data());
  EXPECT_EQ(got, (std::vector<float>{1, 2, 4, 3, 4, 8}));
}

TEST(FloatSoftmax, NormalisesEachRow) {
  const float input[] = {0, std::log(3.0f), 1000, 1000};
  std::vector<float> got(4);
  mlrt_softmax_f32(2, 2, 1.0f, input, got.data());
  EXPECT_FLOAT_EQ(got[0], 0.25f);
  EXPECT_FLOAT_EQ(got[1], 0.75f);
  EXPECT_FLOAT_EQ(got[2], 0.5f);
  EXPECT_FLOAT_EQ(got[3], 0.5f);
}

TEST(FloatAdd, ClampsTheSum) {
  const float a[] = {1, -3};
  const float b[] = {9, 1};
  std::vector<float> got(2);
  mlrt_add_f32(2, 0.0f, 6.0f, a, b, got.data());
  EXPECT_EQ(got, (std::vector<float>{6, 0}));
}

TEST(FloatPad, SurroundsWithZeros) {
  MlrtPad pad{};
  pad.input = {1, 1, 1, 2};
  pad.before[2] = 1;
  const float input[] = {1, 2};
  std::vector<float> got(4, 9.0f);
  mlrt_pad_f32(&pad, input, got.data());
  EXPECT_EQ(got, (std::vector<float>{0, 0, 1, 2}));
}

}  // namespace
