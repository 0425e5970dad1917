/* ST NUCLEO-H7A3ZI-Q (MB1363): STM32H7A3ZI, Cortex-M7 at 280 MHz, supplied by its SMPS; USART3 on
   PD8 goes to the ST-LINK. Pins and supply: ST's board manual, UM2408. */
#ifndef DESCRIPTION_H_
#define DESCRIPTION_H_

#define CORTEX_M7 1
#define INTERRUPTS 155

/* APB1 140 MHz, its timers 280 MHz */
#define TIMER_HZ 280000000u

#define UART_KIND UART_WITH_KERNEL
#define UART_BASE 0x40004800u /* USART3 */
#define UART_INTERRUPT 39
#define UART_DIVIDER ((140000000u + 115200 / 2) / 115200)
#define UART_TX_GPIO 0x58020C00u /* port D */
#define UART_TX_PIN 8u
#define UART_TX_FUNCTION 7u

#endif
