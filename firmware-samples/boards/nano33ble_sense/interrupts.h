/* Interrupt enable and sleep, as the Cortex-M4 does them. */
#ifndef INTERRUPTS_H_
#define INTERRUPTS_H_

#include <stdbool.h>

#include "nrf52840_registers.h"

static inline void enable_interrupt(uint32_t number) { NVIC_ISER0 = 1u << number; }

/* Sleeps until `*flag` is set by an interrupt handler. The test and WFI are one step as far as
   handlers are concerned: with PRIMASK set a pending interrupt still ends WFI, and its handler
   runs only at CPSIE, so a flag set between test and sleep cannot be missed. */
static inline void sleep_until(const volatile bool* flag) {
  for (;;) {
    __asm volatile("cpsid i" ::: "memory");
    if (*flag) break;
    __asm volatile("dsb\n\twfi" ::: "memory");
    __asm volatile("cpsie i\n\tisb" ::: "memory");
  }
  __asm volatile("cpsie i" ::: "memory");
}

/* A cleared event must have reached the peripheral before the handler returns, or the interrupt
   is taken again: reading the event back waits for the write buffer. */
static inline void clear_event(Register* event) {
  *event = 0;
  (void)*event;
}

#endif
