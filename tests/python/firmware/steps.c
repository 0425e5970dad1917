// Firmware that tests of a live machine steer through its variables. Built on a bare nRF52840:
//   arm-none-eabi-gcc -mcpu=cortex-m4 -mthumb -O1 -g -ffreestanding -nostdlib -ffile-prefix-map=$PWD=. \
//     -T ../../../firmware-samples/boards/nano33ble_sense/linker.ld steps.c -o steps.elf
#include <stdint.h>

volatile uint32_t counter;
volatile uint32_t command;
volatile uint32_t answer;
int16_t table[8] = {1, -2, 3, -4, 5, -6, 7, -8};
volatile float ratio = 0.5f;

__attribute__((noinline)) uint32_t twice(uint32_t value) { return 2 * value; }

__attribute__((noinline)) void step(void) { counter = counter + 1; }

static void print(const char* text) {
  register uint32_t operation __asm("r0") = 4;  // SYS_WRITE0
  register const char* parameter __asm("r1") = text;
  __asm volatile("bkpt 0xAB" : "+r"(operation) : "r"(parameter) : "memory");
}

__attribute__((noinline)) static void leave(uint32_t status) {
  const uint32_t block[2] = {0x20026, status};
  register uint32_t operation __asm("r0") = 0x20;  // SYS_EXIT_EXTENDED
  register const uint32_t* parameter __asm("r1") = block;
  __asm volatile("bkpt 0xAB" : "+r"(operation) : "r"(parameter) : "memory");
}

void obey(uint32_t what) {
  switch (what) {
    case 1: *(volatile uint32_t*)0xDEAD0000u = 1; break;  // bus fault
    case 2: leave(3); break;
    case 3: for (;;) __asm volatile("wfi");
    case 4: print("hello\nworld\n"); break;
    case 5: answer = *(volatile uint32_t*)0x60000000u; break;
    case 6: *(volatile uint32_t*)0x60000004u = answer; break;
    default: break;
  }
}

void reset_handler(void) {
  *(volatile uint32_t*)0xE000ED88u |= 0xFu << 20;  // the FPU on
  __asm volatile("dsb\n isb");
  extern uint8_t data_start, data_end, data_load;
  for (int i = 0; i < &data_end - &data_start; ++i) (&data_start)[i] = (&data_load)[i];
  *(volatile uint32_t*)0xE000E104u = 1u << 14;  // IRQ 46
  counter = command = answer = 0;
  for (;;) {
    step();
    answer = twice(answer);
    const uint32_t what = command;
    command = 0;
    if (what != 0) obey(what);
  }
}

volatile uint32_t interrupts;
void interrupt_handler(void) {
  interrupts = interrupts + 1;
  *(volatile uint32_t*)0x60000008u = 1;
}

extern uint32_t stack_top;
void hard_fault_handler(void) {
  for (;;) {
  }
}
__attribute__((section(".vectors"), used)) static const void* const vectors[16 + 48] = {
    [0] = &stack_top,
    [1] = reset_handler,
    [3] = hard_fault_handler,
    [16 + 46] = interrupt_handler,
};
