"""The committed models with an input for each, and the images that run them."""

from dataclasses import dataclass


@dataclass
class Sample:
    name: str  # folder below firmware-samples/ and start of the images' names
    model: str
    input: str


SAMPLES = [
    Sample("kws", "kws_ds_cnn_int8.tflite", "verify_input.bin"),
    Sample("ic", "ic_resnet8_int8.tflite", "picture.bin"),
]
