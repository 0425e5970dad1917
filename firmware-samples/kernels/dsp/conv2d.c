/* Convolution as a matrix product, two output places by two output channels at a time.

   The inputs of two output places are widened to int16, zero point removed, into a column each.
   SXTB16 splits four weights w0..w3 into the pairs (w0, w2) and (w1, w3); storing the inputs in
   the same order makes SMLAD fit without any repacking. The columns are interleaved in groups of
   eight so that one pointer walks both:
     (x0, x2) (x1, x3) of place 0, (x0, x2) (x1, x3) of place 1, next group, ...
   and a remainder of depth % 4 follows as pairs (place 0, place 1). A group costs 6 loads,
   4 SXTB16 and 8 SMLAD for 16 multiply-accumulates. */
#include "dsp_instructions.h"
#include "kernels/mlrt_kernels.h"
#include "kernels/window.h"
#include "requantise.h"

static int32_t filter_depth(const MlrtConvS8* conv) {
  return conv->window.filter_height * conv->window.filter_width * conv->input.channels;
}

static int is_pointwise(const MlrtConvS8* conv) {
  const MlrtWindow* w = &conv->window;
  return w->filter_height == 1 && w->filter_width == 1 && w->pad_top == 0 && w->pad_left == 0;
}

size_t mlrt_conv2d_s8_dsp_scratch(const MlrtConvS8* conv) {
  const size_t depth = (size_t)filter_depth(conv);
  return 2 * depth + (is_pointwise(conv) ? 0 : (depth + 1) / 2);
}

/* Copies the input under the filter at one output place, zero points where it is outside. */
static void gather_patch(const MlrtConvS8* conv, const int8_t* image, int32_t out_y, int32_t out_x,
                         int8_t* patch) {
  const MlrtWindow* w = &conv->window;
  const int32_t channels = conv->input.channels;
  const MlrtSpan rows = mlrt_rows(w, out_y, conv->input.height);
  const MlrtSpan columns = mlrt_columns(w, out_x, conv->input.width);
  const int32_t inside = columns.end - columns.first;
  const int32_t row_bytes = w->filter_width * channels;
  if (rows.end - rows.first != w->filter_height || inside != w->filter_width) {
    memset(patch, -conv->quant.input_offset, (size_t)(w->filter_height * row_bytes));
  }
  for (int32_t i = rows.first; i < rows.end; ++i) {
    const int32_t y = rows.start + i * w->dilation_height;
    int8_t* to = patch + i * row_bytes + columns.first * channels;
    const int32_t x = columns.start + columns.first * w->dilation_width;
    const int8_t* from = image + (y * conv->input.width + x) * channels;
    if (w->dilation_width == 1) {
      memcpy(to, from, (size_t)(inside * channels));
      continue;
    }
    for (int32_t j = 0; j < inside; ++j) {
      memcpy(to, from, (size_t)channels);
      to += channels;
      from += w->dilation_width * channels;
    }
  }
}

/* Widens a patch into column 0 or 1 of the interleaved columns. */
static void fill_column(const int8_t* patch, int32_t depth, int32_t offset, int32_t column,
                        int16_t* columns) {
  const uint32_t offsets = both_halves(offset);
  int16_t* to = columns + 4 * column;
  for (int32_t group = depth / 4; group > 0; --group) {
    const uint32_t word = load4(patch);
    store4(to, sxtab16(offsets, word));
    store4(to + 2, sxtab16_ror8(offsets, word));
    patch += 4;
    to += 8;
  }
  to = columns + 8 * (depth / 4) + column;
  for (int32_t rest = depth % 4; rest > 0; --rest) {
    *to = (int16_t)(*patch++ + offset);
    to += 2;
  }
}

typedef struct {
  int32_t a0, a1; /* channel a at place 0 and 1 */
  int32_t b0, b1;
} Sums;

static inline Sums multiply(const int8_t* filter_a, const int8_t* filter_b, const int16_t* columns,
                            int32_t depth, Sums s) {
  const int8_t* const end = filter_a + (depth & ~3);
  while (filter_a != end) {
    const uint32_t a = load4(filter_a);
    const uint32_t b = load4(filter_b);
    filter_a += 4;
    filter_b += 4;
    const uint32_t a_even = sxtb16(a);
    const uint32_t a_odd = sxtb16_ror8(a);
    const uint32_t b_even = sxtb16(b);
    const uint32_t b_odd = sxtb16_ror8(b);
    const uint32_t even0 = load4(columns);
    const uint32_t odd0 = load4(columns + 2);
    s.a0 = smlad(a_even, even0, s.a0);
    s.b0 = smlad(b_even, even0, s.b0);
    s.a0 = smlad(a_odd, odd0, s.a0);
    s.b0 = smlad(b_odd, odd0, s.b0);
    const uint32_t even1 = load4(columns + 4);
    const uint32_t odd1 = load4(columns + 6);
    columns += 8;
    s.a1 = smlad(a_even, even1, s.a1);
    s.b1 = smlad(b_even, even1, s.b1);
    s.a1 = smlad(a_odd, odd1, s.a1);
    s.b1 = smlad(b_odd, odd1, s.b1);
  }
  for (int32_t rest = depth & 3; rest > 0; --rest) {
    s.a0 += columns[0] * *filter_a;
    s.a1 += columns[1] * *filter_a++;
    s.b0 += columns[0] * *filter_b;
    s.b1 += columns[1] * *filter_b++;
    columns += 2;
  }
  return s;
}

/* All channels of `places` (1 or 2) neighbouring outputs. An odd channel is computed twice, and a
   missing place from whatever the column held before; neither is stored. */
static void multiply_columns(const MlrtConvS8* conv, const int8_t* filter, const int32_t* bias,
                             const int16_t* columns, int32_t places, int8_t* output) {
  const int32_t depth = filter_depth(conv);
  const int32_t channels = conv->output.channels;
  for (int32_t c = 0; c < channels; c += 2) {
    const int32_t d = c + 1 < channels ? c + 1 : c;
    const int32_t bias_c = bias != NULL ? bias[c] : 0;
    const int32_t bias_d = bias != NULL ? bias[d] : 0;
    const Sums start = {bias_c, bias_c, bias_d, bias_d};
    const Sums sums = multiply(filter + c * depth, filter + d * depth, columns, depth, start);
    const int32_t a0 = dsp_requantise_channel(&conv->quant, sums.a0, c);
    const int32_t a1 = dsp_requantise_channel(&conv->quant, sums.a1, c);
    const int32_t b0 = dsp_requantise_channel(&conv->quant, sums.b0, d);
    const int32_t b1 = dsp_requantise_channel(&conv->quant, sums.b1, d);
    output[c] = (int8_t)a0;
    output[d] = (int8_t)b0;
    if (places == 2) {
      output[channels + c] = (int8_t)a1;
      output[channels + d] = (int8_t)b1;
    }
  }
}

void mlrt_conv2d_s8_dsp(const MlrtConvS8* conv, const int8_t* input, const int8_t* filter,
                        const int32_t* bias, int8_t* output, int16_t* scratch) {
  const MlrtShape* in = &conv->input;
  const MlrtShape* out = &conv->output;
  const int32_t depth = filter_depth(conv);
  const int32_t offset = conv->quant.input_offset;
  const int pointwise = is_pointwise(conv);
  int16_t* const columns = scratch;
  int8_t* const patch = (int8_t*)(scratch + 2 * depth);
  int32_t waiting = 0;
  int32_t remaining = out->batches * out->height * out->width;
  for (int32_t batch = 0; batch < out->batches; ++batch) {
    const int8_t* image = input + batch * in->height * in->width * in->channels;
    for (int32_t y = 0; y < out->height; ++y) {
      for (int32_t x = 0; x < out->width; ++x) {
        const int8_t* source = patch;
        if (pointwise) {
          const int32_t row = y * conv->window.stride_height * in->width;
          source = image + (row + x * conv->window.stride_width) * in->channels;
        } else {
          gather_patch(conv, image, y, x, patch);
        }
        fill_column(source, depth, offset, waiting, columns);
        ++waiting;
        --remaining;
        if (waiting == 2 || remaining == 0) {
          multiply_columns(conv, filter, bias, columns, waiting, output);
          output += 2 * out->channels;
          waiting = 0;
        }
      }
    }
  }
}
