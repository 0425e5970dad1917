#include "parts/imu.h"

#include "parts/i2c.h"
#include "parts/wakeup.h"

enum {
  kAddress = 0x6B,
  kWhoAmI = 0x0F,
  kCtrlReg1G = 0x10,
  kStatusReg = 0x17,
  kOutXG = 0x18,
  kCtrlReg6Xl = 0x20,
  kCtrlReg8 = 0x22,
  kOutXXl = 0x28,

  kIdentity = 0x68,
  kCtrlReg8Reset = 0x05,  /* SW_RESET, IF_ADD_INC */
  kGyroscope119Hz = 0x68, /* ODR_G 119 Hz, FS_G 500 dps */
  kAccelerometer119Hz = 0x70, /* ODR_XL 119 Hz, FS_XL 4 g */
  kStatusReady = 0x03,    /* XLDA, GDA */

  /* A little faster than the sensor, so that none of its samples is missed. */
  kTicksPerLook = kWakeupTicksPerSecond / 125,
};

static bool set(uint8_t reg, uint8_t value) { return i2c_set(kI2cSensors, kAddress, reg, value); }

static bool get(uint8_t reg, uint8_t* bytes, size_t size) {
  return i2c_read_from(kI2cSensors, kAddress, reg, bytes, size);
}

bool imu_start(void) {
  i2c_start(kI2cSensors);
  uint8_t identity = 0;
  if (!get(kWhoAmI, &identity, 1) || identity != kIdentity) return false;
  if (!set(kCtrlReg8, kCtrlReg8Reset)) return false;
  wakeup_after_ms(10);
  return set(kCtrlReg1G, kGyroscope119Hz) && set(kCtrlReg6Xl, kAccelerometer119Hz);
}

static void take_axes(int16_t axes[3], const uint8_t bytes[6]) {
  for (int i = 0; i < 3; ++i) {
    axes[i] = (int16_t)(uint16_t)(bytes[2 * i] | (unsigned)bytes[2 * i + 1] << 8);
  }
}

bool imu_wait(ImuSample* sample) {
  uint8_t status = 0;
  do {
    wakeup_every(kTicksPerLook);
    if (!get(kStatusReg, &status, 1)) return false;
  } while ((status & kStatusReady) != kStatusReady);
  uint8_t bytes[6];
  if (!get(kOutXG, bytes, sizeof bytes)) return false;
  take_axes(sample->rotation, bytes);
  if (!get(kOutXXl, bytes, sizeof bytes)) return false;
  take_axes(sample->acceleration, bytes);
  return true;
}
