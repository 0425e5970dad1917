"""Post-training quantisation of the DS-CNN to int8; activation ranges come from calibration
clips."""

import numpy as np
import torch
from network import BLOCKS
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


def build(model, calibration, classes, description):
    """Returns the bytes of the .tflite. calibration: float32 [n, 1, 49, 10]."""
    ranges = _activation_ranges(model, calibration)
    graph = QuantisedGraph()
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
        scale, zero_point = affine(*ranges[number])
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
    logits = graph.activation("fully_connected", (1, classes), *affine(*ranges[-1]))
    options = {"FusedActivationFunction": NO_ACTIVATION}
    graph.operators.append(
        OperatorSpec(OPERATOR.FULLY_CONNECTED, [flat, *constants], [logits], options)
    )

    # TensorFlow Lite fixes the output of an int8 softmax at 1/256 and -128.
    scores = graph.activation("softmax", (1, classes), 1.0 / 256.0, -128)
    graph.operators.append(OperatorSpec(OPERATOR.SOFTMAX, [logits], [scores], {"Beta": 1.0}))
    return write_model(description, graph.tensors, graph.operators, [first], [scores])
