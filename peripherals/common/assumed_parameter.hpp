// A parameter of a model that should be sourced and is not.
#pragma once

#include <cstdint>
#include <string_view>

#include "sim/registry.hpp"

namespace tinyscope {

// Read from the entry's params, or the default, which is then listed among the report's assumptions
// with `source`. Throws InputError for a negative number.
std::uint64_t assumed_parameter(PeripheralContext& context, std::string_view key,
                                std::uint64_t fallback, std::string_view meaning,
                                std::string_view source = "estimate");
// The same for a device on the board.
std::uint64_t assumed_parameter(DeviceContext& context, std::string_view key,
                                std::uint64_t fallback, std::string_view meaning,
                                std::string_view source = "estimate");

}  // namespace tinyscope
