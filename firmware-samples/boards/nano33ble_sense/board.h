/* Arduino Nano 33 BLE Sense (nRF52840): what the samples need of the board, on bare metal.
   Pins: ArduinoCore-mbed, variants/ARDUINO_NANO33BLE. Plain C; callable from C++. */
#ifndef BOARD_H_
#define BOARD_H_

#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

/* Crystal clock, instruction cache, microsecond timer, UART. Call once, first. */
void board_initialise(void);

/* Microseconds since board_initialise(); wraps after 71 minutes. */
uint32_t board_microseconds(void);

/* Sends `size` bytes at 115200 8N1 and sleeps until the last one has been handed to the shifter.
   `text` may lie in flash: EasyDMA reads RAM only, so the bytes are copied in pieces. */
void board_uart_write(const char* text, size_t size);

enum { kMicrophoneSampleRateHz = 16000 };

/* Powers the PDM microphone and captures without a gap for ever: first `settle_samples` into
   `buffers[0]`, dropped, because the microphone and the decimation filter need time to settle;
   then `samples` at a time into buffers[0], buffers[1], buffers[0], ... Both at most 32767. */
void board_microphone_start(int16_t* const buffers[2], uint32_t samples, uint32_t settle_samples);

/* Sleeps until the next buffer is full and returns it. It stays valid until the one after it is
   full, so process it within that time. */
const int16_t* board_microphone_wait(void);

#ifdef __cplusplus
}
#endif

#endif
