// Registers and bits of the timers. RM0432, "TIM1/TIM8 registers" and the chapters of the others,
// which have a part of them at the same places.
#pragma once

#include "sim/types.hpp"

namespace tinyscope::st::tim {

inline constexpr Address kCr1 = 0x00;
inline constexpr Address kCr2 = 0x04;
inline constexpr Address kSmcr = 0x08;
inline constexpr Address kDier = 0x0C;
inline constexpr Address kSr = 0x10;
inline constexpr Address kEgr = 0x14;
inline constexpr Address kCcmr1 = 0x18;
inline constexpr Address kCcmr2 = 0x1C;
inline constexpr Address kCcer = 0x20;
inline constexpr Address kCnt = 0x24;
inline constexpr Address kPsc = 0x28;
inline constexpr Address kArr = 0x2C;
inline constexpr Address kRcr = 0x30;
inline constexpr Address kCcr1 = 0x34;  // to CCR4 at 0x40
inline constexpr Address kBdtr = 0x44;
inline constexpr Address kDcr = 0x48;
inline constexpr Address kDmar = 0x4C;
inline constexpr Address kOr1 = 0x50;
inline constexpr Address kCcmr3 = 0x54;
inline constexpr Address kCcr5 = 0x58;
inline constexpr Address kCcr6 = 0x5C;
inline constexpr Address kOr2 = 0x60;
inline constexpr Address kOr3 = 0x64;

namespace cr1 {
inline constexpr std::uint32_t kCen = 1u << 0;
inline constexpr std::uint32_t kUdis = 1u << 1;
inline constexpr std::uint32_t kUrs = 1u << 2;
inline constexpr std::uint32_t kOpm = 1u << 3;
inline constexpr std::uint32_t kDir = 1u << 4;
inline constexpr unsigned kCmsBit = 5;
inline constexpr std::uint32_t kArpe = 1u << 7;
inline constexpr std::uint32_t kUifremap = 1u << 11;
}  // namespace cr1

namespace cr2 {
inline constexpr std::uint32_t kCcds = 1u << 3;
inline constexpr unsigned kMmsBit = 4;
}  // namespace cr2

namespace smcr {
inline constexpr unsigned kTsBit = 4;
inline constexpr unsigned kEtpsBit = 12;
inline constexpr std::uint32_t kEce = 1u << 14;
inline constexpr std::uint32_t kEtp = 1u << 15;
}  // namespace smcr

// Flags of SR, interrupt enables of DIER and bits of EGR share these positions.
namespace flag {
inline constexpr std::uint32_t kUpdate = 1u << 0;
inline constexpr unsigned kCc1Bit = 1;
inline constexpr std::uint32_t kCom = 1u << 5;
inline constexpr std::uint32_t kTrigger = 1u << 6;
inline constexpr std::uint32_t kBreak = 1u << 7;
inline constexpr std::uint32_t kBreak2 = 1u << 8;  // SR and EGR
inline constexpr unsigned kCc1OfBit = 9;           // SR
inline constexpr unsigned kCc5Bit = 16;            // SR
}  // namespace flag

namespace dier {
inline constexpr std::uint32_t kUde = 1u << 8;
inline constexpr unsigned kCc1DeBit = 9;
inline constexpr std::uint32_t kComde = 1u << 13;
inline constexpr std::uint32_t kTde = 1u << 14;
}  // namespace dier

namespace bdtr {
inline constexpr std::uint32_t kAoe = 1u << 14;
inline constexpr std::uint32_t kMoe = 1u << 15;
}  // namespace bdtr

// CR2.MMS: what TRGO is.
enum class Master : std::uint32_t { kReset, kEnable, kUpdate, kComparePulse, kFirstReference };

// SMCR.SMS: what TRGI does.
enum class Slave : std::uint32_t {
  kOff = 0,
  kReset = 4,
  kGated = 5,
  kTrigger = 6,
  kClock = 7,
  kResetAndTrigger = 8,
};

// CCMRx.OCyM.
enum class Compare : std::uint32_t {
  kFrozen,
  kActive,
  kInactive,
  kToggle,
  kForceInactive,
  kForceActive,
  kPwm1,
  kPwm2,
};

}  // namespace tinyscope::st::tim
