/* Pooling, four channels at a time: sums in packed int16, maxima with SSUB8 and SEL. */
#include "dsp_instructions.h"
#include "kernels/fixed_point.h"
#include "kernels/mlrt_kernels.h"
#include "kernels/window.h"

/* The part of a window inside the image. */
typedef struct {
  const int8_t* input; /* channel 0 of the first place */
  int32_t rows;
  int32_t columns;
  int32_t row_step; /* in bytes */
  int32_t channels;
} Patch;

typedef void (*Reduction)(const MlrtPoolS8*, const Patch*, int8_t*);

/* 256 bytes of -128 just fit an int16. */
enum { kPackedTerms = 256 };

static int32_t rounded_mean(int32_t sum, int32_t count) {
  if (count == 0) return 0;
  return sum > 0 ? (sum + count / 2) / count : (sum - count / 2) / count;
}

static void add_row(const int8_t* in, int32_t columns, int32_t channels, int32_t sums[4]) {
  while (columns > 0) {
    const int32_t piece = columns < kPackedTerms ? columns : kPackedTerms;
    uint32_t even = 0;
    uint32_t odd = 0;
    for (int32_t i = piece; i > 0; --i) {
      const uint32_t word = load4(in);
      even = sxtab16(even, word);
      odd = sxtab16_ror8(odd, word);
      in += channels;
    }
    sums[0] += (int16_t)even;
    sums[1] += (int16_t)odd;
    sums[2] += (int16_t)(even >> 16);
    sums[3] += (int16_t)(odd >> 16);
    columns -= piece;
  }
}

static void average(const MlrtPoolS8* pool, const Patch* patch, int8_t* output) {
  const int32_t count = patch->rows * patch->columns;
  int32_t c = 0;
  for (; c + 4 <= patch->channels; c += 4) {
    int32_t sums[4] = {0, 0, 0, 0};
    const int8_t* row = patch->input + c;
    for (int32_t i = patch->rows; i > 0; --i) {
      add_row(row, patch->columns, patch->channels, sums);
      row += patch->row_step;
    }
    for (int32_t k = 0; k < 4; ++k) {
      output[c + k] = (int8_t)mlrt_clamp(rounded_mean(sums[k], count), pool->activation_min,
                                         pool->activation_max);
    }
  }
  for (; c < patch->channels; ++c) {
    int32_t sum = 0;
    for (int32_t i = 0; i < patch->rows; ++i) {
      const int8_t* in = patch->input + i * patch->row_step + c;
      for (int32_t j = 0; j < patch->columns; ++j) sum += in[j * patch->channels];
    }
    output[c] =
        (int8_t)mlrt_clamp(rounded_mean(sum, count), pool->activation_min, pool->activation_max);
  }
}

static void maximum(const MlrtPoolS8* pool, const Patch* patch, int8_t* output) {
  int32_t c = 0;
  for (; c + 4 <= patch->channels; c += 4) {
    uint32_t largest = 0x80808080u;
    for (int32_t i = 0; i < patch->rows; ++i) {
      const int8_t* in = patch->input + i * patch->row_step + c;
      for (int32_t j = patch->columns; j > 0; --j) {
        largest = max_s8x4(largest, load4(in));
        in += patch->channels;
      }
    }
    for (int32_t k = 0; k < 4; ++k) {
      output[c + k] = (int8_t)mlrt_clamp((int8_t)(largest >> (8 * k)), pool->activation_min,
                                         pool->activation_max);
    }
  }
  for (; c < patch->channels; ++c) {
    int32_t largest = INT8_MIN;
    for (int32_t i = 0; i < patch->rows; ++i) {
      const int8_t* in = patch->input + i * patch->row_step + c;
      for (int32_t j = 0; j < patch->columns; ++j) {
        const int32_t value = in[j * patch->channels];
        if (value > largest) largest = value;
      }
    }
    output[c] = (int8_t)mlrt_clamp(largest, pool->activation_min, pool->activation_max);
  }
}

static inline void pool_with(Reduction reduce, const MlrtPoolS8* pool, const int8_t* input,
                             int8_t* output) {
  const MlrtShape* in = &pool->input;
  for (int32_t batch = 0; batch < pool->output.batches; ++batch) {
    const int8_t* image = input + batch * in->height * in->width * in->channels;
    for (int32_t y = 0; y < pool->output.height; ++y) {
      const MlrtSpan rows = mlrt_rows(&pool->window, y, in->height);
      for (int32_t x = 0; x < pool->output.width; ++x) {
        const MlrtSpan columns = mlrt_columns(&pool->window, x, in->width);
        const int32_t place = (rows.start + rows.first) * in->width + columns.start + columns.first;
        const Patch patch = {image + place * in->channels, rows.end - rows.first,
                             columns.end - columns.first, in->width * in->channels, in->channels};
        reduce(pool, &patch, output);
        output += pool->output.channels;
      }
    }
  }
}

void mlrt_average_pool_s8_dsp(const MlrtPoolS8* pool, const int8_t* input, int8_t* output) {
  pool_with(average, pool, input, output);
}

void mlrt_max_pool_s8_dsp(const MlrtPoolS8* pool, const int8_t* input, int8_t* output) {
  pool_with(maximum, pool, input, output);
}
