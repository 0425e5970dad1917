#include "runtime/quantisation.hpp"

#include <cmath>

namespace mlrt {

Status quantise_multiplier(double real, std::int32_t* multiplier, std::int32_t* shift) {
  MLRT_REQUIRE(std::isfinite(real) && real > 0.0, kBadQuantization);
  int exponent = 0;
  const double fraction = std::frexp(real, &exponent);
  auto fixed = static_cast<std::int64_t>(std::round(fraction * 2147483648.0));
  if (fixed == std::int64_t{1} << 31) {
    fixed /= 2;
    ++exponent;
  }
  if (exponent < -31) {  // indistinguishable from zero
    fixed = 0;
    exponent = 0;
  }
  MLRT_REQUIRE(exponent <= 30, kBadQuantization);
  *multiplier = static_cast<std::int32_t>(fixed);
  *shift = exponent;
  return Status::kOk;
}

namespace {

bool is_good_scale(float scale) { return std::isfinite(scale) && scale > 0.0f; }

// The int8 value of a real number, before clamping: float division and rounding half away from
// zero, as TensorFlow Lite does it. Tiny scales would overflow an int, so the quotient is bounded.
std::int32_t quantised(float real, const Tensor& tensor) {
  const float steps = std::round(real / tensor.scales[0]);
  const float bounded = steps < -512.0f ? -512.0f : steps > 512.0f ? 512.0f : steps;
  return tensor.zero_point + static_cast<std::int32_t>(bounded);
}

}  // namespace

Status require_activation_quantisation(const Tensor& tensor) {
  MLRT_REQUIRE(tensor.scale_count == 1 && is_good_scale(tensor.scales[0]), kBadQuantization);
  MLRT_REQUIRE(tensor.zero_point >= -128 && tensor.zero_point <= 127, kBadQuantization);
  return Status::kOk;
}

Status activation_range_s8(schema::Activation activation, const Tensor& output, std::int32_t* low,
                           std::int32_t* high) {
  *low = -128;
  *high = 127;
  const auto raise_low = [&](float real) {
    const std::int32_t value = quantised(real, output);
    if (value > *low) *low = value;
  };
  const auto lower_high = [&](float real) {
    const std::int32_t value = quantised(real, output);
    if (value < *high) *high = value;
  };
  switch (activation) {
    case schema::Activation::NONE: break;
    case schema::Activation::RELU: raise_low(0.0f); break;
    case schema::Activation::RELU_N1_TO_1:
      raise_low(-1.0f);
      lower_high(1.0f);
      break;
    case schema::Activation::RELU6:
      raise_low(0.0f);
      lower_high(6.0f);
      break;
    default: return Status::kUnsupportedOperator;
  }
  // A range outside int8 comes from a zero point that no converter writes.
  MLRT_REQUIRE(*low <= *high && *low <= 127 && *high >= -128, kBadQuantization);
  return Status::kOk;
}

Status activation_range_f32(schema::Activation activation, float* low, float* high) {
  constexpr float kInfinity = HUGE_VALF;
  switch (activation) {
    case schema::Activation::NONE:
      *low = -kInfinity;
      *high = kInfinity;
      return Status::kOk;
    case schema::Activation::RELU:
      *low = 0.0f;
      *high = kInfinity;
      return Status::kOk;
    case schema::Activation::RELU_N1_TO_1:
      *low = -1.0f;
      *high = 1.0f;
      return Status::kOk;
    case schema::Activation::RELU6:
      *low = 0.0f;
      *high = 6.0f;
      return Status::kOk;
  }
  return Status::kUnsupportedOperator;
}

Status prepare_requantisation(Arena& arena, const Tensor& input, const Tensor& filter,
                              const Tensor& output, std::int32_t channels,
                              schema::Activation activation, ScaleProduct product,
                              MlrtQuantS8* quant) {
  MLRT_RETURN_IF_ERROR(require_activation_quantisation(input));
  MLRT_RETURN_IF_ERROR(require_activation_quantisation(output));
  const bool per_channel = filter.scale_count == channels;
  MLRT_REQUIRE(per_channel || filter.scale_count == 1, kBadQuantization);
  MLRT_REQUIRE(filter.zero_point == 0, kBadQuantization);

  auto* multipliers = arena.allocate_lasting<std::int32_t>(static_cast<std::size_t>(channels));
  auto* shifts = arena.allocate_lasting<std::int32_t>(static_cast<std::size_t>(channels));
  MLRT_REQUIRE(multipliers != nullptr && shifts != nullptr, kArenaTooSmall);
  for (std::int32_t c = 0; c < channels; ++c) {
    const float filter_scale = filter.scales[per_channel ? c : 0];
    MLRT_REQUIRE(is_good_scale(filter_scale), kBadQuantization);
    const double scale = product == ScaleProduct::kDouble
                             ? static_cast<double>(input.scales[0]) * filter_scale
                             : static_cast<double>(input.scales[0] * filter_scale);
    MLRT_RETURN_IF_ERROR(quantise_multiplier(scale / static_cast<double>(output.scales[0]),
                                             &multipliers[c], &shifts[c]));
  }
  quant->multipliers = multipliers;
  quant->shifts = shifts;
  quant->input_offset = -input.zero_point;
  quant->output_offset = output.zero_point;
  return activation_range_s8(activation, output, &quant->activation_min, &quant->activation_max);
}

}  // namespace mlrt
