/* 120 MHz from the MSI (4 MHz) by the PLL, in voltage range 1 boost with 5 wait states: RM0432,
   "Dynamic voltage scaling management" and "Read access latency". The ART accelerator is on. */
#include "clock.h"

#include "registers.h"

#define FLASH_ACR STM32_REGISTER(0x40022000u)
#define FLASH_ACR_LATENCY 0xFu
#define FLASH_ACR_PRFTEN (1u << 8)
#define FLASH_ACR_ICEN (1u << 9)
#define FLASH_ACR_DCEN (1u << 10)

#define PWR_CR2 STM32_REGISTER(0x40007004u)
#define PWR_CR2_IOSV (1u << 9)
#define PWR_CR5 STM32_REGISTER(0x40007080u)
#define PWR_CR5_R1MODE (1u << 8)

#define RCC_CR STM32_REGISTER(0x40021000u)
#define RCC_CR_PLLON (1u << 24)
#define RCC_CR_PLLRDY (1u << 25)
#define RCC_CFGR STM32_REGISTER(0x40021008u)
#define RCC_CFGR_SW_PLL 3u
#define RCC_CFGR_SWS_PLL (3u << 2)
#define RCC_CFGR_SWS (3u << 2)
#define RCC_CFGR_HPRE_2 (8u << 4)
#define RCC_CFGR_HPRE (0xFu << 4)
#define RCC_PLLCFGR STM32_REGISTER(0x4002100Cu)
#define RCC_PLLCFGR_MSI 1u
#define RCC_PLLCFGR_N(value) ((uint32_t)(value) << 8)
#define RCC_PLLCFGR_REN (1u << 24) /* M is 1 and R is 2 as long as their bits are 0 */
#define RCC_AHB2ENR STM32_REGISTER(0x4002104Cu)
#define RCC_AHB2ENR_GPIOGEN (1u << 6)
#define RCC_APB1ENR1 STM32_REGISTER(0x40021058u)
#define RCC_APB1ENR1_TIM2EN (1u << 0)
#define RCC_APB1ENR1_PWREN (1u << 28)
#define RCC_APB1ENR2 STM32_REGISTER(0x4002105Cu)
#define RCC_APB1ENR2_LPUART1EN (1u << 0)

/* 1 us at half speed before full speed, as boost mode asks: at 60 MHz a pass takes at least three
   cycles. */
static void wait_a_microsecond(void) {
  for (uint32_t i = 0; i < 30; ++i) __asm volatile("");
}

void clock_initialise(void) {
  RCC_APB1ENR1 |= RCC_APB1ENR1_PWREN | RCC_APB1ENR1_TIM2EN;
  RCC_APB1ENR2 |= RCC_APB1ENR2_LPUART1EN;
  RCC_AHB2ENR |= RCC_AHB2ENR_GPIOGEN;
  PWR_CR2 |= PWR_CR2_IOSV; /* port G from pin 2 has a supply of its own */
  PWR_CR5 &= ~PWR_CR5_R1MODE;

  FLASH_ACR = 5u | FLASH_ACR_PRFTEN | FLASH_ACR_ICEN | FLASH_ACR_DCEN;
  while ((FLASH_ACR & FLASH_ACR_LATENCY) != 5u) {
  }
  RCC_PLLCFGR = RCC_PLLCFGR_MSI | RCC_PLLCFGR_N(60) | RCC_PLLCFGR_REN; /* 4 MHz x 60 / 2 */
  RCC_CR |= RCC_CR_PLLON;
  while ((RCC_CR & RCC_CR_PLLRDY) == 0) {
  }
  RCC_CFGR |= RCC_CFGR_HPRE_2;
  RCC_CFGR |= RCC_CFGR_SW_PLL;
  while ((RCC_CFGR & RCC_CFGR_SWS) != RCC_CFGR_SWS_PLL) {
  }
  wait_a_microsecond();
  RCC_CFGR &= ~RCC_CFGR_HPRE;
}
