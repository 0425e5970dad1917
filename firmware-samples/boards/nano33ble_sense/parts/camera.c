#include "parts/camera.h"

#include "board.h"
#include "interrupts.h"
#include "parts/i2c.h"
#include "parts/wakeup.h"

enum {
  kAddress = 0x21,
  kPid = 0x0A,
  kPidOv767x = 0x76,
  kClkrc = 0x11,
  kClkrcBy4 = 0x03, /* 16 MHz by 4; QCIF divides by 4 again: PCLK is 1 MHz, 64 CPU cycles a byte */
  kCom7 = 0x12,
  kCom7Reset = 0x80,
  kCom7QcifYuv = 0x08,
  kTslb = 0x3A,
  kTslbYuyvAutoWindow = 0x01,
  kCom15 = 0x40,
  kCom15FullRange = 0xC0,

  kXclkPin = 27, /* P0.27, D9 */
  kColumnsLeft = (kCameraColumns - kCameraRows) / 2,
};

/* On port 0. */
#define VSYNC (1u << 21)
#define HREF (1u << 5)
#define PCLK (1u << 4)

static bool set(uint8_t reg, uint8_t value) { return i2c_set(kI2cHeader, kAddress, reg, value); }

/* SCCB reads in two transfers, not after a repeated start. */
static bool get(uint8_t reg, uint8_t* value) {
  return i2c_write(kI2cHeader, kAddress, &reg, 1) && i2c_read(kI2cHeader, kAddress, value, 1);
}

static void start_clock(void) {
  /* I2S gives its master clock without any sound. */
  GPIO_OUTCLR(0) = 1u << kXclkPin;
  GPIO_DIRSET(0) = 1u << kXclkPin;
  I2S_CONFIG_MCKEN = 1;
  I2S_CONFIG_MCKFREQ = I2S_CONFIG_MCKFREQ_32MDIV2;
  I2S_PSEL_MCK = PSEL_PIN(0, kXclkPin);
  I2S_ENABLE = 1;
  I2S_TASKS_START = 1;
}

static void connect_inputs(void) {
  static const uint8_t port0[] = {21, 5, 4};
  static const uint8_t port1[] = {2, 3, 10, 11, 12, 13, 14, 15};
  for (unsigned i = 0; i < sizeof port0; ++i) GPIO_PIN_CNF(0, port0[i]) = GPIO_PIN_CNF_INPUT;
  for (unsigned i = 0; i < sizeof port1; ++i) GPIO_PIN_CNF(1, port1[i]) = GPIO_PIN_CNF_INPUT;
}

bool camera_start(void) {
  start_clock();
  wakeup_after_ms(5);
  i2c_start(kI2cHeader);
  uint8_t pid = 0;
  if (!get(kPid, &pid) || pid != kPidOv767x) return false;
  if (!set(kCom7, kCom7Reset)) return false;
  wakeup_after_ms(5);
  const bool configured = set(kClkrc, kClkrcBy4) && set(kTslb, kTslbYuyvAutoWindow) &&
                          set(kCom15, kCom15FullRange) && set(kCom7, kCom7QcifYuv);
  connect_inputs();
  wakeup_after_ms(300); /* exposure and gain settle over some frames */
  return configured;
}

static inline void wait_for(uint32_t pin, bool high) {
  while (((GPIO_IN(0) & pin) != 0) != high) {
  }
}

/* The byte at the next rising edge of PCLK. Data pins 0 and 1 are P1.02 and P1.03, 2 to 7 are P1.10
   to P1.15. */
static inline uint8_t next_byte(void) {
  wait_for(PCLK, false);
  wait_for(PCLK, true);
  const uint32_t in = GPIO_IN(1);
  return (uint8_t)((in >> 2 & 0x03u) | (in >> 8 & 0xFCu));
}

void camera_capture(uint8_t grey[kCameraRows * kCameraRows]) {
  __asm volatile("cpsid i" ::: "memory");
  wait_for(VSYNC, true);
  wait_for(VSYNC, false);
  for (int row = 0; row < kCameraRows; ++row) {
    wait_for(HREF, true);
    for (int column = -kColumnsLeft; column < kCameraRows; ++column) {
      const uint8_t brightness = next_byte();
      (void)next_byte(); /* colour */
      if (column >= 0) *grey++ = brightness;
    }
    wait_for(HREF, false);
  }
  __asm volatile("cpsie i" ::: "memory");
}
