#include "runtime/operators/common.hpp"
#include "runtime/operators/sum.hpp"

namespace mlrt {
namespace {

struct AddF32 {
  float activation_min;
  float activation_max;
};

Status prepare_quantised(schema::Activation activation, Arena& arena, Node& node) {
  const Tensor& a = *node.inputs[0];
  const Tensor& b = *node.inputs[1];
  const Tensor& output = *node.output;
  MLRT_RETURN_IF_ERROR(require_activation_quantisation(a));
  MLRT_RETURN_IF_ERROR(require_activation_quantisation(b));
  MLRT_RETURN_IF_ERROR(require_activation_quantisation(output));
  auto* add = allocate_params<MlrtAddS8>(arena, node);
  MLRT_REQUIRE(add != nullptr, kArenaTooSmall);
  return prepare_sum_s8(activation, a, b, output, add);
}

}  // namespace

Status prepare_add(const schema::Operator& op, Arena& arena, Node& node) {
  const auto* options = op.builtin_options_as_AddOptions();
  MLRT_REQUIRE(options != nullptr, kBadOperator);
  MLRT_REQUIRE(node.inputs[0] != nullptr && node.inputs[1] != nullptr, kBadOperator);
  const Tensor& a = *node.inputs[0];
  const Tensor& b = *node.inputs[1];
  MLRT_REQUIRE(a.type == b.type && a.type == node.output->type, kUnsupportedType);
  MLRT_REQUIRE(a.type != ElementType::kInt32, kUnsupportedType);
  MLRT_REQUIRE(same_shape(a, *node.output) && same_shape(b, *node.output), kUnsupportedOperator);
  node.evaluate = eval_add;
  if (a.type == ElementType::kInt8) {
    return prepare_quantised(options->fused_activation_function(), arena, node);
  }
  auto* add = allocate_params<AddF32>(arena, node);
  MLRT_REQUIRE(add != nullptr, kArenaTooSmall);
  return activation_range_f32(options->fused_activation_function(), &add->activation_min,
                              &add->activation_max);
}

void eval_add(const Node& node) {
  const Tensor& a = *node.inputs[0];
  const Tensor& b = *node.inputs[1];
  if (a.type == ElementType::kInt8) {
    MLRT_S8_KERNEL(add)
    (static_cast<const MlrtAddS8*>(node.params), a.as<const std::int8_t>(),
     b.as<const std::int8_t>(), node.output->as<std::int8_t>());
  } else {
    const auto* add = static_cast<const AddF32*>(node.params);
    mlrt_add_f32(a.elements, add->activation_min, add->activation_max, a.as<const float>(),
                 b.as<const float>(), node.output->as<float>());
  }
}

}  // namespace mlrt
