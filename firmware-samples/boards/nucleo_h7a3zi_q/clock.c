/* 280 MHz from the HSI (64 MHz) by PLL1, at voltage scale 0 from the SMPS, with 6 wait states:
   RM0455, "Power supply configurations", "Voltage regulator control" and "FLASH recommended number
   of wait states and programming delay". AXI runs at the core's 280 MHz, APB at half of it. */
#include "clock.h"

#include "registers.h"

#define FLASH_ACR STM32_REGISTER(0x52002000u)
#define FLASH_ACR_WRHIGHFREQ_3 (3u << 4)
#define FLASH_ACR_LATENCY 0xFu

#define PWR_CSR1 STM32_REGISTER(0x58024804u)
#define PWR_CSR1_ACTVOSRDY (1u << 13)
#define PWR_CR3 STM32_REGISTER(0x5802480Cu)
#define PWR_CR3_BYPASS (1u << 0)
#define PWR_CR3_LDOEN (1u << 1)
#define PWR_CR3_SMPSEN (1u << 2)
#define PWR_SRDCR STM32_REGISTER(0x58024818u)
#define PWR_SRDCR_VOSRDY (1u << 13)
#define PWR_SRDCR_VOS_SCALE_0 (3u << 14)

#define RCC_CR STM32_REGISTER(0x58024400u)
#define RCC_CR_PLL1ON (1u << 24)
#define RCC_CR_PLL1RDY (1u << 25)
#define RCC_CFGR STM32_REGISTER(0x58024410u)
#define RCC_CFGR_SW_PLL1 3u
#define RCC_CFGR_SWS (7u << 3)
#define RCC_CFGR_SWS_PLL1 (3u << 3)
#define RCC_CDCFGR1 STM32_REGISTER(0x58024418u)
#define RCC_CDCFGR1_CDPPRE_2 (4u << 4)
#define RCC_CDCFGR2 STM32_REGISTER(0x5802441Cu)
#define RCC_CDCFGR2_CDPPRE1_2 (4u << 4)
#define RCC_CDCFGR2_CDPPRE2_2 (4u << 8)
#define RCC_SRDCFGR STM32_REGISTER(0x58024420u)
#define RCC_SRDCFGR_SRDPPRE_2 (4u << 4)
#define RCC_PLLCKSELR STM32_REGISTER(0x58024428u)
#define RCC_PLLCKSELR_DIVM1(value) ((uint32_t)(value) << 4) /* PLLSRC 0 is HSI */
#define RCC_PLLCFGR STM32_REGISTER(0x5802442Cu)
#define RCC_PLLCFGR_PLL1RGE_4_TO_8_MHZ (2u << 2)
#define RCC_PLLCFGR_DIVP1EN (1u << 16)
#define RCC_PLL1DIVR STM32_REGISTER(0x58024430u)
#define RCC_PLL1DIVR_N(value) ((value)-1u)
#define RCC_PLL1DIVR_P(value) (((value)-1u) << 9)
#define RCC_PLL1DIVR_Q(value) (((value)-1u) << 16)
#define RCC_PLL1DIVR_R(value) (((value)-1u) << 24)
#define RCC_AHB4ENR STM32_REGISTER(0x58024540u)
#define RCC_AHB4ENR_GPIODEN (1u << 3)
#define RCC_APB1LENR STM32_REGISTER(0x58024548u)
#define RCC_APB1LENR_TIM2EN (1u << 0)
#define RCC_APB1LENR_USART3EN (1u << 18)

static void wait_for(Register* flags, uint32_t mask, uint32_t value) {
  while ((*flags & mask) != value) {
  }
}

void clock_initialise(void) {
  /* Written once after power-up; until then the voltage cannot be changed. */
  PWR_CR3 = (PWR_CR3 & ~(PWR_CR3_BYPASS | PWR_CR3_LDOEN)) | PWR_CR3_SMPSEN;
  wait_for(&PWR_CSR1, PWR_CSR1_ACTVOSRDY, PWR_CSR1_ACTVOSRDY);
  PWR_SRDCR |= PWR_SRDCR_VOS_SCALE_0;
  wait_for(&PWR_SRDCR, PWR_SRDCR_VOSRDY, PWR_SRDCR_VOSRDY);

  RCC_PLLCKSELR = RCC_PLLCKSELR_DIVM1(16); /* 64 MHz / 16 x 140 / 2 */
  RCC_PLLCFGR = RCC_PLLCFGR_PLL1RGE_4_TO_8_MHZ | RCC_PLLCFGR_DIVP1EN;
  RCC_PLL1DIVR = RCC_PLL1DIVR_N(140) | RCC_PLL1DIVR_P(2) | RCC_PLL1DIVR_Q(2) | RCC_PLL1DIVR_R(2);
  RCC_CR |= RCC_CR_PLL1ON;
  wait_for(&RCC_CR, RCC_CR_PLL1RDY, RCC_CR_PLL1RDY);

  FLASH_ACR = FLASH_ACR_WRHIGHFREQ_3 | 6u;
  wait_for(&FLASH_ACR, FLASH_ACR_LATENCY, 6u);
  RCC_CDCFGR1 = RCC_CDCFGR1_CDPPRE_2;
  RCC_CDCFGR2 = RCC_CDCFGR2_CDPPRE1_2 | RCC_CDCFGR2_CDPPRE2_2;
  RCC_SRDCFGR = RCC_SRDCFGR_SRDPPRE_2;
  RCC_CFGR |= RCC_CFGR_SW_PLL1;
  wait_for(&RCC_CFGR, RCC_CFGR_SWS, RCC_CFGR_SWS_PLL1);

  RCC_AHB4ENR |= RCC_AHB4ENR_GPIODEN;
  RCC_APB1LENR |= RCC_APB1LENR_TIM2EN | RCC_APB1LENR_USART3EN;
}
