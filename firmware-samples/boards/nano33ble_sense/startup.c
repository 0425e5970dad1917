/* Reset and interrupt vectors of the nRF52840 and what must happen before main().
   Vector layout: Armv7-M ARM B1.5.3; interrupt numbers: nRF52840 product specification,
   "Interrupts". */
#include <stddef.h>
#include <stdint.h>

#include "nrf52840_registers.h"

extern uint32_t stack_top, data_start, data_end, data_load, bss_start, bss_end;
typedef void (*Function)(void);
extern const Function init_array_start[], init_array_end[];

int main(void);
void reset_handler(void);
void uarte0_handler(void);
void pdm_handler(void);

/* An unexpected exception stops here, where a debugger finds the frame intact. */
void unexpected_exception_handler(void);
void unexpected_exception_handler(void) {
  for (;;) {
    __asm volatile("" ::: "memory");
  }
}

/* Parts of the board that an image leaves out leave their interrupts unexpected. */
#define OPTIONAL_HANDLER __attribute__((weak, alias("unexpected_exception_handler")))
void power_clock_handler(void) OPTIONAL_HANDLER;
void twim0_handler(void) OPTIONAL_HANDLER;
void twim1_handler(void) OPTIONAL_HANDLER;
void rtc1_handler(void) OPTIONAL_HANDLER;

enum { kSystemExceptions = 16, kInterrupts = 48 };

typedef struct {
  uint32_t* initial_stack;
  Function handlers[kSystemExceptions - 1 + kInterrupts];
} VectorTable;

_Static_assert(sizeof(VectorTable) == 4 * (kSystemExceptions + kInterrupts), "no padding");

#define EXCEPTION(number) ((number)-1)
#define INTERRUPT(number) (kSystemExceptions - 1 + (number))

__attribute__((section(".vectors"), used)) const VectorTable vector_table = {
    .initial_stack = &stack_top,
    .handlers =
        {
            [EXCEPTION(1)] = reset_handler,
            [EXCEPTION(2)... INTERRUPT(kIrqPowerClock) - 1] = unexpected_exception_handler,
            [INTERRUPT(kIrqPowerClock)] = power_clock_handler,
            [INTERRUPT(kIrqPowerClock) + 1 ... INTERRUPT(kIrqUarte0) - 1] =
                unexpected_exception_handler,
            [INTERRUPT(kIrqUarte0)] = uarte0_handler,
            [INTERRUPT(kIrqTwim0)] = twim0_handler,
            [INTERRUPT(kIrqTwim1)] = twim1_handler,
            [INTERRUPT(kIrqTwim1) + 1 ... INTERRUPT(kIrqRtc1) - 1] = unexpected_exception_handler,
            [INTERRUPT(kIrqRtc1)] = rtc1_handler,
            [INTERRUPT(kIrqRtc1) + 1 ... INTERRUPT(kIrqPdm) - 1] = unexpected_exception_handler,
            [INTERRUPT(kIrqPdm)] = pdm_handler,
            [INTERRUPT(kIrqPdm) + 1 ... INTERRUPT(kInterrupts) - 1] = unexpected_exception_handler,
        },
};

static void copy_initialised_data(void) {
  const uint32_t* from = &data_load;
  for (uint32_t* to = &data_start; to != &data_end; ++to) *to = *from++;
}

static void clear_bss(void) {
  for (uint32_t* word = &bss_start; word != &bss_end; ++word) *word = 0;
}

void reset_handler(void) {
  /* First of all, because compiled code may keep values in FPU registers anywhere below. */
  SCB_CPACR |= SCB_CPACR_FPU_FULL_ACCESS;
  __asm volatile("dsb\n\tisb" ::: "memory");

  copy_initialised_data();
  clear_bss();
  for (const Function* constructor = init_array_start; constructor != init_array_end;
       ++constructor) {
    (*constructor)();
  }
  (void)main();
  unexpected_exception_handler();
}
