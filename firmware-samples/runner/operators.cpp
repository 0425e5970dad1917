// Every operator that the runtime has, where a sample takes those of its own model
// (runtime/operators.cpp); and their names, for hosts that look at a model before it runs.
#include "runtime/operators.hpp"

#define RUNNER_OPERATORS(X)              \
  X(ADD, add_any)                        \
  X(AVERAGE_POOL_2D, average_pool2d)     \
  X(CONCATENATION, concatenation)        \
  X(CONV_2D, conv2d)                     \
  X(DEPTHWISE_CONV_2D, depthwise_conv2d) \
  X(DEQUANTIZE, dequantize)              \
  X(EXPAND_DIMS, expand_dims)            \
  X(FULLY_CONNECTED, fully_connected)    \
  X(HARD_SWISH, hard_swish)              \
  X(LOGISTIC, logistic)                  \
  X(MAX_POOL_2D, max_pool2d)             \
  X(MEAN, mean)                          \
  X(MUL, mul)                            \
  X(PACK, pack)                          \
  X(PAD, pad)                            \
  X(QUANTIZE, quantize)                  \
  X(RELU, relu)                          \
  X(RELU6, relu6)                        \
  X(RESHAPE, reshape)                    \
  X(SHAPE, shape)                        \
  X(SOFTMAX, softmax)                    \
  X(SQUEEZE, squeeze)                    \
  X(STRIDED_SLICE, strided_slice)        \
  X(SUB, sub)                            \
  X(TRANSPOSE, transpose)

#define NAME_AND_SPACE(code, function) #code " "
extern "C" const char runner_operators[] = RUNNER_OPERATORS(NAME_AND_SPACE);

namespace mlrt {

Prepare find_operator(schema::BuiltinOperator code) {
  switch (code) {
#define CASE(name, function) \
  case schema::BuiltinOperator::name: return prepare_##function;
    RUNNER_OPERATORS(CASE)
  }
  return nullptr;
}

}  // namespace mlrt
