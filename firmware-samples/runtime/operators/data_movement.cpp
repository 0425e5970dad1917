// Reshape and pad.
#include "runtime/operators/common.hpp"
#include "runtime/quantisation.hpp"

namespace mlrt {

Status prepare_reshape(const schema::Operator& op, Arena& arena, Node& node) {
  // The output tensor has the new shape; options and shape input only repeat it.
  (void)op;
  (void)arena;
  MLRT_REQUIRE(node.inputs[0] != nullptr, kBadOperator);
  MLRT_REQUIRE(node.inputs[0]->type == node.output->type, kUnsupportedType);
  MLRT_REQUIRE(node.inputs[0]->elements == node.output->elements, kBadOperator);
  node.evaluate = eval_reshape;
  return Status::kOk;
}

Status prepare_pad(const schema::Operator& op, Arena& arena, Node& node) {
  (void)op;
  const Tensor* amounts = node.inputs[1];
  MLRT_REQUIRE(node.inputs[0] != nullptr && amounts != nullptr, kBadOperator);
  const Tensor& input = *node.inputs[0];
  const Tensor& output = *node.output;
  MLRT_REQUIRE(input.type == output.type && input.type != ElementType::kInt32, kUnsupportedType);
  MLRT_REQUIRE(amounts->type == ElementType::kInt32, kUnsupportedType);
  MLRT_REQUIRE(amounts->constant, kUnsupportedOperator);
  MLRT_REQUIRE(input.rank == output.rank && amounts->elements == 2 * input.rank, kBadOperator);
  auto* pad = allocate_params<MlrtPad>(arena, node);
  MLRT_REQUIRE(pad != nullptr, kArenaTooSmall);
  if (input.type == ElementType::kInt8) {
    MLRT_RETURN_IF_ERROR(require_activation_quantisation(input));
    MLRT_RETURN_IF_ERROR(require_activation_quantisation(output));
    MLRT_REQUIRE(input.scales[0] == output.scales[0] && input.zero_point == output.zero_point,
                 kBadQuantization);
    pad->value = output.zero_point;
  }
  // Tensors of lower rank are taken as 4-dimensional with leading ones.
  const std::size_t missing = kMaxRank - input.rank;
  std::int32_t dims[kMaxRank] = {1, 1, 1, 1};
  for (std::size_t i = 0; i < input.rank; ++i) {
    const std::int32_t before = amounts->as<const std::int32_t>()[2 * i];
    const std::int32_t after = amounts->as<const std::int32_t>()[2 * i + 1];
    MLRT_REQUIRE(before >= 0 && after >= 0, kBadOperator);
    MLRT_REQUIRE(std::int64_t{input.dims[i]} + before + after == output.dims[i], kBadOperator);
    dims[missing + i] = input.dims[i];
    pad->before[missing + i] = before;
    pad->after[missing + i] = after;
  }
  pad->input = {dims[0], dims[1], dims[2], dims[3]};
  node.evaluate = eval_pad;
  return Status::kOk;
}

void eval_reshape(const Node& node) {
  mlrt_reshape(node.inputs[0]->data, node.output->bytes, node.output->data);
}

void eval_pad(const Node& node) {
  const Tensor& input = *node.inputs[0];
  const auto* pad = static_cast<const MlrtPad*>(node.params);
  if (input.type == ElementType::kInt8) {
    mlrt_pad_s8(pad, input.as<const std::int8_t>(), node.output->as<std::int8_t>());
  } else {
    mlrt_pad_f32(pad, input.as<const float>(), node.output->as<float>());
  }
}

}  // namespace mlrt
