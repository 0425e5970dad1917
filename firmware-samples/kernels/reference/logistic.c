/* 1 / (1 + exp(-x)) in fixed point, by the method of gemmlowp. Qm.n: m integer, n fraction bits. */
#include "kernels/exponential.h"
#include "kernels/mlrt_kernels.h"

enum { kInputIntegerBits = 4, kOutputBits = 8 };

/* Of x in Q4.27, result in Q0.31. */
static int32_t logistic_of(int32_t x) {
  if (x == 0) return 1 << 30;
  const int32_t negative = x > 0 ? -x : x;
  const int32_t above_half = reciprocal_of_one_plus(exp_negative(negative, kInputIntegerBits));
  return x > 0 ? above_half : INT32_MAX - above_half;
}

void mlrt_logistic_s8(const MlrtLogisticS8* logistic, const int8_t* input, int8_t* output) {
  for (int32_t i = 0; i < logistic->size; ++i) {
    const int32_t x = input[i] - logistic->zero_point;
    if (x <= -logistic->radius) {
      output[i] = INT8_MIN;
    } else if (x >= logistic->radius) {
      output[i] = INT8_MAX;
    } else {
      const int32_t scaled = mlrt_requantise(x, logistic->multiplier, logistic->left_shift);
      const int32_t value = mlrt_rounding_divide_by_pot(logistic_of(scaled), 31 - kOutputBits);
      output[i] = (int8_t)mlrt_clamp(value + INT8_MIN, INT8_MIN, INT8_MAX);
    }
  }
}
