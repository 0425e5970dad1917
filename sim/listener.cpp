#include "sim/listener.hpp"

namespace tinyscope {

std::string_view name_of(StallCause cause) {
  static constexpr std::array<std::string_view, kStallCauseCount> kNames = {
      "issue",      "load_use", "multi_cycle", "branch",    "fetch", "data",
      "contention", "fpu",      "divide",      "interrupt", "sleep"};
  return kNames[static_cast<std::size_t>(cause)];
}

}  // namespace tinyscope
