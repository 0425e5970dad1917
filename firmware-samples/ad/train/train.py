#!/usr/bin/python3
"""Trains the anomaly detector on sounds of a healthy machine and writes the int8 .tflite.

Usage: train.py --output MODEL.tflite --threshold threshold.h --report ACCURACY.txt --audio FOLDER
Needs on PYTHONPATH: this folder, converter/, frontend/, tests/firmware/, the bindings made by
flatc. Seeds are fixed and one thread is used, so a run repeats itself on the same machine.
"""

import argparse
import pathlib
import wave

import features as frontend
import int8_reference
import machine
import numpy as np
import sequence
import torch
from torch import nn

TRAINING_SEED, HELD_OUT_SEED, NETWORK_SEED, AUDIO_SEED = 11, 12, 13, 14
CLIPS, HELD_OUT = 3000, 400
EPOCHS = 60
INPUT_SCALE = 1.0 / 32.0  # the features are int8 already
VALUES = frontend.FRAMES * frontend.BANDS
# The threshold lies between the worst of the healthy training sounds and this much above it.
MARGIN = 1.25

LAYERS = [
    sequence.Dense("encoder1", 64, relu=True),
    sequence.Dense("encoder2", 8, relu=True),
    sequence.Dense("decoder1", 64, relu=True),
    sequence.Dense("decoder2", VALUES),
]
# What the recording for the board holds, a second of each.
RECORDING = [None, None, "rattle", None, "squeal", "cavitation", None]


def _features(seed, count, fault):
    rng = np.random.default_rng(seed)
    clips = np.stack([machine.clip(rng, fault) for _ in range(count)])
    return np.concatenate([frontend.features(clips[i : i + 100]) for i in range(0, count, 100)])


def _as_network_input(features):
    return torch.tensor(features.reshape(len(features), VALUES).astype(np.float32) * INPUT_SCALE)


def _errors(model, features):
    """Mean squared difference between what goes in and what comes out, as the firmware does it."""
    flat = features.reshape(len(features), VALUES)
    guess = model.run(flat)[-1].reshape(len(flat), VALUES)
    output = model.graph.tensors[model.graph.outputs[0]]
    real = (guess.astype(np.float64) - output.zero_point) * output.scale
    return np.mean((real - flat * INPUT_SCALE) ** 2, axis=1)


def _record(folder):
    rng = np.random.default_rng(AUDIO_SEED)
    # The firmware drops the first 50 ms after power-up; each second after that is one window.
    parts = [machine.clip(rng, None, 0.05)] + [machine.clip(rng, fault) for fault in RECORDING]
    with wave.open(str(folder / "pump.wav"), "wb") as file:
        file.setnchannels(1)
        file.setsampwidth(2)
        file.setframerate(machine.RATE_HZ)
        file.writeframes(np.concatenate(parts).astype("<i2").tobytes())


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    for name in ("output", "threshold", "report", "audio"):
        parser.add_argument("--" + name, type=pathlib.Path, required=True)
    arguments = parser.parse_args()

    torch.set_num_threads(1)
    healthy = _features(TRAINING_SEED, CLIPS, None)
    inputs = _as_network_input(healthy)
    torch.manual_seed(NETWORK_SEED)
    model = sequence.Sequence((VALUES,), LAYERS)
    sequence.fit(model, inputs, inputs, nn.MSELoss(), EPOCHS, NETWORK_SEED)

    description = "tinyscope anomaly detection, autoencoder int8"
    arguments.output.write_bytes(
        sequence.build(model, inputs[:600], INPUT_SCALE, 0, description)
    )
    quantised = int8_reference.Model(arguments.output.read_bytes())
    threshold = float(_errors(quantised, healthy).max()) * MARGIN
    arguments.threshold.write_text(
        "/* Written by ad/train/train.py. */\n#pragma once\n\n"
        f"/* A larger mean squared error of the reconstruction is an anomaly. */\n"
        f"#define AD_THRESHOLD {threshold:.6f}f\n"
    )

    lines = [
        f"held-out sounds: {HELD_OUT} of each kind, seed {HELD_OUT_SEED}",
        f"threshold: {threshold:.4f}",
    ]
    for kind in (None, *machine.FAULTS):
        errors = _errors(quantised, _features(HELD_OUT_SEED, HELD_OUT, kind))
        said = 100 * np.mean(errors > threshold)
        lines.append(f"{kind or 'healthy'}: called an anomaly {said:.1f} %, error {errors.mean():.4f}")
    arguments.report.write_text("\n".join(lines) + "\n")
    print("\n".join(lines))
    arguments.audio.mkdir(exist_ok=True)
    _record(arguments.audio)


if __name__ == "__main__":
    main()
