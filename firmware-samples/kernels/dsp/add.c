/* Addition of two tensors with different scales, a word of four elements at a time; see
   reference/add.c for the arithmetic. */
#include "dsp_instructions.h"
#include "kernels/mlrt_kernels.h"
#include "requantise.h"

enum { kAddLeftShift = 20 };

/* `a` and `b` already have their zero points removed. */
static inline int32_t sum_of(const MlrtAddS8* add, int32_t a, int32_t b) {
  const int32_t sum =
      dsp_requantise(a * (1 << kAddLeftShift), add->input1_multiplier, add->input1_shift) +
      dsp_requantise(b * (1 << kAddLeftShift), add->input2_multiplier, add->input2_shift);
  const int32_t scaled = dsp_requantise(sum, add->output_multiplier, add->output_shift);
  return mlrt_clamp(scaled + add->output_offset, add->activation_min, add->activation_max);
}

/* Elements in the low and in the high half of a pair. */
static inline uint32_t pair_sum(const MlrtAddS8* add, uint32_t a, uint32_t b) {
  const uint32_t low = (uint32_t)sum_of(add, (int16_t)a, (int16_t)b) & 0xFF;
  const uint32_t high = (uint32_t)sum_of(add, (int32_t)a >> 16, (int32_t)b >> 16) & 0xFF;
  return low | (high << 16);
}

void mlrt_add_s8_dsp(const MlrtAddS8* add, const int8_t* input1, const int8_t* input2,
                     int8_t* output) {
  const uint32_t offsets1 = both_halves(add->input1_offset);
  const uint32_t offsets2 = both_halves(add->input2_offset);
  int32_t i = 0;
  for (; i + 4 <= add->size; i += 4) {
    const uint32_t a = load4(input1 + i);
    const uint32_t b = load4(input2 + i);
    const uint32_t even = pair_sum(add, sxtab16(offsets1, a), sxtab16(offsets2, b));
    const uint32_t odd = pair_sum(add, sxtab16_ror8(offsets1, a), sxtab16_ror8(offsets2, b));
    store4(output + i, even | (odd << 8));
  }
  for (; i < add->size; ++i) {
    output[i] = (int8_t)sum_of(add, input1[i] + add->input1_offset, input2[i] + add->input2_offset);
  }
}
