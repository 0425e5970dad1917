/* Fully connected layer: the input is widened once, in the order SXTB16 gives the weights in
   (see conv2d.c); then two outputs are computed at a time. */
#include "dsp_instructions.h"
#include "kernels/mlrt_kernels.h"
#include "requantise.h"

size_t mlrt_fully_connected_s8_dsp_scratch(const MlrtFullyConnectedS8* fc) {
  return (size_t)fc->inputs;
}

static void widen(const int8_t* input, int32_t size, int32_t offset, int16_t* to) {
  const uint32_t offsets = both_halves(offset);
  int32_t i = 0;
  for (; i + 4 <= size; i += 4) {
    const uint32_t word = load4(input + i);
    store4(to + i, sxtab16(offsets, word));
    store4(to + i + 2, sxtab16_ror8(offsets, word));
  }
  for (; i < size; ++i) to[i] = (int16_t)(input[i] + offset);
}

typedef struct {
  int32_t a, b;
} Sums;

static inline Sums multiply(const int8_t* filter_a, const int8_t* filter_b, const int16_t* input,
                            int32_t size, Sums s) {
  const int8_t* const end = filter_a + (size & ~3);
  while (filter_a != end) {
    const uint32_t a = load4(filter_a);
    const uint32_t b = load4(filter_b);
    const uint32_t even = load4(input);
    const uint32_t odd = load4(input + 2);
    s.a = smlad(sxtb16(a), even, s.a);
    s.b = smlad(sxtb16(b), even, s.b);
    s.a = smlad(sxtb16_ror8(a), odd, s.a);
    s.b = smlad(sxtb16_ror8(b), odd, s.b);
    filter_a += 4;
    filter_b += 4;
    input += 4;
  }
  for (int32_t rest = size & 3; rest > 0; --rest) {
    s.a += *input * *filter_a++;
    s.b += *input++ * *filter_b++;
  }
  return s;
}

void mlrt_fully_connected_s8_dsp(const MlrtFullyConnectedS8* fc, const int8_t* input,
                                 const int8_t* filter, const int32_t* bias, int8_t* output,
                                 int16_t* scratch) {
  const MlrtQuantS8* q = &fc->quant;
  for (int32_t batch = 0; batch < fc->batches; ++batch) {
    widen(input + batch * fc->inputs, fc->inputs, q->input_offset, scratch);
    for (int32_t c = 0; c < fc->outputs; c += 2) {
      /* The last of an odd number is computed twice. */
      const int32_t d = c + 1 < fc->outputs ? c + 1 : c;
      const Sums start = {bias != NULL ? bias[c] : 0, bias != NULL ? bias[d] : 0};
      const Sums sums =
          multiply(filter + c * fc->inputs, filter + d * fc->inputs, scratch, fc->inputs, start);
      const int32_t a = dsp_requantise_channel(q, sums.a, c);
      const int32_t b = dsp_requantise_channel(q, sums.b, d);
      output[c] = (int8_t)a;
      output[d] = (int8_t)b;
    }
    output += fc->outputs;
  }
}
