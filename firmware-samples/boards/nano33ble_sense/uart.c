/* UARTE0 transmit with EasyDMA, sleeping while it sends. */
#include "uart.h"

#include <stdbool.h>
#include <string.h>

#include "board.h"
#include "interrupts.h"

enum { kTxPort = 1, kTxPin = 3, kRxPort = 1, kRxPin = 10, kDmaBytes = 128 };

static char dma_buffer[kDmaBytes];
static volatile bool sent;

void uarte0_handler(void);
void uarte0_handler(void) {
  if (UARTE0_EVENTS_ENDTX != 0) {
    clear_event(&UARTE0_EVENTS_ENDTX);
    sent = true;
  }
}

void uart_initialise(void) {
  /* An idle line is high; set it before the pin becomes an output. */
  GPIO_OUTSET(kTxPort) = 1u << kTxPin;
  GPIO_DIRSET(kTxPort) = 1u << kTxPin;
  UARTE0_PSEL_TXD = PSEL_PIN(kTxPort, kTxPin);
  UARTE0_PSEL_RXD = PSEL_PIN(kRxPort, kRxPin);
  UARTE0_PSEL_RTS = PSEL_DISCONNECTED;
  UARTE0_PSEL_CTS = PSEL_DISCONNECTED;
  UARTE0_BAUDRATE = UARTE_BAUDRATE_115200;
  UARTE0_CONFIG = UARTE_CONFIG_8N1_NO_FLOW_CONTROL;
  UARTE0_ENABLE = UARTE_ENABLE_ENABLED;
  UARTE0_INTENSET = UARTE_INT_ENDTX;
  enable_interrupt(kIrqUarte0);
}

void uart_move(uint32_t port, uint32_t pin) {
  UARTE0_ENABLE = 0;
  GPIO_DIRCLR(kTxPort) = 1u << kTxPin;
  GPIO_OUTSET(port) = 1u << pin;
  GPIO_DIRSET(port) = 1u << pin;
  UARTE0_PSEL_TXD = PSEL_PIN(port, pin);
  UARTE0_PSEL_RXD = PSEL_DISCONNECTED;
  UARTE0_ENABLE = UARTE_ENABLE_ENABLED;
}

void board_uart_write(const char* text, size_t size) {
  while (size != 0) {
    const size_t piece = size < kDmaBytes ? size : kDmaBytes;
    memcpy(dma_buffer, text, piece);
    sent = false;
    UARTE0_TXD_PTR = (uint32_t)(uintptr_t)dma_buffer;
    UARTE0_TXD_MAXCNT = piece;
    UARTE0_TASKS_STARTTX = 1;
    sleep_until(&sent);
    text += piece;
    size -= piece;
  }
}
