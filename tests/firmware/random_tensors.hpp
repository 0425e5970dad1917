#pragma once

// Random numbers for the kernel tests, the same on every machine.

#include <cstdint>
#include <random>
#include <vector>

class RandomTensors {
 public:
  explicit RandomTensors(std::uint32_t seed) : generator_(seed) {}

  // Not std::uniform_int_distribution: its results differ between libraries.
  std::int32_t integer(std::int32_t low, std::int32_t high) {
    const std::uint32_t span = static_cast<std::uint32_t>(high) - static_cast<std::uint32_t>(low);
    const auto drawn = static_cast<std::uint32_t>(generator_());
    const std::uint32_t offset = span == UINT32_MAX ? drawn : drawn % (span + 1);
    return static_cast<std::int32_t>(static_cast<std::uint32_t>(low) + offset);
  }

  std::vector<std::int8_t> bytes(std::int32_t count, std::int32_t low = -128) {
    std::vector<std::int8_t> result(static_cast<std::size_t>(count));
    for (auto& value : result) value = static_cast<std::int8_t>(integer(low, 127));
    return result;
  }

  std::vector<std::int32_t> integers(std::int32_t count, std::int32_t low, std::int32_t high) {
    std::vector<std::int32_t> result(static_cast<std::size_t>(count));
    for (auto& value : result) value = integer(low, high);
    return result;
  }

  std::vector<float> floats(std::int32_t count) {
    std::vector<float> result(static_cast<std::size_t>(count));
    for (auto& value : result) value = static_cast<float>(integer(-1000, 1000)) / 500.0f;
    return result;
  }

 private:
  std::mt19937 generator_;
};
