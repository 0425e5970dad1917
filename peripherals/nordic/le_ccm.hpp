// CCM as the LE link layer uses it: Bluetooth Core Specification, Vol 6 Part E, section 2.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "peripherals/common/aes128.hpp"

namespace tinyscope::nordic {

inline constexpr std::size_t kMicBytes = 4;

struct CcmKey {
  AesBlock key{};
  std::array<std::uint8_t, 13> nonce{};  // packet counter with direction bit, then IV
};

// Payload and MIC.
std::vector<std::uint8_t> le_encrypt(const CcmKey& key, std::uint8_t header,
                                     std::span<const std::uint8_t> payload);

struct LeDecrypted {
  std::vector<std::uint8_t> payload;
  bool authentic = false;
};
// Of payload and MIC; anything shorter than a MIC is not authentic.
LeDecrypted le_decrypt(const CcmKey& key, std::uint8_t header,
                       std::span<const std::uint8_t> cipher);

}  // namespace tinyscope::nordic
