/* STM32F4 and F7 above 168 or 180 MHz: over-drive, the PLL from HSE, flash wait states, and the ART
   accelerator on. RM0390 and RM0385, "Entering Over-drive mode" and "Relation between CPU clock
   frequency and flash memory read time". The description says what differs. */
#include "clock.h"
#include "description.h"
#include "registers.h"

#define FLASH_ACR STM32_REGISTER(0x40023C00u)
#define FLASH_ACR_LATENCY 0xFu

#define PWR_CR STM32_REGISTER(0x40007000u) /* CR1 on the F7 */
#define PWR_CR_VOS_SCALE_1 (3u << 14)
#define PWR_CR_ODEN (1u << 16)
#define PWR_CR_ODSWEN (1u << 17)
#define PWR_CSR STM32_REGISTER(0x40007004u)
#define PWR_CSR_ODRDY (1u << 16)
#define PWR_CSR_ODSWRDY (1u << 17)

#define RCC_CR STM32_REGISTER(0x40023800u)
#define RCC_CR_HSEON (1u << 16)
#define RCC_CR_HSERDY (1u << 17)
#define RCC_CR_HSEBYP (1u << 18)
#define RCC_CR_PLLON (1u << 24)
#define RCC_CR_PLLRDY (1u << 25)
#define RCC_PLLCFGR STM32_REGISTER(0x40023804u)
#define RCC_PLLCFGR_N(value) ((uint32_t)(value) << 6)
#define RCC_PLLCFGR_P_MASK (3u << 16) /* 0 divides by 2 */
#define RCC_PLLCFGR_M_AND_N_MASK 0x7FFFu
#define RCC_PLLCFGR_HSE (1u << 22)
#define RCC_CFGR STM32_REGISTER(0x40023808u)
#define RCC_CFGR_SW_PLL 2u
#define RCC_CFGR_SWS (3u << 2)
#define RCC_CFGR_SWS_PLL (2u << 2)
#define RCC_CFGR_PPRE1_4 (5u << 10)
#define RCC_CFGR_PPRE2_2 (4u << 13)
#define RCC_AHB1ENR STM32_REGISTER(0x40023830u)
#define RCC_AHB1ENR_GPIOAEN (1u << 0)
#define RCC_APB1ENR STM32_REGISTER(0x40023840u)
#define RCC_APB1ENR_TIM2EN (1u << 0)
#define RCC_APB1ENR_USART2EN (1u << 17)
#define RCC_APB1ENR_PWREN (1u << 28)
#define RCC_APB2ENR STM32_REGISTER(0x40023844u)
#define RCC_APB2ENR_USART1EN (1u << 4)

static void wait_for(Register* flags, uint32_t mask, uint32_t value) {
  while ((*flags & mask) != value) {
  }
}

void clock_initialise(void) {
  RCC_AHB1ENR |= RCC_AHB1ENR_GPIOAEN;
  RCC_APB1ENR |= RCC_APB1ENR_PWREN | RCC_APB1ENR_TIM2EN | UART_APB1_ENABLE;
  RCC_APB2ENR |= UART_APB2_ENABLE;
  PWR_CR |= PWR_CR_VOS_SCALE_1;

  RCC_CR |= HSE_IS_A_CRYSTAL ? RCC_CR_HSEON : RCC_CR_HSEBYP | RCC_CR_HSEON;
  wait_for(&RCC_CR, RCC_CR_HSERDY, RCC_CR_HSERDY);
  RCC_PLLCFGR = (RCC_PLLCFGR & ~(RCC_PLLCFGR_M_AND_N_MASK | RCC_PLLCFGR_P_MASK)) | PLL_M |
                RCC_PLLCFGR_N(PLL_N) | RCC_PLLCFGR_HSE;
  RCC_CR |= RCC_CR_PLLON;
  PWR_CR |= PWR_CR_ODEN;
  wait_for(&PWR_CSR, PWR_CSR_ODRDY, PWR_CSR_ODRDY);
  PWR_CR |= PWR_CR_ODSWEN;
  wait_for(&PWR_CSR, PWR_CSR_ODSWRDY, PWR_CSR_ODSWRDY);
  wait_for(&RCC_CR, RCC_CR_PLLRDY, RCC_CR_PLLRDY);

  FLASH_ACR = FLASH_WAIT_STATES | FLASH_ACCELERATOR;
  wait_for(&FLASH_ACR, FLASH_ACR_LATENCY, FLASH_WAIT_STATES);
  RCC_CFGR |= RCC_CFGR_PPRE1_4 | RCC_CFGR_PPRE2_2;
  RCC_CFGR |= RCC_CFGR_SW_PLL;
  wait_for(&RCC_CFGR, RCC_CFGR_SWS, RCC_CFGR_SWS_PLL);
}
