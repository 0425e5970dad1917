#!/usr/bin/python3
"""Constant tables of the front end: writes tables.c, and serves the numpy port the same numbers.

Usage: generate_tables.py > tables.c
"""

import math

SAMPLE_RATE_HZ = 16000
WINDOW_SAMPLES = 480
FFT_SIZE = 512
COMPLEX_SIZE = FFT_SIZE // 2
BANDS = 10
LOWEST_HZ = 125.0
HIGHEST_HZ = 7500.0
WEIGHT_ONE = 256  # mel weights are Q8
TWIDDLE_ONE = 1 << 30
LOG_SEGMENTS = 32


def window():
    """Periodic Hann window of 480 samples, Q15 (the peak is clipped to 32767)."""
    return [
        min(32767, round(32768 * 0.5 * (1 - math.cos(2 * math.pi * n / WINDOW_SAMPLES))))
        for n in range(WINDOW_SAMPLES)
    ]


def cosines():
    """cos(2 pi k / 512) in Q30 for a whole turn; sines are the same table a quarter further."""
    return [round(TWIDDLE_ONE * math.cos(2 * math.pi * k / FFT_SIZE)) for k in range(FFT_SIZE)]


def hz_to_mel(hz):
    """O'Shaughnessy's mel scale, as HTK and librosa's htk=True use it."""
    return 2595.0 * math.log10(1.0 + hz / 700.0)


def mel_bands():
    """Triangular filters: a list of (first bin, [weights in Q8]), one for each band."""
    low, high = hz_to_mel(LOWEST_HZ), hz_to_mel(HIGHEST_HZ)
    step = (high - low) / (BANDS + 1)
    bands = []
    for band in range(BANDS):
        centre = low + step * (band + 1)
        weights = {}
        for k in range(1, COMPLEX_SIZE):
            distance = abs(hz_to_mel(k * SAMPLE_RATE_HZ / FFT_SIZE) - centre) / step
            weight = round(WEIGHT_ONE * (1.0 - distance))
            if weight > 0:
                weights[k] = weight
        first = min(weights)
        bands.append((first, [weights[k] for k in range(first, max(weights) + 1)]))
    return bands


def logarithms():
    """log2(1 + i / 32) in Q16 for i = 0..32."""
    return [round(65536 * math.log2(1 + i / LOG_SEGMENTS)) for i in range(LOG_SEGMENTS + 1)]


def c_array(declaration, values):
    lines, line = [], "   "
    for value in values:
        word = f" {value},"
        if len(line) + len(word) > 100:
            lines.append(line)
            line = "   "
        line += word
    lines.append(line)
    return f"const {declaration}[{len(values)}] = {{\n" + "\n".join(lines) + "\n};\n"


def main():
    bands = mel_bands()
    starts, weights = [0], []
    for _, band_weights in bands:
        weights += band_weights
        starts.append(len(weights))
    print("/* Written by generate_tables.py, which says what the numbers are. */")
    print('#include "tables.h"\n')
    print("/* clang-format off */")
    print(c_array("int16_t frontend_window", window()))
    print(c_array("int32_t frontend_cosines", cosines()))
    print(c_array("uint16_t frontend_mel_first_bin", [first for first, _ in bands]))
    print(c_array("uint16_t frontend_mel_start", starts))
    print(c_array("uint16_t frontend_mel_weights", weights))
    print(c_array("uint32_t frontend_logarithms", logarithms()), end="")
    print("/* clang-format on */")


if __name__ == "__main__":
    main()
