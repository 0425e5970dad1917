#pragma once

#include <cstdint>

#include "kernels/mlrt_kernels.h"
#include "runtime/arena.hpp"
#include "runtime/schema.hpp"
#include "runtime/status.hpp"
#include "runtime/tensor.hpp"

namespace mlrt {

// real = multiplier / 2^31 * 2^shift, the multiplier in [2^30, 2^31). Fails unless
// -31 <= shift <= 30.
Status quantise_multiplier(double real, std::int32_t* multiplier, std::int32_t* shift);

// Checks that an int8 activation has one positive scale and a zero point that fits.
Status require_activation_quantisation(const Tensor& tensor);

// The limits a fused activation sets to int8 results with the quantisation of `output`.
Status activation_range_s8(schema::Activation activation, const Tensor& output, std::int32_t* low,
                           std::int32_t* high);
Status activation_range_f32(schema::Activation activation, float* low, float* high);

enum class ScaleProduct { kDouble, kSingle };

// Requantisation of a sum of input * filter products, one multiplier for each of `channels`,
// allocated in the arena.
Status prepare_requantisation(Arena& arena, const Tensor& input, const Tensor& filter,
                              const Tensor& output, std::int32_t channels,
                              schema::Activation activation, ScaleProduct product,
                              MlrtQuantS8* quant);

}  // namespace mlrt
