/* ST NUCLEO-F446RE (MB1136): STM32F446RE, Cortex-M4F at 180 MHz; USART2 on PA2 goes to the ST-LINK,
   whose 8 MHz are HSE. Pins and clock: ST's board manual, UM1724. */
#ifndef DESCRIPTION_H_
#define DESCRIPTION_H_

#define CORTEX_M7 0
#define INTERRUPTS 97

/* 8 MHz / 4 x 180 / 2 = 180 MHz; APB1 45 MHz, its timers 90 MHz */
#define HSE_IS_A_CRYSTAL 0
#define PLL_M 4u
#define PLL_N 180u
#define TIMER_HZ 90000000u
#define FLASH_WAIT_STATES 5u
#define FLASH_ACCELERATOR (7u << 8) /* PRFTEN, ICEN, DCEN */

#define UART_KIND UART_OF_F4
#define UART_BASE 0x40004400u /* USART2 */
#define UART_INTERRUPT 38
#define UART_APB1_ENABLE RCC_APB1ENR_USART2EN
#define UART_APB2_ENABLE 0u
#define UART_DIVIDER ((45000000u + 115200 / 2) / 115200)
#define UART_TX_GPIO 0x40020000u /* port A */
#define UART_TX_PIN 2u
#define UART_TX_FUNCTION 7u

#endif
