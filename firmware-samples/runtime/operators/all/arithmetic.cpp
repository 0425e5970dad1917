// MUL and SUB, and ADD of two shapes. Shapes are aligned at their last axis; an axis of size 1, or
// one that is missing, is repeated.
#include <algorithm>

#include "runtime/operators/common.hpp"
#include "runtime/operators/sum.hpp"

namespace mlrt {
namespace {

struct MulS8 {
  MlrtBroadcast shape;
  MlrtMulS8 mul;
};

struct AddS8 {
  MlrtBroadcast shape;
  MlrtAddS8 add;
};

struct F32 {
  MlrtBroadcast shape;
  float activation_min;
  float activation_max;
};

Status strides_of(const Tensor& input, const Shape4& output, std::int32_t* strides) {
  const Shape4 dims = shape4(input);
  std::int32_t stride = 1;
  for (std::size_t i = kMaxRank; i-- > 0;) {
    MLRT_REQUIRE(dims.size[i] == output.size[i] || dims.size[i] == 1, kBadOperator);
    strides[i] = dims.size[i] == 1 ? 0 : stride;
    stride *= dims.size[i];
  }
  return Status::kOk;
}

Status prepare_broadcast(const Node& node, MlrtBroadcast& shape) {
  const Tensor& a = *node.inputs[0];
  const Tensor& b = *node.inputs[1];
  const Tensor& output = *node.output;
  if (same_shape(a, output) && same_shape(b, output)) {
    shape = {{1, 1, 1, output.elements}, {0, 0, 0, 1}, {0, 0, 0, 1}};
    return Status::kOk;
  }
  const Shape4 dims = shape4(output);
  for (std::size_t i = 0; i < kMaxRank; ++i) {
    shape.dims[i] = dims.size[i];
    const std::int32_t largest = std::max(shape4(a).size[i], shape4(b).size[i]);
    MLRT_REQUIRE(dims.size[i] == largest, kBadOperator);
  }
  MLRT_RETURN_IF_ERROR(strides_of(a, dims, shape.strides1));
  return strides_of(b, dims, shape.strides2);
}

Status check_types(const Node& node) {
  MLRT_REQUIRE(node.inputs[0] != nullptr && node.inputs[1] != nullptr, kBadOperator);
  const ElementType type = node.output->type;
  MLRT_REQUIRE(node.inputs[0]->type == type && node.inputs[1]->type == type, kUnsupportedType);
  MLRT_REQUIRE(type != ElementType::kInt32, kUnsupportedType);
  if (type == ElementType::kFloat32) return Status::kOk;
  MLRT_RETURN_IF_ERROR(require_activation_quantisation(*node.inputs[0]));
  MLRT_RETURN_IF_ERROR(require_activation_quantisation(*node.inputs[1]));
  return require_activation_quantisation(*node.output);
}

Status prepare_f32(schema::Activation activation, Arena& arena, Node& node) {
  auto* params = allocate_params<F32>(arena, node);
  MLRT_REQUIRE(params != nullptr, kArenaTooSmall);
  MLRT_RETURN_IF_ERROR(prepare_broadcast(node, params->shape));
  return activation_range_f32(activation, &params->activation_min, &params->activation_max);
}

Status prepare_sum(schema::Activation activation, Arena& arena, Node& node) {
  MLRT_RETURN_IF_ERROR(check_types(node));
  if (node.output->type == ElementType::kFloat32) return prepare_f32(activation, arena, node);
  auto* params = allocate_params<AddS8>(arena, node);
  MLRT_REQUIRE(params != nullptr, kArenaTooSmall);
  MLRT_RETURN_IF_ERROR(prepare_broadcast(node, params->shape));
  return prepare_sum_s8(activation, *node.inputs[0], *node.inputs[1], *node.output, &params->add);
}

using KernelF32 = void (*)(const MlrtBroadcast*, float, float, const float*, const float*, float*);

void eval_f32(const Node& node, KernelF32 kernel) {
  const auto* params = static_cast<const F32*>(node.params);
  kernel(&params->shape, params->activation_min, params->activation_max,
         node.inputs[0]->as<const float>(), node.inputs[1]->as<const float>(),
         node.output->as<float>());
}

}  // namespace

Status prepare_mul(const schema::Operator& op, Arena& arena, Node& node) {
  const auto* options = op.builtin_options_as_MulOptions();
  MLRT_REQUIRE(options != nullptr, kBadOperator);
  MLRT_RETURN_IF_ERROR(check_types(node));
  node.evaluate = eval_mul;
  const auto activation = options->fused_activation_function();
  if (node.output->type == ElementType::kFloat32) return prepare_f32(activation, arena, node);
  auto* params = allocate_params<MulS8>(arena, node);
  MLRT_REQUIRE(params != nullptr, kArenaTooSmall);
  MLRT_RETURN_IF_ERROR(prepare_broadcast(node, params->shape));
  const Tensor& a = *node.inputs[0];
  const Tensor& b = *node.inputs[1];
  const double scale = static_cast<double>(a.scales[0]) * static_cast<double>(b.scales[0]) /
                       static_cast<double>(node.output->scales[0]);
  MlrtMulS8& mul = params->mul;
  MLRT_RETURN_IF_ERROR(quantise_multiplier(scale, &mul.output_multiplier, &mul.output_shift));
  mul.input1_offset = -a.zero_point;
  mul.input2_offset = -b.zero_point;
  mul.output_offset = node.output->zero_point;
  return activation_range_s8(activation, *node.output, &mul.activation_min, &mul.activation_max);
}

Status prepare_sub(const schema::Operator& op, Arena& arena, Node& node) {
  const auto* options = op.builtin_options_as_SubOptions();
  MLRT_REQUIRE(options != nullptr, kBadOperator);
  node.evaluate = eval_sub;
  return prepare_sum(options->fused_activation_function(), arena, node);
}

Status prepare_add_any(const schema::Operator& op, Arena& arena, Node& node) {
  const auto* options = op.builtin_options_as_AddOptions();
  MLRT_REQUIRE(options != nullptr, kBadOperator);
  MLRT_REQUIRE(node.inputs[0] != nullptr && node.inputs[1] != nullptr, kBadOperator);
  const bool alike =
      same_shape(*node.inputs[0], *node.output) && same_shape(*node.inputs[1], *node.output);
  if (alike) return prepare_add(op, arena, node);
  node.evaluate = eval_add_broadcast;
  return prepare_sum(options->fused_activation_function(), arena, node);
}

void eval_mul(const Node& node) {
  if (node.output->type == ElementType::kFloat32) return eval_f32(node, mlrt_mul_f32);
  const auto* params = static_cast<const MulS8*>(node.params);
  mlrt_mul_s8(&params->shape, &params->mul, node.inputs[0]->as<const std::int8_t>(),
              node.inputs[1]->as<const std::int8_t>(), node.output->as<std::int8_t>());
}

void eval_sub(const Node& node) {
  if (node.output->type == ElementType::kFloat32) return eval_f32(node, mlrt_sub_f32);
  const auto* params = static_cast<const AddS8*>(node.params);
  mlrt_sub_s8(&params->shape, &params->add, node.inputs[0]->as<const std::int8_t>(),
              node.inputs[1]->as<const std::int8_t>(), node.output->as<std::int8_t>());
}

void eval_add_broadcast(const Node& node) {
  if (node.output->type == ElementType::kFloat32) return eval_f32(node, mlrt_add_broadcast_f32);
  const auto* params = static_cast<const AddS8*>(node.params);
  mlrt_add_broadcast_s8(&params->shape, &params->add, node.inputs[0]->as<const std::int8_t>(),
                        node.inputs[1]->as<const std::int8_t>(), node.output->as<std::int8_t>());
}

}  // namespace mlrt
