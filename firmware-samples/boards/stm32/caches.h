#ifndef CACHES_H_
#define CACHES_H_

#ifdef __cplusplus
extern "C" {
#endif

/* On the Cortex-M7: opens the cycle counter to the program, and switches the L1 caches on as
   BOARD_CACHES says. On the Cortex-M4 there is nothing to do. */
void caches_initialise(void);

#ifdef __cplusplus
}
#endif

#endif
