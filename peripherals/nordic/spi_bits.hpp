// CONFIG.ORDER of SPI, SPIM and SPIS. The parts on a bus exchange bytes with the first bit on the
// wire as the highest; LsbFirst turns a byte round. nRF52840 PS, "SPIM / CONFIG".
#pragma once

#include <cstdint>

namespace tinyscope::nordic {

inline std::uint8_t spi_wire_byte(std::uint8_t byte, std::uint32_t config) {
  constexpr std::uint32_t kLsbFirst = 1u << 0;
  if ((config & kLsbFirst) == 0) return byte;
  unsigned turned = 0;
  for (unsigned bit = 0; bit < 8; ++bit) turned |= (byte >> bit & 1u) << (7 - bit);
  return static_cast<std::uint8_t>(turned);
}

}  // namespace tinyscope::nordic
