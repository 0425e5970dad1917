#ifndef FRONTEND_TABLES_H_
#define FRONTEND_TABLES_H_

#include <stdint.h>

extern const int16_t frontend_window[480];
extern const int32_t frontend_cosines[512];
extern const uint16_t frontend_mel_first_bin[10];
extern const uint16_t frontend_mel_start[11];
extern const uint16_t frontend_mel_weights[413];
extern const uint32_t frontend_logarithms[33];

#endif
