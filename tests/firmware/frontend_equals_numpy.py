#!/usr/bin/python3
"""The C front end and its numpy port give the same features, bit for bit.

Usage: frontend_equals_numpy.py SHARED_LIBRARY AUDIO_FOLDER
"""

import ctypes
import pathlib
import sys
import wave

import features
import numpy as np


def of_c(library, samples):
    result = np.zeros((features.FRAMES, features.BANDS), dtype=np.int8)
    pointer = ctypes.c_void_p
    audio = np.ascontiguousarray(samples)
    library.frontend_features(audio.ctypes.data_as(pointer), result.ctypes.data_as(pointer))
    return result


def clips(folder):
    """Noise of all levels, corner cases, and the sample recordings."""
    rng = np.random.default_rng(11)
    size = features.AUDIO_SAMPLES
    for exponent in np.linspace(-0.5, 5.0, 24):
        noise = rng.normal(size=size) * 10**exponent
        yield f"noise 1e{exponent:.1f}", np.clip(noise, -32768, 32767).astype(np.int16)
    yield "zeros", np.zeros(size, dtype=np.int16)
    yield "lowest", np.full(size, -32768, dtype=np.int16)
    yield "highest", np.full(size, 32767, dtype=np.int16)
    for period in (2, 3, 16, 51, 512):
        square = np.where(np.arange(size) % period < period / 2, 32767, -32768)
        yield f"square wave of period {period}", square.astype(np.int16)
    impulse = np.zeros(size, dtype=np.int16)
    impulse[::997] = -32768
    yield "impulses", impulse
    recordings = sorted(folder.glob("*.wav"))
    assert recordings, f"no recordings in {folder}"
    for path in recordings:
        with wave.open(str(path)) as recording:
            samples = np.frombuffer(recording.readframes(size), dtype="<i2")
        yield path.name, samples


def main(library_path, folder):
    library = ctypes.CDLL(library_path)
    count = 0
    for name, samples in clips(pathlib.Path(folder)):
        expected = features.features(samples[None])[0]
        got = of_c(library, samples)
        if (got != expected).any():
            frame, band = np.argwhere(got != expected)[0]
            print(f"{name}: frame {frame} band {band}: C {got[frame, band]}, "
                  f"numpy {expected[frame, band]}")
            return 1
        count += 1
    print(f"{count} clips are equal, bit for bit")
    return 0


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
