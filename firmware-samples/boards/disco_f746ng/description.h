/* ST DISCO-F746NG (32F746GDISCOVERY, MB1191): STM32F746NG, Cortex-M7 at 216 MHz; USART1 on PA9 goes
   to the ST-LINK; HSE is a crystal of 25 MHz. Pins and clock: ST's board manual, UM1907. */
#ifndef DESCRIPTION_H_
#define DESCRIPTION_H_

#define CORTEX_M7 1
#define INTERRUPTS 98

/* 25 MHz / 25 x 432 / 2 = 216 MHz; APB1 54 MHz, its timers 108 MHz; APB2 108 MHz */
#define HSE_IS_A_CRYSTAL 1
#define PLL_M 25u
#define PLL_N 432u
#define TIMER_HZ 108000000u
#define FLASH_WAIT_STATES 7u
#define FLASH_ACCELERATOR (3u << 8) /* PRFTEN, ARTEN: for what comes over ITCM */

#define UART_KIND UART_WITH_KERNEL
#define UART_BASE 0x40011000u /* USART1 */
#define UART_INTERRUPT 37
#define UART_APB1_ENABLE 0u
#define UART_APB2_ENABLE RCC_APB2ENR_USART1EN
#define UART_DIVIDER ((108000000u + 115200 / 2) / 115200)
#define UART_TX_GPIO 0x40020000u /* port A */
#define UART_TX_PIN 9u
#define UART_TX_FUNCTION 7u

#endif
