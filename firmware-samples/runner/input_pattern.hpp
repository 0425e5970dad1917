// What the model sees where no host stores inputs: the same pseudo-random numbers before each
// inference.
#pragma once

#include <cstdint>

#include "runtime/tensor.hpp"

namespace runner {

// Words of Marsaglia's xorshift32 (13, 17, 5; "Xorshift RNGs", Journal of Statistical Software 8,
// 2003) that starts at 2463534242 + the input's number. Integers are these words, little
// endian, and what does not fill a word is the lowest byte of one each;
// float32 are the words as signed numbers divided by 2^31, so from -1 up to 1.
inline void fill_with_pattern(const mlrt::Tensor& tensor, std::uint32_t number) {
  std::uint32_t state = 2463534242u + number;
  const auto next = [&state] {
    state ^= state << 13;
    state ^= state >> 17;
    state ^= state << 5;
    return state;
  };
  auto* const words = static_cast<std::uint32_t*>(tensor.data);
  const std::size_t count = tensor.bytes / sizeof *words;
  if (tensor.type == mlrt::ElementType::kFloat32) {
    auto* const numbers = static_cast<float*>(tensor.data);
    for (std::size_t i = 0; i < count; ++i) {
      numbers[i] = static_cast<float>(static_cast<std::int32_t>(next())) * 0x1p-31f;
    }
    return;
  }
  for (std::size_t i = 0; i < count; ++i) words[i] = next();
  auto* const bytes = static_cast<std::uint8_t*>(tensor.data);
  for (std::size_t i = count * sizeof *words; i < tensor.bytes; ++i) {
    bytes[i] = static_cast<std::uint8_t>(next());
  }
}

}  // namespace runner
