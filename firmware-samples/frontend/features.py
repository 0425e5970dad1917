"""The front end of features.c in numpy, bit for bit, for many clips at a time."""

import numpy as np

import generate_tables as tables

STRIDE_SAMPLES = 320
FRAMES = 49
BANDS = tables.BANDS
AUDIO_SAMPLES = 16000
STEPS_PER_OCTAVE = 6
FEATURE_OFFSET = 230

_WINDOW = np.array(tables.window(), dtype=np.int64)
_COSINES = np.array(tables.cosines(), dtype=np.int64)
_LOGARITHMS = np.array(tables.logarithms(), dtype=np.int64)
_BANDS = [(first, np.array(weights, dtype=np.uint64)) for first, weights in tables.mel_bands()]
_REVERSED = np.array(
    [((i & 3) << 6) | ((i & 12) << 2) | ((i & 48) >> 2) | ((i & 192) >> 6) for i in range(256)]
)


def _rotate(re, im, k):
    """(re + i im) * exp(-2 pi i k / 512), rounded once, as rotate() in fft.c."""
    c = _COSINES[k % 512]
    s = _COSINES[(k - 128) % 512]
    half = 1 << 29
    return (re * c + im * s + half) >> 30, (im * c - re * s + half) >> 30


def _fft_256(re, im):
    rows = re.shape[0]
    size = 256
    while size >= 4:
        quarter = size // 4
        shape = (rows, 256 // size, 4, quarter)
        re, im = re.reshape(shape), im.reshape(shape)
        k = np.arange(quarter) * (512 // size)
        es_re, es_im = re[:, :, 0] + re[:, :, 2], im[:, :, 0] + im[:, :, 2]
        ed_re, ed_im = re[:, :, 0] - re[:, :, 2], im[:, :, 0] - im[:, :, 2]
        os_re, os_im = re[:, :, 1] + re[:, :, 3], im[:, :, 1] + im[:, :, 3]
        od_re, od_im = re[:, :, 1] - re[:, :, 3], im[:, :, 1] - im[:, :, 3]
        parts = [
            (es_re + os_re, es_im + os_im),
            _rotate(ed_re + od_im, ed_im - od_re, k),
            _rotate(es_re - os_re, es_im - os_im, 2 * k),
            _rotate(ed_re - od_im, ed_im + od_re, 3 * k),
        ]
        re = np.stack([part[0] for part in parts], axis=2).reshape(rows, 256)
        im = np.stack([part[1] for part in parts], axis=2).reshape(rows, 256)
        size = quarter
    return re[:, _REVERSED], im[:, _REVERSED]


def real_fft(frames):
    """Twice the spectrum, bins 0..255, of int64 frames [n, 512]: (re, im)."""
    re, im = _fft_256(frames[:, 0::2], frames[:, 1::2])
    k = np.arange(1, 129)
    a_re, a_im = re[:, k], im[:, k]
    b_re, b_im = re[:, 256 - k], -im[:, 256 - k]
    even_re, even_im = a_re + b_re, a_im + b_im
    d_re, d_im = a_re - b_re, a_im - b_im
    odd_re, odd_im = _rotate(d_im, -d_re, k)
    out_re, out_im = re.copy(), im.copy()
    out_re[:, 0], out_im[:, 0] = 2 * (re[:, 0] + im[:, 0]), 0
    out_re[:, k], out_im[:, k] = even_re + odd_re, even_im + odd_im
    out_re[:, 256 - k], out_im[:, 256 - k] = even_re - odd_re, -(even_im - odd_im)
    return out_re, out_im


def _log2_q8(values):
    """values: uint64. The exponent is found on integers: a float64 could round up to a power."""
    safe = np.maximum(values, np.uint64(1))
    exponent = np.zeros(safe.shape, dtype=np.uint64)
    rest = safe.copy()
    for shift in (32, 16, 8, 4, 2, 1):
        high = rest >> np.uint64(shift)
        large = high > 0
        exponent += np.where(large, np.uint64(shift), np.uint64(0))
        rest = np.where(large, high, rest)
    normal = safe << (np.uint64(63) - exponent)
    mantissa = ((normal >> np.uint64(47)) & np.uint64(0xFFFF)).astype(np.int64)
    segment, remainder = mantissa >> 11, mantissa & 0x7FF
    low = _LOGARITHMS[segment]
    fraction = low + (((_LOGARITHMS[segment + 1] - low) * remainder) >> 11)
    result = (exponent.astype(np.int64) << 8) + (fraction >> 8)
    return np.where(values == 0, 0, result)


def features(audio):
    """int16 [n, 16000] to int8 [n, 49, 10]."""
    audio = np.asarray(audio)
    assert audio.dtype == np.int16 and audio.shape[1] == AUDIO_SAMPLES
    index = np.arange(FRAMES)[:, None] * STRIDE_SAMPLES + np.arange(tables.WINDOW_SAMPLES)
    frames = audio[:, index].astype(np.int64).reshape(-1, tables.WINDOW_SAMPLES)
    padded = np.zeros((frames.shape[0], tables.FFT_SIZE), dtype=np.int64)
    padded[:, : tables.WINDOW_SAMPLES] = (frames * _WINDOW) >> 12
    re, im = real_fft(padded)
    power = (re * re + im * im).astype(np.uint64)
    sums = [(power[:, first : first + len(w)] * w).sum(axis=1) for first, w in _BANDS]
    energies = np.stack(sums, axis=1)
    values = ((STEPS_PER_OCTAVE * _log2_q8(energies) + 128) >> 8) - FEATURE_OFFSET
    return np.clip(values, -128, 127).astype(np.int8).reshape(audio.shape[0], FRAMES, BANDS)
