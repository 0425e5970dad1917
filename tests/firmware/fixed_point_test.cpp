// Values worked out by hand from the definitions in the TensorFlow Lite quantisation
// specification and gemmlowp; the rounding of exact halves is what implementations differ in.
#include "kernels/fixed_point.h"

#include <gtest/gtest.h>

#include <cstdint>

#include "kernels/dsp/requantise.h"
#include "random_tensors.hpp"

namespace {

constexpr std::int32_t kHalf = 1 << 30;  // 0.5 in Q0.31

TEST(DoublingHighMul, RoundsToNearest) {
  EXPECT_EQ(mlrt_doubling_high_mul(100, kHalf), 50);
  EXPECT_EQ(mlrt_doubling_high_mul(-100, kHalf), -50);
}

TEST(DoublingHighMul, RoundsExactHalvesUpForEitherSign) {
  EXPECT_EQ(mlrt_doubling_high_mul(3, kHalf), 2);    // 1.5
  EXPECT_EQ(mlrt_doubling_high_mul(-3, kHalf), -1);  // -1.5
  EXPECT_EQ(mlrt_doubling_high_mul(-1, kHalf), 0);   // -0.5
}

TEST(DoublingHighMul, SaturatesTheOneProductThatDoesNotFit) {
  EXPECT_EQ(mlrt_doubling_high_mul(INT32_MIN, INT32_MIN), INT32_MAX);
  EXPECT_EQ(mlrt_doubling_high_mul(INT32_MIN, INT32_MAX), INT32_MIN + 1);
}

TEST(DoublingHighMul, EqualsTheDefinitionWithTruncatingDivision) {
  RandomTensors random(1);
  for (int i = 0; i < 100000; ++i) {
    const std::int32_t a = random.integer(INT32_MIN, INT32_MAX);
    const std::int32_t b = random.integer(0, INT32_MAX);
    const std::int64_t product = std::int64_t{a} * b;
    const std::int64_t nudge = product >= 0 ? (1 << 30) : 1 - (1 << 30);
    const auto expected = static_cast<std::int32_t>((product + nudge) / (std::int64_t{1} << 31));
    ASSERT_EQ(mlrt_doubling_high_mul(a, b), expected) << a << " * " << b;
  }
}

TEST(RoundingDivideByPot, RoundsExactHalvesAwayFromZero) {
  EXPECT_EQ(mlrt_rounding_divide_by_pot(3, 1), 2);
  EXPECT_EQ(mlrt_rounding_divide_by_pot(-3, 1), -2);
  EXPECT_EQ(mlrt_rounding_divide_by_pot(-2, 2), -1);
  EXPECT_EQ(mlrt_rounding_divide_by_pot(5, 2), 1);
  EXPECT_EQ(mlrt_rounding_divide_by_pot(-5, 2), -1);
}

TEST(RoundingDivideByPot, LeavesNumbersAloneForExponentZero) {
  EXPECT_EQ(mlrt_rounding_divide_by_pot(INT32_MAX, 0), INT32_MAX);
  EXPECT_EQ(mlrt_rounding_divide_by_pot(-7, 0), -7);
}

TEST(RoundingDivideByPot, KeepsTheLargestExponent) {
  EXPECT_EQ(mlrt_rounding_divide_by_pot(INT32_MAX, 31), 1);
  EXPECT_EQ(mlrt_rounding_divide_by_pot(1 << 30, 31), 1);
  EXPECT_EQ(mlrt_rounding_divide_by_pot((1 << 30) - 1, 31), 0);
}

TEST(Requantise, ClampsToTheActivationRange) {
  EXPECT_EQ(mlrt_requantise_s8(1000, kHalf, 0, 3, -128, 127), 127);
  EXPECT_EQ(mlrt_requantise_s8(-1000, kHalf, 0, 3, -5, 127), -5);
  EXPECT_EQ(mlrt_requantise_s8(10, kHalf, 1, 3, -128, 127), 13);
  EXPECT_EQ(mlrt_requantise_s8(40, kHalf, -1, 3, -128, 127), 13);
}

TEST(Requantise, GivesTheSameBitsInTheDspForm) {
  RandomTensors random(2);
  for (int i = 0; i < 100000; ++i) {
    const std::int32_t shift = random.integer(-31, 8);
    const std::int32_t limit = shift > 0 ? INT32_MAX >> shift : INT32_MAX;
    const std::int32_t x = random.integer(-limit, limit);
    const std::int32_t multiplier = random.integer(kHalf, INT32_MAX);
    ASSERT_EQ(dsp_requantise(x, multiplier, shift), mlrt_requantise(x, multiplier, shift))
        << x << " " << multiplier << " " << shift;
  }
}

}  // namespace
