#include "parts/environment.h"

#include "parts/i2c.h"
#include "parts/wakeup.h"

enum {
  kHumidity = 0x5F, /* HTS221 */
  kPressure = 0x5C, /* LPS22HB */

  kWhoAmI = 0x0F,
  kHumidityIdentity = 0xBC,
  kPressureIdentity = 0xB1,

  kHumidityCtrl1 = 0x20,
  kHumidityCtrl1On = 0x84, /* PD, BDU, one shot */
  kHumidityCtrl2 = 0x21,
  kHumidityCtrl2OneShot = 0x01,
  kPressureCtrl2 = 0x11,
  kPressureCtrl2OneShot = 0x11, /* IF_ADD_INC, ONE_SHOT */

  kStatus = 0x27, /* of both */
  kStatusBoth = 0x03,
  kHumidityOut = 0x28,
  kCalibration = 0x30,
  kPressureOut = 0x28,
  kIncrement = 0x80, /* HTS221: sub-address with automatic increment */

  kLooks = 20,
  kMsBetweenLooks = 10,
};

static bool answers(uint8_t address, uint8_t identity) {
  uint8_t found = 0;
  return i2c_read_from(kI2cSensors, address, kWhoAmI, &found, 1) && found == identity;
}

static bool wait_ready(uint8_t address) {
  for (int look = 0; look < kLooks; ++look) {
    uint8_t status = 0;
    if (!i2c_read_from(kI2cSensors, address, kStatus, &status, 1)) return false;
    if ((status & kStatusBoth) == kStatusBoth) return true;
    wakeup_after_ms(kMsBetweenLooks);
  }
  return false;
}

static int32_t signed16(const uint8_t* bytes) {
  return (int16_t)(uint16_t)(bytes[0] | (unsigned)bytes[1] << 8);
}

/* The straight line through two calibration points, in hundredths of a unit; y0 and y1 are in
   units of 1 / `steps`. */
static int32_t on_line(int32_t x, int32_t x0, int32_t x1, int32_t y0, int32_t y1, int32_t steps) {
  if (x1 == x0) return 0;
  const float slope = (float)(y1 - y0) / (float)(x1 - x0);
  const float hundredths = ((float)y0 + slope * (float)(x - x0)) * 100.0f / (float)steps;
  return (int32_t)(hundredths < 0 ? hundredths - 0.5f : hundredths + 0.5f);
}

static bool measure_humidity(Environment* result) {
  uint8_t calibration[16];
  uint8_t out[4];
  if (!i2c_set(kI2cSensors, kHumidity, kHumidityCtrl1, kHumidityCtrl1On) ||
      !i2c_read_from(kI2cSensors, kHumidity, kCalibration | kIncrement, calibration,
                     sizeof calibration) ||
      !i2c_set(kI2cSensors, kHumidity, kHumidityCtrl2, kHumidityCtrl2OneShot) ||
      !wait_ready(kHumidity) ||
      !i2c_read_from(kI2cSensors, kHumidity, kHumidityOut | kIncrement, out, sizeof out)) {
    return false;
  }
  const int32_t t0 = calibration[2] | (calibration[5] & 0x03) << 8; /* eighths of a degree */
  const int32_t t1 = calibration[3] | (calibration[5] & 0x0C) << 6;
  result->centipercent = on_line(signed16(out), signed16(calibration + 6), signed16(calibration + 10),
                                 calibration[0], calibration[1], 2);
  result->centidegrees = on_line(signed16(out + 2), signed16(calibration + 12),
                                 signed16(calibration + 14), t0, t1, 8);
  return true;
}

static bool measure_pressure(Environment* result) {
  uint8_t out[3];
  if (!i2c_set(kI2cSensors, kPressure, kPressureCtrl2, kPressureCtrl2OneShot) ||
      !wait_ready(kPressure) ||
      !i2c_read_from(kI2cSensors, kPressure, kPressureOut, out, sizeof out)) {
    return false;
  }
  const uint32_t raw = out[0] | (uint32_t)out[1] << 8 | (uint32_t)out[2] << 16; /* 4096 to the hPa */
  result->pascals = (raw * 25u + 512u) / 1024u;
  return true;
}

bool environment_measure(Environment* result) {
  i2c_start(kI2cSensors);
  const bool measured = answers(kHumidity, kHumidityIdentity) &&
                        answers(kPressure, kPressureIdentity) && measure_humidity(result) &&
                        measure_pressure(result);
  i2c_stop(kI2cSensors);
  return measured;
}
