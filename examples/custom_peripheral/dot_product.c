// Dot products in software and with an accelerator that no chip has: ../custom_peripheral.py models it.
// Built with the start-up of a bare nRF52840:
//   arm-none-eabi-gcc -mcpu=cortex-m4 -mthumb -O2 -g -ffreestanding -nostdlib -ffile-prefix-map=$PWD=. \
//     -T ../../firmware-samples/boards/nano33ble_sense/linker.ld dot_product.c -o dot_product.elf
#include <stdint.h>

struct accelerator {
  volatile uint32_t a;       // addresses of int8 vectors
  volatile uint32_t b;
  volatile uint32_t length;  // elements; a store starts it
  volatile uint32_t result;  // int32; valid when it has raised its interrupt
  volatile uint32_t clear;   // a store lowers the interrupt
};
#define ACCELERATOR ((struct accelerator*)0x60000000u)
enum { kInterrupt = 46, kLength = 256, kRounds = 4 };
#define NVIC_ISER ((volatile uint32_t*)0xE000E100u)

int8_t weights[kLength];
int8_t activations[kLength];
int32_t in_software[kRounds];
int32_t in_hardware[kRounds];
static volatile uint32_t finished;

__attribute__((noinline)) int32_t software_dot_product(const int8_t* a, const int8_t* b,
                                                       uint32_t length) {
  int32_t sum = 0;
  for (uint32_t i = 0; i < length; ++i) sum += a[i] * b[i];
  return sum;
}

__attribute__((noinline)) int32_t hardware_dot_product(const int8_t* a, const int8_t* b,
                                                       uint32_t length) {
  finished = 0;
  ACCELERATOR->a = (uint32_t)a;
  ACCELERATOR->b = (uint32_t)b;
  ACCELERATOR->length = length;
  while (!finished) __asm volatile("wfi");
  return (int32_t)ACCELERATOR->result;
}

void accelerator_handler(void) {
  ACCELERATOR->clear = 1;
  finished = 1;
}

static void print(const char* text) {
  register uint32_t operation __asm("r0") = 4;  // SYS_WRITE0
  register const char* parameter __asm("r1") = text;
  __asm volatile("bkpt 0xAB" : "+r"(operation) : "r"(parameter) : "memory");
}

__attribute__((noreturn)) static void leave(void) {
  register uint32_t operation __asm("r0") = 0x18;  // SYS_EXIT, ADP_Stopped_ApplicationExit
  register uint32_t parameter __asm("r1") = 0x20026;
  __asm volatile("bkpt 0xAB" : : "r"(operation), "r"(parameter) : "memory");
  for (;;) {
  }
}

void reset_handler(void) {
  NVIC_ISER[kInterrupt / 32] = 1u << (kInterrupt % 32);
  uint32_t random = 1;
  int same = 1;
  for (int round = 0; round < kRounds; ++round) {
    for (int i = 0; i < kLength; ++i) {
      random = random * 1664525u + 1013904223u;
      weights[i] = (int8_t)(random >> 24);
      activations[i] = (int8_t)(random >> 16);
    }
    in_software[round] = software_dot_product(weights, activations, kLength);
    in_hardware[round] = hardware_dot_product(weights, activations, kLength);
    same = same && in_software[round] == in_hardware[round];
  }
  print(same ? "the accelerator is right\n" : "the accelerator is wrong\n");
  leave();
}

extern uint32_t stack_top;
static void fault_handler(void) {
  for (;;) {
  }
}
__attribute__((section(".vectors"), used)) static const void* const vectors[16 + 48] = {
    [0] = &stack_top,
    [1] = reset_handler,
    [3] = fault_handler,
    [16 + kInterrupt] = accelerator_handler,
};
