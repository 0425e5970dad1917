#!/usr/bin/python3
"""Compares what the verification firmware printed with the numpy reference, bit for bit.

Usage: check_layers.py MODEL.tflite INPUT.bin LAYERDUMP.txt
INPUT.bin holds the int8 input tensor. LAYERDUMP.txt holds, for each operator in order, a line
`LAYER <number> <name> <bytes>` and lines of hex digits, then `VERIFY DONE`; other lines before
the first LAYER are ignored. Exit status 0 when every layer is equal, 1 when not.
"""

import pathlib
import sys

import int8_reference
import numpy as np


def parse_dump(text):
    """Returns [(name, int8 array)]. Raises ValueError when the dump is not whole."""
    layers, expected = [], []
    finished = False
    for line in text.splitlines():
        words = line.split()
        if not words:
            continue
        if words[:2] == ["VERIFY", "DONE"]:
            finished = True
            break
        if words[:2] == ["VERIFY", "FAILED"]:
            raise ValueError("the firmware reports: " + line)
        if words[0] == "LAYER":
            if len(words) != 4 or int(words[1]) != len(layers):
                raise ValueError(f"expected LAYER {len(layers)}, got: {line}")
            layers.append((words[2], bytearray()))
            expected.append(int(words[3]))
        elif layers:
            layers[-1][1].extend(bytes.fromhex(line))
    if not finished:
        raise ValueError("no VERIFY DONE: the dump is cut off")
    for (name, data), size in zip(layers, expected):
        if len(data) != size:
            raise ValueError(f"layer {name}: {len(data)} bytes instead of {size}")
    return [(name, np.frombuffer(bytes(data), dtype=np.int8)) for name, data in layers]


def compare(model, features, layers):
    """Returns the lines that describe differences; empty when there are none."""
    graph = model.graph
    source = graph.tensors[graph.inputs[0]]
    expected = model.run(features.reshape(source.shape))
    if len(layers) != len(expected):
        return [f"{len(layers)} layers in the dump, {len(expected)} operators in the model"]
    lines = []
    for number, ((name, got), want) in enumerate(zip(layers, expected)):
        want = want.reshape(-1)
        tensor = graph.tensors[graph.operators[number].outputs[0]].name
        if name != tensor:
            lines.append(f"layer {number}: named {name}, in the model {tensor}")
        elif got.size != want.size:
            lines.append(f"layer {number} {name}: {got.size} elements instead of {want.size}")
        elif (got != want).any():
            wrong = np.flatnonzero(got != want)
            at = wrong[0]
            lines.append(
                f"layer {number} {name}: {wrong.size} of {want.size} differ, first at {at}: "
                f"{got[at]} instead of {want[at]}"
            )
    return lines


def main(arguments):
    if len(arguments) != 3:
        sys.exit(__doc__)
    model = int8_reference.Model(pathlib.Path(arguments[0]).read_bytes())
    features = np.frombuffer(pathlib.Path(arguments[1]).read_bytes(), dtype=np.int8)
    try:
        layers = parse_dump(pathlib.Path(arguments[2]).read_text())
        lines = compare(model, features, layers)
    except ValueError as error:
        lines = [str(error)]
    for line in lines:
        print(line)
    if not lines:
        print(f"{len(layers)} layers are equal, bit for bit")
    return 1 if lines else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
