#pragma once

#include <cstddef>
#include <cstdint>

// The .tflite file, embedded by model_data.S.
extern "C" {
extern const std::uint8_t gesture_model[];
extern const std::uint32_t gesture_model_size;
}

namespace gesture {

inline constexpr char kModelName[] = "gesture_conv_int8";
inline constexpr std::size_t kWindow = 128;   // samples
inline constexpr std::size_t kChannels = 6;   // acceleration, then rotation

// In the order of the network's outputs; the training script has the same list.
inline constexpr std::size_t kLabelCount = 4;
inline constexpr std::size_t kNone = 3;
inline constexpr const char* kLabels[kLabelCount] = {"ring", "wing", "slope", "none"};

}  // namespace gesture
