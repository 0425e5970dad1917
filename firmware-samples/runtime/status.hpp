#pragma once

#include <cstdint>

namespace mlrt {

enum class Status : std::uint8_t {
  kOk,
  kNotAModel,            // not a TensorFlow Lite file, or its offsets lead outside
  kUnsupportedModel,     // another version, or more than one subgraph
  kUnsupportedOperator,  // an operator, or a form of it, that the runtime does not have
  kUnsupportedType,      // an element type or a mix of types without a kernel
  kBadTensor,            // shape, size, buffer or index of a tensor
  kBadOperator,          // inputs, options and output of an operator do not fit together
  kBadQuantization,      // scales or zero points missing, negative or out of range
  kArenaTooSmall,
  kNotAllocated,  // invoke() before a successful allocate()
};

const char* status_name(Status status);

}  // namespace mlrt

// Returns from the function when the expression is not Status::kOk.
#define MLRT_RETURN_IF_ERROR(expression)                        \
  do {                                                          \
    const ::mlrt::Status mlrt_status = (expression);            \
    if (mlrt_status != ::mlrt::Status::kOk) return mlrt_status; \
  } while (false)

#define MLRT_REQUIRE(condition, error)              \
  do {                                              \
    if (!(condition)) return ::mlrt::Status::error; \
  } while (false)
