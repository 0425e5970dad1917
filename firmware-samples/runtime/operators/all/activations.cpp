// Activations that no other operator has taken in, and changes of type and scale.
#include <cmath>

#include "runtime/operators/common.hpp"
#include "runtime/quantisation.hpp"

namespace mlrt {
namespace {

Status check_one_to_one(const Node& node) {
  MLRT_REQUIRE(node.inputs[0] != nullptr, kBadOperator);
  MLRT_REQUIRE(node.inputs[0]->elements == node.output->elements, kBadOperator);
  return Status::kOk;
}

// As above, both sides of one type and, if that is int8, with a scale.
Status check_same_type(const Node& node) {
  MLRT_RETURN_IF_ERROR(check_one_to_one(node));
  const ElementType type = node.output->type;
  MLRT_REQUIRE(node.inputs[0]->type == type && type != ElementType::kInt32, kUnsupportedType);
  if (type == ElementType::kFloat32) return Status::kOk;
  MLRT_RETURN_IF_ERROR(require_activation_quantisation(*node.inputs[0]));
  return require_activation_quantisation(*node.output);
}

double scale_of(const Tensor& tensor) { return static_cast<double>(tensor.scales[0]); }

Status prepare_rescaling(schema::Activation activation, Arena& arena, Node& node) {
  auto* rescale = allocate_params<MlrtRescaleS8>(arena, node);
  MLRT_REQUIRE(rescale != nullptr, kArenaTooSmall);
  const Tensor& input = *node.inputs[0];
  const Tensor& output = *node.output;
  rescale->size = output.elements;
  rescale->input_offset = -input.zero_point;
  rescale->output_offset = output.zero_point;
  MLRT_RETURN_IF_ERROR(quantise_multiplier(scale_of(input) / scale_of(output), &rescale->multiplier,
                                           &rescale->shift));
  return activation_range_s8(activation, output, &rescale->minimum, &rescale->maximum);
}

Status prepare_clamp(schema::Activation activation, Evaluate evaluate, Arena& arena, Node& node) {
  MLRT_RETURN_IF_ERROR(check_same_type(node));
  node.evaluate = evaluate;
  if (node.output->type == ElementType::kFloat32) return Status::kOk;
  return prepare_rescaling(activation, arena, node);
}

void eval_clamp(const Node& node, float maximum) {
  const Tensor& input = *node.inputs[0];
  if (input.type == ElementType::kInt8) {
    mlrt_relu_s8(static_cast<const MlrtRescaleS8*>(node.params), input.as<const std::int8_t>(),
                 node.output->as<std::int8_t>());
  } else {
    mlrt_relu_f32(input.elements, maximum, input.as<const float>(), node.output->as<float>());
  }
}

// Q0.15 of the multiplier in [2^30, 2^31).
std::int32_t upper_half(std::int32_t multiplier) {
  constexpr std::int32_t kHalf = 1 << 15;
  return multiplier >= INT32_MAX - kHalf ? INT16_MAX : (multiplier + kHalf) >> 16;
}

}  // namespace

Status prepare_relu(const schema::Operator& op, Arena& arena, Node& node) {
  (void)op;
  return prepare_clamp(schema::Activation::RELU, eval_relu, arena, node);
}

Status prepare_relu6(const schema::Operator& op, Arena& arena, Node& node) {
  (void)op;
  return prepare_clamp(schema::Activation::RELU6, eval_relu6, arena, node);
}

Status prepare_logistic(const schema::Operator& op, Arena& arena, Node& node) {
  (void)op;
  MLRT_RETURN_IF_ERROR(check_same_type(node));
  node.evaluate = eval_logistic;
  if (node.output->type == ElementType::kFloat32) return Status::kOk;
  const Tensor& output = *node.output;
  MLRT_REQUIRE(output.scales[0] == 1.0f / 256.0f && output.zero_point == -128, kBadQuantization);
  auto* logistic = allocate_params<MlrtLogisticS8>(arena, node);
  MLRT_REQUIRE(logistic != nullptr, kArenaTooSmall);
  const Tensor& input = *node.inputs[0];
  logistic->size = output.elements;
  logistic->zero_point = input.zero_point;
  MLRT_RETURN_IF_ERROR(quantise_multiplier(scale_of(input) * (1 << 27), &logistic->multiplier,
                                           &logistic->left_shift));
  MLRT_REQUIRE(logistic->left_shift >= 0, kBadQuantization);
  // From 15 on, the largest whole number of Q4.27.
  const double radius =
      std::floor(15.0 * (1 << 27) / static_cast<double>(std::int64_t{1} << logistic->left_shift));
  logistic->radius = static_cast<std::int32_t>(radius);
  return Status::kOk;
}

Status prepare_hard_swish(const schema::Operator& op, Arena& arena, Node& node) {
  (void)op;
  MLRT_RETURN_IF_ERROR(check_same_type(node));
  node.evaluate = eval_hard_swish;
  if (node.output->type == ElementType::kFloat32) return Status::kOk;
  auto* swish = allocate_params<MlrtHardSwishS8>(arena, node);
  MLRT_REQUIRE(swish != nullptr, kArenaTooSmall);
  const Tensor& input = *node.inputs[0];
  const Tensor& output = *node.output;
  swish->size = output.elements;
  swish->input_zero_point = input.zero_point;
  swish->output_zero_point = output.zero_point;
  // Quotients in single precision, as TensorFlow Lite has them.
  const float fine_scale = (1.0f / 128.0f) * input.scales[0];
  const float ramp_scale = 3.0f / 32768.0f;
  std::int32_t multiplier = 0;
  MLRT_RETURN_IF_ERROR(quantise_multiplier(static_cast<double>(fine_scale / output.scales[0]),
                                           &multiplier, &swish->output_exponent));
  swish->output_multiplier = upper_half(multiplier);
  MLRT_REQUIRE(swish->output_exponent <= 0, kBadQuantization);
  MLRT_RETURN_IF_ERROR(quantise_multiplier(static_cast<double>(fine_scale / ramp_scale),
                                           &multiplier, &swish->ramp_exponent));
  swish->ramp_multiplier = upper_half(multiplier);
  MLRT_REQUIRE(swish->ramp_exponent <= 15, kBadQuantization);
  return Status::kOk;
}

Status prepare_quantize(const schema::Operator& op, Arena& arena, Node& node) {
  (void)op;
  MLRT_RETURN_IF_ERROR(check_one_to_one(node));
  const Tensor& input = *node.inputs[0];
  MLRT_REQUIRE(node.output->type == ElementType::kInt8, kUnsupportedType);
  MLRT_REQUIRE(input.type != ElementType::kInt32, kUnsupportedType);
  MLRT_RETURN_IF_ERROR(require_activation_quantisation(*node.output));
  node.evaluate = eval_quantize;
  if (input.type == ElementType::kFloat32) return Status::kOk;
  MLRT_RETURN_IF_ERROR(require_activation_quantisation(input));
  return prepare_rescaling(schema::Activation::NONE, arena, node);
}

Status prepare_dequantize(const schema::Operator& op, Arena& arena, Node& node) {
  (void)op;
  (void)arena;
  MLRT_RETURN_IF_ERROR(check_one_to_one(node));
  MLRT_REQUIRE(node.inputs[0]->type == ElementType::kInt8, kUnsupportedType);
  MLRT_REQUIRE(node.output->type == ElementType::kFloat32, kUnsupportedType);
  node.evaluate = eval_dequantize;
  return require_activation_quantisation(*node.inputs[0]);
}

void eval_relu(const Node& node) { eval_clamp(node, HUGE_VALF); }

void eval_relu6(const Node& node) { eval_clamp(node, 6.0f); }

void eval_logistic(const Node& node) {
  const Tensor& input = *node.inputs[0];
  if (input.type == ElementType::kInt8) {
    mlrt_logistic_s8(static_cast<const MlrtLogisticS8*>(node.params), input.as<const std::int8_t>(),
                     node.output->as<std::int8_t>());
  } else {
    mlrt_logistic_f32(input.elements, input.as<const float>(), node.output->as<float>());
  }
}

void eval_hard_swish(const Node& node) {
  const Tensor& input = *node.inputs[0];
  if (input.type == ElementType::kInt8) {
    mlrt_hard_swish_s8(static_cast<const MlrtHardSwishS8*>(node.params),
                       input.as<const std::int8_t>(), node.output->as<std::int8_t>());
  } else {
    mlrt_hard_swish_f32(input.elements, input.as<const float>(), node.output->as<float>());
  }
}

void eval_quantize(const Node& node) {
  const Tensor& input = *node.inputs[0];
  const Tensor& output = *node.output;
  if (input.type == ElementType::kInt8) {
    mlrt_rescale_s8(static_cast<const MlrtRescaleS8*>(node.params), input.as<const std::int8_t>(),
                    output.as<std::int8_t>());
  } else {
    mlrt_quantize_f32(input.elements, output.scales[0], output.zero_point, input.as<const float>(),
                      output.as<std::int8_t>());
  }
}

void eval_dequantize(const Node& node) {
  const Tensor& input = *node.inputs[0];
  mlrt_dequantize_s8(input.elements, input.scales[0], input.zero_point,
                     input.as<const std::int8_t>(), node.output->as<float>());
}

}  // namespace mlrt
