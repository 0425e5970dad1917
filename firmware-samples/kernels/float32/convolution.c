#include "kernels/mlrt_kernels.h"
#include "kernels/window.h"

static float clamped(float value, float low, float high) {
  return value < low ? low : value > high ? high : value;
}

static float conv_sum(const MlrtConvF32* conv, const float* image, const float* filter,
                      MlrtSpan rows, MlrtSpan columns, float sum) {
  const MlrtWindow* w = &conv->window;
  const int32_t channels = conv->input.channels;
  for (int32_t i = rows.first; i < rows.end; ++i) {
    for (int32_t j = columns.first; j < columns.end; ++j) {
      const int32_t y = rows.start + i * w->dilation_height;
      const int32_t x = columns.start + j * w->dilation_width;
      const float* in = image + (y * conv->input.width + x) * channels;
      const float* weight = filter + (i * w->filter_width + j) * channels;
      for (int32_t c = 0; c < channels; ++c) sum += in[c] * weight[c];
    }
  }
  return sum;
}

void mlrt_conv2d_f32(const MlrtConvF32* conv, const float* input, const float* filter,
                     const float* bias, float* output) {
  const MlrtWindow* w = &conv->window;
  const int32_t image_size = conv->input.height * conv->input.width * conv->input.channels;
  const int32_t filter_size = w->filter_height * w->filter_width * conv->input.channels;
  for (int32_t batch = 0; batch < conv->output.batches; ++batch) {
    const float* image = input + batch * image_size;
    for (int32_t y = 0; y < conv->output.height; ++y) {
      const MlrtSpan rows = mlrt_rows(w, y, conv->input.height);
      for (int32_t x = 0; x < conv->output.width; ++x) {
        const MlrtSpan columns = mlrt_columns(w, x, conv->input.width);
        for (int32_t c = 0; c < conv->output.channels; ++c) {
          const float start = bias != NULL ? bias[c] : 0.0f;
          const float sum = conv_sum(conv, image, filter + c * filter_size, rows, columns, start);
          *output++ = clamped(sum, conv->activation_min, conv->activation_max);
        }
      }
    }
  }
}

static float depthwise_sum(const MlrtConvF32* conv, const float* image, const float* filter,
                           MlrtSpan rows, MlrtSpan columns, int32_t channel, float sum) {
  const MlrtWindow* w = &conv->window;
  const int32_t in_channel = channel / conv->depth_multiplier;
  for (int32_t i = rows.first; i < rows.end; ++i) {
    for (int32_t j = columns.first; j < columns.end; ++j) {
      const int32_t y = rows.start + i * w->dilation_height;
      const int32_t x = columns.start + j * w->dilation_width;
      const int32_t place = (y * conv->input.width + x) * conv->input.channels;
      const int32_t tap = (i * w->filter_width + j) * conv->output.channels;
      sum += image[place + in_channel] * filter[tap + channel];
    }
  }
  return sum;
}

void mlrt_depthwise_conv2d_f32(const MlrtConvF32* conv, const float* input, const float* filter,
                               const float* bias, float* output) {
  const int32_t image_size = conv->input.height * conv->input.width * conv->input.channels;
  for (int32_t batch = 0; batch < conv->output.batches; ++batch) {
    const float* image = input + batch * image_size;
    for (int32_t y = 0; y < conv->output.height; ++y) {
      const MlrtSpan rows = mlrt_rows(&conv->window, y, conv->input.height);
      for (int32_t x = 0; x < conv->output.width; ++x) {
        const MlrtSpan columns = mlrt_columns(&conv->window, x, conv->input.width);
        for (int32_t c = 0; c < conv->output.channels; ++c) {
          const float start = bias != NULL ? bias[c] : 0.0f;
          const float sum = depthwise_sum(conv, image, filter, rows, columns, c, start);
          *output++ = clamped(sum, conv->activation_min, conv->activation_max);
        }
      }
    }
  }
}
