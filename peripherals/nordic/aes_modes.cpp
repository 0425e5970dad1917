#include "peripherals/nordic/aes_modes.hpp"

#include <algorithm>

namespace tinyscope::nordic {
namespace {

void exclusive_or(AesBlock& into, const AesBlock& other) {
  for (std::size_t i = 0; i < into.size(); ++i) {
    into[i] = static_cast<std::uint8_t>(into[i] ^ other[i]);
  }
}

// SP 800-38B, section 6.1: the next subkey is twice the one before in GF(2^128).
AesBlock doubled(const AesBlock& block) {
  AesBlock out{};
  for (std::size_t i = 0; i < out.size(); ++i) {
    const int carry = i + 1 == out.size() ? 0 : block[i + 1] >> 7;
    out[i] = static_cast<std::uint8_t>(block[i] << 1 | carry);
  }
  if ((block[0] & 0x80) != 0) out[15] ^= 0x87;
  return out;
}

void increment(AesBlock& counter) {
  for (std::size_t i = counter.size(); i-- > 0;) {
    if (++counter[i] != 0) return;
  }
}

}  // namespace

void AesModes::encrypt_block(Mode mode, AesBlock& block) {
  switch (mode) {
    case Mode::kCtr: exclusive_or(block, aes128_encrypt(key, ctr)); return increment(ctr);
    case Mode::kCbc:
    case Mode::kCbcMac:
    case Mode::kCmac:
      exclusive_or(block, iv);
      iv = block = aes128_encrypt(key, block);
      return;
    case Mode::kEcb: break;
  }
  block = aes128_encrypt(key, block);
}

void AesModes::encrypt(Mode mode, std::span<std::uint8_t> data) {
  for (; !data.empty(); data = data.subspan(std::min<std::size_t>(16, data.size()))) {
    const std::size_t count = std::min<std::size_t>(16, data.size());
    AesBlock block{};
    std::copy_n(data.begin(), count, block.begin());
    encrypt_block(mode, block);
    std::copy_n(block.begin(), count, data.begin());
  }
}

// SP 800-38B, section 6.2: the last block, whole or padded, is masked with a subkey.
void AesModes::authenticate_last(std::span<const std::uint8_t> data) {
  AesBlock block{};
  for (; data.size() > block.size(); data = data.subspan(block.size())) {
    std::copy_n(data.begin(), block.size(), block.begin());
    encrypt_block(Mode::kCmac, block);
  }
  block = {};
  std::copy(data.begin(), data.end(), block.begin());
  AesBlock subkey = doubled(aes128_encrypt(key, AesBlock{}));
  if (data.size() != block.size()) {
    block[data.size()] = 0x80;
    subkey = doubled(subkey);
  }
  exclusive_or(block, subkey);
  encrypt_block(Mode::kCmac, block);
}

}  // namespace tinyscope::nordic
