"""ResNet-8 as MLPerf Tiny uses it for image classification (32x32x3, ten classes), int8, untrained.

Weights are drawn from a normal distribution. Each channel is then shifted and scaled so that its
values over the calibration pictures have mean 0 and deviation 1, as a batch norm right after its
initialisation would do, folded into weights and bias. So all layers have the value ranges of a
real network, and the answers mean nothing.
"""

from dataclasses import dataclass

import numpy as np
from quantised_graph import (
    NO_ACTIVATION,
    OPERATOR,
    RELU,
    SAME,
    VALID,
    QuantisedGraph,
    affine,
)
from tflite_writer import OperatorSpec, TensorSpec, write_model

CLASSES = 10
STACKS = (16, 32, 64)  # channels; each stack after the first halves height and width
# int8 = pixel - 128, and the network sees 0..1.
INPUT_SCALE, INPUT_ZERO_POINT = 1.0 / 255.0, -128
_LOGIT_DEVIATION = 2.0


@dataclass
class _Activation:
    number: int  # of the tensor
    scale: np.float32
    zero_point: int
    values: np.ndarray  # float64 [pictures, height, width, channels], or [pictures, channels]


def _patches(x, kernel, stride):
    """[n, h, w, c] to [n, oh, ow, kernel * kernel * c], zeros around it as SAME padding asks."""
    places = -(-x.shape[1] // stride)
    total = max((places - 1) * stride + kernel - x.shape[1], 0)
    around = (total // 2, total - total // 2)
    padded = np.pad(x, ((0, 0), around, around, (0, 0)))
    windows = np.lib.stride_tricks.sliding_window_view(padded, (kernel, kernel), axis=(1, 2))
    picked = windows[:, ::stride, ::stride].transpose(0, 1, 2, 4, 5, 3)
    return picked.reshape(*picked.shape[:3], -1)


class _Network:
    """Runs the calibration pictures through each layer while it is being added."""

    def __init__(self, seed):
        self.graph = QuantisedGraph()
        self.rng = np.random.default_rng(seed)

    def _output(self, name, values):
        low, high = min(0.0, values.min()), max(0.0, values.max())
        scale, zero_point = affine(low, high)
        number = self.graph.activation(name, (1, *values.shape[1:]), scale, zero_point)
        return _Activation(number, scale, zero_point, values)

    def _operator(self, code, sources, target, options):
        self.graph.operators.append(OperatorSpec(code, sources, [target.number], options))
        return target

    def _weights(self, inputs, channels, deviation):
        """(weights [inputs' depth, channels], bias) that give the channels this deviation."""
        weights = self.rng.normal(size=(inputs.shape[-1], channels))
        products = (inputs @ weights).reshape(-1, channels)
        factor = deviation / products.std(axis=0)
        return weights * factor, -products.mean(axis=0) * factor

    def convolution(self, name, source, channels, kernel, stride, activation):
        patches = _patches(source.values, kernel, stride)
        weights, bias = self._weights(patches, channels, 1.0)
        values = patches @ weights + bias
        if activation == RELU:
            values = np.maximum(values, 0.0)
        shaped = weights.T.reshape(channels, kernel, kernel, -1)
        constants = self.graph.weights(name, shaped, 0, source.scale, bias)
        options = {"Padding": SAME, "StrideW": stride, "StrideH": stride}
        options["FusedActivationFunction"] = activation
        return self._operator(
            OPERATOR.CONV_2D, [source.number, *constants], self._output(name, values), options
        )

    def addition(self, name, first, second):
        values = np.maximum(first.values + second.values, 0.0)
        return self._operator(
            OPERATOR.ADD,
            [first.number, second.number],
            self._output(name, values),
            {"FusedActivationFunction": RELU},
        )

    def _same_scale(self, name, source, values):
        """An output of an operator that does not rescale."""
        shape = (1, *values.shape[1:])
        number = self.graph.activation(name, shape, source.scale, source.zero_point)
        return _Activation(number, source.scale, source.zero_point, values)

    def average_pool(self, name, source):
        size = source.values.shape[1]
        options = {"Padding": VALID, "StrideW": size, "StrideH": size, "FilterWidth": size}
        options.update({"FilterHeight": size, "FusedActivationFunction": NO_ACTIVATION})
        target = self._same_scale(name, source, source.values.mean(axis=(1, 2), keepdims=True))
        return self._operator(OPERATOR.AVERAGE_POOL_2D, [source.number], target, options)

    def reshape(self, name, source):
        flat = source.values.reshape(len(source.values), -1)
        shape = [1, flat.shape[1]]
        constant = self.graph.add(
            TensorSpec(name + "/shape", (2,), np.int32, data=np.array(shape, dtype=np.int32))
        )
        target = self._same_scale(name, source, flat)
        return self._operator(
            OPERATOR.RESHAPE, [source.number, constant], target, {"NewShape": shape}
        )

    def fully_connected(self, name, source, outputs):
        weights, bias = self._weights(source.values, outputs, _LOGIT_DEVIATION)
        constants = self.graph.weights(name, weights.T, None, source.scale, bias)
        return self._operator(
            OPERATOR.FULLY_CONNECTED,
            [source.number, *constants],
            self._output(name, source.values @ weights + bias),
            {"FusedActivationFunction": NO_ACTIVATION},
        )

    def softmax(self, name, source):
        # TensorFlow Lite fixes the output of an int8 softmax at 1/256 and -128.
        number = self.graph.activation(name, (1, source.values.shape[1]), 1.0 / 256.0, -128)
        exponentials = np.exp(source.values)
        values = exponentials / exponentials.sum(axis=1, keepdims=True)
        target = _Activation(number, np.float32(1.0 / 256.0), -128, values)
        return self._operator(OPERATOR.SOFTMAX, [source.number], target, {"Beta": 1.0})


def _stack(network, number, source, channels):
    """Two convolutions with a way around them; a 1x1 convolution where the shape changes."""
    name = f"stack{number}/"
    stride = 1 if number == 1 else 2
    inner = network.convolution(name + "conv1", source, channels, 3, stride, RELU)
    inner = network.convolution(name + "conv2", inner, channels, 3, 1, NO_ACTIVATION)
    around = source
    if stride != 1:
        around = network.convolution(
            name + "shortcut", source, channels, 1, stride, NO_ACTIVATION
        )
    return network.addition(name + "add", around, inner)


def build(pictures, seed, description):
    """Returns the bytes of the .tflite. pictures: uint8 [n, 32, 32, 3], for calibration."""
    network = _Network(seed)
    number = network.graph.activation("picture", (1, 32, 32, 3), INPUT_SCALE, INPUT_ZERO_POINT)
    first = _Activation(number, np.float32(INPUT_SCALE), INPUT_ZERO_POINT, pictures * INPUT_SCALE)
    x = network.convolution("conv", first, STACKS[0], 3, 1, RELU)
    for stack, channels in enumerate(STACKS, start=1):
        x = _stack(network, stack, x, channels)
    x = network.reshape("reshape", network.average_pool("average_pool", x))
    x = network.softmax("softmax", network.fully_connected("fully_connected", x, CLASSES))
    tensors, operators = network.graph.tensors, network.graph.operators
    return write_model(description, tensors, operators, [first.number], [x.number])
