// Registers and bits of FLASH of the STM32H7A3: CMSIS stm32h7a3xxq.h, FLASH_TypeDef and FLASH_….
#pragma once

#include <cstdint>

#include "sim/types.hpp"

namespace tinyscope::st::flash_h7 {

inline constexpr Address kAcr = 0x00;
inline constexpr Address kOptkeyr = 0x08;
inline constexpr Address kOptcr = 0x18;
inline constexpr Address kOptsrCur = 0x1C;
inline constexpr Address kOptsrPrg = 0x20;
inline constexpr Address kOptccr = 0x24;
inline constexpr Address kPrarCur1 = 0x28;
inline constexpr Address kScarCur1 = 0x30;
inline constexpr Address kWpsnCur1 = 0x38;
inline constexpr Address kBootCur = 0x40;
inline constexpr Address kCrccr1 = 0x50;  // to CRCDATA
inline constexpr Address kEccFa1 = 0x60;
inline constexpr Address kOtpblCur = 0x68;

// Of bank 1; those of bank 2 follow at 0x100.
inline constexpr Address kBankStride = 0x100;
inline constexpr Address kKeyr = 0x04;
inline constexpr Address kCr = 0x0C;
inline constexpr Address kSr = 0x10;
inline constexpr Address kCcr = 0x14;

constexpr std::uint32_t bit(unsigned n) { return std::uint32_t{1} << n; }

// ACR
inline constexpr std::uint32_t kLatency = 0xF;

// CR
inline constexpr std::uint32_t kLock = bit(0);
inline constexpr std::uint32_t kPg = bit(1);
inline constexpr std::uint32_t kSer = bit(2);
inline constexpr std::uint32_t kBer = bit(3);
inline constexpr std::uint32_t kFw = bit(4);
inline constexpr std::uint32_t kStart = bit(5);
inline constexpr unsigned kSnb = 6;

// SR; the enables of CR and the clear bits of CCR stand at the same places
inline constexpr std::uint32_t kBsy = bit(0);
inline constexpr std::uint32_t kWbne = bit(1);
inline constexpr std::uint32_t kQw = bit(2);
inline constexpr std::uint32_t kEop = bit(16);
inline constexpr std::uint32_t kWrperr = bit(17);
inline constexpr std::uint32_t kPgserr = bit(18);
inline constexpr std::uint32_t kStrberr = bit(19);
inline constexpr std::uint32_t kIncerr = bit(21);
inline constexpr std::uint32_t kInterrupts = 0x1FAF'0000;

// OPTCR
inline constexpr std::uint32_t kOptlock = bit(0);
inline constexpr std::uint32_t kOptstart = bit(1);
inline constexpr std::uint32_t kMer = bit(4);
inline constexpr std::uint32_t kSwapBank = bit(31);

// OPTSR
inline constexpr std::uint32_t kOptBsy = bit(0);

}  // namespace tinyscope::st::flash_h7
