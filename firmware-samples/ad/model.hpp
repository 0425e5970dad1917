#pragma once

#include <cstddef>
#include <cstdint>

// The .tflite file, embedded by model_data.S.
extern "C" {
extern const std::uint8_t ad_model[];
extern const std::uint32_t ad_model_size;
}

namespace ad {

inline constexpr char kModelName[] = "ad_autoencoder_int8";

}  // namespace ad
