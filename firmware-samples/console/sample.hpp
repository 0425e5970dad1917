#pragma once

#include <cstdint>

#include "runtime/interpreter.hpp"

namespace console {

// Prints the text on a line of its own, and stops for good.
[[noreturn]] void fail(const char* text);
[[noreturn]] void fail(mlrt::Status status);

// "gestures, model gesture_conv_int8" and "arena: 1234 of 4096 bytes".
void announce(const char* title, const char* model, const mlrt::Interpreter& interpreter,
              std::uint32_t arena_bytes);

// Scores are int8 with scale 1/256 and zero point -128: in hundredths, rounded.
constexpr std::uint32_t hundredths(std::int8_t score) {
  return (static_cast<std::uint32_t>(score + 128) * 100 + 128) / 256;
}

}  // namespace console
