// Firmware that classifies letters over the UART: "READY", then for each letter a line. It crashes at
// '!', and says nothing of other characters. Built on a bare nRF52840 by
//   arm-none-eabi-gcc -mcpu=cortex-m4 -mthumb -Os -ffreestanding -nostdlib -ffile-prefix-map=$PWD=.
//   -T ../../../firmware-samples/boards/nano33ble_sense/linker.ld letters.c -o letters.elf
#include <stdint.h>

// nRF52840 product specification, UART (without EasyDMA)
#define UART(offset) (*(volatile uint32_t*)(0x40002000u + (offset)))
#define TASKS_STARTRX UART(0x000)
#define TASKS_STARTTX UART(0x008)
#define EVENTS_RXDRDY UART(0x108)
#define EVENTS_TXDRDY UART(0x11C)
#define ENABLE UART(0x500)
#define PSEL_TXD UART(0x50C)
#define PSEL_RXD UART(0x514)
#define RXD UART(0x518)
#define TXD UART(0x51C)
#define BAUDRATE UART(0x524)

static void print(const char* text) {
  for (; *text != '\0'; ++text) {
    EVENTS_TXDRDY = 0;
    TXD = (uint32_t)*text;
    while (EVENTS_TXDRDY == 0) {
    }
  }
}

static char read_letter(void) {
  while (EVENTS_RXDRDY == 0) {
  }
  EVENTS_RXDRDY = 0;
  return (char)RXD;
}

static int is_vowel(char letter) {
  return letter == 'a' || letter == 'e' || letter == 'i' || letter == 'o' || letter == 'u';
}

void reset_handler(void);
void reset_handler(void) {
  PSEL_TXD = 32 + 3;  // P1.03 and P1.10: TX and RX of the Nano 33 BLE Sense
  PSEL_RXD = 32 + 10;
  BAUDRATE = 0x01D7E000;  // 115200
  ENABLE = 4;
  TASKS_STARTTX = 1;
  TASKS_STARTRX = 1;
  print("READY\n");
  for (;;) {
    const char letter = read_letter();
    if (letter == '!') *(volatile uint32_t*)0xDEAD0000u = 1;
    if (letter < 'a' || letter > 'z') continue;
    print("RESULT ");
    print(is_vowel(letter) ? "vowel\n" : "consonant\n");
  }
}

extern uint32_t stack_top;
static void fault_handler(void) {
  for (;;) {
  }
}

__attribute__((section(".vectors"), used)) static const void* const vectors[16] = {
    &stack_top,
    reset_handler,
    fault_handler,
    fault_handler,
};
