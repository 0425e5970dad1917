#pragma once

#include <cstddef>
#include <cstdint>

// The .tflite file, embedded by model_data.S.
extern "C" {
extern const std::uint8_t vww_model[];
extern const std::uint32_t vww_model_size;
}

namespace vww {

inline constexpr char kModelName[] = "vww_depthwise_int8";
inline constexpr int kSize = 96;            // rows and columns
inline constexpr std::size_t kPerson = 1;   // of the network's two outputs

}  // namespace vww
