// The firmware's memory, for collectors that look at variables or code.
#pragma once

#include <cstdint>
#include <functional>
#include <span>

#include "sim/types.hpp"

namespace tinyscope {

// Copies memory of the firmware as it is now; false if the range is not all memory.
using ReadMemory = std::function<bool(Address, std::span<std::uint8_t>)>;

}  // namespace tinyscope
