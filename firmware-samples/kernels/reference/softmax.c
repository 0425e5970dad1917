/* Softmax in fixed point, by the method of gemmlowp: exp() by a Taylor series on [-1/4, 0) and a
   product of constants for the rest, 1 / x by Newton-Raphson. Qm.n: m integer, n fraction bits. */
#include "kernels/fixed_point.h"
#include "kernels/mlrt_kernels.h"

enum { kAccumulatorIntegerBits = 12 };

static int32_t saturating_shift_left(int32_t x, int32_t bits) {
  const int32_t limit = INT32_MAX >> bits;
  if (x > limit) return INT32_MAX;
  if (x < -limit) return INT32_MIN;
  return mlrt_shift_left(x, bits);
}

/* exp(a) for a in [-1/4, 0), Q0.31: the Taylor series around -1/8 up to the fourth power. */
static int32_t exp_near_zero(int32_t a) {
  const int32_t exp_minus_eighth = 1895147668;
  const int32_t third = 715827883;
  const int32_t x = a + (1 << 28);
  const int32_t x2 = mlrt_doubling_high_mul(x, x);
  const int32_t x3 = mlrt_doubling_high_mul(x2, x);
  const int32_t x4 = mlrt_doubling_high_mul(x2, x2);
  /* (x^4 / 4 + x^3) / 3 + x^2, and half of that: x^4 / 24 + x^3 / 6 + x^2 / 2 */
  const int32_t twice = mlrt_doubling_high_mul(mlrt_rounding_divide_by_pot(x4, 2) + x3, third) + x2;
  const int32_t series = x + mlrt_rounding_divide_by_pot(twice, 1);
  return exp_minus_eighth + mlrt_doubling_high_mul(exp_minus_eighth, series);
}

/* exp(a) for a <= 0 in Q5.26, result in Q0.31. */
static int32_t exp_negative(int32_t a) {
  /* exp(-2^k) in Q0.31 for k = -2..4 */
  static const int32_t factors[] = {1672461947, 1302514674, 790015084, 290630308,
                                    39332535,   720401,     242};
  if (a == 0) return INT32_MAX;
  const int32_t quarter = 1 << 24;
  const int32_t reduced = (a & (quarter - 1)) - quarter;
  int32_t result = exp_near_zero(saturating_shift_left(reduced, 5));
  const int32_t remainder = reduced - a;
  for (int32_t k = 0; k < 7; ++k) {
    if ((remainder & (1 << (24 + k))) != 0) result = mlrt_doubling_high_mul(result, factors[k]);
  }
  return result;
}

/* 1 / (1 + x) for x in [0, 1), both Q0.31. */
static int32_t reciprocal_of_one_plus(int32_t x) {
  const int32_t half_denominator = (int32_t)(((int64_t)x + INT32_MAX + 1) >> 1);
  /* The start 48/17 - 32/17 d is the best straight line; then three steps in Q2.29. */
  int32_t y = 1515870810 + mlrt_doubling_high_mul(half_denominator, -1010580540);
  for (int step = 0; step < 3; ++step) {
    const int32_t error = (1 << 29) - mlrt_doubling_high_mul(half_denominator, y);
    y += saturating_shift_left(mlrt_doubling_high_mul(y, error), 2);
  }
  return saturating_shift_left(y, 1);
}

static int32_t scaled_difference(const MlrtSoftmaxS8* softmax, int32_t difference) {
  return mlrt_doubling_high_mul(mlrt_shift_left(difference, softmax->left_shift),
                                softmax->multiplier);
}

static void softmax_row(const MlrtSoftmaxS8* softmax, const int8_t* input, int8_t* output) {
  int32_t largest = INT8_MIN;
  for (int32_t i = 0; i < softmax->depth; ++i) {
    if (input[i] > largest) largest = input[i];
  }
  int32_t sum = 0;
  for (int32_t i = 0; i < softmax->depth; ++i) {
    const int32_t difference = input[i] - largest;
    if (difference < softmax->smallest_difference) continue;
    const int32_t value = exp_negative(scaled_difference(softmax, difference));
    sum += mlrt_rounding_divide_by_pot(value, kAccumulatorIntegerBits);
  }
  /* sum = 2^bits_over_unit * (1 + fraction) */
  const int32_t leading_zeros = __builtin_clz((uint32_t)sum);
  const int32_t bits_over_unit = kAccumulatorIntegerBits - leading_zeros;
  const int32_t fraction = (int32_t)(((uint32_t)sum << leading_zeros) - (1u << 31));
  const int32_t inverse = reciprocal_of_one_plus(fraction);
  for (int32_t i = 0; i < softmax->depth; ++i) {
    const int32_t difference = input[i] - largest;
    if (difference < softmax->smallest_difference) {
      output[i] = INT8_MIN;
      continue;
    }
    const int32_t value = exp_negative(scaled_difference(softmax, difference));
    /* A row of 512 equal values or more gives each of them less than half a step. */
    const int32_t shift = bits_over_unit + 31 - 8;
    const int32_t probability = mlrt_doubling_high_mul(inverse, value);
    const int32_t scaled = shift > 31 ? 0 : mlrt_rounding_divide_by_pot(probability, shift);
    output[i] = (int8_t)mlrt_clamp(scaled + INT8_MIN, INT8_MIN, INT8_MAX);
  }
}

void mlrt_softmax_s8(const MlrtSoftmaxS8* softmax, const int8_t* input, int8_t* output) {
  for (int32_t row = 0; row < softmax->rows; ++row) {
    softmax_row(softmax, input + row * softmax->depth, output + row * softmax->depth);
  }
}
