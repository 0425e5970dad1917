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


def _sum(op, first, second, output, x, y, sign):
    largest = 2.0 * max(float(first.scale), float(second.scale))

    def scaled(tensor, values):
        multiplier, shift = quantise_multiplier(float(tensor.scale) / largest)
        return rounding_divide_by_pot(
            doubling_high_mul((values - tensor.zero_point) << 20, multiplier), -shift
        )

    total = scaled(first, x) + sign * scaled(second, y)
    multiplier, shift = quantise_multiplier(largest / (2.0**20 * float(output.scale)))
    result = rounding_divide_by_pot(doubling_high_mul(total, multiplier), -shift)
    return np.clip(result + output.zero_point, *_activation_range(op.options["activation"], output))


def _mul(op, first, second, output, x, y):
    product = (x - first.zero_point) * (y - second.zero_point)
    # TensorFlow Lite Micro multiplies these scales in double precision.
    real = float(first.scale) * float(second.scale)
    return _requantise(product, [real], output, op.options["activation"])


def _mean(source, axes, output, x):
    axes = tuple(int(a) for a in axes.data)
    count = int(np.prod([x.shape[a] for a in axes]))
    sums = x.sum(axis=axes) - count * source.zero_point
    # The division goes into the multiplier, as "quantized mean or sum" of the reference does it.
    multiplier, shift = quantise_multiplier(float(source.scale) / float(output.scale))
    bits = min(count.bit_length() - 1, 32, 31 + shift)
    scaled = multiply_by_quantised_multiplier(sums, (multiplier << bits) // count, shift - bits)
    return np.clip(scaled + output.zero_point, -128, 127).reshape(x.shape[0], *output.shape[1:])


def _rescale(source, output, x, activation):
    return _requantise(x - source.zero_point, [float(source.scale)], output, activation)


def _logistic(source, x):
    # Q4.27; from 15 on the result is the smallest or the largest.
    multiplier, shift = quantise_multiplier(float(source.scale) * 2.0**27)
    radius = math.floor(15.0 * 2.0**27 / 2.0**shift)
    x = x - source.zero_point
    inside = np.where(abs(x) < radius, x, 0)
    scaled = multiply_by_quantised_multiplier(inside, multiplier, shift)
    exponentials = exp_on_negative_values(-abs(scaled), 4)
    above_half = reciprocal_of_one_plus(exponentials)
    result = np.where(scaled > 0, above_half, 2**31 - 1 - above_half)
    result = rounding_divide_by_pot(np.where(scaled == 0, 2**30, result), 23) - 128
    return np.where(x <= -radius, -128, np.where(x >= radius, 127, np.clip(result, -128, 127)))


def _upper_half(multiplier):
    return min((multiplier + 2**15) >> 16, 2**15 - 1)


def _high_mul_16(a, b, nudge):
    """a * b / 2^15, to nearest with halves up (nudge 2^14) or towards zero (nudge None)."""
    product = a * b
    if nudge is None:
        return np.minimum(np.sign(product) * (abs(product) >> 15), 2**15 - 1)
    return np.minimum((product + nudge) >> 15, 2**15 - 1)


def _hard_swish(source, output, x):
    def saturated(value):
        return np.clip(value, -(2**15), 2**15 - 1)

    fine_scale = np.float32(np.float32(1.0 / 128.0) * source.scale)
    multiplier, exponent = quantise_multiplier(float(np.float32(fine_scale / output.scale)))
    ramp_scale = np.float32(np.float32(3.0) / np.float32(32768.0))
    ramp_multiplier, ramp_exponent = quantise_multiplier(float(np.float32(fine_scale / ramp_scale)))
    fine = (x - source.zero_point) << 7
    scaled = _high_mul_16(fine, _upper_half(multiplier), 2**14)
    ramp = saturated(fine << (ramp_exponent - 1)) if ramp_exponent > 0 else fine
    ramp = _high_mul_16(ramp, _upper_half(ramp_multiplier), 2**14)
    if ramp_exponent > 0:
        ramp = saturated(ramp << 1)
    else:
        ramp = rounding_divide_by_pot(ramp, -ramp_exponent)
    ramp = (ramp + 2**15) >> 1
    result = rounding_divide_by_pot(_high_mul_16(ramp, scaled, None), -exponent)
    return np.clip(result + output.zero_point, -128, 127)


def _quantise_reals(output, x):
    steps = np.asarray(x, dtype=np.float32) / output.scale
    # Halves away from zero; np.round would take them to even numbers.
    rounded = np.sign(steps) * np.floor(abs(steps.astype(np.float64)) + 0.5)
    return np.clip(rounded.astype(np.int64) + output.zero_point, -128, 127)


def _strided_slice(op, begin, end, strides, x):
    places = []
    for axis, (first, last, step) in enumerate(zip(begin.data, end.data, strides.data)):
        if (op.options["shrink_axis_mask"] >> axis) & 1:
            places.append(int(first))
            continue
        masked = [(op.options[mask] >> axis) & 1 for mask in ("begin_mask", "end_mask")]
        places.append(
            slice(None if masked[0] else int(first), None if masked[1] else int(last), int(step))
        )
    return x[tuple(places)]


def _softmax(op, source, output, x):
    # Differences to the row's maximum, scaled to Q5.26; the sum of exponentials is Q12.19.
    real = op.options["beta"] * float(source.scale) * 2.0**26
    multiplier, shift = quantise_multiplier(min(real, 2.0**31 - 1.0))
    smallest = -math.floor(31.0 * 2.0**26 / 2.0**shift)
    difference = x - x.max(axis=-1, keepdims=True)
    counted = difference >= smallest
    scaled = doubling_high_mul(np.where(counted, difference, 0) << shift, multiplier)
    exponentials = exp_on_negative_values(scaled, 5)
    total = np.where(counted, rounding_divide_by_pot(exponentials, 12), 0).sum(-1, keepdims=True)
    zeros = 32 - np.frompyfunc(int.bit_length, 1, 1)(total.astype(object)).astype(np.int64)
    inverse = reciprocal_of_one_plus((total << zeros) - 2**31)
    value = rounding_divide_by_pot(doubling_high_mul(inverse, exponentials), (12 - zeros) + 23)
    return np.where(counted, np.clip(value - 128, -128, 127), -128)


def _wide(values):
    return values.astype(np.int64) if np.issubdtype(values.dtype, np.integer) else values


class Model:
    """A model read from the bytes of a .tflite file."""

    def __init__(self, data):
        self.graph = tflite_reader.read(data)

    def run(self, *inputs):
        """Each input: int8 [n, ...its shape without batch]. Returns each operator's output."""
        graph = self.graph
        values = {i: _wide(np.asarray(x)) for i, x in zip(graph.inputs, inputs)}
        results = []
        for op in graph.operators:
            tensors = [graph.tensors[i] if i >= 0 else None for i in op.inputs]
            output = graph.tensors[op.outputs[0]]
            # A constant may be an operand like any other.
            operands = [
                values[i] if i in values else None if t is None or t.data is None else _wide(t.data)
                for i, t in zip(op.inputs, tensors)
            ]
            result = self._evaluate(op, tensors, output, operands)
            values[op.outputs[0]] = result
            results.append(result.astype(output.dtype))
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
        if op.name in ("ADD", "SUB"):
            sign = 1 if op.name == "ADD" else -1
            return _sum(op, tensors[0], tensors[1], output, x[0], x[1], sign)
        if op.name == "MUL":
            return _mul(op, tensors[0], tensors[1], output, x[0], x[1])
        if op.name == "MEAN":
            return _mean(tensors[0], tensors[1], output, x[0])
        if op.name in ("RELU", "RELU6"):
            return _rescale(tensors[0], output, x[0], 1 if op.name == "RELU" else 3)
        if op.name == "LOGISTIC":
            return _logistic(tensors[0], x[0])
        if op.name == "HARD_SWISH":
            return _hard_swish(tensors[0], output, x[0])
        if op.name == "QUANTIZE":
            if tensors[0].dtype == np.int8:
                return _rescale(tensors[0], output, x[0], 0)
            return _quantise_reals(output, x[0])
        if op.name == "DEQUANTIZE":
            return (x[0] - tensors[0].zero_point).astype(np.float32) * tensors[0].scale
        if op.name in ("RESHAPE", "SQUEEZE", "EXPAND_DIMS"):
            return x[0].reshape(x[0].shape[0], *output.shape[1:])
        if op.name == "CONCATENATION":
            return np.concatenate(x, axis=op.options["axis"])
        if op.name == "TRANSPOSE":
            return x[0].transpose([int(axis) for axis in tensors[1].data])
        if op.name == "STRIDED_SLICE":
            return _strided_slice(op, *tensors[1:4], x[0])
        if op.name == "SHAPE":
            return np.array(tensors[0].shape)
        if op.name == "PACK":
            return np.array([int(value.reshape(-1)[0]) for value in x])
        if op.name == "PAD":
            widths = [(0, 0)] + [tuple(int(v) for v in row) for row in tensors[1].data[1:]]
            return np.pad(x[0], widths, constant_values=output.zero_point)
        kernel = {"AVERAGE_POOL_2D": _average_pool, "MAX_POOL_2D": _max_pool, "SOFTMAX": _softmax}
        return kernel[op.name](op, tensors[0], output, x[0])
