"""Turns float32 weights and ranges of activations into the tensors of an int8 model, to the rules
of TensorFlow Lite's 8-bit specification: weights symmetric, per channel in convolutions;
activations with one scale and zero point; biases int32 with scale input * weight."""

import numpy as np
from mlrt.schema import BuiltinOperator
from tflite_writer import TensorSpec

OPERATOR = BuiltinOperator.BuiltinOperator
SAME, VALID = 0, 1
NO_ACTIVATION, RELU = 0, 1


def affine(low, high):
    """(scale, zero point) of an int8 tensor for real values in low..high; low <= 0 <= high."""
    scale = np.float32((high - low) / 255.0)
    return scale, int(np.clip(round(-128 - low / float(scale)), -128, 127))


def _quantise_weights(weights, axis):
    """Symmetric int8 in [-127, 127]; axis None for one scale for all."""
    if axis is None:
        peak = np.abs(weights).max(keepdims=True).reshape(1)
        shaped = peak
    else:
        others = tuple(i for i in range(weights.ndim) if i != axis)
        peak = np.abs(weights).max(axis=others)
        shaped = np.expand_dims(peak, others)
    # A channel that training has switched off keeps a scale that is not zero.
    scales = np.maximum(peak / 127.0, 1e-6).astype(np.float32)
    divisor = np.maximum(shaped / 127.0, 1e-6)
    return np.clip(np.round(weights / divisor), -127, 127).astype(np.int8), scales


class QuantisedGraph:
    """Tensors and operators of a model under construction, as write_model() takes them."""

    def __init__(self):
        self.tensors, self.operators = [], []

    def add(self, tensor):
        """Returns the tensor's number."""
        self.tensors.append(tensor)
        return len(self.tensors) - 1

    def activation(self, name, shape, scale, zero_point):
        return self.add(TensorSpec(name, shape, np.int8, [scale], [zero_point]))

    def weights(self, name, values, axis, input_scale, bias):
        """Adds int8 weights and int32 biases; returns their two numbers."""
        quantised, scales = _quantise_weights(values, axis)
        zeros = [0] * len(scales)
        dimension = 0 if axis is None else axis
        shape = quantised.shape
        weight = self.add(
            TensorSpec(name + "/weights", shape, np.int8, scales, zeros, dimension, quantised)
        )
        bias_scales = (np.float32(input_scale) * scales).astype(np.float32)
        steps = np.round(bias / bias_scales.astype(np.float64))
        data = np.clip(steps, -(2**31), 2**31 - 1).astype(np.int32)
        spec = TensorSpec(name + "/bias", bias.shape, np.int32, bias_scales, zeros, 0, data)
        return weight, self.add(spec)
