/* Products, and sums and differences of tensors of which one may be repeated along some axes. */
#include "kernels/broadcast.h"
#include "kernels/fixed_point.h"

typedef struct {
  const MlrtBroadcast* shape;
  const MlrtMulS8* mul;
  const MlrtAddS8* add;
  const int8_t* input1;
  const int8_t* input2;
  int8_t* output;
} Operands;

static void multiply_row(const void* context, MlrtRow row) {
  const Operands* operands = context;
  const MlrtMulS8* mul = operands->mul;
  const int8_t* a = operands->input1 + row.input1;
  const int8_t* b = operands->input2 + row.input2;
  int8_t* output = operands->output + row.output;
  for (int32_t i = 0; i < operands->shape->dims[3]; ++i) {
    const int32_t product = (*a + mul->input1_offset) * (*b + mul->input2_offset);
    output[i] = mlrt_requantise_s8(product, mul->output_multiplier, mul->output_shift,
                                   mul->output_offset, mul->activation_min, mul->activation_max);
    a += operands->shape->strides1[3];
    b += operands->shape->strides2[3];
  }
}

void mlrt_mul_s8(const MlrtBroadcast* shape, const MlrtMulS8* mul, const int8_t* input1,
                 const int8_t* input2, int8_t* output) {
  const Operands operands = {shape, mul, NULL, input1, input2, output};
  mlrt_for_each_row(shape, multiply_row, &operands);
}

/* As reference/add.c. */
enum { kAddLeftShift = 20 };

static inline void add_row_with_sign(const Operands* operands, MlrtRow row, int32_t sign) {
  const MlrtAddS8* add = operands->add;
  const int8_t* a = operands->input1 + row.input1;
  const int8_t* b = operands->input2 + row.input2;
  int8_t* output = operands->output + row.output;
  for (int32_t i = 0; i < operands->shape->dims[3]; ++i) {
    const int32_t first = mlrt_requantise((*a + add->input1_offset) * (1 << kAddLeftShift),
                                          add->input1_multiplier, add->input1_shift);
    const int32_t second = mlrt_requantise((*b + add->input2_offset) * (1 << kAddLeftShift),
                                           add->input2_multiplier, add->input2_shift);
    output[i] = mlrt_requantise_s8(first + sign * second, add->output_multiplier, add->output_shift,
                                   add->output_offset, add->activation_min, add->activation_max);
    a += operands->shape->strides1[3];
    b += operands->shape->strides2[3];
  }
}

static void add_row(const void* context, MlrtRow row) { add_row_with_sign(context, row, 1); }

static void subtract_row(const void* context, MlrtRow row) { add_row_with_sign(context, row, -1); }

void mlrt_add_broadcast_s8(const MlrtBroadcast* shape, const MlrtAddS8* add, const int8_t* input1,
                           const int8_t* input2, int8_t* output) {
  const Operands operands = {shape, NULL, add, input1, input2, output};
  mlrt_for_each_row(shape, add_row, &operands);
}

void mlrt_sub_s8(const MlrtBroadcast* shape, const MlrtAddS8* sub, const int8_t* input1,
                 const int8_t* input2, int8_t* output) {
  const Operands operands = {shape, NULL, sub, input1, input2, output};
  mlrt_for_each_row(shape, subtract_row, &operands);
}
