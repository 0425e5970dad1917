#ifndef UART_H_
#define UART_H_

void uart_initialise(void);

#endif
