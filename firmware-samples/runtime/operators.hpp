#pragma once

#include <cstddef>

#include "runtime/arena.hpp"
#include "runtime/schema.hpp"
#include "runtime/status.hpp"
#include "runtime/tensor.hpp"

// Operators and Interpreter::invoke() are real functions with a frame of their own in every
// build: a profiler or a debugger finds one call for each operator of the model, in order.
#if defined(__GNUC__) && !defined(__clang__)
#define MLRT_REAL_FUNCTION __attribute__((noipa))
#else
#define MLRT_REAL_FUNCTION __attribute__((noinline))
#endif

namespace mlrt {

struct Node;
using Evaluate = void (*)(const Node&);

// The samples need three; STRIDED_SLICE has four.
#ifndef MLRT_MAX_INPUTS
#define MLRT_MAX_INPUTS 3
#endif
inline constexpr std::size_t kMaxInputs = MLRT_MAX_INPUTS;

// One operator, ready to run.
struct Node {
  Evaluate evaluate;
  const void* params;  // what the operator's prepare function left for it, in the arena
  const Tensor* inputs[kMaxInputs];  // nullptr: absent
  Tensor* output;
  void* scratch;
  std::size_t scratch_bytes;
};

// Checks an operator against its tensors and fills evaluate, params and scratch_bytes.
using Prepare = Status (*)(const schema::Operator&, Arena&, Node&);

// nullptr when the runtime does not have the operator.
Prepare find_operator(schema::BuiltinOperator code);

Status prepare_conv2d(const schema::Operator& op, Arena& arena, Node& node);
Status prepare_depthwise_conv2d(const schema::Operator& op, Arena& arena, Node& node);
Status prepare_fully_connected(const schema::Operator& op, Arena& arena, Node& node);
Status prepare_average_pool2d(const schema::Operator& op, Arena& arena, Node& node);
Status prepare_max_pool2d(const schema::Operator& op, Arena& arena, Node& node);
Status prepare_add(const schema::Operator& op, Arena& arena, Node& node);
Status prepare_softmax(const schema::Operator& op, Arena& arena, Node& node);
Status prepare_reshape(const schema::Operator& op, Arena& arena, Node& node);
Status prepare_pad(const schema::Operator& op, Arena& arena, Node& node);
Status prepare_mul(const schema::Operator& op, Arena& arena, Node& node);
Status prepare_sub(const schema::Operator& op, Arena& arena, Node& node);
Status prepare_mean(const schema::Operator& op, Arena& arena, Node& node);
Status prepare_relu(const schema::Operator& op, Arena& arena, Node& node);
Status prepare_relu6(const schema::Operator& op, Arena& arena, Node& node);
Status prepare_logistic(const schema::Operator& op, Arena& arena, Node& node);
Status prepare_hard_swish(const schema::Operator& op, Arena& arena, Node& node);
Status prepare_quantize(const schema::Operator& op, Arena& arena, Node& node);
Status prepare_dequantize(const schema::Operator& op, Arena& arena, Node& node);
Status prepare_strided_slice(const schema::Operator& op, Arena& arena, Node& node);
Status prepare_transpose(const schema::Operator& op, Arena& arena, Node& node);
Status prepare_concatenation(const schema::Operator& op, Arena& arena, Node& node);
Status prepare_pack(const schema::Operator& op, Arena& arena, Node& node);
Status prepare_shape(const schema::Operator& op, Arena& arena, Node& node);
Status prepare_squeeze(const schema::Operator& op, Arena& arena, Node& node);
Status prepare_expand_dims(const schema::Operator& op, Arena& arena, Node& node);
// Also of two shapes, where prepare_add() wants both alike.
Status prepare_add_any(const schema::Operator& op, Arena& arena, Node& node);

MLRT_REAL_FUNCTION void eval_conv2d(const Node& node);
MLRT_REAL_FUNCTION void eval_depthwise_conv2d(const Node& node);
MLRT_REAL_FUNCTION void eval_fully_connected(const Node& node);
MLRT_REAL_FUNCTION void eval_average_pool2d(const Node& node);
MLRT_REAL_FUNCTION void eval_max_pool2d(const Node& node);
MLRT_REAL_FUNCTION void eval_add(const Node& node);
MLRT_REAL_FUNCTION void eval_softmax(const Node& node);
MLRT_REAL_FUNCTION void eval_reshape(const Node& node);
MLRT_REAL_FUNCTION void eval_pad(const Node& node);
MLRT_REAL_FUNCTION void eval_mul(const Node& node);
MLRT_REAL_FUNCTION void eval_sub(const Node& node);
MLRT_REAL_FUNCTION void eval_mean(const Node& node);
MLRT_REAL_FUNCTION void eval_relu(const Node& node);
MLRT_REAL_FUNCTION void eval_relu6(const Node& node);
MLRT_REAL_FUNCTION void eval_logistic(const Node& node);
MLRT_REAL_FUNCTION void eval_hard_swish(const Node& node);
MLRT_REAL_FUNCTION void eval_quantize(const Node& node);
MLRT_REAL_FUNCTION void eval_dequantize(const Node& node);
MLRT_REAL_FUNCTION void eval_strided_slice(const Node& node);
MLRT_REAL_FUNCTION void eval_transpose(const Node& node);
MLRT_REAL_FUNCTION void eval_concatenation(const Node& node);
MLRT_REAL_FUNCTION void eval_pack(const Node& node);
MLRT_REAL_FUNCTION void eval_shape(const Node& node);
MLRT_REAL_FUNCTION void eval_squeeze(const Node& node);
MLRT_REAL_FUNCTION void eval_expand_dims(const Node& node);
MLRT_REAL_FUNCTION void eval_add_broadcast(const Node& node);

}  // namespace mlrt
