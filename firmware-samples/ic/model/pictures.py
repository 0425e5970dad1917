"""Synthetic 32x32 RGB pictures: a coloured slope with discs and bars on it and some noise. They
have edges, areas and colours like small photographs, and no class."""

import numpy as np

SIZE = 32


def _background(rng, y, x):
    corners = rng.uniform(20, 235, size=(2, 2, 3))
    rows, columns = y[..., None] / (SIZE - 1), x[..., None] / (SIZE - 1)
    left = corners[0, 0] * (1 - rows) + corners[1, 0] * rows
    right = corners[0, 1] * (1 - rows) + corners[1, 1] * rows
    return left * (1 - columns) + right * columns


def _shape(rng, y, x):
    """Where one disc or bar covers the picture."""
    centre_y, centre_x = rng.uniform(4, SIZE - 4, size=2)
    if rng.integers(2):
        radius = rng.uniform(3, 10)
        return (y - centre_y) ** 2 + (x - centre_x) ** 2 < radius**2
    angle, half_width = rng.uniform(0, np.pi), rng.uniform(1, 4)
    distance = (y - centre_y) * np.cos(angle) - (x - centre_x) * np.sin(angle)
    return np.abs(distance) < half_width


def pictures(count, seed):
    """uint8 [count, 32, 32, 3]."""
    rng = np.random.default_rng(seed)
    y, x = np.meshgrid(np.arange(SIZE), np.arange(SIZE), indexing="ij")
    result = np.empty((count, SIZE, SIZE, 3), dtype=np.uint8)
    for picture in result:
        values = _background(rng, y, x)
        for _ in range(rng.integers(1, 5)):
            values[_shape(rng, y, x)] = rng.uniform(0, 255, size=3)
        values += rng.normal(0, 6, size=values.shape)
        picture[:] = np.clip(np.round(values), 0, 255)
    return result
