"""Made-up gestures of a hand that holds the board, as the LSM9DS1 measures them.

The hand draws a shape in the air in front of it: x to the right, y away, z up. The sensor feels the
second derivative of its place and gravity, in its own axes, which the wrist tilts a little, and the
wrist turns as the hand moves.
"""

import numpy as np

RATE_HZ = 119.0  # output data rate of accelerometer and gyroscope
WINDOW = 128
LABELS = ("ring", "wing", "slope", "none")
_GRAVITY = 9.80665


def _polyline(corners, samples):
    """Along straight lines, at rest in each corner, as hands do (minimum jerk)."""
    corners = np.asarray(corners, dtype=float)
    lengths = np.linalg.norm(np.diff(corners, axis=0), axis=1)
    bounds = np.round(np.concatenate([[0], np.cumsum(lengths) / lengths.sum()]) * samples).astype(int)
    path = np.empty((samples, 2))
    for start, end, a, b in zip(bounds[:-1], bounds[1:], corners[:-1], corners[1:]):
        s = np.linspace(0, 1, end - start)[:, None]
        path[start:end] = a + (b - a) * (10 * s**3 - 15 * s**4 + 6 * s**5)
    return path


def _shape(rng, label, samples):
    if label == "ring":
        s = np.linspace(0, 1, samples)
        angle = 2 * np.pi * (10 * s**3 - 15 * s**4 + 6 * s**5) + rng.uniform(-0.3, 0.3)
        return np.stack([np.sin(angle), np.cos(angle) * rng.uniform(0.8, 1.2)], axis=1)
    if label == "wing":
        return _polyline([(-1, 1), (-0.5, -1), (0, 0.6), (0.5, -1), (1, 1)], samples)
    if label == "slope":
        return _polyline([(1, 1), (-1, -1), (1, -1)], samples)
    return np.zeros((samples, 2))


def _smooth_noise(rng, samples, deviation, hertz):
    spectrum = np.fft.rfft(rng.standard_normal(samples + 256))
    frequency = np.fft.rfftfreq(samples + 256, 1 / RATE_HZ)
    spectrum[frequency > hertz] = 0
    noise = np.fft.irfft(spectrum, samples + 256)[:samples]
    return deviation * noise / max(noise.std(), 1e-9)


def _turn(axis, angles, vectors):
    """Vectors turned around a coordinate axis, each by its own angle."""
    c, s = np.cos(angles), np.sin(angles)
    i, j = (axis + 1) % 3, (axis + 2) % 3
    turned = vectors.copy()
    turned[:, i] = c * vectors[:, i] - s * vectors[:, j]
    turned[:, j] = s * vectors[:, i] + c * vectors[:, j]
    return turned


def movement(rng, label, samples=WINDOW, begin=None):
    """(acceleration in g, rotation in degrees per second), both [samples, 3]."""
    length = int(rng.uniform(0.62, 0.95) * WINDOW)
    begin = rng.integers(0, samples - length + 1) if begin is None else begin
    path = np.zeros((samples, 2))
    drawn = _shape(rng, label, length)
    path[:begin] = drawn[0]
    path[begin : begin + length] = drawn
    path[begin + length :] = drawn[-1]
    path *= rng.uniform(0.11, 0.2)
    if label == "none" and rng.random() < 0.5:
        for axis in range(2):  # carries the board about
            path[:, axis] += _smooth_noise(rng, samples, rng.uniform(0.005, 0.04), 1.2)

    # A hand cannot jump: what is left of corners is smoothed over 40 ms.
    kernel = np.hanning(7) / np.hanning(7).sum()
    path = np.stack([np.convolve(np.pad(p, 6, "edge"), kernel, "same")[6:-6] for p in path.T], 1)
    speed = np.gradient(path, 1 / RATE_HZ, axis=0)
    felt = np.gradient(speed, 1 / RATE_HZ, axis=0)

    world = np.zeros((samples, 3))
    world[:, 0], world[:, 2] = felt[:, 0] / _GRAVITY, felt[:, 1] / _GRAVITY + 1.0
    wrist = rng.uniform(0.8, 1.6)  # radians a metre
    angles = {
        0: rng.uniform(-0.2, 0.2) + wrist * path[:, 1] + _smooth_noise(rng, samples, 0.02, 2),
        1: rng.uniform(-0.2, 0.2) + _smooth_noise(rng, samples, 0.02, 2),
        2: -wrist * path[:, 0] + _smooth_noise(rng, samples, 0.02, 2),
    }
    acceleration = world
    for axis, angle in angles.items():
        acceleration = _turn(axis, -angle, acceleration)
    rotation = np.stack([np.gradient(angles[a], 1 / RATE_HZ) for a in range(3)], axis=1)
    acceleration += 0.01 * rng.standard_normal((samples, 3))
    rotation = np.degrees(rotation) + 0.3 * rng.standard_normal((samples, 3))
    return acceleration, rotation


def as_input(acceleration, rotation):
    """int8 [samples, 6] as the firmware makes it: 1/32 g and 500/128 degrees per second a step."""
    raw = np.concatenate([acceleration * 32.0, rotation * (128.0 / 500.0)], axis=1)
    return np.clip(np.floor(raw), -128, 127).astype(np.int8)
