"""Made-up grey pictures of rooms, some with a person in them.

Everything is painted by distance functions on a square of side 1, x to the right and y downwards,
so a scene can be drawn at any size. Values are 0 (black) to 1 (white).
"""

import numpy as np

LABELS = ("no person", "person")


class _Canvas:
    def __init__(self, size, aspect):
        width = int(round(size * aspect))
        self.x = (np.arange(width) + 0.5)[None, :] / size - (aspect - 1) / 2
        self.y = (np.arange(size) + 0.5)[:, None] / size
        self.pixel = 1.0 / size
        self.grey = np.zeros((size, width))

    def paint(self, distance, shade):
        """Where `distance` is negative; `shade` is a number or an array of the canvas's size."""
        cover = np.clip(0.5 - distance / self.pixel, 0, 1)
        self.grey = self.grey * (1 - cover) + shade * cover

    def circle(self, cx, cy, radius, shade, stretch=1.0):
        away = np.sqrt((self.x - cx) ** 2 + ((self.y - cy) / stretch) ** 2) - radius
        self.paint(away, shade)

    def box(self, cx, cy, half_width, half_height, shade, round_by=0.0):
        dx = np.abs(self.x - cx) - half_width + round_by
        dy = np.abs(self.y - cy) - half_height + round_by
        outside = np.sqrt(np.clip(dx, 0, None) ** 2 + np.clip(dy, 0, None) ** 2)
        self.paint(outside + np.clip(np.maximum(dx, dy), None, 0) - round_by, shade)

    def limb(self, ax, ay, bx, by, radius, shade):
        length = max((bx - ax) ** 2 + (by - ay) ** 2, 1e-9)
        along = np.clip(((self.x - ax) * (bx - ax) + (self.y - ay) * (by - ay)) / length, 0, 1)
        away = np.sqrt((self.x - ax - along * (bx - ax)) ** 2 + (self.y - ay - along * (by - ay)) ** 2)
        self.paint(away - radius, shade)


def _shade_apart(rng, others, low=0.05, high=0.95):
    """A shade that stands out from each of the others."""
    while True:
        shade = rng.uniform(low, high)
        if all(abs(shade - other) > 0.15 for other in others):
            return shade


def _room(rng, canvas):
    wall, floor = rng.uniform(0.35, 0.9), rng.uniform(0.15, 0.7)
    horizon = rng.uniform(0.6, 0.85)
    slope = rng.uniform(-0.25, 0.25)
    canvas.grey = wall + slope * (canvas.x - 0.5) + 0 * canvas.y
    canvas.paint(horizon - canvas.y + 0 * canvas.x, floor)
    for _ in range(rng.integers(0, 4)):  # windows, pictures, cupboards
        canvas.box(
            rng.uniform(-0.1, 1.1),
            rng.uniform(0.05, 0.6),
            rng.uniform(0.05, 0.2),
            rng.uniform(0.05, 0.25),
            np.clip(wall + rng.uniform(-0.4, 0.3), 0.02, 1),
        )
    return wall


def _thing(rng, canvas, wall):
    """Something that is no person: lamp, tree, ball, table, chair, bottle."""
    kind = rng.integers(0, 6)
    x, ground, size = rng.uniform(0.1, 0.9), rng.uniform(0.75, 1.0), rng.uniform(0.2, 0.5)
    shade = _shade_apart(rng, [wall])
    other = np.clip(shade + rng.uniform(-0.3, 0.3), 0.02, 1)
    if kind == 0:  # lamp
        canvas.limb(x, ground - size * 1.5, x, ground, 0.01, shade)
        canvas.box(x, ground - size * 1.5, 0.35 * size, 0.22 * size, other)
    elif kind == 1:  # tree
        canvas.box(x, ground - 0.3 * size, 0.06 * size, 0.3 * size, shade)
        canvas.circle(x, ground - size, 0.45 * size, other, rng.uniform(0.8, 1.3))
    elif kind == 2:  # ball
        canvas.circle(x, ground - 0.4 * size, 0.4 * size, shade)
    elif kind == 3:  # table
        canvas.box(x, ground - 0.7 * size, 0.7 * size, 0.05 * size, shade)
        for side in (-0.6, 0.6):
            canvas.box(x + side * size, ground - 0.35 * size, 0.04 * size, 0.35 * size, other)
    elif kind == 4:  # chair
        canvas.box(x, ground - 0.4 * size, 0.3 * size, 0.05 * size, shade)
        canvas.box(x - 0.27 * size, ground - 0.7 * size, 0.04 * size, 0.7 * size, shade)
        canvas.box(x + 0.27 * size, ground - 0.2 * size, 0.04 * size, 0.2 * size, shade)
    else:  # bottle
        canvas.box(x, ground - 0.4 * size, 0.16 * size, 0.4 * size, shade, 0.05 * size)
        canvas.box(x, ground - 0.9 * size, 0.05 * size, 0.2 * size, other)


def _person(rng, canvas, wall):
    height = rng.uniform(0.55, 1.3)
    x, top = rng.uniform(0.25, 0.75), rng.uniform(0.06, 0.25)
    skin = _shade_apart(rng, [wall])
    shirt = _shade_apart(rng, [wall])
    trousers = _shade_apart(rng, [shirt])
    hair = rng.uniform(0.02, 0.35)
    head = 0.075 * height
    neck = top + 2.2 * head
    hips = neck + 0.33 * height
    shoulders = rng.uniform(0.1, 0.13) * height
    lean = rng.uniform(-0.04, 0.04)
    for side in (-1, 1):
        foot = x + lean + side * rng.uniform(0.03, 0.12) * height
        canvas.limb(x + side * 0.05 * height, hips, foot, hips + 0.5 * height, 0.045 * height, trousers)
    canvas.box(x, (neck + hips) / 2, shoulders, (hips - neck) / 2 + 0.02 * height, shirt, 0.05 * height)
    for side in (-1, 1):
        elbow = (x + side * rng.uniform(0.12, 0.2) * height, neck + rng.uniform(0.08, 0.2) * height)
        hand = (
            x + side * rng.uniform(0.08, 0.28) * height,
            elbow[1] + rng.uniform(-0.15, 0.17) * height,
        )
        canvas.limb(x + side * shoulders * 0.85, neck + 0.04 * height, *elbow, 0.032 * height, shirt)
        canvas.limb(*elbow, *hand, 0.026 * height, shirt)
        canvas.circle(*hand, 0.032 * height, skin)
    canvas.limb(x, neck, x, top + 1.6 * head, 0.4 * head, skin)
    canvas.circle(x, top + 0.9 * head, 1.02 * head, hair, 1.15)
    canvas.circle(x, top + 1.15 * head, 0.88 * head, skin, 1.15)


def scene(rng, person, size, aspect=1.0):
    """uint8 [size, size * aspect]; what matters lies in the square in the middle."""
    canvas = _Canvas(size, aspect)
    wall = _room(rng, canvas)
    for _ in range(rng.integers(0, 3) if person else rng.integers(1, 4)):
        _thing(rng, canvas, wall)
    if person:
        _person(rng, canvas, wall)
        if rng.random() < 0.3:
            canvas.box(rng.uniform(0, 1), rng.uniform(0.85, 1.05), 0.3, 0.12, rng.uniform(0.1, 0.9))
    light = rng.uniform(0.7, 1.15)
    grey = canvas.grey * light + 0.02 * rng.standard_normal(canvas.grey.shape)
    return np.clip(np.round(grey * 255), 0, 255).astype(np.uint8)
