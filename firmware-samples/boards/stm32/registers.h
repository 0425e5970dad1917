/* Registers that the ST boards share: of the core, of GPIO, TIM2 and the two kinds of USART.
   Core: Armv7-M ARM (DDI 0403E). Peripherals: reference manuals RM0432, RM0390, RM0385, RM0455;
   offsets and bits as in ST's device headers. */
#ifndef REGISTERS_H_
#define REGISTERS_H_

#include <stdint.h>

typedef volatile uint32_t Register;

#define STM32_REGISTER(address) (*(Register*)(address))

/* System control, NVIC, debug */
#define NVIC_ICPR(interrupt) STM32_REGISTER(0xE000E280u + 4 * ((interrupt) / 32))
#define SCB_SCR STM32_REGISTER(0xE000ED10u)
#define SCB_SCR_SEVONPEND (1u << 4)
#define SCB_CCR STM32_REGISTER(0xE000ED14u)
#define SCB_CCR_DC (1u << 16)
#define SCB_CCR_IC (1u << 17)
#define SCB_CCSIDR STM32_REGISTER(0xE000ED80u)
#define CCSIDR_NUM_SETS(value) ((value) >> 13 & 0x7FFFu)
#define CCSIDR_ASSOCIATIVITY(value) ((value) >> 3 & 0x3FFu)
#define SCB_CSSELR STM32_REGISTER(0xE000ED84u)
#define SCB_CPACR STM32_REGISTER(0xE000ED88u)
#define SCB_CPACR_FPU_FULL_ACCESS (0xFu << 20)
#define SCB_ICIALLU STM32_REGISTER(0xE000EF50u)
#define SCB_DCISW STM32_REGISTER(0xE000EF60u)
#define DCISW_4_WAYS(set, way) ((set) << 5 | (way) << 30)
#define DCB_DEMCR STM32_REGISTER(0xE000EDFCu)
#define DCB_DEMCR_TRCENA (1u << 24)
#define DWT_LAR STM32_REGISTER(0xE0001FB0u)
#define DWT_LAR_KEY 0xC5ACCE55u

/* MPU */
#define MPU_CTRL STM32_REGISTER(0xE000ED94u)
#define MPU_CTRL_ENABLE (1u << 0)
#define MPU_CTRL_PRIVDEFENA (1u << 2)
#define MPU_RNR STM32_REGISTER(0xE000ED98u)
#define MPU_RBAR STM32_REGISTER(0xE000ED9Cu)
#define MPU_RASR STM32_REGISTER(0xE000EDA0u)
#define MPU_RASR_ENABLE (1u << 0)
#define MPU_RASR_SIZE(log2_bytes) (((log2_bytes)-1u) << 1)
#define MPU_RASR_C (1u << 17)
#define MPU_RASR_FULL_ACCESS (3u << 24)
#define MPU_RASR_XN (1u << 28)

/* GPIO, offsets from a port */
#define GPIO_MODER 0x00u
#define GPIO_AFR 0x20u

/* TIM2: 32 bits wide and at the same place on all of them */
#define TIM2_CR1 STM32_REGISTER(0x40000000u)
#define TIM_CR1_CEN (1u << 0)
#define TIM2_EGR STM32_REGISTER(0x40000014u)
#define TIM_EGR_UG (1u << 0)
#define TIM2_CNT STM32_REGISTER(0x40000024u)
#define TIM2_PSC STM32_REGISTER(0x40000028u)
#define TIM2_ARR STM32_REGISTER(0x4000002Cu)

/* USART, from UART_BASE and UART_KIND of the board's description */
#define UART_OF_F4 1       /* STM32F4 */
#define UART_WITH_KERNEL 3 /* STM32L4, F7, H7 */
#if UART_KIND == UART_OF_F4
#define UART_STATUS STM32_REGISTER(UART_BASE + 0x00u)
#define UART_DATA STM32_REGISTER(UART_BASE + 0x04u)
#define UART_BRR STM32_REGISTER(UART_BASE + 0x08u)
#define UART_CR1 STM32_REGISTER(UART_BASE + 0x0Cu)
#define UART_CR1_UE (1u << 13)
#elif UART_KIND == UART_WITH_KERNEL
#define UART_CR1 STM32_REGISTER(UART_BASE + 0x00u)
#define UART_CR1_UE (1u << 0)
#define UART_BRR STM32_REGISTER(UART_BASE + 0x0Cu)
#define UART_STATUS STM32_REGISTER(UART_BASE + 0x1Cu)
#define UART_DATA STM32_REGISTER(UART_BASE + 0x28u)
#endif
#define UART_CR1_TE (1u << 3)
#define UART_CR1_TCIE (1u << 6)
#define UART_CR1_TXEIE (1u << 7)
#define UART_STATUS_TC (1u << 6)
#define UART_STATUS_TXE (1u << 7)

#endif
