#include "peripherals/nordic/le_ccm.hpp"

#include <algorithm>

namespace tinyscope::nordic {
namespace {

constexpr std::uint8_t kFlagsB0 = 0x49;
constexpr std::uint8_t kFlagsA = 0x01;
constexpr std::uint8_t kHeaderMask = 0xE3;  // NESN, SN and MD are not authenticated

AesBlock formatted(const CcmKey& key, std::uint8_t flags, std::size_t last) {
  AesBlock block{};
  block[0] = flags;
  std::copy(key.nonce.begin(), key.nonce.end(), block.begin() + 1);
  block[14] = static_cast<std::uint8_t>(last >> 8);
  block[15] = static_cast<std::uint8_t>(last);
  return block;
}

std::vector<std::uint8_t> with_key_stream(const CcmKey& key, std::span<const std::uint8_t> in) {
  std::vector<std::uint8_t> out(in.begin(), in.end());
  AesBlock stream{};
  for (std::size_t i = 0; i < out.size(); ++i) {
    if (i % 16 == 0) stream = aes128_encrypt(key.key, formatted(key, kFlagsA, i / 16 + 1));
    out[i] = static_cast<std::uint8_t>(out[i] ^ stream[i % 16]);
  }
  return out;
}

std::array<std::uint8_t, kMicBytes> mic(const CcmKey& key, std::uint8_t header,
                                        std::span<const std::uint8_t> payload) {
  AesBlock chain = aes128_encrypt(key.key, formatted(key, kFlagsB0, payload.size()));
  const auto next = [&](const AesBlock& block) {
    for (std::size_t i = 0; i < block.size(); ++i) {
      chain[i] = static_cast<std::uint8_t>(chain[i] ^ block[i]);
    }
    chain = aes128_encrypt(key.key, chain);
  };
  next({0, 1, static_cast<std::uint8_t>(header & kHeaderMask)});
  for (std::size_t at = 0; at < payload.size(); at += 16) {
    AesBlock block{};
    std::copy_n(payload.begin() + static_cast<std::ptrdiff_t>(at),
                std::min<std::size_t>(16, payload.size() - at), block.begin());
    next(block);
  }
  const AesBlock first = aes128_encrypt(key.key, formatted(key, kFlagsA, 0));
  std::array<std::uint8_t, kMicBytes> code{};
  for (std::size_t i = 0; i < code.size(); ++i) {
    code[i] = static_cast<std::uint8_t>(chain[i] ^ first[i]);
  }
  return code;
}

}  // namespace

std::vector<std::uint8_t> le_encrypt(const CcmKey& key, std::uint8_t header,
                                     std::span<const std::uint8_t> payload) {
  std::vector<std::uint8_t> out = with_key_stream(key, payload);
  const auto code = mic(key, header, payload);
  out.insert(out.end(), code.begin(), code.end());
  return out;
}

LeDecrypted le_decrypt(const CcmKey& key, std::uint8_t header,
                       std::span<const std::uint8_t> cipher) {
  if (cipher.size() < kMicBytes) return {{cipher.begin(), cipher.end()}, false};
  const std::size_t length = cipher.size() - kMicBytes;
  std::vector<std::uint8_t> payload = with_key_stream(key, cipher.first(length));
  const auto code = mic(key, header, payload);
  const bool authentic =
      std::equal(code.begin(), code.end(), cipher.begin() + static_cast<std::ptrdiff_t>(length));
  return {std::move(payload), authentic};
}

}  // namespace tinyscope::nordic
