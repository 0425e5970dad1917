#ifndef CLOCK_H_
#define CLOCK_H_

#ifdef __cplusplus
extern "C" {
#endif

/* The highest frequency of the chip with its voltage and wait states, and the clocks of what
   board.c uses: TIM2, the UART and the port of its pin. Polls, because it happens once. */
void clock_initialise(void);

#ifdef __cplusplus
}
#endif

#endif
