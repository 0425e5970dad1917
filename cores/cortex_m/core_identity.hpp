// Which core it is, as its identification registers say.
#pragma once

#include <cstdint>

#include "sim/description/core_type.hpp"

namespace tinyscope {

struct CoreIdentity {
  CoreFamily family = CoreFamily::kCortexM4;
  FloatUnit float_unit = FloatUnit::kSingle;
  // "r0p1"
  unsigned variant = 0;
  unsigned patch = 1;

  bool is_m7() const { return family == CoreFamily::kCortexM7; }
  std::uint32_t cpuid() const {
    constexpr std::uint32_t kArm = 0x41u << 24, kArmv7 = 0xFu << 16;
    const std::uint32_t part = is_m7() ? 0xC27u : 0xC24u;
    return kArm | variant << 20 | kArmv7 | part << 4 | patch;
  }
};

}  // namespace tinyscope
