/* The two I2C buses of the board, 400 kHz, by TWIM with EasyDMA; sleeps while the wires work. */
#ifndef I2C_H_
#define I2C_H_

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

typedef enum {
  kI2cSensors, /* on the board, behind a switched supply and switched pull-up resistors */
  kI2cHeader,  /* pins A5 (SCL) and A4 (SDA) */
} I2cBus;

/* Powers the sensors' supply and pull-ups and gives the parts 20 ms; kI2cHeader needs none of it. */
void i2c_start(I2cBus bus);

/* Switches off the peripheral and, for kI2cSensors, the supply. */
void i2c_stop(I2cBus bus);

enum { kI2cLongestTransfer = 32 };

/* One transfer each, at most kI2cLongestTransfer bytes. False: not acknowledged. */
bool i2c_write(I2cBus bus, uint8_t address, const uint8_t* bytes, size_t size);
bool i2c_read(I2cBus bus, uint8_t address, uint8_t* bytes, size_t size);
/* Writes `reg`, then reads after a repeated start. */
bool i2c_read_from(I2cBus bus, uint8_t address, uint8_t reg, uint8_t* bytes, size_t size);

/* A register by itself. */
bool i2c_set(I2cBus bus, uint8_t address, uint8_t reg, uint8_t value);

#ifdef __cplusplus
}
#endif

#endif
