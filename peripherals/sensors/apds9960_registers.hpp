// Registers, bits and tables of the APDS-9960: Avago AV02-4191EN (data sheet), "Register Set". Only
// its model includes this.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>

namespace tinyscope::apds9960 {

enum Register : std::uint8_t {
  ENABLE = 0x80,
  ATIME = 0x81,
  WTIME = 0x83,
  AILTL = 0x84,
  AIHTL = 0x86,
  PILT = 0x89,
  PIHT = 0x8B,
  PERS = 0x8C,
  CONFIG1 = 0x8D,
  PPULSE = 0x8E,
  CONTROL = 0x8F,
  CONFIG2 = 0x90,
  ID = 0x92,
  STATUS = 0x93,
  CDATAL = 0x94,
  BDATAH = 0x9B,
  PDATA = 0x9C,
  POFFSET_UR = 0x9D,
  POFFSET_DL = 0x9E,
  CONFIG3 = 0x9F,
  GPENTH = 0xA0,
  GEXTH = 0xA1,
  GCONF1 = 0xA2,
  GCONF2 = 0xA3,
  GOFFSET_U = 0xA4,
  GOFFSET_D = 0xA5,
  GPULSE = 0xA6,
  GOFFSET_L = 0xA7,
  GOFFSET_R = 0xA9,
  GCONF4 = 0xAB,
  GFLVL = 0xAE,
  GSTATUS = 0xAF,
  IFORCE = 0xE4,
  PICLEAR = 0xE5,
  CICLEAR = 0xE6,
  AICLEAR = 0xE7,
  GFIFO_U = 0xFC,
  GFIFO_R = 0xFF,
};

// ENABLE
inline constexpr std::uint8_t kPon = 1 << 0, kAen = 1 << 1, kPen = 1 << 2, kWen = 1 << 3,
                              kAien = 1 << 4, kPien = 1 << 5, kGen = 1 << 6;
// STATUS
inline constexpr std::uint8_t kAvalid = 1 << 0, kPvalid = 1 << 1, kGint = 1 << 2, kAint = 1 << 4,
                              kPint = 1 << 5;
// GCONF4
inline constexpr std::uint8_t kGmode = 1 << 0, kGien = 1 << 1, kGfifoClr = 1 << 2;
// GSTATUS
inline constexpr std::uint8_t kGvalid = 1 << 0, kGfov = 1 << 1;

inline constexpr std::uint64_t kCycleUs = 2780;  // ATIME and WTIME count in these
inline constexpr std::array<double, 4> kAlsGain = {1, 4, 16, 64};
inline constexpr std::array<double, 4> kProximityGain = {1, 2, 4, 8};
inline constexpr std::array<double, 4> kDriveMilliamperes = {100, 50, 25, 12.5};
inline constexpr std::array<double, 4> kBoost = {1, 1.5, 2, 3};
inline constexpr std::array<std::uint64_t, 4> kPulseUs = {4, 8, 16, 32};
// The time of one measurement by the length of its pulses: before, and for each pulse; and the
// conversion behind it. Data sheet, table "Approximate proximity timing", from memory.
inline constexpr std::array<std::uint64_t, 4> kInitialNs = {40'800, 44'900, 53'100, 69'400};
inline constexpr std::array<std::uint64_t, 4> kPulseNs = {28'600, 36'730, 53'100, 85'700};
inline constexpr std::uint64_t kConversionNs = 796'600;
inline constexpr std::array<std::uint64_t, 8> kGestureWaitUs = {0,      2'800,  5'600,  8'400,
                                                                14'000, 22'400, 30'800, 39'200};
inline constexpr std::array<std::size_t, 4> kFifoThreshold = {1, 4, 8, 16};
inline constexpr std::array<unsigned, 4> kExitPersistence = {1, 2, 4, 7};

}  // namespace tinyscope::apds9960
