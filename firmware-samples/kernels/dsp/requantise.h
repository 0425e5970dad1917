/* The requantisation of fixed_point.h in the fewest instructions; the same bits. */
#ifndef MLRT_DSP_REQUANTISE_H_
#define MLRT_DSP_REQUANTISE_H_

#include "kernels/fixed_point.h"
#include "kernels/mlrt_kernels.h"

#if defined(__ARM_FEATURE_DSP)

/* High word of 2ab + 2^31; carries are used where C would build 64-bit shifts. */
static inline int32_t dsp_doubling_high_mul(int32_t a, int32_t b) {
  int32_t low;
  int32_t high;
  __asm(
      "smull %0, %1, %2, %3\n\t"
      "adds  %0, %0, #0x40000000\n\t"
      "adc   %1, %1, #0\n\t"
      "adds  %0, %0, %0\n\t"
      "adc   %1, %1, %1"
      : "=&r"(low), "=&r"(high)
      : "r"(a), "r"(b)
      : "cc");
  return high;
}

/* x / 2^exponent, halves away from zero: with one taken from negative numbers the last bit shifted
   out says whether to round up, and ASRS leaves it in the carry. A shift by 0 keeps the carry of
   the addition before it, which then puts the one back. x is never INT32_MIN here. */
static inline int32_t dsp_rounding_divide_by_pot(int32_t x, int32_t exponent) {
  int32_t result;
  __asm(
      "adds  %0, %1, %1, asr #31\n\t"
      "asrs  %0, %0, %2\n\t"
      "adc   %0, %0, #0"
      : "=&r"(result)
      : "r"(x), "r"(exponent)
      : "cc");
  return result;
}

/* max(x, 0) for |x| <= 31 */
static inline int32_t dsp_at_least_zero(int32_t x) {
  int32_t result;
  __asm("usat %0, #5, %1" : "=r"(result) : "r"(x));
  return result;
}

#else

static inline int32_t dsp_doubling_high_mul(int32_t a, int32_t b) {
  return mlrt_doubling_high_mul_positive(a, b);
}

static inline int32_t dsp_rounding_divide_by_pot(int32_t x, int32_t exponent) {
  return mlrt_rounding_divide_by_pot(x, exponent);
}

static inline int32_t dsp_at_least_zero(int32_t x) { return x > 0 ? x : 0; }

#endif

static inline int32_t dsp_requantise(int32_t x, int32_t multiplier, int32_t shift) {
  const int32_t shifted = mlrt_shift_left(x, dsp_at_least_zero(shift));
  return dsp_rounding_divide_by_pot(dsp_doubling_high_mul(shifted, multiplier),
                                    dsp_at_least_zero(-shift));
}

/* Callers compute several results before they store the first: a store of bytes may change anything
   as far as the compiler knows, so that it would load the parameters again after each. */
static inline int32_t dsp_requantise_channel(const MlrtQuantS8* q, int32_t sum, int32_t channel) {
  const int32_t scaled = dsp_requantise(sum, q->multipliers[channel], q->shifts[channel]);
  return mlrt_clamp(scaled + q->output_offset, q->activation_min, q->activation_max);
}

#endif
