"""TensorFlow Lite's int8 operators in numpy, for comparing with the firmware bit for bit.

Plain and slow on purpose, except that any number of inputs runs at once. Written from the
specification, not from the C kernels.
"""

import math

import numpy as np
import tflite_reader
from fixed_point import (
    doubling_high_mul,
    exp_on_negative_values,
    multiply_by_quantised_multiplier,
    quantise_multiplier,
    reciprocal_of_one_plus,
    rounding_divide_by_pot,
)

_SAME = 0
_ACTIVATIONS = {0: (None, None), 1: (0.0, None), 2: (-1.0, 1.0), 3: (0.0, 6.0)}


def _activation_range(code, tensor):
    def quantise(real):
        steps = np.float32(real) / tensor.scale
        return tensor.zero_point + int(math.copysign(math.floor(abs(steps) + 0.5), steps))

    low, high = _ACTIVATIONS[code]
    minimum = -128 if low is None else max(-128, quantise(low))
    maximum = 127 if high is None else min(127, quantise(high))
    return minimum, maximum


def _padding(code, size, kernel, stride, dilation):
    """(before, output size) along one axis."""
    reach = (kernel - 1) * dilation + 1
    if code != _SAME:
        return 0, (size - reach) // stride + 1
    output = -(-size // stride)
    return max((output - 1) * stride + reach - size, 0) // 2, output


def _patches(x, kernel, options, fill):
    """x [n, h, w, c] to [n, oh, ow, kh, kw, c], places outside holding `fill`."""
    sizes = []
    for axis, (k, stride, dilation) in enumerate(
        (
            (kernel[0], options["stride_h"], options.get("dilation_h", 1)),
            (kernel[1], options["stride_w"], options.get("dilation_w", 1)),
        )
    ):
        before, output = _padding(options["padding"], x.shape[1 + axis], k, stride, dilation)
        places = np.arange(output)[:, None] * stride + np.arange(k) * dilation - before
        sizes.append((places, x.shape[1 + axis]))
    (rows, height), (columns, width) = sizes
    inside = ((rows >= 0) & (rows < height))[:, None, :, None] & (
        (columns >= 0) & (columns < width)
    )[None, :, None, :]
    clipped_rows = np.clip(rows, 0, height - 1)[:, None, :, None]
    clipped_columns = np.clip(columns, 0, width - 1)[None, :, None, :]
    picked = x[:, clipped_rows, clipped_columns, :]
    return np.where(inside[None, ..., None], picked, fill), inside


def _requantise(accumulators, scales_product, output, activation):
    pairs = [quantise_multiplier(s / float(output.scale)) for s in scales_product]
    multipliers, shifts = (np.array(v, dtype=np.int64) for v in zip(*pairs))
    scaled = multiply_by_quantised_multiplier(accumulators, multipliers, shifts)
    return np.clip(scaled + output.zero_point, *_activation_range(activation, output))


def _channel_scales(source, weights, channels):
    scales = np.broadcast_to(weights.scales, (channels,))
    return [float(source.scale) * float(s) for s in scales]


def _conv(op, source, weights, bias, output, x):
    kernel = weights.data.astype(np.int64)
    patches, _ = _patches(x - source.zero_point, kernel.shape[1:3], op.options, 0)
    flat = patches.reshape(*patches.shape[:3], -1)
    # Exact in float64: sums of int8 * 9-bit products stay far below 2^53.
    sums = (flat.astype(np.float64) @ kernel.reshape(kernel.shape[0], -1).T.astype(np.float64))
    sums = sums.astype(np.int64) + (0 if bias is None else bias.data.astype(np.int64))
    scales = _channel_scales(source, weights, kernel.shape[0])
    return _requantise(sums, scales, output, op.options["activation"])


def _depthwise_conv(op, source, weights, bias, output, x):
    kernel = weights.data.astype(np.int64)[0]
    patches, _ = _patches(x - source.zero_point, kernel.shape[:2], op.options, 0)
    # Output channel c * multiplier + m reads input channel c.
    spread = np.repeat(patches, kernel.shape[2] // x.shape[3], axis=-1)
    sums = (spread * kernel).sum(axis=(3, 4))
    sums = sums + (0 if bias is None else bias.data.astype(np.int64))
    scales = _channel_scales(source, weights, kernel.shape[2])
    return _requantise(sums, scales, output, op.options["activation"])


def _fully_connected(op, source, weights, bias, output, x):
    kernel = weights.data.astype(np.int64)
    sums = (x.reshape(-1, kernel.shape[1]) - source.zero_point) @ kernel.T
    sums = sums + (0 if bias is None else bias.data.astype(np.int64))
    if len(weights.scales) > 1:
        scales = _channel_scales(source, weights, kernel.shape[0])
    else:
        # TensorFlow Lite multiplies these two in single precision.
        scales = [float(np.float32(source.scale) * np.float32(weights.scale))]
    return _requantise(sums, scales, output, op.options["activation"])


def _average_pool(op, source, output, x):
    size = (op.options["filter_h"], op.options["filter_w"])
    patches, inside = _patches(x, size, op.options, 0)
    count = inside.sum(axis=(2, 3))[None, :, :, None]
    sums = patches.sum(axis=(3, 4))
    # Halves away from zero; padding does not count.
    means = np.where(sums < 0, -((-sums + count // 2) // count), (sums + count // 2) // count)
    return np.clip(means, *_activation_range(op.options["activation"], output))


def _max_pool(op, source, output, x):
    size = (op.options["filter_h"], op.options["filter_w"])
    patches, _ = _patches(x, size, op.options, -128)
    return np.clip(patches.max(axis=(3, 4)), *_activation_range(op.options["activation"], output))


def _add(op, first, second, output, x, y):
    largest = 2.0 * max(float(first.scale), float(second.scale))

    def scaled(tensor, values):
        multiplier, shift = quantise_multiplier(float(tensor.scale) / largest)
        return rounding_divide_by_pot(
            doubling_high_mul((values - tensor.zero_point) << 20, multiplier), -shift
        )

    total = scaled(first, x) + scaled(second, y)
    multiplier, shift = quantise_multiplier(largest / (2.0**20 * float(output.scale)))
    result = rounding_divide_by_pot(doubling_high_mul(total, multiplier), -shift)
    return np.clip(result + output.zero_point, *_activation_range(op.options["activation"], output))


def _softmax(op, source, output, x):
    # Differences to the row's maximum, scaled to Q5.26; the sum of exponentials is Q12.19.
    real = op.options["beta"] * float(source.scale) * 2.0**26
    multiplier, shift = quantise_multiplier(min(real, 2.0**31 - 1.0))
    smallest = -math.floor(31.0 * 2.0**26 / 2.0**shift)
    difference = x - x.max(axis=-1, keepdims=True)
    counted = difference >= smallest
    scaled = doubling_high_mul(np.where(counted, difference, 0) << shift, multiplier)
    exponentials = exp_on_negative_values(scaled)
    total = np.where(counted, rounding_divide_by_pot(exponentials, 12), 0).sum(-1, keepdims=True)
    zeros = 32 - np.frompyfunc(int.bit_length, 1, 1)(total.astype(object)).astype(np.int64)
    inverse = reciprocal_of_one_plus((total << zeros) - 2**31)
    value = rounding_divide_by_pot(doubling_high_mul(inverse, exponentials), (12 - zeros) + 23)
    return np.where(counted, np.clip(value - 128, -128, 127), -128)


class Model:
    """A model read from the bytes of a .tflite file."""

    def __init__(self, data):
        self.graph = tflite_reader.read(data)

    def run(self, *inputs):
        """Each input: int8 [n, ...its shape without batch]. Returns each operator's output."""
        graph = self.graph
        values = {i: np.asarray(x).astype(np.int64) for i, x in zip(graph.inputs, inputs)}
        results = []
        for op in graph.operators:
            tensors = [graph.tensors[i] if i >= 0 else None for i in op.inputs]
            output = graph.tensors[op.outputs[0]]
            result = self._evaluate(op, tensors, output, [values.get(i) for i in op.inputs])
            values[op.outputs[0]] = result
            results.append(result.astype(np.int8))
        return results

    def _evaluate(self, op, tensors, output, x):
        if op.name in ("CONV_2D", "DEPTHWISE_CONV_2D", "FULLY_CONNECTED"):
            kernel = {
                "CONV_2D": _conv,
                "DEPTHWISE_CONV_2D": _depthwise_conv,
                "FULLY_CONNECTED": _fully_connected,
            }[op.name]
            bias = tensors[2] if len(tensors) > 2 else None
            return kernel(op, tensors[0], tensors[1], bias, output, x[0])
        if op.name == "ADD":
            return _add(op, tensors[0], tensors[1], output, x[0], x[1])
        if op.name == "RESHAPE":
            return x[0].reshape(x[0].shape[0], *output.shape[1:])
        if op.name == "PAD":
            widths = [(0, 0)] + [tuple(int(v) for v in row) for row in tensors[1].data[1:]]
            return np.pad(x[0], widths, constant_values=output.zero_point)
        kernel = {"AVERAGE_POOL_2D": _average_pool, "MAX_POOL_2D": _max_pool, "SOFTMAX": _softmax}
        return kernel[op.name](op, tensors[0], output, x[0])
