#!/usr/bin/python3
"""Synthesises the sample recordings: 1.8 s, 16 kHz mono, the word at 0.35 s.

Usage: make_audio.py FOLDER
The seeds are not used in training or for the held-out clips. The firmware drops 50 ms and then
listens for a second, so its first window holds the whole word.
"""

import pathlib
import sys
import wave

import numpy as np
import synthesis
from phonemes import KEYWORDS, UNKNOWN_WORDS

SEED = 31000
SAMPLES = 28800
WORD_START = 5600
PEAK = 12000.0
NOISE_RMS = 25.0
NAMES = ("yes", "no", "stop", "go", "left", "marvin", "silence")


def recording(name, rng):
    audio = NOISE_RMS * synthesis.background(SAMPLES, rng)
    sounds = KEYWORDS.get(name) or UNKNOWN_WORDS.get(name)
    if sounds:
        spoken = synthesis.word(sounds, rng)
        audio[WORD_START : WORD_START + len(spoken)] += PEAK * spoken
    return synthesis.to_int16(audio)


def main(folder):
    folder.mkdir(parents=True, exist_ok=True)
    for number, name in enumerate(NAMES):
        samples = recording(name, np.random.default_rng(SEED + number))
        with wave.open(str(folder / f"{name}.wav"), "wb") as out:
            out.setnchannels(1)
            out.setsampwidth(2)
            out.setframerate(synthesis.RATE_HZ)
            out.writeframes(samples.astype("<i2").tobytes())


if __name__ == "__main__":
    if len(sys.argv) != 2:
        sys.exit(__doc__)
    main(pathlib.Path(sys.argv[1]))
