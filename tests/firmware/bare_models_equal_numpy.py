#!/usr/bin/python3
"""Random models of one operator each, bare, in the shipped runner on a board: outputs equal numpy.

Usage: bare_models_equal_numpy.py TINYSCOPE
The runner's inputs are its pattern (firmware-samples/runner/input_pattern.hpp).
"""

import pathlib
import re
import subprocess
import sys
import tempfile

import float32_reference
import int8_reference
import numpy as np
import random_models_equal_numpy as random_models
import tflite_reader
from tflite_writer import write_model

# Where each board's arena and what the runner says of its outputs lie, and more than both take.
BOARDS = [("nano33ble-sense", "dsp", 0x20000000), ("nucleo-h7a3zi-q", "reference", 0x24000000)]
RAM_BYTES = 32768


def pattern(shape, dtype, number):
    """What the runner puts into its input of that number."""
    size = int(np.prod(shape)) * np.dtype(dtype).itemsize
    state, words = 2463534242 + number, []
    for _ in range(size // 4 + size % 4):
        state ^= (state << 13) & 0xFFFFFFFF
        state ^= state >> 17
        state ^= (state << 5) & 0xFFFFFFFF
        words.append(state)
    words = np.array(words, dtype=np.uint32)
    if dtype == np.float32:
        return (words.view(np.int32).astype(np.float32) * np.float32(2.0**-31)).reshape(shape)
    # What does not fill a word takes the lowest byte of one each.
    whole, rest = words[: size // 4], words[size // 4 :]
    lowest = (rest & 0xFF).astype(np.uint8)
    return np.concatenate([whole.view(np.int8), lowest.view(np.int8)]).reshape(shape)


def run_bare(program, model, board, kernels, ram):
    """The bytes of the first output. Raises RuntimeError with what the program says."""
    run = subprocess.run(
        [program, "run", model, "--board", board, "--kernels", kernels, "-q",
         "--print", "runner_outputs:u32[2]", "--print", f"{ram:#x}:hex[{RAM_BYTES}]"],
        stdout=subprocess.PIPE, stderr=subprocess.PIPE, check=False)
    if run.returncode != 0:
        raise RuntimeError(run.stderr.decode())
    address, size = re.search(r"runner_outputs = (\d+) (\d+)", run.stdout.decode()).groups()
    content = bytes.fromhex(re.search(r"= ([0-9a-f]{64,})", run.stdout.decode()).group(1))
    start = int(address) - ram
    if start + int(size) > RAM_BYTES:
        raise RuntimeError("the output lies beyond what was printed")
    return content[start : start + int(size)]


def check(program, folder, board, make, number, real):
    """None, or what is wrong."""
    draw = random_models.Draw(9000 + number)
    tensors, operator = make(draw)
    if real:
        tensors = [random_models.as_float32(draw, tensor) for tensor in tensors]
    inputs = [i for i in operator.inputs if i >= 0 and tensors[i].data is None]
    data = write_model("test", tensors, [operator], inputs, [1])
    path = pathlib.Path(folder) / "model.tflite"
    path.write_bytes(data)
    try:
        output = run_bare(program, path, *board)
    except RuntimeError as error:
        return str(error)
    values = [pattern(tensors[index].shape, tensors[index].dtype, i)
              for i, index in enumerate(inputs)]
    if real:
        expected = float32_reference.evaluate(tflite_reader.read(data), values).reshape(-1)
        good = np.allclose(np.frombuffer(output, np.float32), expected, rtol=1e-5, atol=1e-5)
    else:
        expected = int8_reference.Model(data).run(*values)[-1].reshape(-1)
        good = expected.tobytes() == output
    return None if good else f"got {output[:20].hex()}, expected {expected[:5]}"


def main(program):
    kinds = [(make, False) for make in random_models.KINDS]
    kinds += [(make, True) for make in random_models.FLOAT_KINDS]
    with tempfile.TemporaryDirectory() as folder:
        for number, (make, real) in enumerate(kinds):
            board = BOARDS[number % len(BOARDS)]
            wrong = check(program, folder, board, make, number, real)
            if wrong:
                print(f"model {number} on {board[0]}: {wrong}")
                return 1
    print(f"{len(kinds)} bare models are equal")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1]))
