/* Neural network kernels: int8 with the arithmetic of TensorFlow Lite's int8 operators, and
   float32. Plain C, no allocation, no state. All tensors are NHWC.

   Three families with the same signatures: `_s8_reference` is portable C that reads like the
   definition, `_s8_dsp` uses the DSP instructions of Armv7E-M and gives the same bits, `_f32` is
   for the single precision FPU. */
#ifndef MLRT_KERNELS_H_
#define MLRT_KERNELS_H_

#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

/* A kernel is a real function with this name in every build: not inlined, not cloned. */
#if defined(__GNUC__) && !defined(__clang__)
#define MLRT_KERNEL __attribute__((noipa))
#else
#define MLRT_KERNEL __attribute__((noinline))
#endif

typedef struct {
  int32_t batches;
  int32_t height;
  int32_t width;
  int32_t channels;
} MlrtShape;

/* How a filter or a pooling window moves over the input. */
typedef struct {
  int32_t filter_height;
  int32_t filter_width;
  int32_t stride_height;
  int32_t stride_width;
  int32_t dilation_height;
  int32_t dilation_width;
  int32_t pad_top;
  int32_t pad_left;
} MlrtWindow;

/* Requantisation of int32 accumulators: out = acc * multiplier / 2^31 * 2^shift + offset. */
typedef struct {
  const int32_t* multipliers; /* one for each output channel */
  const int32_t* shifts;
  int32_t input_offset;  /* -zero point of the input, -127..128 */
  int32_t output_offset; /* zero point of the output */
  int32_t activation_min;
  int32_t activation_max;
} MlrtQuantS8;

typedef struct {
  MlrtShape input;
  MlrtShape output;
  MlrtWindow window;
  int32_t depth_multiplier; /* depthwise only: output channels for each input channel */
  MlrtQuantS8 quant;
} MlrtConvS8;

typedef struct {
  int32_t batches;
  int32_t inputs;
  int32_t outputs;
  MlrtQuantS8 quant;
} MlrtFullyConnectedS8;

typedef struct {
  MlrtShape input;
  MlrtShape output;
  MlrtWindow window;
  int32_t activation_min;
  int32_t activation_max;
} MlrtPoolS8;

typedef struct {
  int32_t size;
  int32_t input1_offset;
  int32_t input1_multiplier;
  int32_t input1_shift;
  int32_t input2_offset;
  int32_t input2_multiplier;
  int32_t input2_shift;
  int32_t output_offset;
  int32_t output_multiplier;
  int32_t output_shift;
  int32_t activation_min;
  int32_t activation_max;
} MlrtAddS8;

typedef struct {
  int32_t rows;
  int32_t depth;
  int32_t multiplier; /* of differences to Q5.26 */
  int32_t left_shift;
  int32_t smallest_difference; /* below it exp() counts as 0 */
} MlrtSoftmaxS8;

typedef struct {
  MlrtShape input;
  int32_t before[4]; /* batch, height, width, channel */
  int32_t after[4];
  int32_t value;
} MlrtPad;

/* Filters are [out][height][width][in], for depthwise [height][width][out]. bias may be null.
   `scratch` must hold as many int16 as the matching _scratch function says; word aligned. */
MLRT_KERNEL void mlrt_conv2d_s8_reference(const MlrtConvS8* conv, const int8_t* input,
                                          const int8_t* filter, const int32_t* bias, int8_t* output,
                                          int16_t* scratch);
MLRT_KERNEL void mlrt_conv2d_s8_dsp(const MlrtConvS8* conv, const int8_t* input,
                                    const int8_t* filter, const int32_t* bias, int8_t* output,
                                    int16_t* scratch);
size_t mlrt_conv2d_s8_reference_scratch(const MlrtConvS8* conv);
size_t mlrt_conv2d_s8_dsp_scratch(const MlrtConvS8* conv);

MLRT_KERNEL void mlrt_depthwise_conv2d_s8_reference(const MlrtConvS8* conv, const int8_t* input,
                                                    const int8_t* filter, const int32_t* bias,
                                                    int8_t* output);
MLRT_KERNEL void mlrt_depthwise_conv2d_s8_dsp(const MlrtConvS8* conv, const int8_t* input,
                                              const int8_t* filter, const int32_t* bias,
                                              int8_t* output);

MLRT_KERNEL void mlrt_fully_connected_s8_reference(const MlrtFullyConnectedS8* fc,
                                                   const int8_t* input, const int8_t* filter,
                                                   const int32_t* bias, int8_t* output,
                                                   int16_t* scratch);
MLRT_KERNEL void mlrt_fully_connected_s8_dsp(const MlrtFullyConnectedS8* fc, const int8_t* input,
                                             const int8_t* filter, const int32_t* bias,
                                             int8_t* output, int16_t* scratch);
size_t mlrt_fully_connected_s8_reference_scratch(const MlrtFullyConnectedS8* fc);
size_t mlrt_fully_connected_s8_dsp_scratch(const MlrtFullyConnectedS8* fc);

MLRT_KERNEL void mlrt_average_pool_s8_reference(const MlrtPoolS8* pool, const int8_t* input,
                                                int8_t* output);
MLRT_KERNEL void mlrt_average_pool_s8_dsp(const MlrtPoolS8* pool, const int8_t* input,
                                          int8_t* output);
MLRT_KERNEL void mlrt_max_pool_s8_reference(const MlrtPoolS8* pool, const int8_t* input,
                                            int8_t* output);
MLRT_KERNEL void mlrt_max_pool_s8_dsp(const MlrtPoolS8* pool, const int8_t* input, int8_t* output);

MLRT_KERNEL void mlrt_add_s8_reference(const MlrtAddS8* add, const int8_t* input1,
                                       const int8_t* input2, int8_t* output);
MLRT_KERNEL void mlrt_add_s8_dsp(const MlrtAddS8* add, const int8_t* input1, const int8_t* input2,
                                 int8_t* output);

/* Softmax, reshape and pad have no inner products: one version serves both builds. */
MLRT_KERNEL void mlrt_softmax_s8(const MlrtSoftmaxS8* softmax, const int8_t* input, int8_t* output);
MLRT_KERNEL void mlrt_reshape(const void* input, size_t bytes, void* output);
MLRT_KERNEL void mlrt_pad_s8(const MlrtPad* pad, const int8_t* input, int8_t* output);

/* What follows has no inner products either: one version for both builds. */

/* Two inputs of up to four dimensions, element by element: places in elements from one index of the
   output to the next, 0 along an axis in which an input is repeated. */
typedef struct {
  int32_t dims[4]; /* of the output */
  int32_t strides1[4];
  int32_t strides2[4];
} MlrtBroadcast;

typedef struct {
  int32_t input1_offset;
  int32_t input2_offset;
  int32_t output_offset;
  int32_t output_multiplier;
  int32_t output_shift;
  int32_t activation_min;
  int32_t activation_max;
} MlrtMulS8;

MLRT_KERNEL void mlrt_mul_s8(const MlrtBroadcast* shape, const MlrtMulS8* mul, const int8_t* input1,
                             const int8_t* input2, int8_t* output);
/* add->size is not used. */
MLRT_KERNEL void mlrt_add_broadcast_s8(const MlrtBroadcast* shape, const MlrtAddS8* add,
                                       const int8_t* input1, const int8_t* input2, int8_t* output);
MLRT_KERNEL void mlrt_sub_s8(const MlrtBroadcast* shape, const MlrtAddS8* sub, const int8_t* input1,
                             const int8_t* input2, int8_t* output);

/* The mean along some axes. The output runs over `kept`, each value over `reduced`; an axis has the
   size 1 in one of them. */
typedef struct {
  int32_t kept[4];
  int32_t reduced[4];
  int32_t strides[4]; /* of the input, in elements */
  int32_t count;      /* of the elements that one mean is of */
  int32_t input_offset;
  int32_t output_offset;
  int32_t multiplier;
  int32_t shift;
} MlrtMean;

MLRT_KERNEL void mlrt_mean_s8(const MlrtMean* mean, const int8_t* input, int8_t* output);

/* Another scale and zero point, then clamped: RELU, RELU6, and QUANTIZE of int8. */
typedef struct {
  int32_t size;
  int32_t input_offset;
  int32_t output_offset;
  int32_t multiplier;
  int32_t shift;
  int32_t minimum;
  int32_t maximum;
} MlrtRescaleS8;

MLRT_KERNEL void mlrt_relu_s8(const MlrtRescaleS8* relu, const int8_t* input, int8_t* output);
MLRT_KERNEL void mlrt_rescale_s8(const MlrtRescaleS8* rescale, const int8_t* input, int8_t* output);

typedef struct {
  int32_t size;
  int32_t zero_point; /* of the input */
  int32_t multiplier; /* of the input to Q4.27 */
  int32_t left_shift;
  int32_t radius; /* from here on the result is 0 or 1 */
} MlrtLogisticS8;

MLRT_KERNEL void mlrt_logistic_s8(const MlrtLogisticS8* logistic, const int8_t* input,
                                  int8_t* output);

typedef struct {
  int32_t size;
  int32_t input_zero_point;
  int32_t output_zero_point;
  int32_t output_multiplier; /* Q0.15 */
  int32_t output_exponent;   /* at most 0 */
  int32_t ramp_multiplier;   /* Q0.15, of the input to steps of 3/32768 */
  int32_t ramp_exponent;
} MlrtHardSwishS8;

MLRT_KERNEL void mlrt_hard_swish_s8(const MlrtHardSwishS8* swish, const int8_t* input,
                                    int8_t* output);

MLRT_KERNEL void mlrt_quantize_f32(int32_t size, float scale, int32_t zero_point,
                                   const float* input, int8_t* output);
MLRT_KERNEL void mlrt_dequantize_s8(int32_t size, float scale, int32_t zero_point,
                                    const int8_t* input, float* output);

/* Elements of `bytes` bytes each, from `first` on at these distances in elements. */
typedef struct {
  int32_t dims[4]; /* of the output */
  int32_t strides[4];
  int32_t first;
  int32_t bytes;
} MlrtGather;

/* STRIDED_SLICE and TRANSPOSE. */
MLRT_KERNEL void mlrt_gather(const MlrtGather* gather, const void* input, void* output);

/* One input's part of a concatenation: `rows` pieces of `bytes`, `stride` bytes apart. */
MLRT_KERNEL void mlrt_scatter_rows(int32_t rows, size_t bytes, size_t stride, const void* input,
                                   void* output);

typedef struct {
  MlrtShape input;
  MlrtShape output;
  MlrtWindow window;
  int32_t depth_multiplier;
  float activation_min;
  float activation_max;
} MlrtConvF32;

typedef struct {
  int32_t batches;
  int32_t inputs;
  int32_t outputs;
  float activation_min;
  float activation_max;
} MlrtFullyConnectedF32;

MLRT_KERNEL void mlrt_conv2d_f32(const MlrtConvF32* conv, const float* input, const float* filter,
                                 const float* bias, float* output);
MLRT_KERNEL void mlrt_depthwise_conv2d_f32(const MlrtConvF32* conv, const float* input,
                                           const float* filter, const float* bias, float* output);
MLRT_KERNEL void mlrt_fully_connected_f32(const MlrtFullyConnectedF32* fc, const float* input,
                                          const float* filter, const float* bias, float* output);
MLRT_KERNEL void mlrt_average_pool_f32(const MlrtConvF32* pool, const float* input, float* output);
MLRT_KERNEL void mlrt_max_pool_f32(const MlrtConvF32* pool, const float* input, float* output);
MLRT_KERNEL void mlrt_add_f32(int32_t size, float activation_min, float activation_max,
                              const float* input1, const float* input2, float* output);
MLRT_KERNEL void mlrt_softmax_f32(int32_t rows, int32_t depth, float beta, const float* input,
                                  float* output);
MLRT_KERNEL void mlrt_mul_f32(const MlrtBroadcast* shape, float activation_min,
                              float activation_max, const float* input1, const float* input2,
                              float* output);
MLRT_KERNEL void mlrt_add_broadcast_f32(const MlrtBroadcast* shape, float activation_min,
                                        float activation_max, const float* input1,
                                        const float* input2, float* output);
MLRT_KERNEL void mlrt_sub_f32(const MlrtBroadcast* shape, float activation_min,
                              float activation_max, const float* input1, const float* input2,
                              float* output);
MLRT_KERNEL void mlrt_mean_f32(const MlrtMean* mean, const float* input, float* output);
MLRT_KERNEL void mlrt_relu_f32(int32_t size, float maximum, const float* input, float* output);
MLRT_KERNEL void mlrt_logistic_f32(int32_t size, const float* input, float* output);
MLRT_KERNEL void mlrt_hard_swish_f32(int32_t size, const float* input, float* output);
MLRT_KERNEL void mlrt_pad_f32(const MlrtPad* pad, const float* input, float* output);

#ifdef __cplusplus
}
#endif

#endif
