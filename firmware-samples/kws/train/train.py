#!/usr/bin/python3
"""Trains the keyword spotter on synthesised speech and writes the int8 .tflite.

Usage: train.py --output MODEL.tflite --verify-input FEATURES.bin --report ACCURACY.txt
Needs on PYTHONPATH: this folder, converter/, frontend/, tests/firmware/, the bindings made by flatc.
Seeds are fixed and one thread is used, so a run repeats itself on the same machine.
"""

import argparse
import pathlib

import features as frontend
import int8_reference
import network
import numpy as np
import quantise
import sequence
import synthesis
import torch
from phonemes import LABELS
from torch import nn

TRAINING_SEED, HELD_OUT_SEED, NETWORK_SEED = 20240301, 77, 5
CLIPS_OF_WORD, CLIPS_OF_UNKNOWN = 650, 1500
HELD_OUT_OF_LABEL = 150
CALIBRATION_CLIPS = 600
EPOCHS = 22


def _as_network_input(features):
    return torch.tensor(features[:, None].astype(np.float32) * quantise.INPUT_SCALE)


def _data(words, unknown, seed):
    counts = {label: unknown if label == "unknown" else words for label in LABELS}
    audio, labels = synthesis.clips(counts, seed)
    parts = [frontend.features(audio[i : i + 100]) for i in range(0, len(audio), 100)]
    return np.concatenate(parts), labels


def _report(model, path, features, labels):
    """Accuracy of the float network and of the int8 file on the held-out clips."""
    with torch.no_grad():
        float_guess = model(_as_network_input(features)).argmax(1).numpy()
    quantised = int8_reference.Model(path.read_bytes())
    batches = [features[i : i + 100, ..., None] for i in range(0, len(features), 100)]
    scores = np.concatenate([quantised.run(batch)[-1] for batch in batches])
    int8_guess = scores.reshape(len(labels), -1).argmax(1)
    lines = [
        f"held-out clips: {len(labels)} ({HELD_OUT_OF_LABEL} of each label, seed {HELD_OUT_SEED})",
        f"float accuracy: {100 * np.mean(float_guess == labels):.2f} %",
        f"int8 accuracy: {100 * np.mean(int8_guess == labels):.2f} %",
        f"same answer: {100 * np.mean(int8_guess == float_guess):.2f} %",
        "int8 recall: "
        + ", ".join(
            f"{label} {100 * np.mean(int8_guess[labels == i] == i):.0f} %"
            for i, label in enumerate(LABELS)
        ),
    ]
    return "\n".join(lines) + "\n"


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--output", type=pathlib.Path, required=True)
    parser.add_argument("--verify-input", type=pathlib.Path, required=True)
    parser.add_argument("--report", type=pathlib.Path, required=True)
    arguments = parser.parse_args()

    torch.set_num_threads(1)
    print("synthesising", flush=True)
    features, labels = _data(CLIPS_OF_WORD, CLIPS_OF_UNKNOWN, TRAINING_SEED)
    held_out, held_out_labels = _data(HELD_OUT_OF_LABEL, HELD_OUT_OF_LABEL, HELD_OUT_SEED)
    inputs = _as_network_input(features)

    torch.manual_seed(NETWORK_SEED)
    model = network.DsCnn(len(LABELS))
    loss = nn.CrossEntropyLoss(label_smoothing=0.02)
    sequence.fit(model, inputs, torch.tensor(labels), loss, EPOCHS, NETWORK_SEED)

    chosen = np.random.default_rng(NETWORK_SEED).permutation(len(labels))[:CALIBRATION_CLIPS]
    description = "tinyscope keyword spotting, DS-CNN int8"
    content = quantise.build(model, inputs[chosen], len(LABELS), description)
    arguments.output.write_bytes(content)

    # The verification firmware runs the first held-out "yes".
    arguments.verify_input.write_bytes(held_out[held_out_labels == 0][0].tobytes())
    text = _report(model, arguments.output, held_out, held_out_labels)
    arguments.report.write_text(text)
    print(text, end="")


if __name__ == "__main__":
    main()
