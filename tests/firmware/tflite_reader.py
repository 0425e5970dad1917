"""Reads what the int8 operators need out of a .tflite file, straight from the bytes.

FlatBuffers wire format: a table starts with a signed offset back to its vtable; the vtable holds a
16-bit offset for each field id, 0 when the field is absent. Written apart from the schema and the
bindings the firmware and the training use, so that a mistake there shows.
"""

import struct
from dataclasses import dataclass, field

import numpy as np

OPERATOR_NAMES = {
    0: "ADD",
    1: "AVERAGE_POOL_2D",
    2: "CONCATENATION",
    3: "CONV_2D",
    4: "DEPTHWISE_CONV_2D",
    6: "DEQUANTIZE",
    9: "FULLY_CONNECTED",
    14: "LOGISTIC",
    17: "MAX_POOL_2D",
    18: "MUL",
    19: "RELU",
    21: "RELU6",
    22: "RESHAPE",
    25: "SOFTMAX",
    34: "PAD",
    39: "TRANSPOSE",
    40: "MEAN",
    41: "SUB",
    43: "SQUEEZE",
    45: "STRIDED_SLICE",
    70: "EXPAND_DIMS",
    77: "SHAPE",
    83: "PACK",
    114: "QUANTIZE",
    117: "HARD_SWISH",
}
_DTYPES = {0: np.float32, 2: np.int32, 9: np.int8}

# Field ids and formats of the options of each operator.
_POOL = {
    "padding": (0, "b", 0),
    "stride_w": (1, "i", 0),
    "stride_h": (2, "i", 0),
    "filter_w": (3, "i", 0),
    "filter_h": (4, "i", 0),
    "activation": (5, "b", 0),
}
_OPTIONS = {
    "CONV_2D": {
        "padding": (0, "b", 0),
        "stride_w": (1, "i", 0),
        "stride_h": (2, "i", 0),
        "activation": (3, "b", 0),
        "dilation_w": (4, "i", 1),
        "dilation_h": (5, "i", 1),
    },
    "DEPTHWISE_CONV_2D": {
        "padding": (0, "b", 0),
        "stride_w": (1, "i", 0),
        "stride_h": (2, "i", 0),
        "depth_multiplier": (3, "i", 0),
        "activation": (4, "b", 0),
        "dilation_w": (5, "i", 1),
        "dilation_h": (6, "i", 1),
    },
    "AVERAGE_POOL_2D": _POOL,
    "MAX_POOL_2D": _POOL,
    "FULLY_CONNECTED": {"activation": (0, "b", 0)},
    "ADD": {"activation": (0, "b", 0)},
    "SOFTMAX": {"beta": (0, "f", 0.0)},
    "CONCATENATION": {"axis": (0, "i", 0)},
    "MUL": {"activation": (0, "b", 0)},
    "SUB": {"activation": (0, "b", 0)},
    "STRIDED_SLICE": {
        "begin_mask": (0, "i", 0),
        "end_mask": (1, "i", 0),
        "shrink_axis_mask": (4, "i", 0),
    },
}


class _Table:
    def __init__(self, data, position):
        self.data, self.position = data, position
        self.vtable = position - struct.unpack_from("<i", data, position)[0]
        self.vtable_bytes = struct.unpack_from("<H", data, self.vtable)[0]

    def _field(self, number):
        entry = 4 + 2 * number
        if entry >= self.vtable_bytes:
            return None
        offset = struct.unpack_from("<H", self.data, self.vtable + entry)[0]
        return self.position + offset if offset else None

    def scalar(self, number, code, default=0):
        at = self._field(number)
        return default if at is None else struct.unpack_from("<" + code, self.data, at)[0]

    def _target(self, number):
        at = self._field(number)
        return None if at is None else at + struct.unpack_from("<I", self.data, at)[0]

    def table(self, number):
        at = self._target(number)
        return None if at is None else _Table(self.data, at)

    def array(self, number, dtype):
        at = self._target(number)
        if at is None:
            return np.zeros(0, dtype=dtype)
        count = struct.unpack_from("<I", self.data, at)[0]
        return np.frombuffer(self.data, dtype=dtype, count=count, offset=at + 4)

    def text(self, number):
        return self.array(number, np.uint8).tobytes().decode()

    def tables(self, number):
        at = self._target(number)
        if at is None:
            return []
        count = struct.unpack_from("<I", self.data, at)[0]
        places = [at + 4 + 4 * i for i in range(count)]
        return [_Table(self.data, p + struct.unpack_from("<I", self.data, p)[0]) for p in places]


@dataclass
class Tensor:
    name: str
    shape: tuple
    dtype: type
    data: np.ndarray  # None for an activation
    scales: np.ndarray  # float32
    zero_points: np.ndarray

    @property
    def scale(self):
        return self.scales[0]

    @property
    def zero_point(self):
        return int(self.zero_points[0]) if len(self.zero_points) else 0


@dataclass
class Operator:
    name: str
    inputs: list
    outputs: list
    options: dict = field(default_factory=dict)


@dataclass
class Graph:
    tensors: list
    operators: list
    inputs: list
    outputs: list


def _read_tensor(table, buffers):
    dtype = _DTYPES[table.scalar(1, "b")]
    shape = tuple(int(d) for d in table.array(0, np.int32))
    raw = buffers[table.scalar(2, "I")].array(0, np.uint8)
    data = np.frombuffer(raw.tobytes(), dtype=dtype).reshape(shape) if len(raw) else None
    quantization = table.table(4)
    scales, zero_points = np.zeros(0, np.float32), np.zeros(0, np.int64)
    if quantization is not None:
        scales, zero_points = quantization.array(2, np.float32), quantization.array(3, np.int64)
    return Tensor(table.text(3), shape, dtype, data, scales, zero_points)


def _read_operator(table, codes):
    code = codes[table.scalar(0, "I")]
    # Codes up to 127 stand in the old one-byte field too; the larger of both counts.
    name = OPERATOR_NAMES[max(code.scalar(0, "b"), code.scalar(3, "i"))]
    fields, options = table.table(4), {}
    for option, (number, kind, default) in _OPTIONS.get(name, {}).items():
        options[option] = default if fields is None else fields.scalar(number, kind, default)
    inputs = [int(i) for i in table.array(1, np.int32)]
    return Operator(name, inputs, [int(i) for i in table.array(2, np.int32)], options)


def read(data):
    """Parses the bytes of a model with one subgraph. Raises ValueError on another format."""
    if data[4:8] != b"TFL3":
        raise ValueError("not a TensorFlow Lite file: identifier TFL3 is missing")
    model = _Table(data, struct.unpack_from("<I", data, 0)[0])
    codes, buffers, subgraph = model.tables(1), model.tables(4), model.tables(2)[0]
    return Graph(
        [_read_tensor(t, buffers) for t in subgraph.tables(0)],
        [_read_operator(o, codes) for o in subgraph.tables(3)],
        [int(i) for i in subgraph.array(1, np.int32)],
        [int(i) for i in subgraph.array(2, np.int32)],
    )
