#!/usr/bin/python3
"""Writes the int8 image classification model and one picture for it.

Usage: make_model.py --output MODEL.tflite --picture PICTURE.bin
Needs on PYTHONPATH: converter/ and the bindings made by flatc. Seeds are fixed.
"""

import argparse
import pathlib

import numpy as np
import pictures
import resnet8

NETWORK_SEED, CALIBRATION_SEED, PICTURE_SEED = 8, 32, 10
CALIBRATION_PICTURES = 64


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--output", type=pathlib.Path, required=True)
    parser.add_argument("--picture", type=pathlib.Path, required=True)
    arguments = parser.parse_args()

    calibration = pictures.pictures(CALIBRATION_PICTURES, CALIBRATION_SEED)
    description = "tinyscope image classification, ResNet-8 int8, untrained"
    arguments.output.write_bytes(resnet8.build(calibration, NETWORK_SEED, description))
    picture = pictures.pictures(1, PICTURE_SEED)[0]
    arguments.picture.write_bytes((picture.astype(np.int16) - 128).astype(np.int8).tobytes())


if __name__ == "__main__":
    main()
