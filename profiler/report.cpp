#include "profiler/report.hpp"

namespace tinyscope {

std::string_view name_of(KernelKind kind) {
  switch (kind) {
    case KernelKind::kReference: return "reference";
    case KernelKind::kOptimised: return "optimised";
    case KernelKind::kFloat: return "float";
    case KernelKind::kUnknown: break;
  }
  return "unknown";
}

}  // namespace tinyscope
