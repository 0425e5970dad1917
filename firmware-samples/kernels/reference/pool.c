#include "kernels/fixed_point.h"
#include "kernels/mlrt_kernels.h"
#include "kernels/window.h"

static int32_t average(const MlrtPoolS8* pool, const int8_t* image, MlrtSpan rows, MlrtSpan columns,
                       int32_t channel) {
  int32_t sum = 0;
  int32_t count = 0;
  for (int32_t i = rows.first; i < rows.end; ++i) {
    for (int32_t j = columns.first; j < columns.end; ++j) {
      const int32_t place = (rows.start + i) * pool->input.width + columns.start + j;
      sum += image[place * pool->input.channels + channel];
      ++count;
    }
  }
  if (count == 0) return 0;
  /* To nearest, halves away from zero; C's division goes towards zero. */
  return sum > 0 ? (sum + count / 2) / count : (sum - count / 2) / count;
}

static int32_t maximum(const MlrtPoolS8* pool, const int8_t* image, MlrtSpan rows, MlrtSpan columns,
                       int32_t channel) {
  int32_t largest = INT8_MIN;
  for (int32_t i = rows.first; i < rows.end; ++i) {
    for (int32_t j = columns.first; j < columns.end; ++j) {
      const int32_t place = (rows.start + i) * pool->input.width + columns.start + j;
      const int32_t value = image[place * pool->input.channels + channel];
      if (value > largest) largest = value;
    }
  }
  return largest;
}

typedef int32_t (*Reduction)(const MlrtPoolS8*, const int8_t*, MlrtSpan, MlrtSpan, int32_t);

static inline void pool_with(Reduction reduce, const MlrtPoolS8* pool, const int8_t* input,
                             int8_t* output) {
  const int32_t image_size = pool->input.height * pool->input.width * pool->input.channels;
  for (int32_t batch = 0; batch < pool->output.batches; ++batch) {
    const int8_t* image = input + batch * image_size;
    for (int32_t y = 0; y < pool->output.height; ++y) {
      const MlrtSpan rows = mlrt_rows(&pool->window, y, pool->input.height);
      for (int32_t x = 0; x < pool->output.width; ++x) {
        const MlrtSpan columns = mlrt_columns(&pool->window, x, pool->input.width);
        for (int32_t c = 0; c < pool->output.channels; ++c) {
          *output++ = (int8_t)mlrt_clamp(reduce(pool, image, rows, columns, c),
                                         pool->activation_min, pool->activation_max);
        }
      }
    }
  }
}

void mlrt_average_pool_s8_reference(const MlrtPoolS8* pool, const int8_t* input, int8_t* output) {
  pool_with(average, pool, input, output);
}

void mlrt_max_pool_s8_reference(const MlrtPoolS8* pool, const int8_t* input, int8_t* output) {
  pool_with(maximum, pool, input, output);
}
