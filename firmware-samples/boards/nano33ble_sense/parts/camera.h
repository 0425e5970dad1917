/* OV7675 camera on the board's header, as on the shield of Arduino's Tiny Machine Learning Kit.
   Registers: arduino-libraries/Arduino_OV767X, src/utility/ov7670.c. Its data pins D1 and D2 lie on
   the header's UART pins, so the UART must be elsewhere: uart_move(). */
#ifndef CAMERA_H_
#define CAMERA_H_

#include <stdbool.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

enum { kCameraRows = 144, kCameraColumns = 176 };

/* QCIF, brightness and colour, five frames a second. False: the camera does not answer. */
bool camera_start(void);

/* Waits for the next frame and takes the brightness of its square in the middle, row by row, 0 is
   black. Interrupts are off for 0.2 to 0.4 s meanwhile. */
void camera_capture(uint8_t grey[kCameraRows * kCameraRows]);

#ifdef __cplusplus
}
#endif

#endif
