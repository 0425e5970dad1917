#include "runtime/operators/common.hpp"
#include "runtime/quantisation.hpp"

namespace mlrt {

Status prepare_fully_connected(const schema::Operator& op, Arena& arena, Node& node) {
  const auto* options = op.builtin_options_as_FullyConnectedOptions();
  MLRT_REQUIRE(options != nullptr, kBadOperator);
  MLRT_REQUIRE(options->weights_format() == schema::WeightsFormat::DEFAULT, kUnsupportedOperator);
  const Tensor* filter = node.inputs[1];
  MLRT_REQUIRE(filter != nullptr && filter->rank == 2, kBadOperator);
  const std::int32_t outputs = filter->dims[0];
  const std::int32_t inputs = filter->dims[1];
  MLRT_RETURN_IF_ERROR(check_filter_and_bias(node, outputs));
  const Tensor& input = *node.inputs[0];
  MLRT_REQUIRE(input.elements % inputs == 0, kBadOperator);
  const std::int32_t batches = input.elements / inputs;
  MLRT_REQUIRE(node.output->elements == std::int64_t{batches} * outputs, kBadOperator);
  node.evaluate = eval_fully_connected;
  const auto activation = options->fused_activation_function();
  if (input.type == ElementType::kFloat32) {
    auto* fc = allocate_params<MlrtFullyConnectedF32>(arena, node);
    MLRT_REQUIRE(fc != nullptr, kArenaTooSmall);
    fc->batches = batches;
    fc->inputs = inputs;
    fc->outputs = outputs;
    return activation_range_f32(activation, &fc->activation_min, &fc->activation_max);
  }
  auto* fc = allocate_params<MlrtFullyConnectedS8>(arena, node);
  MLRT_REQUIRE(fc != nullptr, kArenaTooSmall);
  fc->batches = batches;
  fc->inputs = inputs;
  fc->outputs = outputs;
  node.scratch_bytes = MLRT_S8_SCRATCH(fully_connected)(fc) * sizeof(std::int16_t);
  // TensorFlow Lite multiplies per-tensor scales of this operator in single precision.
  const auto product = filter->scale_count > 1 ? ScaleProduct::kDouble : ScaleProduct::kSingle;
  return prepare_requantisation(arena, input, *filter, *node.output, outputs, activation, product,
                                &fc->quant);
}

void eval_fully_connected(const Node& node) {
  const Tensor& input = *node.inputs[0];
  const Tensor* bias = node.inputs[2];
  if (input.type == ElementType::kInt8) {
    MLRT_S8_KERNEL(fully_connected)
    (static_cast<const MlrtFullyConnectedS8*>(node.params), input.as<const std::int8_t>(),
     node.inputs[1]->as<const std::int8_t>(),
     bias == nullptr ? nullptr : bias->as<const std::int32_t>(), node.output->as<std::int8_t>(),
     static_cast<std::int16_t*>(node.scratch));
  } else {
    mlrt_fully_connected_f32(static_cast<const MlrtFullyConnectedF32*>(node.params),
                             input.as<const float>(), node.inputs[1]->as<const float>(),
                             bias == nullptr ? nullptr : bias->as<const float>(),
                             node.output->as<float>());
  }
}

}  // namespace mlrt
