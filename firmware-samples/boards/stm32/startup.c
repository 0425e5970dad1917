/* Reset and interrupt vectors and what must happen before main(). No interrupt is enabled.
   Vector layout: Armv7-M ARM B1.5.3; numbers of interrupts: ST's device headers. */
#include <stdint.h>

#include "description.h"
#include "registers.h"

extern uint32_t stack_top, data_start, data_end, data_load, bss_start, bss_end;
extern uint32_t fast_code_start, fast_code_end, fast_code_load;
typedef void (*Function)(void);
extern const Function init_array_start[], init_array_end[];

int main(void);
void reset_handler(void);

/* An unexpected exception stops here, where a debugger finds the frame intact. */
static void unexpected_exception_handler(void) {
  for (;;) {
    __asm volatile("" ::: "memory");
  }
}

enum { kSystemExceptions = 16 };

typedef struct {
  uint32_t* initial_stack;
  Function handlers[kSystemExceptions - 1 + INTERRUPTS];
} VectorTable;

_Static_assert(sizeof(VectorTable) == 4 * (kSystemExceptions + INTERRUPTS), "no padding");

__attribute__((section(".vectors"), used)) const VectorTable vector_table = {
    .initial_stack = &stack_top,
    .handlers =
        {
            [0] = reset_handler,
            [1 ... kSystemExceptions - 2 + INTERRUPTS] = unexpected_exception_handler,
        },
};

/* What lies where it was linked to stays: flash must not be stored to. */
static void copy(uint32_t* to, const uint32_t* end, const uint32_t* from) {
  if (to == from) return;
  while (to != end) *to++ = *from++;
}

static void clear_bss(void) {
  for (uint32_t* word = &bss_start; word != &bss_end; ++word) *word = 0;
}

void reset_handler(void) {
  /* First of all, because compiled code may keep values in FPU registers anywhere below. */
  SCB_CPACR |= SCB_CPACR_FPU_FULL_ACCESS;
  __asm volatile("dsb\n\tisb" ::: "memory");

  copy(&data_start, &data_end, &data_load);
  copy(&fast_code_start, &fast_code_end, &fast_code_load);
  __asm volatile("dsb\n\tisb" ::: "memory");
  clear_bss();
  for (const Function* constructor = init_array_start; constructor != init_array_end;
       ++constructor) {
    (*constructor)();
  }
  (void)main();
  unexpected_exception_handler();
}
