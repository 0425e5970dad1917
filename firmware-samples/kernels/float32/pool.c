#include <float.h>

#include "kernels/mlrt_kernels.h"
#include "kernels/window.h"

static float average(const MlrtConvF32* pool, const float* image, MlrtSpan rows, MlrtSpan columns,
                     int32_t channel) {
  float sum = 0.0f;
  for (int32_t i = rows.first; i < rows.end; ++i) {
    for (int32_t j = columns.first; j < columns.end; ++j) {
      const int32_t place = (rows.start + i) * pool->input.width + columns.start + j;
      sum += image[place * pool->input.channels + channel];
    }
  }
  const int32_t count = (rows.end - rows.first) * (columns.end - columns.first);
  return count == 0 ? 0.0f : sum / (float)count;
}

static float maximum(const MlrtConvF32* pool, const float* image, MlrtSpan rows, MlrtSpan columns,
                     int32_t channel) {
  float largest = -FLT_MAX;
  for (int32_t i = rows.first; i < rows.end; ++i) {
    for (int32_t j = columns.first; j < columns.end; ++j) {
      const int32_t place = (rows.start + i) * pool->input.width + columns.start + j;
      const float value = image[place * pool->input.channels + channel];
      if (value > largest) largest = value;
    }
  }
  return largest;
}

typedef float (*Reduction)(const MlrtConvF32*, const float*, MlrtSpan, MlrtSpan, int32_t);

static inline void pool_with(Reduction reduce, const MlrtConvF32* pool, const float* input,
                             float* output) {
  const int32_t image_size = pool->input.height * pool->input.width * pool->input.channels;
  for (int32_t batch = 0; batch < pool->output.batches; ++batch) {
    const float* image = input + batch * image_size;
    for (int32_t y = 0; y < pool->output.height; ++y) {
      const MlrtSpan rows = mlrt_rows(&pool->window, y, pool->input.height);
      for (int32_t x = 0; x < pool->output.width; ++x) {
        const MlrtSpan columns = mlrt_columns(&pool->window, x, pool->input.width);
        for (int32_t c = 0; c < pool->output.channels; ++c) {
          const float value = reduce(pool, image, rows, columns, c);
          *output++ = value < pool->activation_min   ? pool->activation_min
                      : value > pool->activation_max ? pool->activation_max
                                                     : value;
        }
      }
    }
  }
}

void mlrt_average_pool_f32(const MlrtConvF32* pool, const float* input, float* output) {
  pool_with(average, pool, input, output);
}

void mlrt_max_pool_f32(const MlrtConvF32* pool, const float* input, float* output) {
  pool_with(maximum, pool, input, output);
}
