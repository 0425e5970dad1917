// How a packet of RADIO looks on the air and in RAM, and how long its parts last.
// nRF52840 PS, chapter "RADIO — 2.4 GHz radio", sections "Packet configuration", "CRC" and
// "Bluetooth Low Energy Long Range".
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <vector>

#include "sim/time.hpp"

namespace tinyscope::nordic::radio {

// MODE, PCNF0, PCNF1, CRCCNF, CRCPOLY and CRCINIT of one packet.
class PacketFormat {
 public:
  PacketFormat(std::uint32_t mode, std::uint32_t pcnf0, std::uint32_t pcnf1, std::uint32_t crccnf,
               std::uint32_t crcpoly, std::uint32_t crcinit)
      : mode_(mode),
        pcnf0_(pcnf0),
        pcnf1_(pcnf1),
        crccnf_(crccnf),
        crcpoly_(crcpoly),
        crcinit_(crcinit) {}

  // Durations on the air.
  Duration bit() const;         // of PDU and CRC
  Duration preamble() const;    // up to the first bit of the address
  Duration to_address() const;  // from the first bit of the preamble to the last of the address
  Duration to_header() const;   // from there to the last bit of S0, LENGTH and S1
  Duration to_payload(unsigned bytes) const;  // from there to the last bit of the payload
  Duration to_end() const;                    // from there to the last bit of the CRC
  Duration to_phyend() const;                 // from there to the last bit on the air

  // Bytes that S0, LENGTH and S1 take in RAM.
  unsigned ram_header() const;
  // Bytes of payload that follow a header in RAM, STATLEN included and CRC not.
  unsigned payload(std::span<const std::uint8_t> ram) const;
  unsigned max_payload() const { return maxlen() + statlen(); }
  // The PDU on the air of a packet in RAM, and back; nullopt: shorter than its own header.
  std::vector<std::uint8_t> to_air(std::span<const std::uint8_t> ram) const;
  std::optional<std::vector<std::uint8_t>> to_ram(std::span<const std::uint8_t> pdu) const;

  // The access address of a logical address.
  std::uint64_t address(std::uint32_t base, std::uint8_t prefix) const;
  unsigned address_bytes() const { return (pcnf1_ >> 16 & 7u) + 1; }
  std::uint32_t crc(std::uint64_t address, std::span<const std::uint8_t> ram) const;
  bool ieee() const;

 private:
  unsigned lflen() const { return pcnf0_ & 0xFu; }
  unsigned s0_bits() const { return (pcnf0_ >> 8 & 1u) * 8; }
  unsigned s1_bits() const { return pcnf0_ >> 16 & 0xFu; }
  bool s1_in_ram() const { return s1_bits() != 0 || (pcnf0_ >> 20 & 1u) != 0; }
  bool crc_in_length() const { return (pcnf0_ >> 26 & 1u) != 0; }
  unsigned maxlen() const { return pcnf1_ & 0xFFu; }
  unsigned statlen() const { return pcnf1_ >> 8 & 0xFFu; }
  bool big_endian() const { return (pcnf1_ >> 24 & 1u) != 0; }
  unsigned crc_bytes() const { return crccnf_ & 3u; }
  unsigned skip_address() const { return crccnf_ >> 8 & 3u; }
  bool long_range() const;
  std::vector<bool> bits(std::span<const std::uint8_t> ram) const;

  std::uint32_t mode_;
  std::uint32_t pcnf0_;
  std::uint32_t pcnf1_;
  std::uint32_t crccnf_;
  std::uint32_t crcpoly_;
  std::uint32_t crcinit_;
};

}  // namespace tinyscope::nordic::radio
