"""Writes a TensorFlow Lite file (version 3) with the bindings flatc makes of tflite_subset.fbs."""

from dataclasses import dataclass, field

import flatbuffers
import numpy as np
from mlrt.schema import (
    AddOptions,
    Buffer,
    BuiltinOperator,
    BuiltinOptions,
    ConcatenationOptions,
    Conv2DOptions,
    DepthwiseConv2DOptions,
    FullyConnectedOptions,
    Model,
    MulOptions,
    Operator,
    OperatorCode,
    PadOptions,
    Pool2DOptions,
    QuantizationParameters,
    ReducerOptions,
    ReshapeOptions,
    SoftmaxOptions,
    StridedSliceOptions,
    SubGraph,
    SubOptions,
    Tensor,
    TensorType,
)

_OPERATOR = BuiltinOperator.BuiltinOperator
_OPTIONS = BuiltinOptions.BuiltinOptions
_TYPES = {
    np.dtype(np.float32): TensorType.TensorType.FLOAT32,
    np.dtype(np.int32): TensorType.TensorType.INT32,
    np.dtype(np.int8): TensorType.TensorType.INT8,
}
# The operator versions that TensorFlow Lite asks of int8 operators; of float32 ones it is 1.
_INT8_VERSIONS = {
    _OPERATOR.CONV_2D: 3,
    _OPERATOR.DEPTHWISE_CONV_2D: 3,
    _OPERATOR.FULLY_CONNECTED: 4,
    _OPERATOR.AVERAGE_POOL_2D: 2,
    _OPERATOR.MAX_POOL_2D: 2,
    _OPERATOR.ADD: 2,
    _OPERATOR.PAD: 2,
    _OPERATOR.SOFTMAX: 2,
    _OPERATOR.RESHAPE: 1,
    _OPERATOR.CONCATENATION: 2,
    _OPERATOR.DEQUANTIZE: 2,
    _OPERATOR.LOGISTIC: 2,
    _OPERATOR.MEAN: 2,
    _OPERATOR.MUL: 2,
    _OPERATOR.RELU: 2,
    _OPERATOR.RELU6: 2,
    _OPERATOR.STRIDED_SLICE: 2,
    _OPERATOR.SUB: 2,
    _OPERATOR.TRANSPOSE: 2,
}
# Operators that are not in here carry no options.
_OPTION_MODULES = {
    _OPERATOR.CONV_2D: (Conv2DOptions, _OPTIONS.Conv2DOptions),
    _OPERATOR.DEPTHWISE_CONV_2D: (DepthwiseConv2DOptions, _OPTIONS.DepthwiseConv2DOptions),
    _OPERATOR.FULLY_CONNECTED: (FullyConnectedOptions, _OPTIONS.FullyConnectedOptions),
    _OPERATOR.AVERAGE_POOL_2D: (Pool2DOptions, _OPTIONS.Pool2DOptions),
    _OPERATOR.MAX_POOL_2D: (Pool2DOptions, _OPTIONS.Pool2DOptions),
    _OPERATOR.PAD: (PadOptions, _OPTIONS.PadOptions),
    _OPERATOR.ADD: (AddOptions, _OPTIONS.AddOptions),
    _OPERATOR.SOFTMAX: (SoftmaxOptions, _OPTIONS.SoftmaxOptions),
    _OPERATOR.RESHAPE: (ReshapeOptions, _OPTIONS.ReshapeOptions),
    _OPERATOR.CONCATENATION: (ConcatenationOptions, _OPTIONS.ConcatenationOptions),
    _OPERATOR.MEAN: (ReducerOptions, _OPTIONS.ReducerOptions),
    _OPERATOR.MUL: (MulOptions, _OPTIONS.MulOptions),
    _OPERATOR.STRIDED_SLICE: (StridedSliceOptions, _OPTIONS.StridedSliceOptions),
    _OPERATOR.SUB: (SubOptions, _OPTIONS.SubOptions),
}


@dataclass
class TensorSpec:
    name: str
    shape: tuple
    dtype: type = np.int8
    scales: list = field(default_factory=list)
    zero_points: list = field(default_factory=list)
    axis: int = 0
    data: np.ndarray = None  # None: an activation


@dataclass
class OperatorSpec:
    code: int
    inputs: list
    outputs: list
    options: dict  # field name in the bindings' CamelCase to value; an int32 list for NewShape


def _vector(builder, data, alignment):
    """A byte vector whose first byte is aligned in the file."""
    builder.StartVector(1, len(data), alignment)
    builder.head -= len(data)
    builder.Bytes[builder.head : builder.head + len(data)] = data
    return builder.EndVector()


def _numbers(builder, values, dtype):
    return builder.CreateNumpyVector(np.asarray(values, dtype=dtype))


def _offsets(builder, offsets):
    builder.StartVector(4, len(offsets), 4)
    for offset in reversed(offsets):
        builder.PrependUOffsetTRelative(offset)
    return builder.EndVector()


def _quantization(builder, tensor):
    if not len(tensor.scales):
        return None
    scale = _numbers(builder, tensor.scales, np.float32)
    zero_point = _numbers(builder, tensor.zero_points, np.int64)
    module = QuantizationParameters
    module.QuantizationParametersStart(builder)
    module.QuantizationParametersAddScale(builder, scale)
    module.QuantizationParametersAddZeroPoint(builder, zero_point)
    module.QuantizationParametersAddQuantizedDimension(builder, tensor.axis)
    return module.QuantizationParametersEnd(builder)


def _tensor(builder, tensor, buffer):
    shape = _numbers(builder, tensor.shape, np.int32)
    name = builder.CreateString(tensor.name)
    quantization = _quantization(builder, tensor)
    Tensor.TensorStart(builder)
    Tensor.TensorAddShape(builder, shape)
    Tensor.TensorAddType(builder, _TYPES[np.dtype(tensor.dtype)])
    Tensor.TensorAddBuffer(builder, buffer)
    Tensor.TensorAddName(builder, name)
    if quantization is not None:
        Tensor.TensorAddQuantization(builder, quantization)
    return Tensor.TensorEnd(builder)


def _buffer(builder, data):
    vector = None if data is None else _vector(builder, data.tobytes(), 16)
    Buffer.BufferStart(builder)
    if vector is not None:
        Buffer.BufferAddData(builder, vector)
    return Buffer.BufferEnd(builder)


def _options(builder, operator):
    if operator.code not in _OPTION_MODULES:
        return None, _OPTIONS.NONE
    module, union_type = _OPTION_MODULES[operator.code]
    name = module.__name__.rsplit(".", 1)[1]
    values = dict(operator.options)
    if "NewShape" in values:
        values["NewShape"] = _numbers(builder, values["NewShape"], np.int32)
    getattr(module, name + "Start")(builder)
    for option, value in values.items():
        getattr(module, name + "Add" + option)(builder, value)
    return getattr(module, name + "End")(builder), union_type


def _operator(builder, operator, opcode_index):
    options, union_type = _options(builder, operator)
    inputs = _numbers(builder, operator.inputs, np.int32)
    outputs = _numbers(builder, operator.outputs, np.int32)
    Operator.OperatorStart(builder)
    Operator.OperatorAddOpcodeIndex(builder, opcode_index)
    Operator.OperatorAddInputs(builder, inputs)
    Operator.OperatorAddOutputs(builder, outputs)
    if options is not None:
        Operator.OperatorAddBuiltinOptionsType(builder, union_type)
        Operator.OperatorAddBuiltinOptions(builder, options)
    return Operator.OperatorEnd(builder)


def _operator_code(builder, code, quantised):
    OperatorCode.OperatorCodeStart(builder)
    # Readers from before 2020 look at the one-byte field; all codes used here fit it.
    OperatorCode.OperatorCodeAddDeprecatedBuiltinCode(builder, code)
    OperatorCode.OperatorCodeAddVersion(builder, _INT8_VERSIONS.get(code, 1) if quantised else 1)
    OperatorCode.OperatorCodeAddBuiltinCode(builder, code)
    return OperatorCode.OperatorCodeEnd(builder)


def write_model(description, tensors, operators, inputs, outputs):
    """Returns the bytes of a model with one subgraph. Buffer 0 is the format's empty buffer."""
    builder = flatbuffers.Builder(1 << 16)
    codes = sorted({operator.code for operator in operators})
    buffers, tensor_offsets = [_buffer(builder, None)], []
    for tensor in tensors:
        number = 0
        if tensor.data is not None:
            number = len(buffers)
            buffers.append(_buffer(builder, tensor.data))
        tensor_offsets.append(_tensor(builder, tensor, number))
    operator_offsets = [_operator(builder, o, codes.index(o.code)) for o in operators]
    quantised = any(np.dtype(tensor.dtype) == np.int8 for tensor in tensors)
    code_offsets = [_operator_code(builder, code, quantised) for code in codes]
    vectors = [_offsets(builder, v) for v in (tensor_offsets, operator_offsets, code_offsets)]
    input_vector = _numbers(builder, inputs, np.int32)
    output_vector = _numbers(builder, outputs, np.int32)
    name = builder.CreateString("main")
    SubGraph.SubGraphStart(builder)
    SubGraph.SubGraphAddTensors(builder, vectors[0])
    SubGraph.SubGraphAddInputs(builder, input_vector)
    SubGraph.SubGraphAddOutputs(builder, output_vector)
    SubGraph.SubGraphAddOperators(builder, vectors[1])
    SubGraph.SubGraphAddName(builder, name)
    subgraphs = _offsets(builder, [SubGraph.SubGraphEnd(builder)])
    buffer_vector = _offsets(builder, buffers)
    text = builder.CreateString(description)
    Model.ModelStart(builder)
    Model.ModelAddVersion(builder, 3)
    Model.ModelAddOperatorCodes(builder, vectors[2])
    Model.ModelAddSubgraphs(builder, subgraphs)
    Model.ModelAddDescription(builder, text)
    Model.ModelAddBuffers(builder, buffer_vector)
    builder.Finish(Model.ModelEnd(builder), file_identifier=b"TFL3")
    return bytes(builder.Output())
