"""Sounds of a made-up pump: as it should be, and with three faults. 16 kHz int16."""

import numpy as np

RATE_HZ = 16000
FAULTS = ("rattle", "squeal", "cavitation")
_TURNS_PER_SECOND = 24.6


def _noise(rng, samples, low_hz, high_hz):
    """Gaussian noise between two frequencies, deviation 1."""
    spectrum = np.fft.rfft(rng.standard_normal(samples))
    frequency = np.fft.rfftfreq(samples, 1 / RATE_HZ)
    spectrum[(frequency < low_hz) | (frequency > high_hz)] = 0
    band = np.fft.irfft(spectrum, samples)
    return band / band.std()


def _hum(rng, samples, turns):
    """Harmonics of seven blades, swaying a little."""
    time = np.arange(samples) / RATE_HZ
    sway = 1 + 0.004 * np.sin(2 * np.pi * rng.uniform(0.3, 0.8) * time + rng.uniform(0, 6))
    phase = 2 * np.pi * np.cumsum(turns * sway) / RATE_HZ
    sound = np.zeros(samples)
    for harmonic in range(1, 25):
        strength = (1.0 if harmonic % 7 == 0 else 0.25) / harmonic**0.7
        sound += strength * rng.uniform(0.85, 1.15) * np.sin(harmonic * phase + rng.uniform(0, 6))
    return sound


def clip(rng, fault=None, seconds=1.0):
    """One recording; `fault` is None or one of FAULTS."""
    samples = int(seconds * RATE_HZ)
    turns = _TURNS_PER_SECOND * rng.uniform(0.985, 1.015)
    sound = _hum(rng, samples, turns)
    sound += 0.35 * _noise(rng, samples, 200, 1500) + 0.12 * _noise(rng, samples, 1500, 7000)
    time = np.arange(samples) / RATE_HZ
    if fault == "rattle":
        # A loose part strikes once a turn and rings.
        for strike in np.arange(rng.uniform(0, 1 / turns), seconds, 1 / turns):
            after = time - strike
            ring = np.sin(2 * np.pi * rng.uniform(2700, 3300) * after) * np.exp(-after * 180)
            sound += np.where(after >= 0, rng.uniform(1.5, 2.5) * ring, 0)
    if fault == "squeal":
        pitch = rng.uniform(4200, 5600) + 60 * np.sin(2 * np.pi * 3 * time)
        sound += rng.uniform(0.5, 0.9) * np.sin(2 * np.pi * np.cumsum(pitch) / RATE_HZ)
    if fault == "cavitation":
        # Bubbles collapse in bursts of hiss.
        bursts = np.clip(_noise(rng, samples, 2, 12), 0, None)
        sound += rng.uniform(0.5, 0.9) * bursts * _noise(rng, samples, 1000, 7500)
    level = 1500 * 10 ** (rng.uniform(-1.5, 1.5) / 20)
    return np.clip(np.round(sound * level), -32768, 32767).astype(np.int16)
