#include "kernels/fixed_point.h"
#include "kernels/mlrt_kernels.h"

static int32_t sum_from(const MlrtMean* mean, const int8_t* input) {
  int32_t sum = 0;
  for (int32_t i = 0; i < mean->reduced[0]; ++i) {
    for (int32_t j = 0; j < mean->reduced[1]; ++j) {
      for (int32_t k = 0; k < mean->reduced[2]; ++k) {
        const int8_t* place =
            input + i * mean->strides[0] + j * mean->strides[1] + k * mean->strides[2];
        for (int32_t l = 0; l < mean->reduced[3]; ++l) {
          sum += *place;
          place += mean->strides[3];
        }
      }
    }
  }
  return sum;
}

/* The multiplier holds the division by the number of elements. */
void mlrt_mean_s8(const MlrtMean* mean, const int8_t* input, int8_t* output) {
  for (int32_t i = 0; i < mean->kept[0]; ++i) {
    for (int32_t j = 0; j < mean->kept[1]; ++j) {
      for (int32_t k = 0; k < mean->kept[2]; ++k) {
        const int8_t* place =
            input + i * mean->strides[0] + j * mean->strides[1] + k * mean->strides[2];
        for (int32_t l = 0; l < mean->kept[3]; ++l) {
          const int32_t sum = sum_from(mean, place) + mean->count * mean->input_offset;
          *output++ = mlrt_requantise_s8(sum, mean->multiplier, mean->shift, mean->output_offset,
                                         INT8_MIN, INT8_MAX);
          place += mean->strides[3];
        }
      }
    }
  }
}
