#include "runtime/status.hpp"

namespace mlrt {

const char* status_name(Status status) {
  switch (status) {
    case Status::kOk: return "ok";
    case Status::kNotAModel: return "not a model";
    case Status::kUnsupportedModel: return "unsupported model";
    case Status::kUnsupportedOperator: return "unsupported operator";
    case Status::kUnsupportedType: return "unsupported type";
    case Status::kBadTensor: return "bad tensor";
    case Status::kBadOperator: return "bad operator";
    case Status::kBadQuantization: return "bad quantization";
    case Status::kArenaTooSmall: return "arena too small";
    case Status::kNotAllocated: return "not allocated";
  }
  return "unknown";
}

}  // namespace mlrt
