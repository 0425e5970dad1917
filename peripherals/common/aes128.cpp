#include "peripherals/common/aes128.hpp"

namespace tinyscope {
namespace {

constexpr unsigned kRounds = 10;
constexpr unsigned kRoundKeyBytes = 16 * (kRounds + 1);

// Multiplication by x in GF(2^8), FIPS 197 section 4.2.1.
constexpr std::uint8_t xtime(std::uint8_t a) {
  return static_cast<std::uint8_t>(a << 1 ^ ((a & 0x80) != 0 ? 0x1B : 0));
}

constexpr std::uint8_t rotate_left(std::uint8_t a, unsigned n) {
  return static_cast<std::uint8_t>(a << n | a >> (8 - n));
}

// SubBytes, section 5.1.1: the inverse in GF(2^8), then an affine map. Powers of the generator 3
// and of its inverse walk through all pairs of inverses.
constexpr std::array<std::uint8_t, 256> make_sbox() {
  std::array<std::uint8_t, 256> box{};
  std::uint8_t p = 1;
  std::uint8_t q = 1;
  do {
    p = static_cast<std::uint8_t>(p ^ xtime(p));
    q = static_cast<std::uint8_t>(q ^ q << 1);
    q = static_cast<std::uint8_t>(q ^ q << 2);
    q = static_cast<std::uint8_t>(q ^ q << 4);
    if ((q & 0x80) != 0) q ^= 0x09;
    box[p] = static_cast<std::uint8_t>(0x63 ^ q ^ rotate_left(q, 1) ^ rotate_left(q, 2) ^
                                       rotate_left(q, 3) ^ rotate_left(q, 4));
  } while (p != 1);
  box[0] = 0x63;
  return box;
}
constexpr auto kSbox = make_sbox();

// KeyExpansion, section 5.2.
std::array<std::uint8_t, kRoundKeyBytes> expand(const AesBlock& key) {
  std::array<std::uint8_t, kRoundKeyBytes> words{};
  for (unsigned i = 0; i < 16; ++i) words[i] = key[i];
  std::uint8_t rcon = 1;
  for (unsigned i = 16; i < kRoundKeyBytes; i += 4) {
    std::array<std::uint8_t, 4> word{words[i - 4], words[i - 3], words[i - 2], words[i - 1]};
    if (i % 16 == 0) {
      word = {static_cast<std::uint8_t>(kSbox[word[1]] ^ rcon), kSbox[word[2]], kSbox[word[3]],
              kSbox[word[0]]};
      rcon = xtime(rcon);
    }
    for (unsigned j = 0; j < 4; ++j) {
      words[i + j] = static_cast<std::uint8_t>(words[i + j - 16] ^ word[j]);
    }
  }
  return words;
}

void substitute_and_shift_rows(AesBlock& state) {
  const AesBlock before = state;
  for (unsigned column = 0; column < 4; ++column) {
    for (unsigned row = 0; row < 4; ++row) {
      state[4 * column + row] = kSbox[before[4 * ((column + row) % 4) + row]];
    }
  }
}

void mix_columns(AesBlock& state) {
  for (unsigned at = 0; at < 16; at += 4) {
    const std::array<std::uint8_t, 4> a{state[at], state[at + 1], state[at + 2], state[at + 3]};
    const auto all = static_cast<std::uint8_t>(a[0] ^ a[1] ^ a[2] ^ a[3]);
    for (unsigned i = 0; i < 4; ++i) {
      state[at + i] = static_cast<std::uint8_t>(
          a[i] ^ all ^ xtime(static_cast<std::uint8_t>(a[i] ^ a[(i + 1) % 4])));
    }
  }
}

}  // namespace

AesBlock aes128_encrypt(const AesBlock& key, const AesBlock& block) {
  const auto round_keys = expand(key);
  AesBlock state = block;
  const auto add_round_key = [&](unsigned round) {
    for (unsigned i = 0; i < 16; ++i) {
      state[i] = static_cast<std::uint8_t>(state[i] ^ round_keys[16 * round + i]);
    }
  };
  add_round_key(0);
  for (unsigned round = 1; round <= kRounds; ++round) {
    substitute_and_shift_rows(state);
    if (round != kRounds) mix_columns(state);
    add_round_key(round);
  }
  return state;
}

}  // namespace tinyscope
