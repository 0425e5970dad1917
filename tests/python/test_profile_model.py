"""tinyscope.profile_model: a .tflite without firmware of one's own."""

import pytest
import tinyscope

BOARD = "nucleo-l4r5zi"


@pytest.fixture(scope="module")
def model(samples):
    return samples / "gesture/gesture_conv_int8.tflite"


@pytest.fixture(scope="module")
def report(model):
    return tinyscope.profile_model(model, BOARD)


def test_names_the_layers_of_the_model(report, model):
    assert report.firmware == model.name
    assert report.metrics["inferences"] == 2  # the first one finds caches cold
    assert list(report.inferences["warm_up"]) == [True, False]
    assert report.layers.loc[1]["op"].iloc[-1] == "SOFTMAX"
    assert report.metrics["macs"] == report.layers.loc[1]["macs"].sum()


def test_takes_the_options_of_profile(report, model):
    slow = tinyscope.profile_model(model, BOARD, what_if=tinyscope.WhatIf(clock_hz=60e6))
    assert slow.metrics["latency_ms"] > 1.5 * report.metrics["latency_ms"]


def test_portable_kernels_take_longer(report, model):
    portable = tinyscope.profile_model(model, BOARD, kernels="reference")
    assert portable.metrics["cycles"] > 2 * report.metrics["cycles"]
    assert portable.metrics["macs"] == report.metrics["macs"]


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"kernels": "fastest"}, "fastest"),
        ({"board": "stm32f4discovery"}, "stm32f4discovery"),
        ({"model": "model.onnx"}, "expected a .tflite file"),
        ({"model": "missing.tflite"}, "missing.tflite"),
    ],
)
def test_says_what_cannot_be_run(model, options, message):
    with pytest.raises(tinyscope.InputError, match=message):
        tinyscope.profile_model(**{"model": model, "board": BOARD, **options})
