#include <algorithm>

#include "runtime/operators/common.hpp"
#include "runtime/quantisation.hpp"

namespace mlrt {
namespace {

// Which axes are reduced, each counted from the first or, below zero, from the last.
Status read_axes(const Tensor& axes, std::size_t rank, bool* reduced) {
  MLRT_REQUIRE(axes.type == ElementType::kInt32 && axes.constant, kUnsupportedOperator);
  const auto size = static_cast<std::int32_t>(rank);
  for (std::int32_t i = 0; i < axes.elements; ++i) {
    const std::int32_t axis = axes.as<const std::int32_t>()[i];
    MLRT_REQUIRE(axis >= -size && axis < size, kBadOperator);
    reduced[axis < 0 ? axis + size : axis] = true;
  }
  return Status::kOk;
}

// The division by the number of elements goes into the multiplier, with as many bits as there are.
Status prepare_quantised(const Tensor& input, const Tensor& output, MlrtMean& mean) {
  MLRT_RETURN_IF_ERROR(require_activation_quantisation(input));
  MLRT_RETURN_IF_ERROR(require_activation_quantisation(output));
  mean.input_offset = -input.zero_point;
  mean.output_offset = output.zero_point;
  const double scale = static_cast<double>(input.scales[0]) / static_cast<double>(output.scales[0]);
  MLRT_RETURN_IF_ERROR(quantise_multiplier(scale, &mean.multiplier, &mean.shift));
  std::int32_t bits = 31 - __builtin_clz(static_cast<std::uint32_t>(mean.count));
  bits = std::min(bits, 31 + mean.shift);
  mean.multiplier =
      static_cast<std::int32_t>((static_cast<std::int64_t>(mean.multiplier) << bits) / mean.count);
  mean.shift -= bits;
  return Status::kOk;
}

}  // namespace

Status prepare_mean(const schema::Operator& op, Arena& arena, Node& node) {
  (void)op;  // whether axes of size 1 are kept shows in the output's shape
  MLRT_REQUIRE(node.inputs[0] != nullptr && node.inputs[1] != nullptr, kBadOperator);
  const Tensor& input = *node.inputs[0];
  const Tensor& output = *node.output;
  MLRT_REQUIRE(input.type == output.type && input.type != ElementType::kInt32, kUnsupportedType);
  bool reduced[kMaxRank] = {};
  MLRT_RETURN_IF_ERROR(read_axes(*node.inputs[1], input.rank, reduced));
  auto* mean = allocate_params<MlrtMean>(arena, node);
  MLRT_REQUIRE(mean != nullptr, kArenaTooSmall);
  const std::size_t missing = kMaxRank - input.rank;
  std::int32_t stride = 1;
  mean->count = 1;
  for (std::size_t i = kMaxRank; i-- > 0;) {
    const std::int32_t size = i < missing ? 1 : input.dims[i - missing];
    const bool gone = i >= missing && reduced[i - missing];
    mean->kept[i] = gone ? 1 : size;
    mean->reduced[i] = gone ? size : 1;
    mean->strides[i] = stride;
    mean->count *= mean->reduced[i];
    stride *= size;
  }
  // Sums of this many int8 stay inside 32 bits.
  MLRT_REQUIRE(mean->count < 1 << 22, kUnsupportedOperator);
  MLRT_REQUIRE(input.elements / mean->count == output.elements, kBadOperator);
  node.evaluate = eval_mean;
  return input.type == ElementType::kInt8 ? prepare_quantised(input, output, *mean) : Status::kOk;
}

void eval_mean(const Node& node) {
  const auto* mean = static_cast<const MlrtMean*>(node.params);
  const Tensor& input = *node.inputs[0];
  if (input.type == ElementType::kInt8) {
    mlrt_mean_s8(mean, input.as<const std::int8_t>(), node.output->as<std::int8_t>());
  } else {
    mlrt_mean_f32(mean, input.as<const float>(), node.output->as<float>());
  }
}

}  // namespace mlrt
