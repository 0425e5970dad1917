#!/usr/bin/python3
"""Random models of one operator each: the runtime with both kinds of kernels equals numpy.

Usage: random_models_equal_numpy.py RUN_LAYERS...
Odd sizes, paddings, strides, dilations, depth multipliers, zero points and fused activations.
"""

import pathlib
import subprocess
import sys
import tempfile

import check_layers
import int8_reference
import numpy as np
from mlrt.schema import BuiltinOperator
from tflite_writer import OperatorSpec, TensorSpec, write_model

OPERATOR = BuiltinOperator.BuiltinOperator
MODELS = 200
SAME, VALID = 0, 1


class Draw:
    """Random sizes, quantisations and tensors from one seed."""

    def __init__(self, seed):
        self.rng = np.random.default_rng(seed)

    def integer(self, low, high):
        return int(self.rng.integers(low, high + 1))

    def activation(self, name, shape, like=None):
        if like is not None:
            return TensorSpec(name, shape, np.int8, like.scales, like.zero_points)
        scale = np.float32(np.exp(self.rng.uniform(np.log(1e-3), np.log(0.5))))
        return TensorSpec(name, shape, np.int8, [scale], [self.integer(-128, 127)])

    def weights(self, shape, channels, axis, source, fan_in, target):
        """Constants whose results fill the output's range, saturating now and then."""
        data = self.rng.integers(-127, 128, size=shape).astype(np.int8)
        ideal = float(target.scales[0]) / (float(source.scales[0]) * 60 * np.sqrt(fan_in))
        count = channels if self.integer(0, 3) else 1
        scales = (ideal * np.exp(self.rng.normal(0, 0.7, size=count))).astype(np.float32)
        weights = TensorSpec("weights", shape, np.int8, scales, [0] * count, axis, data)
        bias = self.rng.integers(-3000, 3001, size=channels).astype(np.int32)
        return weights, TensorSpec("bias", (channels,), np.int32, [], [], 0, bias)

    def window(self, kernel=None):
        """Options of a window and the output size for an input size."""
        kernel = kernel or (self.integer(1, 4), self.integer(1, 4))
        stride = (self.integer(1, 3), self.integer(1, 3))
        padding = self.integer(SAME, VALID)
        options = {"Padding": padding, "StrideH": stride[0], "StrideW": stride[1]}

        def output(size, axis, dilation=1):
            if padding == SAME:
                return -(-size // stride[axis])
            return (size - (kernel[axis] - 1) * dilation - 1) // stride[axis] + 1

        return kernel, options, output


def convolution(draw, depthwise):
    kernel, options, output = draw.window((1, 1) if draw.integer(0, 2) == 0 else None)
    dilation = 1 if draw.integer(0, 2) else 2
    height, width = draw.integer(7, 12), draw.integer(7, 12)
    channels = draw.integer(1, 13)
    multiplier = draw.integer(1, 3) if depthwise and draw.integer(0, 1) else 1
    out_channels = channels * multiplier if depthwise else draw.integer(1, 11)
    source = draw.activation("input", (1, height, width, channels))
    shape = (1, output(height, 0, dilation), output(width, 1, dilation), out_channels)
    target = draw.activation("output", shape)
    options.update({"DilationHFactor": dilation, "DilationWFactor": dilation})
    options["FusedActivationFunction"] = draw.integer(0, 3)
    if depthwise:
        options["DepthMultiplier"] = multiplier
        weights = draw.weights((1, *kernel, out_channels), out_channels, 3, source,
                               kernel[0] * kernel[1], target)
    else:
        weights = draw.weights((out_channels, *kernel, channels), out_channels, 0, source,
                               kernel[0] * kernel[1] * channels, target)
    inputs = [0, 2, 3] if draw.integer(0, 4) else [0, 2, -1]
    code = OPERATOR.DEPTHWISE_CONV_2D if depthwise else OPERATOR.CONV_2D
    return [source, target, *weights], OperatorSpec(code, inputs, [1], options)


def fully_connected(draw):
    inputs, outputs, batches = draw.integer(1, 70), draw.integer(1, 20), draw.integer(1, 3)
    source = draw.activation("input", (batches, inputs))
    target = draw.activation("output", (batches, outputs))
    weights = draw.weights((outputs, inputs), outputs, 0, source, inputs, target)
    options = {"FusedActivationFunction": draw.integer(0, 3)}
    operator = OperatorSpec(OPERATOR.FULLY_CONNECTED, [0, 2, 3], [1], options)
    return [source, target, *weights], operator


def pool(draw, code):
    kernel, options, output = draw.window()
    height, width, channels = draw.integer(5, 12), draw.integer(5, 12), draw.integer(1, 11)
    source = draw.activation("input", (1, height, width, channels))
    target = draw.activation("output", (1, output(height, 0), output(width, 1), channels), source)
    options.update({"FilterHeight": kernel[0], "FilterWidth": kernel[1]})
    options["FusedActivationFunction"] = draw.integer(0, 3)
    return [source, target], OperatorSpec(code, [0], [1], options)


def add(draw):
    shape = (1, draw.integer(1, 7), draw.integer(1, 7), draw.integer(1, 7))
    tensors = [draw.activation("input", shape), draw.activation("output", shape)]
    tensors.append(draw.activation("other", shape))
    options = {"FusedActivationFunction": draw.integer(0, 3)}
    return tensors, OperatorSpec(OPERATOR.ADD, [0, 2], [1], options)


def softmax(draw):
    shape = (draw.integer(1, 4), draw.integer(1, 40) if draw.integer(0, 4) else 700)
    source = draw.activation("input", shape)
    target = TensorSpec("output", shape, np.int8, [1.0 / 256.0], [-128])
    beta = float(np.float32(draw.rng.uniform(0.2, 2.0)))
    return [source, target], OperatorSpec(OPERATOR.SOFTMAX, [0], [1], {"Beta": beta})


def pad(draw):
    shape = [1] + [draw.integer(1, 6) for _ in range(3)]
    amounts = np.array([[0, 0]] + [[draw.integer(0, 3), draw.integer(0, 3)] for _ in range(3)])
    source = draw.activation("input", tuple(shape))
    target = draw.activation("output", tuple(shape + amounts.sum(axis=1)), source)
    constant = TensorSpec("amounts", (4, 2), np.int32, data=amounts.astype(np.int32))
    return [source, target, constant], OperatorSpec(OPERATOR.PAD, [0, 2], [1], {})


KINDS = [
    lambda draw: convolution(draw, False),
    lambda draw: convolution(draw, True),
    fully_connected,
    lambda draw: pool(draw, OPERATOR.AVERAGE_POOL_2D),
    lambda draw: pool(draw, OPERATOR.MAX_POOL_2D),
    add,
    softmax,
    pad,
]


def main(programs):
    with tempfile.TemporaryDirectory() as name:
        model_path = pathlib.Path(name) / "model.tflite"
        input_path = pathlib.Path(name) / "input.bin"
        for number in range(MODELS):
            draw = Draw(1000 + number)
            tensors, operator = KINDS[number % len(KINDS)](draw)
            inputs = [i for i in operator.inputs if i >= 0 and tensors[i].data is None]
            model_path.write_bytes(write_model("test", tensors, [operator], inputs, [1]))
            values = [
                draw.rng.integers(-128, 128, size=tensors[i].shape).astype(np.int8) for i in inputs
            ]
            input_path.write_bytes(b"".join(value.tobytes() for value in values))
            model = int8_reference.Model(model_path.read_bytes())
            expected = model.run(*values)[-1].reshape(-1)
            for program in programs:
                run = subprocess.run([program, model_path, input_path], stdout=subprocess.PIPE)
                got = check_layers.parse_dump(run.stdout.decode())[-1][1]
                if got.size != expected.size or (got != expected).any():
                    at = np.flatnonzero(got != expected)
                    print(f"model {number} {tensors[0]} {operator}: {len(at)} of {got.size} differ")
                    print(got[at][:10], expected[at][:10])
                    return 1
    print(f"{MODELS} models are equal, bit for bit")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
