/* Fully connected, add, softmax and pad in float32. */
#include <math.h>
#include <string.h>

#include "kernels/mlrt_kernels.h"

static float clamped(float value, float low, float high) {
  return value < low ? low : value > high ? high : value;
}

void mlrt_fully_connected_f32(const MlrtFullyConnectedF32* fc, const float* input,
                              const float* filter, const float* bias, float* output) {
  for (int32_t batch = 0; batch < fc->batches; ++batch) {
    for (int32_t out = 0; out < fc->outputs; ++out) {
      float sum = bias != NULL ? bias[out] : 0.0f;
      const float* weight = filter + out * fc->inputs;
      for (int32_t i = 0; i < fc->inputs; ++i) sum += input[i] * weight[i];
      *output++ = clamped(sum, fc->activation_min, fc->activation_max);
    }
    input += fc->inputs;
  }
}

void mlrt_add_f32(int32_t size, float activation_min, float activation_max, const float* input1,
                  const float* input2, float* output) {
  for (int32_t i = 0; i < size; ++i) {
    output[i] = clamped(input1[i] + input2[i], activation_min, activation_max);
  }
}

void mlrt_softmax_f32(int32_t rows, int32_t depth, float beta, const float* input, float* output) {
  for (int32_t row = 0; row < rows; ++row) {
    float largest = input[0];
    for (int32_t i = 1; i < depth; ++i) {
      if (input[i] > largest) largest = input[i];
    }
    float sum = 0.0f;
    for (int32_t i = 0; i < depth; ++i) {
      output[i] = expf(beta * (input[i] - largest));
      sum += output[i];
    }
    for (int32_t i = 0; i < depth; ++i) output[i] /= sum;
    input += depth;
    output += depth;
  }
}

void mlrt_pad_f32(const MlrtPad* pad, const float* input, float* output) {
  const MlrtShape* in = &pad->input;
  const int32_t height = in->height + pad->before[1] + pad->after[1];
  const int32_t width = in->width + pad->before[2] + pad->after[2];
  const int32_t channels = in->channels + pad->before[3] + pad->after[3];
  const int32_t batches = in->batches + pad->before[0] + pad->after[0];
  const int32_t size = batches * height * width * channels;
  for (int32_t i = 0; i < size; ++i) output[i] = 0.0f;
  for (int32_t b = 0; b < in->batches; ++b) {
    for (int32_t y = 0; y < in->height; ++y) {
      for (int32_t x = 0; x < in->width; ++x) {
        const int32_t row = (b + pad->before[0]) * height + y + pad->before[1];
        const int32_t place = row * width + x + pad->before[2];
        memcpy(output + place * channels + pad->before[3], input,
               (size_t)in->channels * sizeof(float));
        input += in->channels;
      }
    }
  }
}
