// Registers and bits of the RTC. RM0432, chapter "Real-time clock (RTC)", register map.
#pragma once

#include <cstdint>

#include "sim/types.hpp"

namespace tinyscope::st::rtc {

inline constexpr Address kTr = 0x00;
inline constexpr Address kDr = 0x04;
inline constexpr Address kPrer = 0x10;
inline constexpr Address kWutr = 0x14;
inline constexpr Address kWpr = 0x24;
inline constexpr Address kTstr = 0x30;
inline constexpr Address kTsdr = 0x34;
inline constexpr Address kTsssr = 0x38;

// What stands at different places in the two versions of the RTC.
struct Layout {
  Address cr, isr, alrmar, alrmbr, ssr, shiftr, calr, alrmassr, alrmbssr;
  // Of version 2 only; in version 3 tamper detection and backup registers are a block of their own.
  Address tampcr, option, bkp0r;
  // Of version 3 only: flags of alarms and wake-up apart from ISR, which is called ICSR.
  Address sr, misr, scr, cfgr;
  bool version3;
};
// RM0432; also of F4 and F7.
inline constexpr Layout kVersion2{.cr = 0x08,
                                  .isr = 0x0C,
                                  .alrmar = 0x1C,
                                  .alrmbr = 0x20,
                                  .ssr = 0x28,
                                  .shiftr = 0x2C,
                                  .calr = 0x3C,
                                  .alrmassr = 0x44,
                                  .alrmbssr = 0x48,
                                  .tampcr = 0x40,
                                  .option = 0x4C,
                                  .bkp0r = 0x50,
                                  .sr = 0,
                                  .misr = 0,
                                  .scr = 0,
                                  .cfgr = 0,
                                  .version3 = false};
// CMSIS stm32h7a3xxq.h, RTC_TypeDef.
inline constexpr Layout kVersion3{.cr = 0x18,
                                  .isr = 0x0C,
                                  .alrmar = 0x40,
                                  .alrmbr = 0x48,
                                  .ssr = 0x08,
                                  .shiftr = 0x2C,
                                  .calr = 0x28,
                                  .alrmassr = 0x44,
                                  .alrmbssr = 0x4C,
                                  .tampcr = 0,
                                  .option = 0,
                                  .bkp0r = 0,
                                  .sr = 0x50,
                                  .misr = 0x54,
                                  .scr = 0x5C,
                                  .cfgr = 0x60,
                                  .version3 = true};
inline constexpr unsigned kBackupRegisters = 32;

// CR
inline constexpr std::uint32_t kWucksel = 0x7;
inline constexpr std::uint32_t kBypshad = 1u << 5;
inline constexpr std::uint32_t kFmt = 1u << 6;
inline constexpr std::uint32_t kAlrae = 1u << 8;
inline constexpr std::uint32_t kAlrbe = 1u << 9;
inline constexpr std::uint32_t kWute = 1u << 10;
inline constexpr unsigned kAlraieBit = 12;
inline constexpr std::uint32_t kAlraie = 1u << kAlraieBit;
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
inline constexpr unsigned kFlagsBit = 8;  // of the lowest of these; they begin at 0 in SR

}  // namespace tinyscope::st::rtc
