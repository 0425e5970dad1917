"""The operators of operators/all in float64, for comparing float32 results within rounding."""

import numpy as np

_LIMITS = {0: (-np.inf, np.inf), 1: (0.0, np.inf), 2: (-1.0, 1.0), 3: (0.0, 6.0)}
_TWO_OPERANDS = {"ADD": np.add, "SUB": np.subtract, "MUL": np.multiply}
_ONE_OPERAND = {
    "RELU": lambda x: np.maximum(x, 0.0),
    "RELU6": lambda x: np.clip(x, 0.0, 6.0),
    "LOGISTIC": lambda x: 1.0 / (1.0 + np.exp(-x)),
    "HARD_SWISH": lambda x: x * np.clip(x + 3.0, 0.0, 6.0) / 6.0,
}


def evaluate(graph, values):
    """The output of a model of one operator; `values` are its inputs in the order of the graph."""
    (op,) = graph.operators
    given = dict(zip(graph.inputs, values))
    operands = [given.get(i, graph.tensors[i].data) for i in op.inputs]
    x = np.asarray(operands[0], dtype=np.float64)
    if op.name in _TWO_OPERANDS:
        result = _TWO_OPERANDS[op.name](x, np.asarray(operands[1], dtype=np.float64))
        return np.clip(result, *_LIMITS[op.options["activation"]])
    if op.name == "MEAN":
        return x.mean(axis=tuple(int(axis) for axis in operands[1]))
    return _ONE_OPERAND[op.name](x)
