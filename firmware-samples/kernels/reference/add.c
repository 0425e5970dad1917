#include "kernels/fixed_point.h"
#include "kernels/mlrt_kernels.h"

/* Both inputs are brought to a common scale with 20 more fraction bits, added, and scaled back. */
enum { kAddLeftShift = 20 };

void mlrt_add_s8_reference(const MlrtAddS8* add, const int8_t* input1, const int8_t* input2,
                           int8_t* output) {
  for (int32_t i = 0; i < add->size; ++i) {
    const int32_t a = (input1[i] + add->input1_offset) * (1 << kAddLeftShift);
    const int32_t b = (input2[i] + add->input2_offset) * (1 << kAddLeftShift);
    const int32_t sum = mlrt_requantise(a, add->input1_multiplier, add->input1_shift) +
                        mlrt_requantise(b, add->input2_multiplier, add->input2_shift);
    output[i] = mlrt_requantise_s8(sum, add->output_multiplier, add->output_shift,
                                   add->output_offset, add->activation_min, add->activation_max);
  }
}
