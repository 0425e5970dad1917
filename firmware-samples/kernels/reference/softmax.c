/* Softmax in fixed point, by the method of gemmlowp. Qm.n: m integer, n fraction bits. */
#include "kernels/exponential.h"
#include "kernels/mlrt_kernels.h"

enum { kDifferenceIntegerBits = 5, kAccumulatorIntegerBits = 12 };

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
    const int32_t value =
        exp_negative(scaled_difference(softmax, difference), kDifferenceIntegerBits);
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
    const int32_t value =
        exp_negative(scaled_difference(softmax, difference), kDifferenceIntegerBits);
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
