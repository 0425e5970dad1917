/* Accelerometer and gyroscope of the LSM9DS1 on the board. Registers: arduino-libraries/
   Arduino_LSM9DS1, src/LSM9DS1.cpp. */
#ifndef IMU_H_
#define IMU_H_

#include <stdbool.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

/* 119 samples a second, 4 g and 500 degrees per second full scale. False: the part does not answer. */
bool imu_start(void);

typedef struct {
  int16_t acceleration[3]; /* x, y, z; 4 g = 32768 */
  int16_t rotation[3];     /* x, y, z; 500 degrees per second = 32768 */
} ImuSample;

/* Sleeps until the sensor has a new sample, and reads it. False: it no longer answers. */
bool imu_wait(ImuSample* sample);

#ifdef __cplusplus
}
#endif

#endif
