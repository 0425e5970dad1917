#pragma once

#include <cstddef>
#include <cstdint>

// The .tflite file and what belongs to it, embedded by model_data.S.
extern "C" {
extern const std::uint8_t kws_model[];
extern const std::uint32_t kws_model_size;
}

namespace kws {

inline constexpr char kModelName[] = "kws_ds_cnn_int8";

// In the order of the network's outputs; the training script has the same list.
inline constexpr std::size_t kLabelCount = 12;
inline constexpr const char* kLabels[kLabelCount] = {
    "yes", "no", "up", "down", "left", "right", "on", "off", "stop", "go", "silence", "unknown"};

}  // namespace kws
