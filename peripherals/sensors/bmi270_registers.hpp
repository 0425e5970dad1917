// Registers and bits of the BMI270, named as in bmi2_defs.h of boschsensortec/BMI270_SensorAPI
// (41129fc) without the prefix.
#pragma once

#include <cstdint>

namespace tinyscope::bmi270 {

enum Register : std::uint8_t {
  CHIP_ID = 0x00,
  STATUS = 0x03,
  ACC_X_LSB = 0x0C,
  GYR_X_LSB = 0x12,
  SENSORTIME_0 = 0x18,
  EVENT = 0x1B,
  INT_STATUS_0 = 0x1C,
  INT_STATUS_1 = 0x1D,
  INTERNAL_STATUS = 0x21,
  TEMPERATURE_0 = 0x22,
  FIFO_LENGTH_0 = 0x24,
  FIFO_LENGTH_1 = 0x25,
  FIFO_DATA = 0x26,
  FEAT_PAGE = 0x2F,
  FEATURES = 0x30,
  ACC_CONF = 0x40,
  ACC_RANGE = 0x41,
  GYR_CONF = 0x42,
  GYR_RANGE = 0x43,
  AUX_CONF = 0x44,
  FIFO_DOWNS = 0x45,
  FIFO_WTM_0 = 0x46,
  FIFO_WTM_1 = 0x47,
  FIFO_CONFIG_0 = 0x48,
  FIFO_CONFIG_1 = 0x49,
  AUX_DEV_ID = 0x4B,
  AUX_IF_CONF = 0x4C,
  AUX_RD_ADDR = 0x4D,
  AUX_WR_ADDR = 0x4E,
  AUX_WR_DATA = 0x4F,
  INT1_IO_CTRL = 0x53,
  INT2_IO_CTRL = 0x54,
  INT_LATCH = 0x55,
  INT1_MAP_FEAT = 0x56,
  INT2_MAP_FEAT = 0x57,
  INT_MAP_DATA = 0x58,
  INIT_CTRL = 0x59,
  INIT_ADDR_0 = 0x5B,
  INIT_ADDR_1 = 0x5C,
  INIT_DATA = 0x5E,
  ACC_SELF_TEST = 0x6D,
  GYR_SELF_TEST_AXES = 0x6E,
  NV_CONF = 0x70,
  GYR_OFF_COMP_6 = 0x77,
  PWR_CONF = 0x7C,
  PWR_CTRL = 0x7D,
  CMD = 0x7E,
};

// STATUS, INT_STATUS_1
inline constexpr std::uint8_t kDrdyAcc = 1 << 7;
inline constexpr std::uint8_t kDrdyGyr = 1 << 6;
inline constexpr std::uint8_t kCmdRdy = 1 << 4;
inline constexpr std::uint8_t kFwm = 1 << 1;
inline constexpr std::uint8_t kFfull = 1 << 0;
// EVENT
inline constexpr std::uint8_t kPorDetected = 1 << 0;
inline constexpr unsigned kErrorCodePos = 2;
// INTERNAL_STATUS.message
inline constexpr std::uint8_t kInitOk = 1;
inline constexpr std::uint8_t kInitErr = 2;
// ACC_CONF, GYR_CONF
inline constexpr std::uint8_t kFilterPerf = 1 << 7;
// FIFO_CONFIG_0 and _1
inline constexpr std::uint8_t kStopOnFull = 1 << 0;
inline constexpr std::uint8_t kTimeEn = 1 << 1;
inline constexpr std::uint8_t kHeaderEn = 1 << 4;
inline constexpr std::uint8_t kFifoAuxEn = 1 << 5;
inline constexpr std::uint8_t kFifoAccEn = 1 << 6;
inline constexpr std::uint8_t kFifoGyrEn = 1 << 7;
// INT1_IO_CTRL, INT2_IO_CTRL
inline constexpr std::uint8_t kLvl = 1 << 1;
inline constexpr std::uint8_t kOd = 1 << 2;
inline constexpr std::uint8_t kOutputEn = 1 << 3;
// INT_MAP_DATA; INT2 has its bits four places higher
inline constexpr std::uint8_t kMapFfull = 1 << 0;
inline constexpr std::uint8_t kMapFwm = 1 << 1;
inline constexpr std::uint8_t kMapDrdy = 1 << 2;
// PWR_CONF, PWR_CTRL
inline constexpr std::uint8_t kAdvPowerSave = 1 << 0;
inline constexpr std::uint8_t kAuxEn = 1 << 0;
inline constexpr std::uint8_t kGyrEn = 1 << 1;
inline constexpr std::uint8_t kAccEn = 1 << 2;
inline constexpr std::uint8_t kTempEn = 1 << 3;
// CMD
inline constexpr std::uint8_t kFifoFlush = 0xB0;
inline constexpr std::uint8_t kSoftReset = 0xB6;

}  // namespace tinyscope::bmi270
