"""Fixed-point arithmetic of TensorFlow Lite's int8 operators, on int64 numpy arrays.

Sources: TensorFlow Lite 8-bit quantization specification; Jacob et al. 2018, "Quantization and
Training of Neural Networks for Efficient Integer-Arithmetic-Only Inference"; the gemmlowp
fixed-point conventions those operators are defined with. Rounding is "double rounding".
"""

import math

import numpy as np

_MAX, _MIN = 2**31 - 1, -(2**31)


def quantise_multiplier(real):
    """real = multiplier / 2^31 * 2^shift with multiplier in [2^30, 2^31)."""
    if real == 0.0:
        return 0, 0
    fraction, shift = math.frexp(real)
    # C's round(): halves go away from zero; the fraction is positive.
    multiplier = math.floor(fraction * 2.0**31 + 0.5)
    if multiplier == 2**31:
        multiplier, shift = multiplier // 2, shift + 1
    return (0, 0) if shift < -31 else (multiplier, shift)


def doubling_high_mul(a, b):
    """round(a * b / 2^31); an exact half goes up, towards +infinity, for either sign."""
    a, b = np.asarray(a, dtype=np.int64), np.asarray(b, dtype=np.int64)
    result = (a * b + 2**30) >> 31
    return np.where((a == _MIN) & (b == _MIN), _MAX, result)


def rounding_divide_by_pot(x, exponent):
    """round(x / 2^exponent); an exact half goes away from zero."""
    x, exponent = np.asarray(x, dtype=np.int64), np.asarray(exponent, dtype=np.int64)
    half = np.where(exponent > 0, np.int64(1) << np.maximum(exponent - 1, 0), 0)
    magnitude = (np.abs(x) + half) >> exponent
    return np.where(x < 0, -magnitude, magnitude)


def multiply_by_quantised_multiplier(x, multiplier, shift):
    shift = np.asarray(shift, dtype=np.int64)
    shifted = np.asarray(x, dtype=np.int64) << np.maximum(shift, 0)
    return rounding_divide_by_pot(
        doubling_high_mul(shifted, multiplier), np.maximum(-shift, 0)
    )


def _saturating_shift_left(x, bits):
    return np.clip(np.asarray(x, dtype=np.int64) << bits, _MIN, _MAX)


_EXP_FACTORS = (1672461947, 1302514674, 790015084, 290630308, 39332535, 720401, 242)


def exp_on_negative_values(x, integer_bits):
    """exp of Qm.(31 - m) numbers <= 0, m integer bits, as Q0.31: Taylor around -1/8, then factors
    exp(-2^k)."""
    x = np.asarray(x, dtype=np.int64)
    quarter_bit = 29 - integer_bits
    quarter = 1 << quarter_bit
    reduced = (x & (quarter - 1)) - quarter
    t = (reduced << integer_bits) + (1 << 28)
    t2 = doubling_high_mul(t, t)
    t3 = doubling_high_mul(t2, t)
    t4 = doubling_high_mul(t2, t2)
    third = doubling_high_mul(rounding_divide_by_pot(t4, 2) + t3, 715827883)
    series = t + rounding_divide_by_pot(third + t2, 1)
    result = 1895147668 + doubling_high_mul(1895147668, series)
    remainder = reduced - x
    for bit, factor in enumerate(_EXP_FACTORS[: integer_bits + 2]):
        chosen = (remainder >> (quarter_bit + bit)) & 1
        result = np.where(chosen == 1, doubling_high_mul(result, factor), result)
    return np.where(x == 0, _MAX, result)


def reciprocal_of_one_plus(x):
    """1 / (1 + x) of Q0.31 numbers in [0, 1), as Q0.31: Newton-Raphson in Q2.29."""
    half_denominator = (np.asarray(x, dtype=np.int64) + _MAX + 1) >> 1
    y = 1515870810 + doubling_high_mul(half_denominator, -1010580540)
    for _ in range(3):
        error = (1 << 29) - doubling_high_mul(half_denominator, y)
        y = y + _saturating_shift_left(doubling_high_mul(y, error), 2)
    return _saturating_shift_left(y, 1)
