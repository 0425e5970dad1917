/* 512 real points as 256 complex ones: radix-4, decimation in frequency, then the split into the
   spectrum of the real signal. Twiddle factors are Q30; each complex product is rounded once. */
#include "fft.h"

#include "tables.h"

enum { kQuarterTurn = kFftSize / 4 };

/* a * exp(-2 pi i k / 512) */
static inline FftComplex rotate(FftComplex a, uint32_t k) {
  const int64_t c = frontend_cosines[k];
  /* sin(x) = cos(x - quarter turn) */
  const int64_t s = frontend_cosines[(k - kQuarterTurn) & (kFftSize - 1)];
  const int64_t half = 1 << 29;
  const FftComplex product = {(int32_t)((a.re * c + a.im * s + half) >> 30),
                              (int32_t)((a.im * c - a.re * s + half) >> 30)};
  return product;
}

static inline FftComplex sum(FftComplex a, FftComplex b) {
  const FftComplex result = {a.re + b.re, a.im + b.im};
  return result;
}

static inline FftComplex difference(FftComplex a, FftComplex b) {
  const FftComplex result = {a.re - b.re, a.im - b.im};
  return result;
}

static void radix4_stages(FftComplex* data) {
  /* In a stage with blocks of `size` the twiddle of row j is exp(-2 pi i j / size), which is
     entry j * 512 / size of the table. */
  for (uint32_t size = kFftComplexSize; size >= 4; size /= 4) {
    const uint32_t quarter = size / 4;
    const uint32_t step = kFftSize / size;
    for (uint32_t j = 0; j < quarter; ++j) {
      for (uint32_t block = 0; block < kFftComplexSize; block += size) {
        FftComplex* p = data + block + j;
        const FftComplex even_sum = sum(p[0], p[2 * quarter]);
        const FftComplex even_difference = difference(p[0], p[2 * quarter]);
        const FftComplex odd_sum = sum(p[quarter], p[3 * quarter]);
        const FftComplex odd_difference = difference(p[quarter], p[3 * quarter]);
        /* -i times the odd difference */
        const FftComplex turned = {odd_difference.im, -odd_difference.re};
        p[0] = sum(even_sum, odd_sum);
        p[quarter] = rotate(sum(even_difference, turned), j * step);
        p[2 * quarter] = rotate(difference(even_sum, odd_sum), 2 * j * step);
        p[3 * quarter] = rotate(difference(even_difference, turned), 3 * j * step);
      }
    }
  }
}

/* Reverses the four base-4 digits of an index below 256. */
static inline uint32_t reversed_digits(uint32_t i) {
  return ((i & 0x03) << 6) | ((i & 0x0C) << 2) | ((i & 0x30) >> 2) | ((i & 0xC0) >> 6);
}

static void reorder(FftComplex* data) {
  for (uint32_t i = 0; i < kFftComplexSize; ++i) {
    const uint32_t j = reversed_digits(i);
    if (i < j) {
      const FftComplex kept = data[i];
      data[i] = data[j];
      data[j] = kept;
    }
  }
}

void fft_real_512(FftComplex* data) {
  radix4_stages(data);
  reorder(data);
  /* With Z the spectrum of even + i odd:
     2 X[k] = (Z[k] + Z*[256 - k]) + exp(-2 pi i k / 512) (-i) (Z[k] - Z*[256 - k]). */
  data[0].re = 2 * (data[0].re + data[0].im);
  data[0].im = 0;
  for (uint32_t k = 1; k <= kFftComplexSize / 2; ++k) {
    const FftComplex a = data[k];
    const FftComplex b = {data[kFftComplexSize - k].re, -data[kFftComplexSize - k].im};
    const FftComplex even = sum(a, b);
    const FftComplex d = difference(a, b);
    const FftComplex minus_i_d = {d.im, -d.re};
    const FftComplex odd = rotate(minus_i_d, k);
    data[k] = sum(even, odd);
    const FftComplex mirrored = difference(even, odd);
    data[kFftComplexSize - k].re = mirrored.re;
    data[kFftComplexSize - k].im = -mirrored.im;
  }
}
