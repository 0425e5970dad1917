// Addresses and access sizes as seen on a 32-bit microcontroller bus.
#pragma once

#include <cstdint>

namespace tinyscope {

using Address = std::uint32_t;

// Width of one bus access in bytes. Doubleword accesses of a core reach the bus as two words.
enum class AccessSize : std::uint8_t { kByte = 1, kHalf = 2, kWord = 4 };

constexpr std::uint32_t bytes(AccessSize size) { return static_cast<std::uint32_t>(size); }

// All bits of an access of this size.
constexpr std::uint32_t mask(AccessSize size) {
  return size == AccessSize::kWord ? 0xFFFFFFFFu : (1u << (8u * bytes(size))) - 1u;
}

enum class AccessType : std::uint8_t { kRead, kWrite, kFetch };

}  // namespace tinyscope
