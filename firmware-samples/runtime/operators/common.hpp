#pragma once

// What several operators need when they check their tensors.

#include "kernels/mlrt_kernels.h"
#include "runtime/operators.hpp"

#ifndef MLRT_USE_DSP_KERNELS
#define MLRT_USE_DSP_KERNELS 0
#endif

// The int8 kernel that this build uses: mlrt_NAME_s8_dsp or mlrt_NAME_s8_reference.
#if MLRT_USE_DSP_KERNELS
#define MLRT_S8_KERNEL(name) mlrt_##name##_s8_dsp
#define MLRT_S8_SCRATCH(name) mlrt_##name##_s8_dsp_scratch
#else
#define MLRT_S8_KERNEL(name) mlrt_##name##_s8_reference
#define MLRT_S8_SCRATCH(name) mlrt_##name##_s8_reference_scratch
#endif

namespace mlrt {

inline MlrtShape shape_of(const Tensor& t) { return {t.dims[0], t.dims[1], t.dims[2], t.dims[3]}; }

inline bool same_shape(const Tensor& a, const Tensor& b) {
  if (a.rank != b.rank) return false;
  for (std::size_t i = 0; i < a.rank; ++i) {
    if (a.dims[i] != b.dims[i]) return false;
  }
  return true;
}

// The shape with leading ones up to four axes.
struct Shape4 {
  std::int32_t size[kMaxRank];
};
inline Shape4 shape4(const Tensor& t) {
  Shape4 shape = {{1, 1, 1, 1}};
  for (std::size_t i = 0; i < t.rank; ++i) shape.size[kMaxRank - t.rank + i] = t.dims[i];
  return shape;
}

// Filter sizes must be set; works out the padding and checks the output's height and width.
Status prepare_window(schema::Padding padding, const Tensor& input, const Tensor& output,
                      MlrtWindow& window);

// Filter constant; bias constant, of the right type and length, or absent.
Status check_filter_and_bias(const Node& node, std::int32_t channels);

// Parameters of type T in the arena, also set as node.params.
template <typename T>
T* allocate_params(Arena& arena, Node& node) {
  T* params = arena.allocate_lasting<T>(1);
  node.params = params;
  return params;
}

}  // namespace mlrt
