/* Products, sums and differences of two tensors, and means, in float32. */
#include "kernels/broadcast.h"

typedef struct {
  const MlrtBroadcast* shape;
  float low;
  float high;
  const float* input1;
  const float* input2;
  float* output;
} Operands;

typedef float (*Operation)(float, float);

static inline float product(float a, float b) { return a * b; }
static inline float sum(float a, float b) { return a + b; }
static inline float difference(float a, float b) { return a - b; }

static inline void row_with(Operation operation, const Operands* operands, MlrtRow row) {
  const float* a = operands->input1 + row.input1;
  const float* b = operands->input2 + row.input2;
  float* output = operands->output + row.output;
  for (int32_t i = 0; i < operands->shape->dims[3]; ++i) {
    const float value = operation(*a, *b);
    output[i] = value < operands->low    ? operands->low
                : value > operands->high ? operands->high
                                         : value;
    a += operands->shape->strides1[3];
    b += operands->shape->strides2[3];
  }
}

static void product_row(const void* context, MlrtRow row) { row_with(product, context, row); }
static void sum_row(const void* context, MlrtRow row) { row_with(sum, context, row); }
static void difference_row(const void* context, MlrtRow row) { row_with(difference, context, row); }

void mlrt_mul_f32(const MlrtBroadcast* shape, float activation_min, float activation_max,
                  const float* input1, const float* input2, float* output) {
  const Operands operands = {shape, activation_min, activation_max, input1, input2, output};
  mlrt_for_each_row(shape, product_row, &operands);
}

void mlrt_add_broadcast_f32(const MlrtBroadcast* shape, float activation_min, float activation_max,
                            const float* input1, const float* input2, float* output) {
  const Operands operands = {shape, activation_min, activation_max, input1, input2, output};
  mlrt_for_each_row(shape, sum_row, &operands);
}

void mlrt_sub_f32(const MlrtBroadcast* shape, float activation_min, float activation_max,
                  const float* input1, const float* input2, float* output) {
  const Operands operands = {shape, activation_min, activation_max, input1, input2, output};
  mlrt_for_each_row(shape, difference_row, &operands);
}

static float sum_from(const MlrtMean* mean, const float* input) {
  float total = 0.0f;
  for (int32_t i = 0; i < mean->reduced[0]; ++i) {
    for (int32_t j = 0; j < mean->reduced[1]; ++j) {
      for (int32_t k = 0; k < mean->reduced[2]; ++k) {
        const float* place =
            input + i * mean->strides[0] + j * mean->strides[1] + k * mean->strides[2];
        for (int32_t l = 0; l < mean->reduced[3]; ++l) {
          total += *place;
          place += mean->strides[3];
        }
      }
    }
  }
  return total;
}

void mlrt_mean_f32(const MlrtMean* mean, const float* input, float* output) {
  for (int32_t i = 0; i < mean->kept[0]; ++i) {
    for (int32_t j = 0; j < mean->kept[1]; ++j) {
      for (int32_t k = 0; k < mean->kept[2]; ++k) {
        const float* place =
            input + i * mean->strides[0] + j * mean->strides[1] + k * mean->strides[2];
        for (int32_t l = 0; l < mean->kept[3]; ++l) {
          *output++ = sum_from(mean, place) / (float)mean->count;
          place += mean->strides[3];
        }
      }
    }
  }
}
