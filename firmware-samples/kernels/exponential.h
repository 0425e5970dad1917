/* exp() and 1 / (1 + x) in fixed point, by the method of gemmlowp: a Taylor series on [-1/4, 0) and
   a product of constants for the rest; Newton-Raphson. Qm.n: m integer, n fraction bits. */
#ifndef MLRT_EXPONENTIAL_H_
#define MLRT_EXPONENTIAL_H_

#include "kernels/fixed_point.h"

static int32_t saturating_shift_left(int32_t x, int32_t bits) {
  const int32_t limit = INT32_MAX >> bits;
  if (x > limit) return INT32_MAX;
  if (x < -limit) return INT32_MIN;
  return mlrt_shift_left(x, bits);
}

/* exp(a) for a in [-1/4, 0), Q0.31: the Taylor series around -1/8 up to the fourth power. */
static int32_t exp_near_zero(int32_t a) {
  const int32_t exp_minus_eighth = 1895147668;
  const int32_t third = 715827883;
  const int32_t x = a + (1 << 28);
  const int32_t x2 = mlrt_doubling_high_mul(x, x);
  const int32_t x3 = mlrt_doubling_high_mul(x2, x);
  const int32_t x4 = mlrt_doubling_high_mul(x2, x2);
  /* (x^4 / 4 + x^3) / 3 + x^2, and half of that: x^4 / 24 + x^3 / 6 + x^2 / 2 */
  const int32_t twice = mlrt_doubling_high_mul(mlrt_rounding_divide_by_pot(x4, 2) + x3, third) + x2;
  const int32_t series = x + mlrt_rounding_divide_by_pot(twice, 1);
  return exp_minus_eighth + mlrt_doubling_high_mul(exp_minus_eighth, series);
}

/* exp(a) for a <= 0 in Qm.(31-m), result in Q0.31; m is at most 5. */
static int32_t exp_negative(int32_t a, int32_t m) {
  /* exp(-2^k) in Q0.31 for k = -2..4 */
  static const int32_t factors[] = {1672461947, 1302514674, 790015084, 290630308,
                                    39332535,   720401,     242};
  if (a == 0) return INT32_MAX;
  const int32_t quarter_bit = 29 - m;
  const int32_t quarter = 1 << quarter_bit;
  const int32_t reduced = (a & (quarter - 1)) - quarter;
  int32_t result = exp_near_zero(saturating_shift_left(reduced, m));
  const int32_t remainder = reduced - a;
  for (int32_t k = 0; k < m + 2; ++k) {
    if ((remainder & (1 << (quarter_bit + k))) != 0) {
      result = mlrt_doubling_high_mul(result, factors[k]);
    }
  }
  return result;
}

/* 1 / (1 + x) for x in [0, 1), both Q0.31. */
static int32_t reciprocal_of_one_plus(int32_t x) {
  const int32_t half_denominator = (int32_t)(((int64_t)x + INT32_MAX + 1) >> 1);
  /* The start 48/17 - 32/17 d is the best straight line; then three steps in Q2.29. */
  int32_t y = 1515870810 + mlrt_doubling_high_mul(half_denominator, -1010580540);
  for (int step = 0; step < 3; ++step) {
    const int32_t error = (1 << 29) - mlrt_doubling_high_mul(half_denominator, y);
    y += saturating_shift_left(mlrt_doubling_high_mul(y, error), 2);
  }
  return saturating_shift_left(y, 1);
}

#endif
