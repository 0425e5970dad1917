// Registers and bits of RCC of the STM32F4 and STM32F7. RM0090, RM0390, RM0385, chapter "Reset and
// clock control (RCC)", register map; names as in CMSIS.
#pragma once

#include <cstdint>

#include "sim/types.hpp"

namespace tinyscope::st::rcc_f4 {

inline constexpr Address kCr = 0x00;
inline constexpr Address kPllcfgr = 0x04;
inline constexpr Address kCfgr = 0x08;
inline constexpr Address kCir = 0x0C;
inline constexpr Address kBdcr = 0x70;
inline constexpr Address kCsr = 0x74;
inline constexpr Address kSscgr = 0x80;
inline constexpr Address kPlli2scfgr = 0x84;
inline constexpr Address kPllsaicfgr = 0x88;
inline constexpr Address kDckcfgr = 0x8C;  // DCKCFGR1 of the STM32F7
inline constexpr Address kDckcfgr2OfF7 = 0x90;
inline constexpr Address kCkgatenr = 0x90;
inline constexpr Address kDckcfgr2OfF446 = 0x94;

constexpr std::uint32_t bit(unsigned n) { return 1u << n; }
constexpr std::uint32_t bits(std::uint32_t value, unsigned low, unsigned width) {
  return value >> low & ((1u << width) - 1u);
}

// CR
inline constexpr std::uint32_t kHsion = bit(0);
inline constexpr std::uint32_t kHsirdy = bit(1);
inline constexpr std::uint32_t kHseon = bit(16);
inline constexpr std::uint32_t kHserdy = bit(17);
inline constexpr std::uint32_t kHsebyp = bit(18);
inline constexpr std::uint32_t kCsson = bit(19);
inline constexpr unsigned kPllonBit = 24;  // then PLLRDY, PLLI2SON, PLLI2SRDY, PLLSAION, PLLSAIRDY

// PLLCFGR, PLLI2SCFGR, PLLSAICFGR: the fields stand at the same places in all that have them.
inline constexpr unsigned kPllm = 0;
inline constexpr unsigned kPlln = 6;
inline constexpr unsigned kPllp = 16;
inline constexpr std::uint32_t kPllsrcHse = bit(22);
inline constexpr unsigned kPllq = 24;
inline constexpr unsigned kPllr = 28;

// CFGR
inline constexpr unsigned kHpre = 4;
inline constexpr unsigned kPpre1 = 10;
inline constexpr unsigned kPpre2 = 13;
inline constexpr unsigned kRtcpre = 16;
inline constexpr unsigned kMco1 = 21;
inline constexpr unsigned kI2ssrc = 23;
inline constexpr unsigned kMco1pre = 24;
inline constexpr unsigned kMco2pre = 27;
inline constexpr unsigned kMco2 = 30;

// CIR: flags, enables 8 bits above, clears 16 bits above
inline constexpr std::uint32_t kReadyFlags = 0x7F;
inline constexpr std::uint32_t kCssf = bit(7);

// BDCR
inline constexpr std::uint32_t kLseon = bit(0);
inline constexpr std::uint32_t kLserdy = bit(1);
inline constexpr std::uint32_t kLsebyp = bit(2);
inline constexpr unsigned kRtcsel = 8;
inline constexpr std::uint32_t kRtcen = bit(15);

// CSR
inline constexpr std::uint32_t kLsion = bit(0);
inline constexpr std::uint32_t kLsirdy = bit(1);
inline constexpr std::uint32_t kRmvf = bit(24);
inline constexpr std::uint32_t kBorrstf = bit(25);
inline constexpr std::uint32_t kPinrstf = bit(26);
inline constexpr std::uint32_t kPorrstf = bit(27);
inline constexpr std::uint32_t kSftrstf = bit(28);
inline constexpr std::uint32_t kIwdgrstf = bit(29);
inline constexpr std::uint32_t kWwdgrstf = bit(30);
inline constexpr std::uint32_t kResetFlags = 0xFE00'0000;

// DCKCFGR, DCKCFGR1
inline constexpr unsigned kPlli2sdivq = 0;
inline constexpr unsigned kPllsaidivq = 8;
inline constexpr unsigned kPllsaidivr = 16;
inline constexpr unsigned kSai1sel = 20;
inline constexpr unsigned kSai2sel = 22;
inline constexpr unsigned kTimpre = 24;
inline constexpr unsigned kI2s1src = 25;
inline constexpr unsigned kI2s2src = 27;

// CFGR.SW, CFGR.SWS
enum SystemClock : std::uint32_t { kSwHsi = 0, kSwHse = 1, kSwPllP = 2, kSwPllR = 3 };

inline constexpr std::uint64_t kHsiHz = 16'000'000;
inline constexpr std::uint64_t kLsiHz = 32'000;

}  // namespace tinyscope::st::rcc_f4
