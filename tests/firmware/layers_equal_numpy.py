#!/usr/bin/python3
"""Every layer of the committed models, by both kinds of kernels, equals the numpy reference.

Usage: layers_equal_numpy.py RUN_LAYERS... SAMPLES_FOLDER
"""

import pathlib
import subprocess
import sys

import check_layers
import int8_reference
import numpy as np
from sample_models import SAMPLES


def main(arguments):
    status = 0
    for sample in SAMPLES:
        folder = pathlib.Path(arguments[-1]) / sample.name
        paths = [folder / sample.model, folder / sample.input]
        model = int8_reference.Model(paths[0].read_bytes())
        values = np.fromfile(paths[1], dtype=np.int8)
        for program in arguments[:-1]:
            dump = subprocess.run([program, *paths], stdout=subprocess.PIPE, check=True)
            layers = check_layers.parse_dump(dump.stdout.decode())
            lines = check_layers.compare(model, values, layers)
            name = f"{sample.name} by {pathlib.Path(program).name}"
            print("\n".join([name + ":", *lines]) if lines else f"{name}: equal")
            status |= bool(lines)
    return status


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
