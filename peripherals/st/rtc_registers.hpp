// Registers and bits of the RTC. RM0432, chapter "Real-time clock (RTC)", register map.
#pragma once

#include <cstdint>

#include "sim/types.hpp"

namespace tinyscope::st::rtc {

inline constexpr Address kTr = 0x00;
inline constexpr Address kDr = 0x04;
inline constexpr Address kCr = 0x08;
inline constexpr Address kIsr = 0x0C;
inline constexpr Address kPrer = 0x10;
inline constexpr Address kWutr = 0x14;
inline constexpr Address kAlrmar = 0x1C;
inline constexpr Address kAlrmbr = 0x20;
inline constexpr Address kWpr = 0x24;
inline constexpr Address kSsr = 0x28;
inline constexpr Address kShiftr = 0x2C;
inline constexpr Address kTstr = 0x30;
inline constexpr Address kTsdr = 0x34;
inline constexpr Address kTsssr = 0x38;
inline constexpr Address kCalr = 0x3C;
inline constexpr Address kTampcr = 0x40;
inline constexpr Address kAlrmassr = 0x44;
inline constexpr Address kAlrmbssr = 0x48;
inline constexpr Address kOr = 0x4C;
inline constexpr Address kBkp0r = 0x50;
inline constexpr unsigned kBackupRegisters = 32;

// CR
inline constexpr std::uint32_t kWucksel = 0x7;
inline constexpr std::uint32_t kBypshad = 1u << 5;
inline constexpr std::uint32_t kFmt = 1u << 6;
inline constexpr std::uint32_t kAlrae = 1u << 8;
inline constexpr std::uint32_t kAlrbe = 1u << 9;
inline constexpr std::uint32_t kWute = 1u << 10;
inline constexpr std::uint32_t kAlraie = 1u << 12;
inline constexpr std::uint32_t kAlrbie = 1u << 13;
inline constexpr std::uint32_t kWutie = 1u << 14;
inline constexpr std::uint32_t kAdd1h = 1u << 16;
inline constexpr std::uint32_t kSub1h = 1u << 17;

// ISR
inline constexpr std::uint32_t kAlrawf = 1u << 0;
inline constexpr std::uint32_t kAlrbwf = 1u << 1;
inline constexpr std::uint32_t kWutwf = 1u << 2;
inline constexpr std::uint32_t kInits = 1u << 4;
inline constexpr std::uint32_t kRsf = 1u << 5;
inline constexpr std::uint32_t kInitf = 1u << 6;
inline constexpr std::uint32_t kInit = 1u << 7;
inline constexpr std::uint32_t kAlraf = 1u << 8;
inline constexpr std::uint32_t kAlrbf = 1u << 9;
inline constexpr std::uint32_t kWutf = 1u << 10;

}  // namespace tinyscope::st::rtc
