#!/usr/bin/python3
"""Trains the person detector on made-up pictures and writes the int8 .tflite.

Usage: train.py --output MODEL.tflite --report ACCURACY.txt --pictures FOLDER
Needs on PYTHONPATH: this folder, converter/, tests/firmware/, the bindings made by flatc. Seeds are
fixed and one thread is used, so a run repeats itself on the same machine.
"""

import argparse
import pathlib
import struct
import zlib

import int8_reference
import numpy as np
import scenes
import sequence
import torch
from torch import nn

TRAINING_SEED, HELD_OUT_SEED, NETWORK_SEED, PICTURE_SEED = 31, 32, 33, 36
PICTURES, HELD_OUT = 3000, 500  # of each label
EPOCHS = 16
SIZE = 96
# int8 = grey - 128, and the network sees 0 to 1.
INPUT_SCALE, INPUT_ZERO_POINT = 1.0 / 255.0, -128


def _layers():
    layers = [sequence.Conv("conv", 8, (3, 3), (2, 2))]
    for number, (stride, channels) in enumerate([(2, 16), (2, 32), (1, 32), (2, 64), (1, 64)]):
        layers.append(sequence.Depthwise(f"block{number + 1}/depthwise", (3, 3), (stride, stride)))
        layers.append(sequence.Conv(f"block{number + 1}/pointwise", channels, (1, 1)))
    return layers + [
        sequence.Pool("pool"),
        sequence.Dense("dense", len(scenes.LABELS)),
        sequence.Softmax("softmax"),
    ]


def _data(count, seed):
    """Cut from a larger picture at random places and sizes, as a camera on a desk may see it."""
    rng = np.random.default_rng(seed)
    pictures, labels = [], []
    for i in range(2 * count):
        person = i % 2
        size = rng.integers(SIZE, SIZE + 13)
        drawn = scenes.scene(rng, person, int(size))
        top, left = rng.integers(0, size - SIZE + 1, 2)
        pictures.append(drawn[top : top + SIZE, left : left + SIZE])
        labels.append(person)
    return np.stack(pictures), np.array(labels)


def _as_network_input(pictures):
    return torch.tensor(pictures[:, None].astype(np.float32) * INPUT_SCALE)


def _write_png(path, grey):
    def chunk(kind, data):
        checksum = zlib.crc32(kind + data)
        return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", checksum)

    height, width = grey.shape
    rows = b"".join(b"\0" + row.tobytes() for row in grey)
    header = struct.pack(">IIBBBBB", width, height, 8, 0, 0, 0, 0)
    path.write_bytes(
        b"\x89PNG\r\n\x1a\n"
        + chunk(b"IHDR", header)
        + chunk(b"IDAT", zlib.compress(rows, 9))
        + chunk(b"IEND", b"")
    )


def _draw(folder):
    """Pictures for the camera, in the order in which it shows them."""
    rng = np.random.default_rng(PICTURE_SEED)
    for number, person in enumerate((1, 0, 1, 0)):
        name = f"{number}-{'person' if person else 'none'}.png"
        _write_png(folder / name, scenes.scene(rng, person, 240, 4 / 3))


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    for name in ("output", "report", "pictures"):
        parser.add_argument("--" + name, type=pathlib.Path, required=True)
    arguments = parser.parse_args()

    torch.set_num_threads(1)
    pictures, labels = _data(PICTURES, TRAINING_SEED)
    inputs = _as_network_input(pictures)
    torch.manual_seed(NETWORK_SEED)
    model = sequence.Sequence((SIZE, SIZE, 1), _layers())
    loss = nn.CrossEntropyLoss(label_smoothing=0.02)
    sequence.fit(model, inputs, torch.tensor(labels), loss, EPOCHS, NETWORK_SEED)

    chosen = np.random.default_rng(NETWORK_SEED).permutation(len(labels))[:300]
    description = "tinyscope person detection, depthwise separable convolutions int8"
    arguments.output.write_bytes(
        sequence.build(model, inputs[chosen], INPUT_SCALE, INPUT_ZERO_POINT, description)
    )

    held_out, truth = _data(HELD_OUT, HELD_OUT_SEED)
    quantised = int8_reference.Model(arguments.output.read_bytes())
    signed = (held_out.astype(np.int16) - 128).astype(np.int8)[..., None]
    batches = [signed[i : i + 50] for i in range(0, len(signed), 50)]
    scores = np.concatenate([quantised.run(batch)[-1].reshape(-1, 2) for batch in batches])
    guess = scores.argmax(1)
    lines = [f"held-out pictures: {len(truth)}, seed {HELD_OUT_SEED}"]
    lines.append(f"int8 accuracy: {100 * np.mean(guess == truth):.2f} %")
    for i, label in enumerate(scenes.LABELS):
        lines.append(f"{label}: {100 * np.mean(guess[truth == i] == i):.1f} %")
    arguments.report.write_text("\n".join(lines) + "\n")
    print("\n".join(lines))
    arguments.pictures.mkdir(exist_ok=True)
    _draw(arguments.pictures)


if __name__ == "__main__":
    main()
