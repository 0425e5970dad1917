/* Fixed-point arithmetic of TensorFlow Lite's int8 operators, rounding included.
   Defined by the TensorFlow Lite 8-bit quantization specification and gemmlowp's conventions. */
#ifndef MLRT_FIXED_POINT_H_
#define MLRT_FIXED_POINT_H_

#include <stdint.h>

static inline int32_t mlrt_clamp(int32_t value, int32_t low, int32_t high) {
  const int32_t raised = value < low ? low : value;
  return raised > high ? high : raised;
}

/* SaturatingRoundingDoublingHighMul: the high word of 2ab, rounded to nearest; exact halves go
   towards +infinity. The definition adds 2^30 to ab >= 0 and 1 - 2^30 to ab < 0 and then divides
   by 2^31 towards zero, which is floor((ab + 2^30) / 2^31) for either sign. The one product that
   does not fit, INT32_MIN squared, saturates. */
static inline int32_t mlrt_doubling_high_mul(int32_t a, int32_t b) {
  if (a == b && a == INT32_MIN) return INT32_MAX;
  return (int32_t)(((int64_t)a * b + (1 << 30)) >> 31);
}

/* The same for b > 0, where it cannot overflow: multipliers of a requantisation are positive. */
static inline int32_t mlrt_doubling_high_mul_positive(int32_t a, int32_t b) {
  return (int32_t)(((int64_t)a * b + (1 << 30)) >> 31);
}

/* RoundingDivideByPOT: x / 2^exponent rounded to nearest; exact halves go away from zero, so a
   negative x needs a remainder of more than half to round up. 0 <= exponent <= 31. */
static inline int32_t mlrt_rounding_divide_by_pot(int32_t x, int32_t exponent) {
  const int32_t mask = (int32_t)(((int64_t)1 << exponent) - 1);
  const int32_t remainder = x & mask;
  const int32_t threshold = (mask >> 1) + (x < 0 ? 1 : 0);
  return (x >> exponent) + (remainder > threshold ? 1 : 0);
}

/* x * 2^bits modulo 2^32, as the reference does it; converters choose scales that do not wrap. */
static inline int32_t mlrt_shift_left(int32_t x, int32_t bits) {
  return (int32_t)((uint32_t)x << bits);
}

/* MultiplyByQuantizedMultiplier with two roundings: x * multiplier / 2^31 * 2^shift. */
static inline int32_t mlrt_requantise(int32_t x, int32_t multiplier, int32_t shift) {
  const int32_t left = shift > 0 ? shift : 0;
  const int32_t right = shift > 0 ? 0 : -shift;
  const int32_t high = mlrt_doubling_high_mul_positive(mlrt_shift_left(x, left), multiplier);
  return mlrt_rounding_divide_by_pot(high, right);
}

static inline int8_t mlrt_requantise_s8(int32_t accumulator, int32_t multiplier, int32_t shift,
                                        int32_t offset, int32_t low, int32_t high) {
  return (int8_t)mlrt_clamp(mlrt_requantise(accumulator, multiplier, shift) + offset, low, high);
}

#endif
