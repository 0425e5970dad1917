#pragma once

#include <cstddef>
#include <cstdint>

// The .tflite file and one picture for it, embedded by model_data.S.
extern "C" {
extern const std::uint8_t ic_model[];
extern const std::uint32_t ic_model_size;
extern const std::int8_t ic_picture[];
extern const std::uint32_t ic_picture_size;
}

namespace ic {

inline constexpr char kModelName[] = "ic_resnet8_int8";
inline constexpr std::size_t kClassCount = 10;

}  // namespace ic
