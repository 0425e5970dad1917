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

inline constexpr std::size_t kMaxInputs = 3;

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

MLRT_REAL_FUNCTION void eval_conv2d(const Node& node);
MLRT_REAL_FUNCTION void eval_depthwise_conv2d(const Node& node);
MLRT_REAL_FUNCTION void eval_fully_connected(const Node& node);
MLRT_REAL_FUNCTION void eval_average_pool2d(const Node& node);
MLRT_REAL_FUNCTION void eval_max_pool2d(const Node& node);
MLRT_REAL_FUNCTION void eval_add(const Node& node);
MLRT_REAL_FUNCTION void eval_softmax(const Node& node);
MLRT_REAL_FUNCTION void eval_reshape(const Node& node);
MLRT_REAL_FUNCTION void eval_pad(const Node& node);

}  // namespace mlrt
