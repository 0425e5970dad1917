#include <math.h>

#include "kernels/mlrt_kernels.h"

void mlrt_relu_f32(int32_t size, float maximum, const float* input, float* output) {
  for (int32_t i = 0; i < size; ++i) {
    output[i] = input[i] < 0.0f ? 0.0f : input[i] > maximum ? maximum : input[i];
  }
}

void mlrt_logistic_f32(int32_t size, const float* input, float* output) {
  for (int32_t i = 0; i < size; ++i) output[i] = 1.0f / (1.0f + expf(-input[i]));
}

void mlrt_hard_swish_f32(int32_t size, const float* input, float* output) {
  for (int32_t i = 0; i < size; ++i) {
    const float ramp = input[i] + 3.0f;
    output[i] = input[i] * (ramp < 0.0f ? 0.0f : ramp > 6.0f ? 6.0f : ramp) / 6.0f;
  }
}
