// Registers and flash commands of QSPI: nRF52840 PS, chapter "QSPI — Quad serial peripheral
// interface".
#pragma once

#include <cstdint>

#include "sim/types.hpp"

namespace tinyscope::nordic::qspi {

inline constexpr Address kActivate = 0x000;
inline constexpr Address kReadStart = 0x004;
inline constexpr Address kWriteStart = 0x008;
inline constexpr Address kEraseStart = 0x00C;
inline constexpr Address kDeactivate = 0x010;
inline constexpr Address kReady = 0x100;
inline constexpr Address kEnable = 0x500;
inline constexpr Address kReadSrc = 0x504;
inline constexpr Address kReadDst = 0x508;
inline constexpr Address kReadCnt = 0x50C;
inline constexpr Address kWriteDst = 0x510;
inline constexpr Address kWriteSrc = 0x514;
inline constexpr Address kWriteCnt = 0x518;
inline constexpr Address kErasePtr = 0x51C;
inline constexpr Address kEraseLen = 0x520;
inline constexpr Address kPselSck = 0x524;
inline constexpr Address kPselCsn = 0x528;
inline constexpr Address kPselIo0 = 0x530;
inline constexpr Address kXipOffset = 0x540;
inline constexpr Address kIfConfig0 = 0x544;
inline constexpr Address kIfConfig1 = 0x600;
inline constexpr Address kStatus = 0x604;
inline constexpr Address kDpmDur = 0x614;
inline constexpr Address kAddrConf = 0x624;
inline constexpr Address kCinstrConf = 0x634;
inline constexpr Address kCinstrDat0 = 0x638;
inline constexpr Address kCinstrDat1 = 0x63C;
inline constexpr Address kIfTiming = 0x640;

inline constexpr std::uint32_t kCountMask = 0x3'FFFF;
inline constexpr std::uint32_t kDpmEnable = 1u << 7;   // IFCONFIG0
inline constexpr std::uint32_t kAddrMode32 = 1u << 6;  // IFCONFIG0
inline constexpr std::uint32_t kPpSize512 = 1u << 12;  // IFCONFIG0
inline constexpr std::uint32_t kDpmEnter = 1u << 24;   // IFCONFIG1
inline constexpr std::uint32_t kStatusDpm = 1u << 2;
inline constexpr std::uint32_t kStatusReady = 1u << 3;
inline constexpr std::uint32_t kWren = 1u << 15;  // CINSTRCONF
inline constexpr std::uint32_t kLfEn = 1u << 16;
inline constexpr std::uint32_t kLfStop = 1u << 17;

inline constexpr std::uint8_t kOpWriteEnable = 0x06;
inline constexpr std::uint8_t kOpReadStatus = 0x05;
inline constexpr std::uint8_t kOpPowerDown = 0xB9;
inline constexpr std::uint8_t kOpReleasePowerDown = 0xAB;

// IFCONFIG0.READOC and WRITEOC: opcode, lines of address and of data, clocks between them, and the
// bytes that stand for those clocks (sim/serial_flash.hpp).
struct Opcode {
  std::uint8_t code;
  unsigned address_lines;
  unsigned data_lines;
  unsigned dummy_clocks;
  unsigned dummy_bytes;
};
inline constexpr Opcode kReads[] = {{0x0B, 1, 1, 8, 1},
                                    {0x3B, 1, 2, 8, 1},
                                    {0xBB, 2, 2, 4, 1},
                                    {0x6B, 1, 4, 8, 1},
                                    {0xEB, 4, 4, 6, 3}};
inline constexpr Opcode kWrites[] = {
    {0x02, 1, 1, 0, 0}, {0xA2, 1, 2, 0, 0}, {0x32, 1, 4, 0, 0}, {0x38, 4, 4, 0, 0}};
inline constexpr std::uint8_t kErases[] = {0x20, 0xD8, 0xC7, 0xC7};  // ERASE.LEN: 4 KB, 64 KB, all

}  // namespace tinyscope::nordic::qspi
