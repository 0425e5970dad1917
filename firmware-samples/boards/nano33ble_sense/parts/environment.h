/* Temperature, humidity and pressure by the HTS221 and the LPS22HB on the board, one measurement at
   a time; between measurements their supply is off. Registers: arduino-libraries/Arduino_HTS221 and
   Arduino_LPS22HB. */
#ifndef ENVIRONMENT_H_
#define ENVIRONMENT_H_

#include <stdbool.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

typedef struct {
  int32_t centidegrees;  /* Celsius, hundredths */
  int32_t centipercent;  /* relative humidity, hundredths */
  uint32_t pascals;
} Environment;

/* Powers the parts, measures once, powers them off. False: a part does not answer or does not get
   ready. */
bool environment_measure(Environment* result);

#ifdef __cplusplus
}
#endif

#endif
