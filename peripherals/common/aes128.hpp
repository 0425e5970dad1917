// AES with a key of 128 bits, encryption of one block: FIPS 197. Bytes are in the standard's order.
#pragma once

#include <array>
#include <cstdint>

namespace tinyscope {

using AesBlock = std::array<std::uint8_t, 16>;

AesBlock aes128_encrypt(const AesBlock& key, const AesBlock& block);

}  // namespace tinyscope
