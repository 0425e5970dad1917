// Modes of operation of AES-128 as CryptoCell's engine has them: NIST SP 800-38A and SP 800-38B.
#pragma once

#include <cstdint>
#include <span>

#include "peripherals/common/aes128.hpp"

namespace tinyscope::nordic {

struct AesModes {
  enum class Mode : std::uint32_t { kEcb = 0, kCbc = 1, kCtr = 2, kCbcMac = 3, kCmac = 7 };

  // In place; a last block that is not whole counts as padded with zeros. The MAC modes leave their
  // state in `iv`.
  void encrypt(Mode mode, std::span<std::uint8_t> data);
  // The end of a message under CMAC, which may be empty; the code is then in `iv`.
  void authenticate_last(std::span<const std::uint8_t> data);

  AesBlock key{};
  AesBlock iv{};
  AesBlock ctr{};

 private:
  void encrypt_block(Mode mode, AesBlock& block);
};

}  // namespace tinyscope::nordic
