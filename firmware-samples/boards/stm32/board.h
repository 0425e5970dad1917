/* What the samples need of an ST board, on bare metal. Plain C; callable from C++. */
#ifndef BOARD_H_
#define BOARD_H_

#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

/* Clock at its highest frequency, caches, cycle counter, microsecond timer, UART. Call once,
   first. */
void board_initialise(void);

/* Microseconds since board_initialise(); wraps after 71 minutes. */
uint32_t board_microseconds(void);

/* Sends `size` bytes at 115200 8N1 and returns when the last one has left. */
void board_uart_write(const char* text, size_t size);

#ifdef __cplusplus
}
#endif

#endif
