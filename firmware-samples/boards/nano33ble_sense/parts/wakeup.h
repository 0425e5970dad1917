/* Time by RTC1 and the 32.768 kHz crystal, which runs while everything else sleeps. */
#ifndef WAKEUP_H_
#define WAKEUP_H_

#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

enum { kWakeupTicksPerSecond = 32768 };

/* Sleeps for that long, at most 500 s. */
void wakeup_after_ms(uint32_t ms);

/* Sleeps until `ticks` after the last return of this function, for as long as the caller keeps up;
   the first call counts from itself. 3 to 2^23 ticks. */
void wakeup_every(uint32_t ticks);

#ifdef __cplusplus
}
#endif

#endif
