#include "runtime/operators/common.hpp"
#include "runtime/quantisation.hpp"

namespace mlrt {
namespace {

Status prepare_pool(const schema::Operator& op, Arena& arena, Node& node) {
  const auto* options = op.builtin_options_as_Pool2DOptions();
  MLRT_REQUIRE(options != nullptr && node.inputs[0] != nullptr, kBadOperator);
  const Tensor& input = *node.inputs[0];
  const Tensor& output = *node.output;
  MLRT_REQUIRE(input.type == output.type && input.type != ElementType::kInt32, kUnsupportedType);
  MlrtWindow window{};
  window.filter_height = options->filter_height();
  window.filter_width = options->filter_width();
  window.stride_height = options->stride_h();
  window.stride_width = options->stride_w();
  window.dilation_height = 1;
  window.dilation_width = 1;
  MLRT_RETURN_IF_ERROR(prepare_window(options->padding(), input, output, window));
  MLRT_REQUIRE(input.dims[3] == output.dims[3], kBadOperator);
  const auto activation = options->fused_activation_function();
  if (input.type == ElementType::kFloat32) {
    auto* pool = allocate_params<MlrtConvF32>(arena, node);
    MLRT_REQUIRE(pool != nullptr, kArenaTooSmall);
    pool->input = shape_of(input);
    pool->output = shape_of(output);
    pool->window = window;
    pool->depth_multiplier = 1;
    return activation_range_f32(activation, &pool->activation_min, &pool->activation_max);
  }
  MLRT_RETURN_IF_ERROR(require_activation_quantisation(input));
  MLRT_RETURN_IF_ERROR(require_activation_quantisation(output));
  // Pooling does not rescale: both sides must have the same quantisation.
  MLRT_REQUIRE(input.scales[0] == output.scales[0] && input.zero_point == output.zero_point,
               kBadQuantization);
  auto* pool = allocate_params<MlrtPoolS8>(arena, node);
  MLRT_REQUIRE(pool != nullptr, kArenaTooSmall);
  pool->input = shape_of(input);
  pool->output = shape_of(output);
  pool->window = window;
  return activation_range_s8(activation, output, &pool->activation_min, &pool->activation_max);
}

}  // namespace

Status prepare_average_pool2d(const schema::Operator& op, Arena& arena, Node& node) {
  node.evaluate = eval_average_pool2d;
  return prepare_pool(op, arena, node);
}

Status prepare_max_pool2d(const schema::Operator& op, Arena& arena, Node& node) {
  node.evaluate = eval_max_pool2d;
  return prepare_pool(op, arena, node);
}

void eval_average_pool2d(const Node& node) {
  const Tensor& input = *node.inputs[0];
  if (input.type == ElementType::kInt8) {
    MLRT_S8_KERNEL(average_pool)
    (static_cast<const MlrtPoolS8*>(node.params), input.as<const std::int8_t>(),
     node.output->as<std::int8_t>());
  } else {
    mlrt_average_pool_f32(static_cast<const MlrtConvF32*>(node.params), input.as<const float>(),
                          node.output->as<float>());
  }
}

void eval_max_pool2d(const Node& node) {
  const Tensor& input = *node.inputs[0];
  if (input.type == ElementType::kInt8) {
    MLRT_S8_KERNEL(max_pool)
    (static_cast<const MlrtPoolS8*>(node.params), input.as<const std::int8_t>(),
     node.output->as<std::int8_t>());
  } else {
    mlrt_max_pool_f32(static_cast<const MlrtConvF32*>(node.params), input.as<const float>(),
                      node.output->as<float>());
  }
}

}  // namespace mlrt
