// Option tables of TFLite operators.
#pragma once

#include <cstdint>

#include "profiler/flatbuffer.hpp"
#include "profiler/tflite_model.hpp"

namespace tinyscope {

// `type`: which table it is, as the operator's union BuiltinOptions says. Throws
// MalformedFlatbuffer.
TfliteOptions parse_tflite_options(std::uint8_t type, Flatbuffer::Table& table);

}  // namespace tinyscope
