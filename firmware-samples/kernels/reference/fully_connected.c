#include "kernels/fixed_point.h"
#include "kernels/mlrt_kernels.h"

size_t mlrt_fully_connected_s8_reference_scratch(const MlrtFullyConnectedS8* fc) {
  (void)fc;
  return 0;
}

void mlrt_fully_connected_s8_reference(const MlrtFullyConnectedS8* fc, const int8_t* input,
                                       const int8_t* filter, const int32_t* bias, int8_t* output,
                                       int16_t* scratch) {
  (void)scratch;
  const MlrtQuantS8* q = &fc->quant;
  for (int32_t batch = 0; batch < fc->batches; ++batch) {
    for (int32_t out = 0; out < fc->outputs; ++out) {
      int32_t sum = bias != NULL ? bias[out] : 0;
      for (int32_t i = 0; i < fc->inputs; ++i) {
        sum += (input[batch * fc->inputs + i] + q->input_offset) * filter[out * fc->inputs + i];
      }
      *output++ = mlrt_requantise_s8(sum, q->multipliers[out], q->shifts[out], q->output_offset,
                                     q->activation_min, q->activation_max);
    }
  }
}
