#pragma once

#include <cstddef>
#include <cstdint>

namespace mlrt {

enum class ElementType : std::uint8_t { kFloat32, kInt32, kInt8 };

inline constexpr std::size_t kMaxRank = 4;

// A tensor of the model. Constants point into the model, everything else into the arena.
struct Tensor {
  const char* name;
  void* data;
  std::size_t bytes;
  std::int32_t elements;
  std::int32_t dims[kMaxRank];
  std::uint8_t rank;
  ElementType type;
  bool constant;

  // Quantisation: as many scales as channels, or one, or none. Point into the model.
  const float* scales;
  std::int32_t scale_count;
  std::int32_t quantized_dimension;
  std::int32_t zero_point;

  template <typename T>
  T* as() const {
    return static_cast<T*>(data);
  }
};

}  // namespace mlrt
