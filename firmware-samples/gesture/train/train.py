#!/usr/bin/python3
"""Trains the gesture recogniser on made-up movements and writes the int8 .tflite.

Usage: train.py --output MODEL.tflite --report ACCURACY.txt --motion FOLDER
Needs on PYTHONPATH: this folder, converter/, tests/firmware/, the bindings made by flatc. Seeds are
fixed and one thread is used, so a run repeats itself on the same machine.
"""

import argparse
import pathlib

import int8_reference
import motion
import numpy as np
import sequence
import torch
from torch import nn

TRAINING_SEED, HELD_OUT_SEED, NETWORK_SEED, RECORDING_SEED = 21, 22, 23, 24
MOVEMENTS, HELD_OUT = 1200, 300  # of each label
EPOCHS = 30
INPUT_SCALE = 1.0 / 32.0
CHANNELS = 6

LAYERS = [
    sequence.Conv("conv", 16, (8, 1), (4, 1)),
    sequence.Depthwise("block1/depthwise", (5, 1), (2, 1)),
    sequence.Conv("block1/pointwise", 32, (1, 1)),
    sequence.Depthwise("block2/depthwise", (5, 1), (2, 1)),
    sequence.Conv("block2/pointwise", 32, (1, 1)),
    sequence.Pool("pool"),
    sequence.Dense("dense", len(motion.LABELS)),
    sequence.Softmax("softmax"),
]
# The recording for the board: a gesture every two seconds, then a second of carrying it about.
RECORDING = ("ring", "wing", "slope", "none", "wing", "ring")


def _data(count, seed):
    """Windows of 128 samples in which the whole gesture lies, or a part of one, which is none."""
    rng = np.random.default_rng(seed)
    inputs, labels = [], []
    for label, name in enumerate(motion.LABELS):
        for i in range(count):
            if name == "none" and i % 3 == 0:
                # The begin or the end of a gesture alone.
                other = motion.LABELS[rng.integers(0, 3)]
                long = motion.as_input(*motion.movement(rng, other, 3 * motion.WINDOW, motion.WINDOW))
                start = rng.integers(0, 50) if rng.random() < 0.5 else rng.integers(205, 256)
                inputs.append(long[start : start + motion.WINDOW])
            else:
                inputs.append(motion.as_input(*motion.movement(rng, name)))
            labels.append(label)
    return np.stack(inputs), np.array(labels)


def _as_network_input(samples):
    real = samples.transpose(0, 2, 1)[..., None].astype(np.float32) * INPUT_SCALE
    return torch.tensor(real)


def _record(folder):
    """CSV for the simulator or a robot arm: six columns at the sensor's rate."""
    rng = np.random.default_rng(RECORDING_SEED)
    half_second = int(motion.RATE_HZ / 2)
    lines = [f"# rate_hz = {motion.RATE_HZ:g}", "ax_g,ay_g,az_g,gx_dps,gy_dps,gz_dps"]
    for label in RECORDING:
        moved = motion.movement(rng, label, 4 * half_second, half_second)
        for row in np.concatenate(moved, axis=1):
            lines.append(",".join(f"{value:.4f}" for value in row))
    (folder / "gestures.csv").write_text("\n".join(lines) + "\n")


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    for name in ("output", "report", "motion"):
        parser.add_argument("--" + name, type=pathlib.Path, required=True)
    arguments = parser.parse_args()

    torch.set_num_threads(1)
    samples, labels = _data(MOVEMENTS, TRAINING_SEED)
    inputs = _as_network_input(samples)
    torch.manual_seed(NETWORK_SEED)
    model = sequence.Sequence((motion.WINDOW, 1, CHANNELS), LAYERS)
    targets = torch.tensor(labels)
    sequence.fit(model, inputs, targets, nn.CrossEntropyLoss(label_smoothing=0.02), EPOCHS, NETWORK_SEED)

    chosen = np.random.default_rng(NETWORK_SEED).permutation(len(labels))[:600]
    description = "tinyscope gestures, convolutions over time int8"
    arguments.output.write_bytes(sequence.build(model, inputs[chosen], INPUT_SCALE, 0, description))

    held_out, truth = _data(HELD_OUT, HELD_OUT_SEED)
    quantised = int8_reference.Model(arguments.output.read_bytes())
    guess = quantised.run(held_out[:, :, None, :])[-1].reshape(len(truth), -1).argmax(1)
    lines = [f"held-out movements: {len(truth)}, seed {HELD_OUT_SEED}"]
    lines.append(f"int8 accuracy: {100 * np.mean(guess == truth):.2f} %")
    for i, label in enumerate(motion.LABELS):
        lines.append(f"{label}: {100 * np.mean(guess[truth == i] == i):.1f} %")
    arguments.report.write_text("\n".join(lines) + "\n")
    print("\n".join(lines))
    arguments.motion.mkdir(exist_ok=True)
    _record(arguments.motion)


if __name__ == "__main__":
    main()
