#include "kernels/fixed_point.h"
#include "kernels/mlrt_kernels.h"

static int32_t accumulate(const MlrtConvS8* conv, const int8_t* image, const int8_t* filter,
                          int32_t out_y, int32_t out_x, int32_t out_channel) {
  const MlrtWindow* w = &conv->window;
  const int32_t in_channel = out_channel / conv->depth_multiplier;
  int32_t sum = 0;
  for (int32_t filter_y = 0; filter_y < w->filter_height; ++filter_y) {
    const int32_t y = out_y * w->stride_height - w->pad_top + filter_y * w->dilation_height;
    if (y < 0 || y >= conv->input.height) continue;
    for (int32_t filter_x = 0; filter_x < w->filter_width; ++filter_x) {
      const int32_t x = out_x * w->stride_width - w->pad_left + filter_x * w->dilation_width;
      if (x < 0 || x >= conv->input.width) continue;
      const int32_t in = image[(y * conv->input.width + x) * conv->input.channels + in_channel];
      const int32_t place = filter_y * w->filter_width + filter_x;
      sum += (in + conv->quant.input_offset) * filter[place * conv->output.channels + out_channel];
    }
  }
  return sum;
}

void mlrt_depthwise_conv2d_s8_reference(const MlrtConvS8* conv, const int8_t* input,
                                        const int8_t* filter, const int32_t* bias, int8_t* output) {
  const MlrtQuantS8* q = &conv->quant;
  const int32_t image_size = conv->input.height * conv->input.width * conv->input.channels;
  for (int32_t batch = 0; batch < conv->output.batches; ++batch) {
    for (int32_t y = 0; y < conv->output.height; ++y) {
      for (int32_t x = 0; x < conv->output.width; ++x) {
        for (int32_t c = 0; c < conv->output.channels; ++c) {
          int32_t sum = accumulate(conv, input + batch * image_size, filter, y, x, c);
          if (bias != NULL) sum += bias[c];
          *output++ = mlrt_requantise_s8(sum, q->multipliers[c], q->shifts[c], q->output_offset,
                                         q->activation_min, q->activation_max);
        }
      }
    }
  }
}
