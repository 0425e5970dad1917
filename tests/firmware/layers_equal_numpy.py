#!/usr/bin/python3
"""Every layer of the committed model, by both kinds of kernels, equals the numpy reference.

Usage: layers_equal_numpy.py RUN_LAYERS... KWS_FOLDER
"""

import pathlib
import subprocess
import sys

import check_layers
import int8_reference
import numpy as np


def main(arguments):
    folder = pathlib.Path(arguments[-1])
    model_path, input_path = folder / "kws_ds_cnn_int8.tflite", folder / "verify_input.bin"
    model = int8_reference.Model(model_path.read_bytes())
    features = np.fromfile(input_path, dtype=np.int8)
    status = 0
    for program in arguments[:-1]:
        dump = subprocess.run([program, model_path, input_path], stdout=subprocess.PIPE, check=True)
        lines = check_layers.compare(model, features, check_layers.parse_dump(dump.stdout.decode()))
        print("\n".join(lines) or f"{pathlib.Path(program).name}: equal")
        status |= bool(lines)
    return status


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
