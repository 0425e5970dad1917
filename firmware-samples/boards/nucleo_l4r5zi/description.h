/* ST NUCLEO-L4R5ZI (MB1312): STM32L4R5ZI, Cortex-M4F at 120 MHz; LPUART1 on PG7 goes to the
   ST-LINK. Pins: ST's board manual, UM2179. */
#ifndef DESCRIPTION_H_
#define DESCRIPTION_H_

#define CORTEX_M7 0
#define INTERRUPTS 95
#define TIMER_HZ 120000000u

#define UART_KIND UART_WITH_KERNEL
#define UART_BASE 0x40008000u /* LPUART1 */
#define UART_INTERRUPT 70
/* An LPUART divides 256 times its clock, PCLK1 (RM0432, "LPUART baud rate generation"). */
#define UART_DIVIDER ((uint32_t)((256ull * 120000000u + 115200 / 2) / 115200))
#define UART_TX_GPIO 0x48001800u /* port G */
#define UART_TX_PIN 7u
#define UART_TX_FUNCTION 8u

#endif
