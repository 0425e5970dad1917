// Registers and bits of the RCC of the STM32H7A3: CMSIS stm32h7a3xxq.h, RCC_TypeDef and RCC_….
#pragma once

#include <cstdint>

#include "sim/types.hpp"

namespace tinyscope::st::rcc_h7 {

inline constexpr Address kCr = 0x00;
inline constexpr Address kHsicfgr = 0x04;
inline constexpr Address kCrrcr = 0x08;
inline constexpr Address kCsicfgr = 0x0C;
inline constexpr Address kCfgr = 0x10;
inline constexpr Address kCdcfgr1 = 0x18;
inline constexpr Address kCdcfgr2 = 0x1C;
inline constexpr Address kSrdcfgr = 0x20;
inline constexpr Address kPllckselr = 0x28;
inline constexpr Address kPllcfgr = 0x2C;
inline constexpr Address kPll1divr = 0x30;   // then PLL2DIVR, PLL3DIVR, 8 bytes apart
inline constexpr Address kPll1fracr = 0x34;  // likewise
inline constexpr Address kCdccipr = 0x4C;
inline constexpr Address kCdccip1r = 0x50;
inline constexpr Address kCdccip2r = 0x54;
inline constexpr Address kSrdccipr = 0x58;
inline constexpr Address kCier = 0x60;
inline constexpr Address kCifr = 0x64;
inline constexpr Address kCicr = 0x68;
inline constexpr Address kBdcr = 0x70;
inline constexpr Address kCsr = 0x74;
inline constexpr Address kSrdamr = 0xA8;
inline constexpr Address kCkgaenr = 0xB0;
inline constexpr Address kRsr = 0x130;

constexpr std::uint32_t bit(unsigned n) { return std::uint32_t{1} << n; }
constexpr std::uint32_t bits(std::uint32_t value, unsigned low, unsigned width) {
  return value >> low & ((std::uint32_t{1} << width) - 1);
}

// CR
inline constexpr std::uint32_t kHsion = bit(0);
inline constexpr std::uint32_t kHsirdy = bit(2);
inline constexpr unsigned kHsidiv = 3;
inline constexpr std::uint32_t kHsidivMask = 3u << kHsidiv;
inline constexpr std::uint32_t kHsidivf = bit(5);
inline constexpr std::uint32_t kCsion = bit(7);
inline constexpr std::uint32_t kCsirdy = bit(8);
inline constexpr std::uint32_t kHsi48on = bit(12);
inline constexpr std::uint32_t kHsi48rdy = bit(13);
inline constexpr std::uint32_t kCpuckrdy = bit(14);
inline constexpr std::uint32_t kCdckrdy = bit(15);
inline constexpr std::uint32_t kHseon = bit(16);
inline constexpr std::uint32_t kHserdy = bit(17);
inline constexpr std::uint32_t kHsebyp = bit(18);
inline constexpr std::uint32_t kHsecsson = bit(19);
inline constexpr std::uint32_t kPll1on = bit(24);   // then PLL2ON, PLL3ON, two bits apart
inline constexpr std::uint32_t kPll1rdy = bit(25);  // likewise

// CFGR
inline constexpr unsigned kSws = 3;
inline constexpr unsigned kRtcpre = 8;
inline constexpr std::uint32_t kTimpre = bit(15);
enum SystemClock : std::uint32_t { kSwHsi = 0, kSwCsi = 1, kSwHse = 2, kSwPll1 = 3 };

// CDCFGR1, CDCFGR2, SRDCFGR
inline constexpr unsigned kHpre = 0;
inline constexpr unsigned kCdppre = 4;
inline constexpr unsigned kCdcpre = 8;
inline constexpr unsigned kCdppre1 = 4;
inline constexpr unsigned kCdppre2 = 8;
inline constexpr unsigned kSrdppre = 4;

// PLLCKSELR, PLLCFGR: fields of PLL1; those of the others are `stride` bits higher
inline constexpr std::uint32_t kPllsrcMask = 3;
inline constexpr unsigned kDivm1 = 4;
inline constexpr unsigned kDivmStride = 8;
inline constexpr unsigned kPllStride = 4;
inline constexpr std::uint32_t kPll1fracen = bit(0);
inline constexpr std::uint32_t kPll1vcosel = bit(1);
inline constexpr unsigned kPll1rge = 2;
inline constexpr unsigned kDivp1en = 16;  // then DIVQ1EN, DIVR1EN, DIVP2EN …

// BDCR, CSR
inline constexpr std::uint32_t kLseon = bit(0);
inline constexpr std::uint32_t kLserdy = bit(1);
inline constexpr std::uint32_t kLsebyp = bit(2);
inline constexpr unsigned kRtcsel = 8;
inline constexpr std::uint32_t kRtcen = bit(15);
inline constexpr std::uint32_t kLsion = bit(0);
inline constexpr std::uint32_t kLsirdy = bit(1);

// RSR
inline constexpr std::uint32_t kRmvf = bit(16);
inline constexpr std::uint32_t kCdrstf = bit(19);
inline constexpr std::uint32_t kBorrstf = bit(21);
inline constexpr std::uint32_t kPinrstf = bit(22);
inline constexpr std::uint32_t kPorrstf = bit(23);
inline constexpr std::uint32_t kSftrstf = bit(24);
inline constexpr std::uint32_t kIwdgrstf = bit(26);
inline constexpr std::uint32_t kWwdgrstf = bit(28);

inline constexpr std::uint64_t kHsiHz = 64'000'000;
inline constexpr std::uint64_t kCsiHz = 4'000'000;
inline constexpr std::uint64_t kHsi48Hz = 48'000'000;
inline constexpr std::uint64_t kLsiHz = 32'000;

}  // namespace tinyscope::st::rcc_h7
