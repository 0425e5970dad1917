#include "sim/description/core_type.hpp"

#include <array>

namespace tinyscope {
namespace {

constexpr std::array<CoreType, 3> kCoreTypes = {
    {{"cortex-m4f", CoreFamily::kCortexM4, FloatUnit::kSingle, "Cortex-M4F"},
     {"cortex-m7f", CoreFamily::kCortexM7, FloatUnit::kSingle,
      "Cortex-M7 with single-precision FPU"},
     {"cortex-m7fd", CoreFamily::kCortexM7, FloatUnit::kDouble,
      "Cortex-M7 with double-precision FPU"}}};

}  // namespace

const CoreType* find_core_type(std::string_view name) {
  for (const CoreType& type : kCoreTypes) {
    if (type.name == name) return &type;
  }
  return nullptr;
}

std::string core_type_names() {
  std::string names;
  for (const CoreType& type : kCoreTypes) {
    if (!names.empty()) names += ", ";
    names += type.name;
  }
  return names;
}

}  // namespace tinyscope
