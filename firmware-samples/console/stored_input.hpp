#pragma once

#include "console/layer_dump.hpp"

namespace console {

struct StoredInput {
  const char* title;
  const char* model_name;
  Verification inference;     // an arena in which memory is reused
  const char* const* labels;  // null: classes have numbers
};

// The same input again and again, for boards without a sensor for it; each time over the UART:
//
//   inference: <microseconds> us
//   OUTPUT <every byte of the output as hex digits>
//   RESULT <round>: <label> <score>
[[noreturn]] void infer_stored_input(const StoredInput& stored);

}  // namespace console
