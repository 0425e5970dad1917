// The 32 MHz clock that PDM and I2S divide for what they put on a pad.
#pragma once

#include <algorithm>
#include <cstdint>

namespace tinyscope::nordic {

inline constexpr std::uint64_t kPclk32mPs = 31'250;
inline constexpr double kPclk32mHz = 32e6;

// A frequency code, PDMCLKCTRL or CONFIG.MCKFREQ, divides by floor(2^32 / code): that gives each
// frequency that PS lists (PDM: 1.000, 1.032, 1.067, 1.231, 1.280 and 1.333 MHz). Codes far below
// those are cut off.
inline std::uint64_t pclk32m_divider(std::uint32_t code) {
  constexpr std::uint32_t kLowestCode = 0x1'0000;
  return (std::uint64_t{1} << 32) / std::max(code, kLowestCode);
}

}  // namespace tinyscope::nordic
