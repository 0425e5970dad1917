"""Tensors of a float32 model, for writers that can also write an int8 one."""

import numpy as np
from tflite_writer import TensorSpec


class Float32Graph:
    """As QuantisedGraph, but values stay as they are: scales and zero points mean nothing."""

    def __init__(self):
        self.tensors, self.operators = [], []

    def add(self, tensor):
        """Returns the tensor's number."""
        self.tensors.append(tensor)
        return len(self.tensors) - 1

    def activation(self, name, shape, _scale, _zero_point):
        return self.add(TensorSpec(name, shape, np.float32))

    def weights(self, name, values, _axis, _input_scale, bias):
        """Adds float32 weights and biases; returns their two numbers."""
        added = []
        for suffix, constant in (("/weights", values), ("/bias", bias)):
            data = np.ascontiguousarray(constant, dtype=np.float32)
            added.append(self.add(TensorSpec(name + suffix, data.shape, np.float32, data=data)))
        return tuple(added)
