#include "parts/i2c.h"

#include <string.h>

#include "board.h"
#include "interrupts.h"
#include "parts/wakeup.h"

enum {
  kSupplyPin = 22, /* P0.22, VDD_ENV */
  kPullUpPin = 0,  /* P1.00 */
};

typedef struct {
  uint32_t base;
  uint32_t scl;
  uint32_t sda;
  uint32_t interrupt;
} Wires;

static const Wires kWires[] = {
    [kI2cSensors] = {0x40003000u, PSEL_PIN(0, 15), PSEL_PIN(0, 14), kIrqTwim0},
    [kI2cHeader] = {0x40004000u, PSEL_PIN(0, 2), PSEL_PIN(0, 31), kIrqTwim1},
};

static volatile bool stopped[2];
static volatile bool failed[2];
/* EasyDMA reaches RAM only. */
static uint8_t sent[2][kI2cLongestTransfer];
static uint8_t received[2][kI2cLongestTransfer];

static Register* twim(I2cBus bus, uint32_t offset) {
  return (Register*)(uintptr_t)(kWires[bus].base + offset);
}

static void handle(I2cBus bus) {
  if (*twim(bus, TWIM_EVENTS_ERROR) != 0) {
    clear_event(twim(bus, TWIM_EVENTS_ERROR));
    failed[bus] = true;
    *twim(bus, TWIM_TASKS_STOP) = 1;
  }
  if (*twim(bus, TWIM_EVENTS_STOPPED) != 0) {
    clear_event(twim(bus, TWIM_EVENTS_STOPPED));
    stopped[bus] = true;
  }
}

void twim0_handler(void) { handle(kI2cSensors); }
void twim1_handler(void) { handle(kI2cHeader); }

/* Standard 0, disconnect 1: the wires have pull-ups and nobody drives them high (PS, TWIM, "Master
   mode pin configuration"). */
static void configure_pin(uint32_t pin) {
  GPIO_PIN_CNF(pin >> 5, pin & 31u) = GPIO_PIN_CNF_S0D1;
}

void i2c_start(I2cBus bus) {
  const Wires* wires = &kWires[bus];
  if (bus == kI2cSensors) {
    GPIO_OUTSET(0) = 1u << kSupplyPin;
    GPIO_DIRSET(0) = 1u << kSupplyPin;
    GPIO_OUTSET(1) = 1u << kPullUpPin;
    GPIO_DIRSET(1) = 1u << kPullUpPin;
    wakeup_after_ms(20);
  }
  configure_pin(wires->scl);
  configure_pin(wires->sda);
  *twim(bus, TWIM_PSEL_SCL) = wires->scl;
  *twim(bus, TWIM_PSEL_SDA) = wires->sda;
  *twim(bus, TWIM_FREQUENCY) = TWIM_FREQUENCY_400K;
  *twim(bus, TWIM_INTENSET) = TWIM_INT_STOPPED | TWIM_INT_ERROR;
  *twim(bus, TWIM_ENABLE) = TWIM_ENABLE_ENABLED;
  enable_interrupt(wires->interrupt);
}

void i2c_stop(I2cBus bus) {
  *twim(bus, TWIM_ENABLE) = 0;
  if (bus == kI2cSensors) {
    GPIO_OUTCLR(1) = 1u << kPullUpPin;
    GPIO_OUTCLR(0) = 1u << kSupplyPin;
  }
}

static bool transfer(I2cBus bus, uint8_t address, size_t sends, size_t receives) {
  stopped[bus] = false;
  failed[bus] = false;
  *twim(bus, TWIM_ADDRESS) = address;
  *twim(bus, TWIM_TXD_PTR) = (uint32_t)(uintptr_t)sent[bus];
  *twim(bus, TWIM_TXD_MAXCNT) = sends;
  *twim(bus, TWIM_RXD_PTR) = (uint32_t)(uintptr_t)received[bus];
  *twim(bus, TWIM_RXD_MAXCNT) = receives;
  uint32_t shorts = receives != 0 ? TWIM_SHORT_LASTRX_STOP : TWIM_SHORT_LASTTX_STOP;
  if (sends != 0 && receives != 0) shorts |= TWIM_SHORT_LASTTX_STARTRX;
  *twim(bus, TWIM_SHORTS) = shorts;
  *twim(bus, sends != 0 ? TWIM_TASKS_STARTTX : TWIM_TASKS_STARTRX) = 1;
  sleep_until(&stopped[bus]);
  return !failed[bus];
}

bool i2c_write(I2cBus bus, uint8_t address, const uint8_t* bytes, size_t size) {
  memcpy(sent[bus], bytes, size);
  return transfer(bus, address, size, 0);
}

bool i2c_read(I2cBus bus, uint8_t address, uint8_t* bytes, size_t size) {
  const bool acknowledged = transfer(bus, address, 0, size);
  memcpy(bytes, received[bus], size);
  return acknowledged;
}

bool i2c_read_from(I2cBus bus, uint8_t address, uint8_t reg, uint8_t* bytes, size_t size) {
  sent[bus][0] = reg;
  const bool acknowledged = transfer(bus, address, 1, size);
  memcpy(bytes, received[bus], size);
  return acknowledged;
}

bool i2c_set(I2cBus bus, uint8_t address, uint8_t reg, uint8_t value) {
  const uint8_t bytes[2] = {reg, value};
  return i2c_write(bus, address, bytes, sizeof bytes);
}
