/* Real FFT of 512 points in 32-bit integers. */
#ifndef FRONTEND_FFT_H_
#define FRONTEND_FFT_H_

#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

enum { kFftSize = 512, kFftComplexSize = 256 };

typedef struct {
  int32_t re;
  int32_t im;
} FftComplex;

/* In: 512 real samples of at most 20 bits (sign included), two to an element: even index in re,
   odd in im. Out: twice the spectrum, bins 0..255 (bin 0 holds DC only). Nothing is scaled on the
   way: 20 bits + 8 of growth + 2 stay within 32. */
void fft_real_512(FftComplex* data);

#ifdef __cplusplus
}
#endif

#endif
