#pragma once

// How the scales of a sum or a difference of int8 tensors become multipliers; ADD and SUB.

#include <algorithm>

#include "runtime/operators/common.hpp"
#include "runtime/quantisation.hpp"

namespace mlrt {

// The multipliers of an addition are below one by construction.
inline Status small_multiplier(double real, std::int32_t* multiplier, std::int32_t* shift) {
  MLRT_RETURN_IF_ERROR(quantise_multiplier(real, multiplier, shift));
  MLRT_REQUIRE(*shift <= 0, kBadQuantization);
  return Status::kOk;
}

inline Status prepare_sum_s8(schema::Activation activation, const Tensor& a, const Tensor& b,
                             const Tensor& output, MlrtAddS8* add) {
  // Both inputs go to a scale of twice the larger one with 20 fraction bits.
  const double twice_largest = 2.0 * std::max(a.scales[0], b.scales[0]);
  constexpr double kFractionSteps = 1 << 20;
  MLRT_RETURN_IF_ERROR(small_multiplier(static_cast<double>(a.scales[0]) / twice_largest,
                                        &add->input1_multiplier, &add->input1_shift));
  MLRT_RETURN_IF_ERROR(small_multiplier(static_cast<double>(b.scales[0]) / twice_largest,
                                        &add->input2_multiplier, &add->input2_shift));
  MLRT_RETURN_IF_ERROR(
      small_multiplier(twice_largest / (kFractionSteps * static_cast<double>(output.scales[0])),
                       &add->output_multiplier, &add->output_shift));
  add->size = output.elements;
  add->input1_offset = -a.zero_point;
  add->input2_offset = -b.zero_point;
  add->output_offset = output.zero_point;
  return activation_range_s8(activation, output, &add->activation_min, &add->activation_max);
}

}  // namespace mlrt
