#include <algorithm>
#include <cmath>

#include "runtime/operators/common.hpp"
#include "runtime/quantisation.hpp"

namespace mlrt {
namespace {

struct SoftmaxF32 {
  std::int32_t rows;
  std::int32_t depth;
  float beta;
};

Status prepare_quantised(float beta, std::int32_t depth, Arena& arena, Node& node) {
  const Tensor& input = *node.inputs[0];
  const Tensor& output = *node.output;
  MLRT_RETURN_IF_ERROR(require_activation_quantisation(input));
  MLRT_RETURN_IF_ERROR(require_activation_quantisation(output));
  MLRT_REQUIRE(output.scales[0] == 1.0f / 256.0f && output.zero_point == -128, kBadQuantization);
  // The kernel sums in Q12.19.
  MLRT_REQUIRE(depth < 4096, kUnsupportedOperator);
  auto* softmax = allocate_params<MlrtSoftmaxS8>(arena, node);
  MLRT_REQUIRE(softmax != nullptr, kArenaTooSmall);
  softmax->depth = depth;
  softmax->rows = input.elements / depth;
  // Differences are scaled to Q5.26.
  const double real =
      std::min(static_cast<double>(beta) * input.scales[0] * (1 << 26), 2147483647.0);
  MLRT_REQUIRE(real > 1.0, kBadQuantization);
  int shift = 0;
  const double fraction = std::frexp(real, &shift);
  auto multiplier = static_cast<std::int64_t>(std::round(fraction * 2147483648.0));
  if (multiplier == std::int64_t{1} << 31) {
    multiplier /= 2;
    ++shift;
  }
  MLRT_REQUIRE(shift <= 31, kBadQuantization);
  softmax->multiplier = static_cast<std::int32_t>(multiplier);
  softmax->left_shift = shift;
  // Differences further down would overflow, and their exp() is below 2^-44.
  const double radius =
      std::floor(31.0 * (1 << 26) / static_cast<double>(std::int64_t{1} << shift));
  softmax->smallest_difference = -static_cast<std::int32_t>(radius);
  return Status::kOk;
}

}  // namespace

Status prepare_softmax(const schema::Operator& op, Arena& arena, Node& node) {
  const auto* options = op.builtin_options_as_SoftmaxOptions();
  MLRT_REQUIRE(options != nullptr && node.inputs[0] != nullptr, kBadOperator);
  const Tensor& input = *node.inputs[0];
  MLRT_REQUIRE(input.type == node.output->type, kUnsupportedType);
  MLRT_REQUIRE(input.type != ElementType::kInt32, kUnsupportedType);
  MLRT_REQUIRE(input.rank >= 1 && same_shape(input, *node.output), kBadOperator);
  MLRT_REQUIRE(std::isfinite(options->beta()), kBadOperator);
  node.evaluate = eval_softmax;
  const std::int32_t depth = input.dims[input.rank - 1];
  if (input.type == ElementType::kInt8) {
    return prepare_quantised(options->beta(), depth, arena, node);
  }
  auto* softmax = allocate_params<SoftmaxF32>(arena, node);
  MLRT_REQUIRE(softmax != nullptr, kArenaTooSmall);
  *softmax = {input.elements / depth, depth, options->beta()};
  return Status::kOk;
}

void eval_softmax(const Node& node) {
  const Tensor& input = *node.inputs[0];
  if (input.type == ElementType::kInt8) {
    mlrt_softmax_s8(static_cast<const MlrtSoftmaxS8*>(node.params), input.as<const std::int8_t>(),
                    node.output->as<std::int8_t>());
  } else {
    const auto* softmax = static_cast<const SoftmaxF32*>(node.params);
    mlrt_softmax_f32(softmax->rows, softmax->depth, softmax->beta, input.as<const float>(),
                     node.output->as<float>());
  }
}

}  // namespace mlrt
