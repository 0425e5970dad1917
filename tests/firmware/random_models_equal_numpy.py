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
import float32_reference
import int8_reference
import numpy as np
import tflite_reader
from mlrt.schema import BuiltinOperator
from tflite_writer import OperatorSpec, TensorSpec, write_model

OPERATOR = BuiltinOperator.BuiltinOperator
MODELS = 440
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

    def values(self, tensor):
        """Something to put into a tensor."""
        if tensor.dtype == np.float32:
            return self.rng.normal(0, 8, size=tensor.shape).astype(np.float32)
        return self.rng.integers(-128, 128, size=tensor.shape).astype(np.int8)

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


def shape_of(draw, rank=4, largest=6):
    return (1, *(draw.integer(1, largest) for _ in range(rank - 1)))


def repeated(draw, shape):
    """The shape, or one that is repeated along some of its axes, possibly without the first ones."""
    kind = draw.integer(0, 3)
    if kind == 0:
        return shape
    if kind == 1:
        return (1,) * len(shape)
    shape = tuple(size if draw.integer(0, 1) else 1 for size in shape)
    return shape[draw.integer(0, 2) :] if kind == 3 else shape


def two_operands(draw, code):
    shape = shape_of(draw)
    tensors = [draw.activation("input", shape), draw.activation("output", shape)]
    other = draw.activation("other", repeated(draw, shape))
    if draw.integer(0, 1):
        other.data = draw.rng.integers(-128, 128, size=other.shape).astype(np.int8)
    options = {"FusedActivationFunction": draw.integer(0, 3)}
    order = [0, 2] if draw.integer(0, 1) else [2, 0]
    return [*tensors, other], OperatorSpec(code, order, [1], options)


def mean(draw):
    shape = shape_of(draw, largest=12)
    axes = [(1, 2), (1,), (2, 3), (3,), (1, 2, 3), (-3, -2)][draw.integer(0, 5)]
    gone = {axis % 4 for axis in axes}
    keep = draw.integer(0, 1)
    target = [1 if i in gone else n for i, n in enumerate(shape) if keep or i not in gone]
    source = draw.activation("input", shape)
    # A mean is narrower than what it is of.
    output = draw.activation("output", tuple(target), source if draw.integer(0, 3) == 0 else None)
    constant = TensorSpec("axes", (len(axes),), np.int32, data=np.array(axes, dtype=np.int32))
    return [source, output, constant], OperatorSpec(
        OPERATOR.MEAN, [0, 2], [1], {"KeepDims": bool(keep)})


def one_to_one(draw, code):
    shape = shape_of(draw)
    source = draw.activation("input", shape)
    target = draw.activation("output", shape, source if draw.integer(0, 2) == 0 else None)
    return [source, target], OperatorSpec(code, [0], [1], {})


def logistic(draw):
    shape = shape_of(draw)
    source = draw.activation("input", shape)
    target = TensorSpec("output", shape, np.int8, [1.0 / 256.0], [-128])
    return [source, target], OperatorSpec(OPERATOR.LOGISTIC, [0], [1], {})


def hard_swish(draw):
    # The output's scale is at least 1/128 of the input's, as converters have it.
    shape = shape_of(draw)
    source, target = draw.activation("input", shape), draw.activation("output", shape)
    ratio = np.exp(draw.rng.uniform(np.log(0.02), np.log(4.0)))
    target.scales = [np.float32(float(source.scales[0]) * ratio)]
    return [source, target], OperatorSpec(OPERATOR.HARD_SWISH, [0], [1], {})


def real_to_int8(draw):
    shape = shape_of(draw)
    source = TensorSpec("input", shape, np.float32)
    return [source, draw.activation("output", shape)], OperatorSpec(
        OPERATOR.QUANTIZE, [0], [1], {})


def int8_to_real(draw):
    shape = shape_of(draw)
    target = TensorSpec("output", shape, np.float32)
    return [draw.activation("input", shape), target], OperatorSpec(
        OPERATOR.DEQUANTIZE, [0], [1], {})


def concatenation(draw):
    shape, axis, count = shape_of(draw), draw.integer(1, 3), draw.integer(1, 4)
    source = draw.activation("input", shape)
    parts = [source]
    for _ in range(count - 1):
        size = [*shape]
        size[axis] = draw.integer(1, 6)
        parts.append(draw.activation("part", tuple(size), source))
    size = [*shape]
    size[axis] = sum(part.shape[axis] for part in parts)
    target = draw.activation("output", tuple(size), source)
    tensors = [parts[0], target, *parts[1:]]
    return tensors, OperatorSpec(
        OPERATOR.CONCATENATION, [0, *range(2, len(tensors))], [1],
        {"Axis": axis - (4 if draw.integer(0, 1) else 0)})


def indices(name, values):
    return TensorSpec(name, (len(values),), np.int32, data=np.array(values, dtype=np.int32))


def transpose(draw):
    shape = shape_of(draw)
    order = [0, *(int(i) + 1 for i in draw.rng.permutation(3))]
    source = draw.activation("input", shape)
    target = draw.activation("output", tuple(shape[i] for i in order), source)
    return [source, target, indices("order", order)], OperatorSpec(
        OPERATOR.TRANSPOSE, [0, 2], [1], {})


def strided_slice(draw):
    shape = shape_of(draw, rank=draw.integer(2, 4), largest=9)
    begin, end, strides, masks, taken = [0], [1], [1], [0, 0, 0], [slice(None)]
    for axis, size in enumerate(shape[1:], start=1):
        step = [1, 1, 2, 3, -1, -2][draw.integer(0, 5)]
        places = sorted((draw.integer(0, size - 1), draw.integer(0, size - 1)))
        first, last = (places[0], places[1] + 1) if step > 0 else (places[1], places[0] - 1)
        open_ends = [draw.integer(0, 3) == 0, draw.integer(0, 3) == 0 or last < 0]
        single = draw.integer(0, 4) == 0
        begin.append(first - size if draw.integer(0, 1) else first)
        end.append(last if last <= size - 1 and not open_ends[1] else size + 5 if step > 0 else 0)
        strides.append(1 if single else step)
        if single:
            open_ends = [False, False]
        for mask, wanted in enumerate((*open_ends, single)):
            masks[mask] |= wanted << axis
        ends = slice(None if open_ends[0] else first, None if open_ends[1] else end[-1], step)
        taken.append(first if single else ends)
    source = draw.activation("input", shape)
    result = np.empty(shape)[tuple(taken)].shape
    target = draw.activation("output", result, source)
    tensors = [source, target, indices("begin", begin), indices("end", end),
               indices("strides", strides)]
    options = {"BeginMask": masks[0], "EndMask": masks[1], "ShrinkAxisMask": masks[2]}
    return tensors, OperatorSpec(OPERATOR.STRIDED_SLICE, [0, 2, 3, 4], [1], options)


KINDS = [
    lambda draw: convolution(draw, False),
    lambda draw: convolution(draw, True),
    fully_connected,
    lambda draw: pool(draw, OPERATOR.AVERAGE_POOL_2D),
    lambda draw: pool(draw, OPERATOR.MAX_POOL_2D),
    add,
    softmax,
    pad,
    lambda draw: two_operands(draw, OPERATOR.ADD),
    lambda draw: two_operands(draw, OPERATOR.SUB),
    lambda draw: two_operands(draw, OPERATOR.MUL),
    mean,
    lambda draw: one_to_one(draw, OPERATOR.RELU),
    lambda draw: one_to_one(draw, OPERATOR.RELU6),
    lambda draw: one_to_one(draw, OPERATOR.QUANTIZE),
    logistic,
    hard_swish,
    real_to_int8,
    int8_to_real,
    concatenation,
    transpose,
    strided_slice,
]


# Operators whose float32 form has a reference of its own.
FLOAT_KINDS = [
    lambda draw: two_operands(draw, OPERATOR.ADD),
    lambda draw: two_operands(draw, OPERATOR.SUB),
    lambda draw: two_operands(draw, OPERATOR.MUL),
    mean,
    lambda draw: one_to_one(draw, OPERATOR.RELU),
    lambda draw: one_to_one(draw, OPERATOR.RELU6),
    logistic,
    hard_swish,
]
FLOAT_MODELS = 80


def as_float32(draw, tensor):
    if tensor.dtype != np.int8:
        return tensor
    real = TensorSpec(tensor.name, tensor.shape, np.float32)
    if tensor.data is not None:
        real.data = draw.values(real)
    return real


class Bench:
    """Runs models of one operator with each of the programs."""

    def __init__(self, programs, folder):
        self.programs = programs
        self.model = pathlib.Path(folder) / "model.tflite"
        self.input = pathlib.Path(folder) / "input.bin"

    def outputs(self, draw, tensors, operator, dtype):
        """(bytes of the model, inputs, what each program gives)."""
        inputs = [i for i in operator.inputs if i >= 0 and tensors[i].data is None]
        data = write_model("test", tensors, [operator], inputs, [1])
        values = [draw.values(tensors[i]) for i in inputs]
        self.model.write_bytes(data)
        self.input.write_bytes(b"".join(value.tobytes() for value in values))
        results = []
        for program in self.programs:
            run = subprocess.run([program, self.model, self.input], stdout=subprocess.PIPE)
            got = check_layers.parse_dump(run.stdout.decode())[-1][1]
            results.append(np.ascontiguousarray(got).view(dtype))
        return data, values, results


def check_exact(bench, number):
    draw = Draw(1000 + number)
    tensors, operator = KINDS[number % len(KINDS)](draw)
    data, values, results = bench.outputs(draw, tensors, operator, tensors[1].dtype)
    expected = int8_reference.Model(data).run(*values)[-1].reshape(-1)
    for got in results:
        if got.size != expected.size or (got != expected).any():
            at = np.flatnonzero(got != expected)
            print(f"model {number} {tensors[0]} {operator}: {len(at)} of {got.size} differ")
            print(got[at][:10], expected[at][:10])
            return False
    return True


def check_float32(bench, number):
    draw = Draw(5000 + number)
    tensors, operator = FLOAT_KINDS[number % len(FLOAT_KINDS)](draw)
    tensors = [as_float32(draw, tensor) for tensor in tensors]
    data, values, results = bench.outputs(draw, tensors, operator, np.float32)
    expected = float32_reference.evaluate(tflite_reader.read(data), values).reshape(-1)
    for got in results:
        if got.size != expected.size or not np.allclose(got, expected, rtol=1e-5, atol=1e-5):
            print(f"float32 model {number} {tensors[0]} {operator}: {got[:5]}, not {expected[:5]}")
            return False
    return True


def main(programs):
    with tempfile.TemporaryDirectory() as folder:
        bench = Bench(programs, folder)
        for number in range(MODELS):
            if not check_exact(bench, number):
                return 1
        for number in range(FLOAT_MODELS):
            if not check_float32(bench, number):
                return 1
    print(f"{MODELS} models are equal, bit for bit, and {FLOAT_MODELS} of float32 within rounding")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
