/* Microsecond timer and UART, which all ST boards here have alike; and what is switched on when. */
#include "board.h"

#include "caches.h"
#include "clock.h"
#include "description.h"
#include "registers.h"

enum { kAlternateFunctionMode = 2 };

static void start_microsecond_timer(void) {
  TIM2_PSC = TIMER_HZ / 1000000 - 1;
  TIM2_ARR = 0xFFFFFFFFu;
  TIM2_EGR = TIM_EGR_UG; /* takes the prescaler over */
  TIM2_CR1 = TIM_CR1_CEN;
}

static void set_field(Register* first, uint32_t pin, uint32_t bits, uint32_t value) {
  Register* const word = first + pin * bits / 32;
  const uint32_t shift = pin * bits % 32;
  *word = (*word & ~(((1u << bits) - 1) << shift)) | value << shift;
}

static void initialise_uart(void) {
  set_field(&STM32_REGISTER(UART_TX_GPIO + GPIO_AFR), UART_TX_PIN, 4, UART_TX_FUNCTION);
  set_field(&STM32_REGISTER(UART_TX_GPIO + GPIO_MODER), UART_TX_PIN, 2, kAlternateFunctionMode);
  UART_BRR = UART_DIVIDER;
  UART_CR1 = UART_CR1_UE | UART_CR1_TE;
  SCB_SCR |= SCB_SCR_SEVONPEND;
}

/* Sleeps until the UART says so. Its interrupt is enabled in the UART but not in the NVIC: becoming
   pending is an event that ends WFE (SEVONPEND), and no handler runs. */
static void sleep_until(uint32_t status, uint32_t interrupt) {
  UART_CR1 |= interrupt;
  while ((UART_STATUS & status) == 0) {
    __asm volatile("wfe" ::: "memory");
  }
  UART_CR1 &= ~interrupt;
  NVIC_ICPR(UART_INTERRUPT) = 1u << UART_INTERRUPT % 32;
}

void board_initialise(void) {
  clock_initialise();
  caches_initialise();
  start_microsecond_timer();
  initialise_uart();
}

uint32_t board_microseconds(void) { return TIM2_CNT; }

void board_uart_write(const char* text, size_t size) {
  for (size_t i = 0; i < size; ++i) {
    sleep_until(UART_STATUS_TXE, UART_CR1_TXEIE);
    UART_DATA = (uint8_t)text[i];
  }
  sleep_until(UART_STATUS_TC, UART_CR1_TCIE);
}
