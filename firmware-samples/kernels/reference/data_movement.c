#include <string.h>

#include "kernels/mlrt_kernels.h"

void mlrt_reshape(const void* input, size_t bytes, void* output) { memmove(output, input, bytes); }

void mlrt_pad_s8(const MlrtPad* pad, const int8_t* input, int8_t* output) {
  const MlrtShape* in = &pad->input;
  const int32_t height = in->height + pad->before[1] + pad->after[1];
  const int32_t width = in->width + pad->before[2] + pad->after[2];
  const int32_t channels = in->channels + pad->before[3] + pad->after[3];
  const int32_t batches = in->batches + pad->before[0] + pad->after[0];
  memset(output, pad->value, (size_t)batches * (size_t)height * (size_t)width * (size_t)channels);
  for (int32_t b = 0; b < in->batches; ++b) {
    for (int32_t y = 0; y < in->height; ++y) {
      for (int32_t x = 0; x < in->width; ++x) {
        const int32_t row = (b + pad->before[0]) * height + y + pad->before[1];
        const int32_t place = row * width + x + pad->before[2];
        memcpy(output + place * channels + pad->before[3], input, (size_t)in->channels);
        input += in->channels;
      }
    }
  }
}
