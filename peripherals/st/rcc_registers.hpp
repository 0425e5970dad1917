// Registers and bits of RCC. RM0432, chapter "Reset and clock control (RCC)", register map.
#pragma once

#include <array>
#include <cstdint>

#include "sim/types.hpp"

namespace tinyscope::st::rcc {

inline constexpr Address kCr = 0x00;
inline constexpr Address kIcscr = 0x04;
inline constexpr Address kCfgr = 0x08;
inline constexpr Address kPllCfgr = 0x0C;
inline constexpr Address kPllSai1Cfgr = 0x10;
inline constexpr Address kPllSai2Cfgr = 0x14;
inline constexpr Address kCier = 0x18;
inline constexpr Address kCifr = 0x1C;
inline constexpr Address kCicr = 0x20;
inline constexpr Address kCcipr = 0x88;
inline constexpr Address kBdcr = 0x90;
inline constexpr Address kCsr = 0x94;
inline constexpr Address kCrrcr = 0x98;
inline constexpr Address kCcipr2 = 0x9C;
inline constexpr Address kDlycfgr = 0xA4;

constexpr std::uint32_t bit(unsigned n) { return 1u << n; }
constexpr std::uint32_t bits(std::uint32_t value, unsigned low, unsigned width) {
  return value >> low & ((1u << width) - 1u);
}

// CR
inline constexpr std::uint32_t kMsion = bit(0);
inline constexpr std::uint32_t kMsirdy = bit(1);
inline constexpr std::uint32_t kMsipllen = bit(2);
inline constexpr std::uint32_t kMsirgsel = bit(3);
inline constexpr unsigned kMsirange = 4;
inline constexpr std::uint32_t kHsion = bit(8);
inline constexpr std::uint32_t kHsirdy = bit(10);
inline constexpr std::uint32_t kHseon = bit(16);
inline constexpr std::uint32_t kHserdy = bit(17);
inline constexpr std::uint32_t kHsebyp = bit(18);
inline constexpr std::uint32_t kCsson = bit(19);
inline constexpr std::uint32_t kPllon = bit(24);
inline constexpr std::uint32_t kPllrdy = bit(25);
inline constexpr std::uint32_t kPllSai1on = bit(26);
inline constexpr std::uint32_t kPllSai1rdy = bit(27);
inline constexpr std::uint32_t kPllSai2on = bit(28);
inline constexpr std::uint32_t kPllSai2rdy = bit(29);

// PLLCFGR, PLLSAI1CFGR, PLLSAI2CFGR
inline constexpr std::uint32_t kPllsrcMask = 0x3;
inline constexpr std::uint32_t kPllpen = bit(16);
inline constexpr std::uint32_t kPllqen = bit(20);
inline constexpr std::uint32_t kPllren = bit(24);
inline constexpr std::uint32_t kPllEnables = kPllpen | kPllqen | kPllren;

// BDCR
inline constexpr std::uint32_t kLseon = bit(0);
inline constexpr std::uint32_t kLserdy = bit(1);
inline constexpr std::uint32_t kLsebyp = bit(2);
inline constexpr unsigned kRtcsel = 8;
inline constexpr std::uint32_t kRtcen = bit(15);

// CSR
inline constexpr std::uint32_t kLsion = bit(0);
inline constexpr std::uint32_t kLsirdy = bit(1);
inline constexpr unsigned kMsisrange = 8;
inline constexpr std::uint32_t kRmvf = bit(23);
inline constexpr std::uint32_t kOblrstf = bit(25);
inline constexpr std::uint32_t kPinrstf = bit(26);
inline constexpr std::uint32_t kBorrstf = bit(27);
inline constexpr std::uint32_t kSftrstf = bit(28);
inline constexpr std::uint32_t kIwdgrstf = bit(29);
inline constexpr std::uint32_t kWwdgrstf = bit(30);
inline constexpr std::uint32_t kResetFlags = 0xFF00'0000;

// CRRCR
inline constexpr std::uint32_t kHsi48on = bit(0);
inline constexpr std::uint32_t kHsi48rdy = bit(1);

// CFGR.SW, CFGR.SWS
enum SystemClock : std::uint32_t { kSwMsi = 0, kSwHsi16 = 1, kSwHse = 2, kSwPll = 3 };
// PLLCFGR.PLLSRC
enum PllSource : std::uint32_t {
  kPllNone = 0,
  kPllFromMsi = 1,
  kPllFromHsi16 = 2,
  kPllFromHse = 3
};

inline constexpr unsigned kMsiRanges = 12;
// CR.MSIRANGE.
inline constexpr std::array<std::uint64_t, kMsiRanges> kMsiHz = {
    100'000,   200'000,   400'000,    800'000,    1'000'000,  2'000'000,
    4'000'000, 8'000'000, 16'000'000, 24'000'000, 32'000'000, 48'000'000};
// With MSIPLLEN, MSI is a multiple of LSE: 98.304 kHz ... 3.998 MHz ... 48.005 MHz (DS12023, MSI
// oscillator characteristics, PLL mode; from memory).
inline constexpr std::array<std::uint64_t, kMsiRanges> kMsiLseCycles = {
    3, 6, 12, 24, 31, 61, 122, 244, 488, 732, 977, 1465};

inline constexpr std::uint64_t kHsi16Hz = 16'000'000;
inline constexpr std::uint64_t kHsi48Hz = 48'000'000;
inline constexpr std::uint64_t kLsiHz = 32'000;

}  // namespace tinyscope::st::rcc
