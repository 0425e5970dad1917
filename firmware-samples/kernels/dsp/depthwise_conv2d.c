/* Depthwise convolution, four channels at a time: SXTAB16 widens four inputs and removes their
   zero point, SXTB16 widens four weights, SMLABB and SMLATT accumulate each channel by itself. */
#include "dsp_instructions.h"
#include "kernels/mlrt_kernels.h"
#include "kernels/window.h"
#include "requantise.h"

typedef struct {
  int32_t c0, c1, c2, c3;
} Sums;

static inline Sums accumulate(uint32_t inputs, uint32_t weights, uint32_t offsets, Sums s) {
  const uint32_t x_even = sxtab16(offsets, inputs);
  const uint32_t w_even = sxtb16(weights);
  s.c0 = smlabb(x_even, w_even, s.c0);
  s.c2 = smlatt(x_even, w_even, s.c2);
  const uint32_t x_odd = sxtab16_ror8(offsets, inputs);
  const uint32_t w_odd = sxtb16_ror8(weights);
  s.c1 = smlabb(x_odd, w_odd, s.c1);
  s.c3 = smlatt(x_odd, w_odd, s.c3);
  return s;
}

/* The places of one output that lie inside the image. */
typedef struct {
  const int8_t* input; /* channel 0 of the first place inside */
  const int8_t* filter;
  int32_t rows;
  int32_t columns;
  int32_t input_row_step; /* in bytes */
  int32_t input_column_step;
  int32_t filter_row_step;
  int32_t filter_column_step;
} Patch;

static Patch patch_at(const MlrtConvS8* conv, const int8_t* image, const int8_t* filter,
                      int32_t out_y, int32_t out_x) {
  const MlrtWindow* w = &conv->window;
  const int32_t in_channels = conv->input.channels;
  const int32_t out_channels = conv->output.channels;
  const MlrtSpan rows = mlrt_rows(w, out_y, conv->input.height);
  const MlrtSpan columns = mlrt_columns(w, out_x, conv->input.width);
  const int32_t y = rows.start + rows.first * w->dilation_height;
  const int32_t x = columns.start + columns.first * w->dilation_width;
  const Patch patch = {
      .input = image + (y * conv->input.width + x) * in_channels,
      .filter = filter + (rows.first * w->filter_width + columns.first) * out_channels,
      .rows = rows.end - rows.first,
      .columns = columns.end - columns.first,
      .input_row_step = w->dilation_height * conv->input.width * in_channels,
      .input_column_step = w->dilation_width * in_channels,
      .filter_row_step = w->filter_width * out_channels,
      .filter_column_step = out_channels,
  };
  return patch;
}

static inline Sums four_channels(const Patch* p, int32_t channel, uint32_t offsets, Sums s) {
  const int8_t* input_row = p->input + channel;
  const int8_t* filter_row = p->filter + channel;
  const int32_t input_step = p->input_column_step;
  const int32_t filter_step = p->filter_column_step;
  for (int32_t i = p->rows; i > 0; --i) {
    const int8_t* in = input_row;
    const int8_t* weight = filter_row;
    if (p->columns == 3) { /* the usual 3 x 3 filter away from the edge */
      s = accumulate(load4(in), load4(weight), offsets, s);
      in += input_step;
      weight += filter_step;
      s = accumulate(load4(in), load4(weight), offsets, s);
      s = accumulate(load4(in + input_step), load4(weight + filter_step), offsets, s);
    } else {
      for (int32_t j = p->columns; j > 0; --j) {
        s = accumulate(load4(in), load4(weight), offsets, s);
        in += input_step;
        weight += filter_step;
      }
    }
    input_row += p->input_row_step;
    filter_row += p->filter_row_step;
  }
  return s;
}

static inline int32_t one_channel(const Patch* p, int32_t in_channel, int32_t out_channel,
                                  int32_t offset, int32_t sum) {
  for (int32_t i = 0; i < p->rows; ++i) {
    const int8_t* in = p->input + in_channel + i * p->input_row_step;
    const int8_t* weight = p->filter + out_channel + i * p->filter_row_step;
    for (int32_t j = 0; j < p->columns; ++j) {
      sum += (*in + offset) * *weight;
      in += p->input_column_step;
      weight += p->filter_column_step;
    }
  }
  return sum;
}

static void all_channels(const MlrtConvS8* conv, const Patch* patch, const int32_t* bias,
                         int8_t* output) {
  const MlrtQuantS8* q = &conv->quant;
  const int32_t channels = conv->output.channels;
  const uint32_t offsets = both_halves(q->input_offset);
  int32_t c = 0;
  if (conv->depth_multiplier == 1) {
    for (; c + 4 <= channels; c += 4) {
      Sums sums = {0, 0, 0, 0};
      if (bias != NULL) sums = (Sums){bias[c], bias[c + 1], bias[c + 2], bias[c + 3]};
      sums = four_channels(patch, c, offsets, sums);
      const int32_t r0 = dsp_requantise_channel(q, sums.c0, c);
      const int32_t r1 = dsp_requantise_channel(q, sums.c1, c + 1);
      const int32_t r2 = dsp_requantise_channel(q, sums.c2, c + 2);
      const int32_t r3 = dsp_requantise_channel(q, sums.c3, c + 3);
      output[c] = (int8_t)r0;
      output[c + 1] = (int8_t)r1;
      output[c + 2] = (int8_t)r2;
      output[c + 3] = (int8_t)r3;
    }
  }
  for (; c < channels; ++c) {
    const int32_t start = bias != NULL ? bias[c] : 0;
    const int32_t sum = one_channel(patch, c / conv->depth_multiplier, c, q->input_offset, start);
    output[c] = (int8_t)dsp_requantise_channel(q, sum, c);
  }
}

void mlrt_depthwise_conv2d_s8_dsp(const MlrtConvS8* conv, const int8_t* input, const int8_t* filter,
                                  const int32_t* bias, int8_t* output) {
  const int32_t image_size = conv->input.height * conv->input.width * conv->input.channels;
  for (int32_t batch = 0; batch < conv->output.batches; ++batch) {
    for (int32_t y = 0; y < conv->output.height; ++y) {
      for (int32_t x = 0; x < conv->output.width; ++x) {
        const Patch patch = patch_at(conv, input + batch * image_size, filter, y, x);
        all_channels(conv, &patch, bias, output);
        output += conv->output.channels;
      }
    }
  }
}
