#include "sim/error.hpp"

#include <fmt/format.h>

namespace tinyscope {

void assertion_failed(const char* condition, const char* file, int line) {
  throw SimulatorFault(fmt::format("{}:{}: assertion failed: {}", file, line, condition));
}

}  // namespace tinyscope
