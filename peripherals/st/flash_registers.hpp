// Registers and bits of FLASH. RM0432, chapter "Embedded Flash memory (FLASH)", register map.
#pragma once

#include <cstdint>

#include "sim/types.hpp"

namespace tinyscope::st::flash {

inline constexpr Address kAcr = 0x00;
inline constexpr Address kPdkeyr = 0x04;
inline constexpr Address kKeyr = 0x08;
inline constexpr Address kOptkeyr = 0x0C;
inline constexpr Address kSr = 0x10;
inline constexpr Address kCr = 0x14;
inline constexpr Address kEccr = 0x18;
inline constexpr Address kOptr = 0x20;
inline constexpr Address kPcrop1sr = 0x24;
inline constexpr Address kPcrop1er = 0x28;
inline constexpr Address kWrp1ar = 0x2C;
inline constexpr Address kWrp1br = 0x30;
inline constexpr Address kPcrop2sr = 0x44;
inline constexpr Address kPcrop2er = 0x48;
inline constexpr Address kWrp2ar = 0x4C;
inline constexpr Address kWrp2br = 0x50;
inline constexpr Address kCfgr = 0x130;

// ACR
inline constexpr std::uint32_t kLatency = 0xF;
inline constexpr std::uint32_t kPrften = 1u << 8;
inline constexpr std::uint32_t kIcen = 1u << 9;
inline constexpr std::uint32_t kDcen = 1u << 10;
inline constexpr std::uint32_t kIcrst = 1u << 11;
inline constexpr std::uint32_t kDcrst = 1u << 12;
inline constexpr std::uint32_t kRunPd = 1u << 13;

// CFGR
inline constexpr std::uint32_t kLven = 1u << 0;

// SR
inline constexpr std::uint32_t kEop = 1u << 0;
inline constexpr std::uint32_t kOperr = 1u << 1;
inline constexpr std::uint32_t kProgerr = 1u << 3;
inline constexpr std::uint32_t kWrperr = 1u << 4;
inline constexpr std::uint32_t kPgaerr = 1u << 5;
inline constexpr std::uint32_t kSizerr = 1u << 6;
inline constexpr std::uint32_t kPgserr = 1u << 7;
inline constexpr std::uint32_t kMiserr = 1u << 8;
inline constexpr std::uint32_t kFasterr = 1u << 9;
inline constexpr std::uint32_t kRderr = 1u << 14;
inline constexpr std::uint32_t kOptverr = 1u << 15;
inline constexpr std::uint32_t kBsy = 1u << 16;
inline constexpr std::uint32_t kPempty = 1u << 17;
inline constexpr std::uint32_t kProgramErrors =
    kProgerr | kWrperr | kPgaerr | kSizerr | kPgserr | kMiserr | kFasterr;
inline constexpr std::uint32_t kSrFlags = kEop | kOperr | kProgramErrors | kRderr | kOptverr;

// CR
inline constexpr std::uint32_t kPg = 1u << 0;
inline constexpr std::uint32_t kPer = 1u << 1;
inline constexpr std::uint32_t kMer1 = 1u << 2;
inline constexpr unsigned kPnb = 3;
inline constexpr std::uint32_t kBker = 1u << 11;
inline constexpr std::uint32_t kMer2 = 1u << 15;
inline constexpr std::uint32_t kStrt = 1u << 16;
inline constexpr std::uint32_t kOptstrt = 1u << 17;
inline constexpr std::uint32_t kFstpg = 1u << 18;
inline constexpr std::uint32_t kEopie = 1u << 24;
inline constexpr std::uint32_t kErrie = 1u << 25;
inline constexpr std::uint32_t kRderrie = 1u << 26;
inline constexpr std::uint32_t kOblLaunch = 1u << 27;
inline constexpr std::uint32_t kOptlock = 1u << 30;
inline constexpr std::uint32_t kLock = 1u << 31;

// OPTR
inline constexpr std::uint32_t kRdp = 0xFF;
inline constexpr std::uint32_t kRdpLevel0 = 0xAA;
inline constexpr std::uint32_t kBfb2 = 1u << 20;
inline constexpr std::uint32_t kDbank = 1u << 22;
inline constexpr std::uint32_t kNswboot0 = 1u << 26;
inline constexpr std::uint32_t kNboot0 = 1u << 27;

}  // namespace tinyscope::st::flash
