/* Everything off that draws current while nothing happens; only RTC1 of wakeup.h goes on. */
#ifndef REST_H_
#define REST_H_

#ifdef __cplusplus
extern "C" {
#endif

/* Lets the last byte leave, then stops UART, microsecond timer and crystal clock. */
void board_rest(void);
/* Starts them again. */
void board_resume(void);

#ifdef __cplusplus
}
#endif

#endif
