"""Networks that are one layer after the other: described once, trained by PyTorch, written as
TensorFlow Lite: int8 with the ranges that calibration data gives, or float32."""

from dataclasses import dataclass

import numpy as np
import torch
from float32_graph import Float32Graph
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
from torch import nn


@dataclass
class Conv:
    """Convolution, batch norm, ReLU; padding SAME. kernel and stride are (height, width)."""

    name: str
    channels: int
    kernel: tuple
    stride: tuple = (1, 1)


@dataclass
class Depthwise:
    """As Conv, each channel for itself."""

    name: str
    kernel: tuple
    stride: tuple = (1, 1)


@dataclass
class Pool:
    """Average over the whole height and width, and from there a plain vector."""

    name: str


@dataclass
class Dense:
    """Fully connected, from a plain vector."""

    name: str
    outputs: int
    relu: bool = False


@dataclass
class Softmax:
    """Only in the file; training works on what goes into it."""

    name: str


def same_padding(size, kernel, stride):
    """TensorFlow's SAME padding: (before, after)."""
    total = max((-(-size // stride) - 1) * stride + kernel - size, 0)
    return total // 2, total - total // 2


class Sequence(nn.Module):
    """`layers` on inputs of `shape` (height, width, channels), or (values,) for a plain vector.

    forward() takes float32 [n, channels, height, width] or [n, values]."""

    def __init__(self, shape, layers):
        super().__init__()
        self.shape, self.layers = shape, layers
        self.outputs = []  # shape after each layer, as `shape`
        self.modules_of = nn.ModuleList()
        for layer in layers:
            module, shape = self._module(layer, shape)
            self.modules_of.append(module)
            self.outputs.append(shape)

    @staticmethod
    def _module(layer, shape):
        if isinstance(layer, (Conv, Depthwise)):
            height, width, channels = shape
            top, bottom = same_padding(height, layer.kernel[0], layer.stride[0])
            left, right = same_padding(width, layer.kernel[1], layer.stride[1])
            depthwise = isinstance(layer, Depthwise)
            outputs = channels if depthwise else layer.channels
            groups = channels if depthwise else 1
            convolution = nn.Conv2d(
                channels, outputs, layer.kernel, layer.stride, groups=groups, bias=False
            )
            pad = nn.ZeroPad2d((left, right, top, bottom))
            module = nn.Sequential(pad, convolution, nn.BatchNorm2d(outputs), nn.ReLU())
            return module, (-(-height // layer.stride[0]), -(-width // layer.stride[1]), outputs)
        if isinstance(layer, Pool):
            return nn.Sequential(nn.AdaptiveAvgPool2d(1), nn.Flatten()), (shape[2],)
        if isinstance(layer, Dense):
            linear = nn.Linear(shape[0], layer.outputs)
            return nn.Sequential(linear, nn.ReLU()) if layer.relu else linear, (layer.outputs,)
        return nn.Identity(), shape

    def forward(self, x):
        for module in self.modules_of:
            x = module(x)
        return x


def fit(model, inputs, targets, loss_of, epochs, seed, batch=100, rate=4e-3):
    """Trains in place; loss_of(outputs, targets)."""
    torch.manual_seed(seed)
    steps = epochs * (len(inputs) // batch)
    optimiser = torch.optim.AdamW(model.parameters(), lr=1e-3, weight_decay=1e-3)
    schedule = torch.optim.lr_scheduler.OneCycleLR(optimiser, max_lr=rate, total_steps=steps)
    model.train()
    for epoch in range(epochs):
        order = torch.randperm(len(inputs))
        total = 0.0
        for first in range(0, len(order) - batch + 1, batch):
            chosen = order[first : first + batch]
            optimiser.zero_grad()
            loss = loss_of(model(inputs[chosen]), targets[chosen])
            loss.backward()
            optimiser.step()
            schedule.step()
            total += loss.item()
        print(f"epoch {epoch + 1}/{epochs}: loss {total / (len(order) // batch):.4f}", flush=True)
    model.eval()


def _folded(module):
    """Weights and bias of a convolution with its batch norm folded in, as numpy arrays."""
    _, convolution, norm, _ = module
    factor = norm.weight / torch.sqrt(norm.running_var + norm.eps)
    weights = convolution.weight * factor[:, None, None, None]
    bias = norm.bias - norm.running_mean * factor
    return weights.detach().numpy(), bias.detach().numpy()


def _range(values, relu):
    return (0.0 if relu else min(0.0, float(values.min())), max(1e-6, float(values.max())))


class _Writer:
    def __init__(self, graph, model, input_scale, input_zero_point):
        self.graph = graph
        self.scale, self.zero_point = np.float32(input_scale), input_zero_point
        self.first = self.graph.activation("input", (1, *model.shape), self.scale, self.zero_point)
        self.source = self.first

    def operate(self, code, name, constants, shape, options, new_scale=None):
        if new_scale is not None:
            self.scale, self.zero_point = new_scale
        output = self.graph.activation(name, (1, *shape), self.scale, self.zero_point)
        inputs = [self.source, *constants]
        self.graph.operators.append(OperatorSpec(code, inputs, [output], options))
        self.source = output

    def convolution(self, layer, module, values, shape):
        weights, bias = _folded(module)
        depthwise = isinstance(layer, Depthwise)
        # PyTorch keeps [out, in / groups, height, width]. TensorFlow Lite wants
        # [out, height, width, in], and [1, height, width, channels] for depthwise.
        order, axis = ((1, 2, 3, 0), 3) if depthwise else ((0, 2, 3, 1), 0)
        constants = self.graph.weights(layer.name, weights.transpose(order), axis, self.scale, bias)
        options = {"Padding": SAME, "StrideH": layer.stride[0], "StrideW": layer.stride[1]}
        options["FusedActivationFunction"] = RELU
        if depthwise:
            options["DepthMultiplier"] = 1
        code = OPERATOR.DEPTHWISE_CONV_2D if depthwise else OPERATOR.CONV_2D
        self.operate(code, layer.name, constants, shape, options, affine(*_range(values, True)))

    def pool(self, layer, before):
        height, width, channels = before
        options = {"Padding": VALID, "StrideH": height, "StrideW": width}
        options.update({"FilterHeight": height, "FilterWidth": width})
        options["FusedActivationFunction"] = NO_ACTIVATION
        self.operate(OPERATOR.AVERAGE_POOL_2D, layer.name, [], (1, 1, channels), options)
        shape = np.array([1, channels], dtype=np.int32)
        target = self.graph.add(
            TensorSpec(layer.name + "/shape", (2,), np.int32, data=shape)
        )
        self.operate(
            OPERATOR.RESHAPE,
            layer.name + "/flat",
            [target],
            (channels,),
            {"NewShape": [1, channels]},
        )

    def dense(self, layer, module, values):
        linear = module[0] if layer.relu else module
        weights, bias = linear.weight.detach().numpy(), linear.bias.detach().numpy()
        constants = self.graph.weights(layer.name, weights, None, self.scale, bias)
        options = {"FusedActivationFunction": RELU if layer.relu else NO_ACTIVATION}
        new_scale = affine(*_range(values, layer.relu))
        shape = (layer.outputs,)
        self.operate(OPERATOR.FULLY_CONNECTED, layer.name, constants, shape, options, new_scale)


def build(model, calibration, input_scale, input_zero_point, description):
    """The bytes of the int8 .tflite. calibration: float32 inputs as forward() takes them."""
    writer = _Writer(QuantisedGraph(), model, input_scale, input_zero_point)
    return _written(writer, model, calibration, description)


def build_float32(model, description):
    """The bytes of the float32 .tflite: trained weights, batch norms folded into convolutions."""
    # Ranges of activations are asked for on the way and mean nothing here: any input will do.
    shape = model.shape if len(model.shape) == 1 else (model.shape[2], *model.shape[:2])
    writer = _Writer(Float32Graph(), model, 1.0, 0)
    return _written(writer, model, torch.zeros(1, *shape), description)


def _written(writer, model, calibration, description):
    shape = model.shape
    values = calibration
    for layer, module, after in zip(model.layers, model.modules_of, model.outputs):
        with torch.no_grad():
            values = module(values)
        if isinstance(layer, (Conv, Depthwise)):
            writer.convolution(layer, module, values, after)
        elif isinstance(layer, Pool):
            writer.pool(layer, shape)
        elif isinstance(layer, Dense):
            writer.dense(layer, module, values)
        else:
            # TensorFlow Lite fixes the output of an int8 softmax at 1/256 and -128.
            writer.operate(
                OPERATOR.SOFTMAX, layer.name, [], after, {"Beta": 1.0}, (1.0 / 256.0, -128)
            )
        shape = after
    graph = writer.graph
    return write_model(description, graph.tensors, graph.operators, [writer.first], [writer.source])
