#include "runtime/operators/common.hpp"

namespace mlrt {
namespace {

// Far above any real layer; keeps all index arithmetic of the kernels inside 32 bits.
constexpr std::int64_t kLargestReach = 1 << 20;

Status axis_padding(schema::Padding padding, std::int64_t size, std::int64_t output,
                    std::int64_t filter, std::int64_t stride, std::int64_t dilation,
                    std::int32_t* before) {
  MLRT_REQUIRE(filter >= 1 && stride >= 1 && dilation >= 1, kBadOperator);
  MLRT_REQUIRE(filter <= kLargestReach && stride <= kLargestReach && dilation <= kLargestReach,
               kBadOperator);
  const std::int64_t reach = (filter - 1) * dilation + 1;
  MLRT_REQUIRE(reach <= kLargestReach, kBadOperator);
  if (padding == schema::Padding::VALID) {
    MLRT_REQUIRE(reach <= size && output == (size - reach) / stride + 1, kBadOperator);
    *before = 0;
    return Status::kOk;
  }
  MLRT_REQUIRE(padding == schema::Padding::SAME, kBadOperator);
  MLRT_REQUIRE(output == (size + stride - 1) / stride, kBadOperator);
  const std::int64_t total = (output - 1) * stride + reach - size;
  *before = total > 0 ? static_cast<std::int32_t>(total / 2) : 0;
  return Status::kOk;
}

}  // namespace

Status prepare_window(schema::Padding padding, const Tensor& input, const Tensor& output,
                      MlrtWindow& window) {
  MLRT_REQUIRE(input.rank == 4 && output.rank == 4, kBadOperator);
  MLRT_REQUIRE(input.dims[0] == output.dims[0], kBadOperator);
  MLRT_RETURN_IF_ERROR(axis_padding(padding, input.dims[1], output.dims[1], window.filter_height,
                                    window.stride_height, window.dilation_height, &window.pad_top));
  return axis_padding(padding, input.dims[2], output.dims[2], window.filter_width,
                      window.stride_width, window.dilation_width, &window.pad_left);
}

Status check_filter_and_bias(const Node& node, std::int32_t channels) {
  const Tensor* input = node.inputs[0];
  const Tensor* filter = node.inputs[1];
  const Tensor* bias = node.inputs[2];
  MLRT_REQUIRE(input != nullptr && filter != nullptr, kBadOperator);
  MLRT_REQUIRE(input->type == node.output->type && filter->type == input->type, kUnsupportedType);
  MLRT_REQUIRE(input->type != ElementType::kInt32, kUnsupportedType);
  MLRT_REQUIRE(filter->constant, kUnsupportedOperator);
  if (bias != nullptr) {
    const auto expected =
        input->type == ElementType::kInt8 ? ElementType::kInt32 : ElementType::kFloat32;
    MLRT_REQUIRE(bias->type == expected, kUnsupportedType);
    MLRT_REQUIRE(bias->constant, kUnsupportedOperator);
    MLRT_REQUIRE(bias->elements == channels, kBadOperator);
  }
  return Status::kOk;
}

}  // namespace mlrt
