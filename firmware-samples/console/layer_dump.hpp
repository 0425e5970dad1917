#pragma once

#include <cstddef>
#include <cstdint>

namespace console {

// What a verification image runs, and the memory for it: an arena that nothing is reused in.
struct Verification {
  const std::uint8_t* model;
  std::size_t model_bytes;
  const std::int8_t* input;
  std::size_t input_bytes;
  std::uint8_t* arena;  // aligned to 16
  std::size_t arena_bytes;
};

// One inference, then every operator's output over the UART, to be compared with
// tests/firmware/check_layers.py:
//
//   LAYER <number> <tensor name> <bytes>      then lines of up to 32 bytes as hex digits
//   VERIFY DONE                               or VERIFY FAILED <status>
void dump_layers(const Verification& verification);

}  // namespace console
