"""Post-training quantisation of the DS-CNN to int8, to the rules of TensorFlow Lite's 8-bit
specification: weights symmetric, per channel in convolutions; activations with one scale and zero
point, from calibration clips; biases int32 with scale input * weight."""

import numpy as np
import torch
from mlrt.schema import BuiltinOperator
from network import BLOCKS
from tflite_writer import OperatorSpec, TensorSpec, write_model

OPERATOR = BuiltinOperator.BuiltinOperator
SAME, VALID = 0, 1
NO_ACTIVATION, RELU = 0, 1
# The features are int8 already; the network sees them as multiples of 1/32.
INPUT_SCALE = 1.0 / 32.0


def _activation_ranges(model, features):
    """(min, max) of each convolution's output after ReLU, and of the logits."""
    ranges = []
    with torch.no_grad():
        x = model.pad(features)
        for convolution, norm in zip(model.convolutions, model.norms):
            x = torch.relu(norm(convolution(x)))
            ranges.append((0.0, float(x.max())))
        logits = model.classifier(x.mean(dim=(2, 3)))
        ranges.append((min(0.0, float(logits.min())), max(0.0, float(logits.max()))))
    return ranges


def _affine(low, high):
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


class _Graph:
    def __init__(self):
        self.tensors, self.operators = [], []

    def add(self, tensor):
        self.tensors.append(tensor)
        return len(self.tensors) - 1

    def activation(self, name, shape, scale, zero_point):
        return self.add(TensorSpec(name, shape, np.int8, [scale], [zero_point]))

    def weights(self, name, values, axis, input_scale, bias):
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


def build(model, calibration, classes, description):
    """Returns the bytes of the .tflite. calibration: float32 [n, 1, 49, 10]."""
    ranges = _activation_ranges(model, calibration)
    graph = _Graph()
    source = graph.activation("features", (1, 49, 10, 1), INPUT_SCALE, 0)
    scale = np.float32(INPUT_SCALE)
    first = source
    names = ["conv"]
    for block in range(1, BLOCKS + 1):
        names += [f"block{block}/depthwise", f"block{block}/pointwise"]
    for number, (name, (weights, bias)) in enumerate(zip(names, model.folded())):
        depthwise = name.endswith("depthwise")
        # PyTorch keeps [out, in / groups, height, width]. TensorFlow Lite wants
        # [out, height, width, in], and [1, height, width, channels] for depthwise.
        order = (1, 2, 3, 0) if depthwise else (0, 2, 3, 1)
        axis = 3 if depthwise else 0
        constants = graph.weights(name, weights.transpose(order), axis, scale, bias)
        scale, zero_point = _affine(*ranges[number])
        output = graph.activation(name, (1, 25, 5, weights.shape[0]), scale, zero_point)
        stride = 2 if number == 0 else 1
        options = {"Padding": SAME, "StrideW": stride, "StrideH": stride}
        options["FusedActivationFunction"] = RELU
        if depthwise:
            options["DepthMultiplier"] = 1
        code = OPERATOR.DEPTHWISE_CONV_2D if depthwise else OPERATOR.CONV_2D
        graph.operators.append(OperatorSpec(code, [source, *constants], [output], options))
        source = output

    channels = graph.tensors[source].shape[3]
    pooled = graph.activation("average_pool", (1, 1, 1, channels), scale, zero_point)
    options = {"Padding": VALID, "StrideW": 5, "StrideH": 25, "FilterWidth": 5}
    options.update({"FilterHeight": 25, "FusedActivationFunction": NO_ACTIVATION})
    graph.operators.append(OperatorSpec(OPERATOR.AVERAGE_POOL_2D, [source], [pooled], options))

    shape = graph.add(
        TensorSpec("reshape/shape", (2,), np.int32, data=np.array([1, channels], dtype=np.int32))
    )
    flat = graph.activation("reshape", (1, channels), scale, zero_point)
    graph.operators.append(
        OperatorSpec(OPERATOR.RESHAPE, [pooled, shape], [flat], {"NewShape": [1, channels]})
    )

    weights = model.classifier.weight.detach().numpy()
    bias = model.classifier.bias.detach().numpy()
    constants = graph.weights("fully_connected", weights, None, scale, bias)
    logits = graph.activation("fully_connected", (1, classes), *_affine(*ranges[-1]))
    options = {"FusedActivationFunction": NO_ACTIVATION}
    graph.operators.append(
        OperatorSpec(OPERATOR.FULLY_CONNECTED, [flat, *constants], [logits], options)
    )

    # TensorFlow Lite fixes the output of an int8 softmax at 1/256 and -128.
    scores = graph.activation("softmax", (1, classes), 1.0 / 256.0, -128)
    graph.operators.append(OperatorSpec(OPERATOR.SOFTMAX, [logits], [scores], {"Beta": 1.0}))
    return write_model(description, graph.tensors, graph.operators, [first], [scores])
