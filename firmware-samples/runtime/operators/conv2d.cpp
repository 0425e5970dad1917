#include "runtime/operators/common.hpp"
#include "runtime/quantisation.hpp"

namespace mlrt {
namespace {

template <typename Options>
void set_window(const Options& options, std::int32_t height, std::int32_t width,
                MlrtWindow& window) {
  window.filter_height = height;
  window.filter_width = width;
  window.stride_height = options.stride_h();
  window.stride_width = options.stride_w();
  window.dilation_height = options.dilation_h_factor();
  window.dilation_width = options.dilation_w_factor();
}

// Shared by both kinds of convolution; the filter's shape has been checked.
template <typename Options>
Status prepare_convolution(const Options& options, std::int32_t depth_multiplier, Arena& arena,
                           Node& node) {
  const Tensor& input = *node.inputs[0];
  const Tensor& filter = *node.inputs[1];
  const Tensor& output = *node.output;
  MlrtWindow window{};
  set_window(options, filter.dims[1], filter.dims[2], window);
  MLRT_RETURN_IF_ERROR(prepare_window(options.padding(), input, output, window));
  const auto activation = options.fused_activation_function();
  if (input.type == ElementType::kFloat32) {
    auto* conv = allocate_params<MlrtConvF32>(arena, node);
    MLRT_REQUIRE(conv != nullptr, kArenaTooSmall);
    conv->input = shape_of(input);
    conv->output = shape_of(output);
    conv->window = window;
    conv->depth_multiplier = depth_multiplier;
    return activation_range_f32(activation, &conv->activation_min, &conv->activation_max);
  }
  auto* conv = allocate_params<MlrtConvS8>(arena, node);
  MLRT_REQUIRE(conv != nullptr, kArenaTooSmall);
  conv->input = shape_of(input);
  conv->output = shape_of(output);
  conv->window = window;
  conv->depth_multiplier = depth_multiplier;
  return prepare_requantisation(arena, input, filter, output, output.dims[3], activation,
                                ScaleProduct::kDouble, &conv->quant);
}

const std::int32_t* bias_s8(const Node& node) {
  return node.inputs[2] == nullptr ? nullptr : node.inputs[2]->as<const std::int32_t>();
}

const float* bias_f32(const Node& node) {
  return node.inputs[2] == nullptr ? nullptr : node.inputs[2]->as<const float>();
}

}  // namespace

Status prepare_conv2d(const schema::Operator& op, Arena& arena, Node& node) {
  const auto* options = op.builtin_options_as_Conv2DOptions();
  MLRT_REQUIRE(options != nullptr, kBadOperator);
  MLRT_REQUIRE(node.output->rank == 4, kBadOperator);
  MLRT_RETURN_IF_ERROR(check_filter_and_bias(node, node.output->dims[3]));
  const Tensor& input = *node.inputs[0];
  const Tensor& filter = *node.inputs[1];
  MLRT_REQUIRE(input.rank == 4 && filter.rank == 4, kBadOperator);
  MLRT_REQUIRE(filter.dims[0] == node.output->dims[3], kBadOperator);
  MLRT_REQUIRE(filter.dims[3] == input.dims[3], kBadOperator);
  MLRT_RETURN_IF_ERROR(prepare_convolution(*options, 1, arena, node));
  node.evaluate = eval_conv2d;
  if (input.type == ElementType::kInt8) {
    const auto* conv = static_cast<const MlrtConvS8*>(node.params);
    node.scratch_bytes = MLRT_S8_SCRATCH(conv2d)(conv) * sizeof(std::int16_t);
  }
  return Status::kOk;
}

Status prepare_depthwise_conv2d(const schema::Operator& op, Arena& arena, Node& node) {
  const auto* options = op.builtin_options_as_DepthwiseConv2DOptions();
  MLRT_REQUIRE(options != nullptr, kBadOperator);
  MLRT_REQUIRE(node.output->rank == 4, kBadOperator);
  const std::int32_t channels = node.output->dims[3];
  MLRT_RETURN_IF_ERROR(check_filter_and_bias(node, channels));
  const Tensor& input = *node.inputs[0];
  const Tensor& filter = *node.inputs[1];
  MLRT_REQUIRE(input.rank == 4 && filter.rank == 4, kBadOperator);
  MLRT_REQUIRE(filter.dims[0] == 1 && filter.dims[3] == channels, kBadOperator);
  MLRT_REQUIRE(channels % input.dims[3] == 0, kBadOperator);
  // Converters have written wrong multipliers; the shapes say what it is.
  MLRT_RETURN_IF_ERROR(prepare_convolution(*options, channels / input.dims[3], arena, node));
  node.evaluate = eval_depthwise_conv2d;
  return Status::kOk;
}

void eval_conv2d(const Node& node) {
  const Tensor& input = *node.inputs[0];
  if (input.type == ElementType::kInt8) {
    MLRT_S8_KERNEL(conv2d)
    (static_cast<const MlrtConvS8*>(node.params), input.as<const std::int8_t>(),
     node.inputs[1]->as<const std::int8_t>(), bias_s8(node), node.output->as<std::int8_t>(),
     static_cast<std::int16_t*>(node.scratch));
  } else {
    mlrt_conv2d_f32(static_cast<const MlrtConvF32*>(node.params), input.as<const float>(),
                    node.inputs[1]->as<const float>(), bias_f32(node), node.output->as<float>());
  }
}

void eval_depthwise_conv2d(const Node& node) {
  const Tensor& input = *node.inputs[0];
  if (input.type == ElementType::kInt8) {
    MLRT_S8_KERNEL(depthwise_conv2d)
    (static_cast<const MlrtConvS8*>(node.params), input.as<const std::int8_t>(),
     node.inputs[1]->as<const std::int8_t>(), bias_s8(node), node.output->as<std::int8_t>());
  } else {
    mlrt_depthwise_conv2d_f32(static_cast<const MlrtConvF32*>(node.params), input.as<const float>(),
                              node.inputs[1]->as<const float>(), bias_f32(node),
                              node.output->as<float>());
  }
}

}  // namespace mlrt
