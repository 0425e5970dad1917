// The processor cores that a chip's description can name, and what sets them apart.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

namespace tinyscope {

enum class CoreFamily : std::uint8_t { kCortexM4, kCortexM7 };
enum class FloatUnit : std::uint8_t { kSingle, kDouble };

struct CoreType {
  std::string_view name;  // in [core] of a chip's description
  CoreFamily family = CoreFamily::kCortexM4;
  FloatUnit float_unit = FloatUnit::kSingle;
  std::string_view title;  // for people
};

// Null: there is no such core.
const CoreType* find_core_type(std::string_view name);
// All names, for messages.
std::string core_type_names();

}  // namespace tinyscope
