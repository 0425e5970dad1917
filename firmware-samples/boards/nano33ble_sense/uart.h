#ifndef UART_H_
#define UART_H_

#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

void uart_initialise(void);

/* Sends from another pin, and leaves the header's two UART pins to others. */
void uart_move(uint32_t port, uint32_t pin);

#ifdef __cplusplus
}
#endif

#endif
