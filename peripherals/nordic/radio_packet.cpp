#include "peripherals/nordic/radio_packet.hpp"

#include <algorithm>

#include "peripherals/nordic/radio_registers.hpp"

namespace tinyscope::nordic::radio {
namespace {

constexpr std::uint32_t kSkipAddress = 1;
constexpr std::uint32_t kSkipAddressAndLength = 2;  // CRCCNF.SKIPADDR = Ieee802154

// Bluetooth Core Specification, Vol 6 Part B, "Packet format for the LE Coded PHY": preamble
// 80 us, access address 256 us, CI 16 us, TERM1 24 us, whatever the rate of what follows.
constexpr Duration kLongRangePreamble = Duration::from_us(80);
constexpr Duration kLongRangeAddress = Duration::from_us(256);
constexpr Duration kLongRangeCiAndTerm1 = Duration::from_us(16 + 24);
constexpr unsigned kLongRangeTerm2Bits = 3;

}  // namespace

bool PacketFormat::long_range() const { return mode_ == kBleLr125Kbit || mode_ == kBleLr500Kbit; }
bool PacketFormat::ieee() const { return mode_ == kIeee802154; }

Duration PacketFormat::bit() const {
  switch (mode_) {
    case kNrf2Mbit:
    case kBle2Mbit: return Duration::from_ns(500);
    case kBleLr125Kbit: return Duration::from_us(8);
    case kBleLr500Kbit: return Duration::from_us(2);
    case kIeee802154: return Duration::from_us(4);
    default: return Duration::from_us(1);
  }
}

Duration PacketFormat::preamble() const {
  if (long_range()) return kLongRangePreamble;
  if (ieee()) return bit() * 32;  // PLEN = 32bitZero
  constexpr unsigned kBits[] = {8, 16, 32, 8};
  return bit() * kBits[pcnf0_ >> 24 & 3u];
}

Duration PacketFormat::to_address() const {
  if (long_range()) return kLongRangePreamble + kLongRangeAddress;
  if (ieee()) return preamble() + bit() * 8;  // SFD instead of an address
  return preamble() + bit() * (8 * address_bytes());
}

Duration PacketFormat::to_header() const {
  const Duration fields = bit() * (s0_bits() + lflen() + s1_bits());
  return long_range() ? kLongRangeCiAndTerm1 + fields : fields;
}

Duration PacketFormat::to_payload(unsigned bytes) const { return bit() * (8 * bytes); }
Duration PacketFormat::to_end() const { return bit() * (8 * crc_bytes()); }
Duration PacketFormat::to_phyend() const {
  return long_range() ? bit() * kLongRangeTerm2Bits : Duration{};
}

unsigned PacketFormat::ram_header() const {
  return s0_bits() / 8 + (lflen() != 0 ? 1 : 0) + (s1_in_ram() ? 1 : 0);
}

unsigned PacketFormat::payload(std::span<const std::uint8_t> ram) const {
  const unsigned at = s0_bits() / 8;
  unsigned length = 0;
  if (lflen() != 0 && at < ram.size()) {
    length = ram[at] & ((1u << std::min(lflen(), 8u)) - 1);
    if (crc_in_length()) length -= std::min(length, crc_bytes());
  }
  return length + statlen();
}

// Each field with its least significant bit first; ENDIAN turns the order within bytes round.
std::vector<bool> PacketFormat::bits(std::span<const std::uint8_t> ram) const {
  std::vector<bool> out;
  std::size_t next = 0;
  const auto put = [&](unsigned width) {
    const std::uint8_t value = next < ram.size() ? ram[next] : std::uint8_t{0};
    ++next;
    for (unsigned i = 0; i < width; ++i) {
      const unsigned at = big_endian() ? width - 1 - i : i;
      out.push_back(at < 8 && (value >> at & 1u) != 0);
    }
  };
  if (s0_bits() != 0) put(8);
  if (lflen() != 0) put(lflen());
  if (s1_in_ram()) put(s1_bits());
  while (next < ram.size()) put(8);
  return out;
}

std::vector<std::uint8_t> PacketFormat::to_air(std::span<const std::uint8_t> ram) const {
  const std::vector<bool> sent = bits(ram);
  std::vector<std::uint8_t> bytes((sent.size() + 7) / 8);
  for (std::size_t i = 0; i < sent.size(); ++i) {
    if (sent[i]) bytes[i / 8] = static_cast<std::uint8_t>(bytes[i / 8] | 1u << i % 8);
  }
  return bytes;
}

std::optional<std::vector<std::uint8_t>> PacketFormat::to_ram(
    std::span<const std::uint8_t> pdu) const {
  std::size_t position = 0;
  std::vector<std::uint8_t> ram;
  const auto take = [&](unsigned width) {
    std::uint32_t value = 0;
    for (unsigned i = 0; i < width; ++i, ++position) {
      const bool bit = position / 8 < pdu.size() && (pdu[position / 8] >> position % 8 & 1u) != 0;
      if (bit) value |= 1u << (big_endian() ? width - 1 - i : i);
    }
    ram.push_back(static_cast<std::uint8_t>(value));
  };
  if (s0_bits() + lflen() + s1_bits() > 8 * pdu.size()) return std::nullopt;
  if (s0_bits() != 0) take(8);
  if (lflen() != 0) take(lflen());
  if (s1_in_ram()) take(s1_bits());
  const unsigned bytes = payload(ram);
  for (unsigned i = 0; i < bytes; ++i) take(8);
  return ram;
}

// PS: with BALEN below 4 the least significant bytes of BASE are not used.
std::uint64_t PacketFormat::address(std::uint32_t base, std::uint8_t prefix) const {
  const unsigned base_bits = std::min(8 * (address_bytes() - 1), 32u);
  const std::uint64_t used = base_bits == 0 ? 0 : std::uint64_t{base} >> (32 - base_bits);
  return std::uint64_t{prefix} << base_bits | used;
}

std::uint32_t PacketFormat::crc(std::uint64_t address, std::span<const std::uint8_t> ram) const {
  if (crc_bytes() == 0) return 0;
  const unsigned width = 8 * crc_bytes();
  const std::uint32_t mask = (1u << width) - 1;
  std::uint32_t state = crcinit_ & mask;
  const auto shift = [&](bool bit) {
    const bool feedback = bit != ((state >> (width - 1) & 1u) != 0);
    state = state << 1 & mask;
    if (feedback) state ^= (crcpoly_ | 1u) & mask;
  };
  const std::uint32_t skip = skip_address();
  if (skip != kSkipAddress && skip != kSkipAddressAndLength) {
    for (unsigned i = 0; i < 8 * address_bytes(); ++i) shift((address >> i & 1u) != 0);
  }
  const std::vector<bool> sent = bits(ram);
  const std::size_t first =
      skip == kSkipAddressAndLength ? std::min<std::size_t>(lflen(), sent.size()) : 0;
  for (std::size_t i = first; i < sent.size(); ++i) shift(sent[i]);
  return state;
}

}  // namespace tinyscope::nordic::radio
