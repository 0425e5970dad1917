/* RELU and RELU6 as operators of their own, HARD_SWISH, and changes of scale. */
#include <math.h>

#include "kernels/fixed_point.h"
#include "kernels/mlrt_kernels.h"

static inline void rescale(const MlrtRescaleS8* rescale, const int8_t* input, int8_t* output) {
  for (int32_t i = 0; i < rescale->size; ++i) {
    output[i] =
        mlrt_requantise_s8(input[i] + rescale->input_offset, rescale->multiplier, rescale->shift,
                           rescale->output_offset, rescale->minimum, rescale->maximum);
  }
}

void mlrt_relu_s8(const MlrtRescaleS8* relu, const int8_t* input, int8_t* output) {
  rescale(relu, input, output);
}

void mlrt_rescale_s8(const MlrtRescaleS8* parameters, const int8_t* input, int8_t* output) {
  rescale(parameters, input, output);
}

/* The high half of 2ab, both Q0.15, rounded to nearest, halves up; the one product that does not
   fit saturates. */
static int32_t rounding_high_mul_16(int32_t a, int32_t b) {
  return a == INT16_MIN && b == INT16_MIN ? INT16_MAX : (a * b + (1 << 14)) >> 15;
}

/* The same towards zero. */
static int32_t high_mul_16(int32_t a, int32_t b) {
  return a == INT16_MIN && b == INT16_MIN ? INT16_MAX : a * b / (1 << 15);
}

static int32_t saturating_shift_left_16(int32_t x, int32_t bits) {
  return mlrt_clamp(x * (1 << bits), INT16_MIN, INT16_MAX);
}

/* x * relu6(x + 3) / 6: x on a finer scale times a ramp from 0 at -3 to 1 at 3, both with 16 bits.
 */
void mlrt_hard_swish_s8(const MlrtHardSwishS8* swish, const int8_t* input, int8_t* output) {
  for (int32_t i = 0; i < swish->size; ++i) {
    const int32_t fine = (input[i] - swish->input_zero_point) * (1 << 7);
    const int32_t scaled = rounding_high_mul_16(fine, swish->output_multiplier);
    int32_t ramp = fine;
    if (swish->ramp_exponent > 0) ramp = saturating_shift_left_16(ramp, swish->ramp_exponent - 1);
    ramp = rounding_high_mul_16(ramp, swish->ramp_multiplier);
    if (swish->ramp_exponent > 0) ramp = saturating_shift_left_16(ramp, 1);
    if (swish->ramp_exponent < 0) ramp = mlrt_rounding_divide_by_pot(ramp, -swish->ramp_exponent);
    ramp = (ramp + (1 << 15)) >> 1;
    const int32_t product = high_mul_16(ramp, scaled);
    const int32_t value = mlrt_rounding_divide_by_pot(product, -swish->output_exponent);
    output[i] = (int8_t)mlrt_clamp(value + swish->output_zero_point, INT8_MIN, INT8_MAX);
  }
}

void mlrt_quantize_f32(int32_t size, float scale, int32_t zero_point, const float* input,
                       int8_t* output) {
  for (int32_t i = 0; i < size; ++i) {
    const float steps = roundf(input[i] / scale);
    const float bounded = steps < -512.0f ? -512.0f : steps > 512.0f ? 512.0f : steps;
    output[i] = (int8_t)mlrt_clamp((int32_t)bounded + zero_point, INT8_MIN, INT8_MAX);
  }
}

void mlrt_dequantize_s8(int32_t size, float scale, int32_t zero_point, const int8_t* input,
                        float* output) {
  for (int32_t i = 0; i < size; ++i) output[i] = scale * (float)(input[i] - zero_point);
}
