#include "kernels/fixed_point.h"
#include "kernels/mlrt_kernels.h"

size_t mlrt_conv2d_s8_reference_scratch(const MlrtConvS8* conv) {
  (void)conv;
  return 0;
}

/* Sum over the filter at one output place. Padding holds the zero point, so it adds nothing. */
static int32_t accumulate(const MlrtConvS8* conv, const int8_t* image, const int8_t* filter,
                          int32_t out_y, int32_t out_x) {
  const MlrtWindow* w = &conv->window;
  const int32_t channels = conv->input.channels;
  int32_t sum = 0;
  for (int32_t filter_y = 0; filter_y < w->filter_height; ++filter_y) {
    const int32_t y = out_y * w->stride_height - w->pad_top + filter_y * w->dilation_height;
    if (y < 0 || y >= conv->input.height) continue;
    for (int32_t filter_x = 0; filter_x < w->filter_width; ++filter_x) {
      const int32_t x = out_x * w->stride_width - w->pad_left + filter_x * w->dilation_width;
      if (x < 0 || x >= conv->input.width) continue;
      const int8_t* in = image + (y * conv->input.width + x) * channels;
      const int8_t* weight = filter + (filter_y * w->filter_width + filter_x) * channels;
      for (int32_t c = 0; c < channels; ++c) {
        sum += (in[c] + conv->quant.input_offset) * weight[c];
      }
    }
  }
  return sum;
}

void mlrt_conv2d_s8_reference(const MlrtConvS8* conv, const int8_t* input, const int8_t* filter,
                              const int32_t* bias, int8_t* output, int16_t* scratch) {
  (void)scratch;
  const MlrtQuantS8* q = &conv->quant;
  const int32_t image_size = conv->input.height * conv->input.width * conv->input.channels;
  const int32_t filter_size =
      conv->window.filter_height * conv->window.filter_width * conv->input.channels;
  for (int32_t batch = 0; batch < conv->output.batches; ++batch) {
    for (int32_t y = 0; y < conv->output.height; ++y) {
      for (int32_t x = 0; x < conv->output.width; ++x) {
        for (int32_t c = 0; c < conv->output.channels; ++c) {
          int32_t sum =
              accumulate(conv, input + batch * image_size, filter + c * filter_size, y, x);
          if (bias != NULL) sum += bias[c];
          *output++ = mlrt_requantise_s8(sum, q->multipliers[c], q->shifts[c], q->output_offset,
                                         q->activation_min, q->activation_max);
        }
      }
    }
  }
}
