/* Clock, instruction cache and microsecond timer. */
#include "board.h"

#include "nrf52840_registers.h"
#include "uart.h"

static void start_crystal_clock(void) {
  /* PDM and UART need the crystal's accuracy; after reset the internal 64 MHz RC runs. The start
     takes well under a millisecond and happens once, so polling is good enough. */
  CLOCK_EVENTS_HFCLKSTARTED = 0;
  CLOCK_TASKS_HFCLKSTART = 1;
  while (CLOCK_EVENTS_HFCLKSTARTED == 0) {
  }
}

static void start_microsecond_timer(void) {
  TIMER0_MODE = TIMER_MODE_TIMER;
  TIMER0_BITMODE = TIMER_BITMODE_32;
  TIMER0_PRESCALER = TIMER_PRESCALER_1_MHZ;
  TIMER0_TASKS_CLEAR = 1;
  TIMER0_TASKS_START = 1;
}

void board_initialise(void) {
  /* The cache is off after reset, and flash has wait states. */
  NVMC_ICACHECNF = NVMC_ICACHECNF_CACHEEN;
  start_crystal_clock();
  start_microsecond_timer();
  uart_initialise();
}

uint32_t board_microseconds(void) {
  TIMER0_TASKS_CAPTURE0 = 1;
  return TIMER0_CC0;
}
