// What kind of memory an address is, as the architecture sees it: Arm DDI 0403E, A3.5, B3.1, B3.5.
#pragma once

#include <cstdint>

#include "sim/types.hpp"

namespace tinyscope {

enum class MemoryType : std::uint8_t { kNormal, kDevice, kStronglyOrdered };
// Of normal memory, for the caches of the core.
enum class CachePolicy : std::uint8_t {
  kNonCacheable,
  kWriteThrough,
  kWriteBack,
  kWriteBackWriteAllocate,
};

struct MemoryAttributes {
  MemoryType type = MemoryType::kNormal;
  CachePolicy policy = CachePolicy::kNonCacheable;
  bool shareable = false;
  friend bool operator==(const MemoryAttributes&, const MemoryAttributes&) = default;
};

// From `first` up to where the next range begins.
struct AttributeRange {
  Address first = 0;
  MemoryAttributes attributes;
  friend bool operator==(const AttributeRange&, const AttributeRange&) = default;
};

}  // namespace tinyscope
