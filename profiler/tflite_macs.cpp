// Multiply-accumulates and constants of TFLite operators, from tensors alone. Layouts of operands
// are those of the TensorFlow Lite schema and kernels: activations NHWC, convolution filters OHWI.

#include <algorithm>
#include <array>

#include "profiler/tflite_model.hpp"

namespace tinyscope {

namespace {

using Count = std::optional<std::uint64_t>;

enum BuiltinCode : std::int32_t {
  kConv2d = 3,
  kDepthwiseConv2d = 4,
  kFullyConnected = 9,
  kSvdf = 27,
  kUnidirectionalSequenceLstm = 44,
  kTransposeConv = 67,
  kBatchMatMul = 126,
  kConv3d = 132,
};

// Operators that multiply and accumulate, or run others, in numbers we do not derive from shapes:
// LSTM, RNN, CONCAT_EMBEDDINGS, CALL, CUSTOM, EMBEDDING_LOOKUP_SPARSE, the sequence RNNs and LSTMs,
// DELEGATE, IF, WHILE, CALL_ONCE, RFFT2D, CONV_3D_TRANSPOSE, STABLEHLO_CUSTOM_CALL.
constexpr std::array kUnknownNumber = {16, 24, 29,  31,  32,  33,  35, 46,
                                       51, 52, 118, 119, 129, 131, 141};
constexpr std::int32_t kFirstStableHlo = 162;

Count times(Count a, Count b) {
  std::uint64_t product = 0;
  if (!a || !b || __builtin_mul_overflow(*a, *b, &product)) return std::nullopt;
  return product;
}

Count plus(Count a, Count b) {
  std::uint64_t sum = 0;
  if (!a || !b || __builtin_add_overflow(*a, *b, &sum)) return std::nullopt;
  return sum;
}

// Dimension counted from the front, or from the back if negative.
Count dimension(const TfliteTensor* tensor, int index) {
  if (tensor == nullptr) return std::nullopt;
  const auto rank = static_cast<int>(tensor->shape.size());
  const int position = index < 0 ? rank + index : index;
  if (position < 0 || position >= rank) return std::nullopt;
  const int size = tensor->shape[static_cast<std::size_t>(position)];
  if (size < 0) return std::nullopt;
  return static_cast<std::uint64_t>(size);
}

Count elements(const TfliteTensor* tensor) {
  return tensor == nullptr ? std::nullopt : tensor->elements();
}

Count product(const TfliteTensor* tensor, std::initializer_list<int> dimensions) {
  Count result = 1;
  for (const int index : dimensions) result = times(result, dimension(tensor, index));
  return result;
}

// How many vectors of the last dimension a tensor holds.
Count rows(const TfliteTensor* tensor) {
  const Count all = elements(tensor);
  const Count last = dimension(tensor, -1);
  if (!all || !last || *last == 0) return std::nullopt;
  return *all / *last;
}

// Each step multiplies the input by up to four matrices, the state by up to four, and the output
// by the projection if there is one (inputs 1 to 8 and 16 of the operator).
Count lstm(const TfliteSubgraph& graph, const TfliteOperator& op) {
  Count weights = 0;
  for (const unsigned index : {1u, 2u, 3u, 4u, 5u, 6u, 7u, 8u, 16u}) {
    if (const TfliteTensor* matrix = graph.input(op, index))
      weights = plus(weights, elements(matrix));
  }
  return times(rows(graph.input(op, 0)), weights);
}

}  // namespace

std::optional<std::uint64_t> TfliteTensor::elements() const {
  Count result = 1;
  for (const int size : shape) {
    if (size < 0) return std::nullopt;
    result = times(result, static_cast<std::uint64_t>(size));
  }
  return result;
}

std::optional<std::uint64_t> TfliteTensor::bytes() const {
  const Count count = elements();
  switch (type) {
    case TfliteType::kInt8:
    case TfliteType::kUint8:
    case TfliteType::kBool: return count;
    case TfliteType::kInt16:
    case TfliteType::kUint16:
    case TfliteType::kFloat16: return times(count, 2);
    case TfliteType::kFloat32:
    case TfliteType::kInt32:
    case TfliteType::kUint32: return times(count, 4);
    case TfliteType::kInt64:
    case TfliteType::kFloat64: return times(count, 8);
    case TfliteType::kInt4: return count ? Count(*count / 2 + *count % 2) : std::nullopt;
    case TfliteType::kString: break;
  }
  return std::nullopt;
}

const TfliteTensor* TfliteSubgraph::input(const TfliteOperator& op, std::size_t index) const {
  if (index >= op.inputs.size() || op.inputs[index] < 0) return nullptr;
  return &tensors[static_cast<std::size_t>(op.inputs[index])];
}

const TfliteTensor* TfliteSubgraph::output(const TfliteOperator& op, std::size_t index) const {
  if (index >= op.outputs.size() || op.outputs[index] < 0) return nullptr;
  return &tensors[static_cast<std::size_t>(op.outputs[index])];
}

std::optional<std::uint64_t> TfliteSubgraph::macs(const TfliteOperator& op) const {
  const TfliteTensor* out = output(op, 0);
  switch (op.code) {
    case kConv2d:  // filter: output channels, height, width, input channels (of one group)
      return times(elements(out), product(input(op, 1), {1, 2, 3}));
    case kDepthwiseConv2d:  // filter: 1, height, width, output channels
      return times(elements(out), product(input(op, 1), {1, 2}));
    case kFullyConnected:  // weights: outputs, inputs
      return times(rows(out), elements(input(op, 1)));
    case kTransposeConv:  // operands: output shape, filter, input; each input element is spread
      return times(elements(input(op, 2)), product(input(op, 1), {0, 1, 2}));
    case kConv3d:  // filter: depth, height, width, input channels, output channels
      return times(elements(out), product(input(op, 1), {0, 1, 2, 3}));
    case kBatchMatMul:
      return times(elements(out), dimension(input(op, 0), op.options.adj_x ? -2 : -1));
    case kSvdf:  // operands: input, feature weights (filters, inputs), time weights (filters,
                 // memory)
      return times(rows(input(op, 0)), plus(elements(input(op, 1)), elements(input(op, 2))));
    case kUnidirectionalSequenceLstm: return lstm(*this, op);
    default: break;
  }
  if (op.code >= kFirstStableHlo ||
      std::find(kUnknownNumber.begin(), kUnknownNumber.end(), op.code) != kUnknownNumber.end()) {
    return std::nullopt;
  }
  return 0;
}

std::uint64_t TfliteSubgraph::weight_bytes(const TfliteOperator& op) const {
  std::uint64_t sum = 0;
  for (std::size_t i = 0; i < op.inputs.size(); ++i) {
    const auto first = op.inputs.begin();
    const auto here = first + static_cast<std::ptrdiff_t>(i);
    const TfliteTensor* const operand = input(op, i);
    // One tensor may be several operands of an operator.
    if (operand != nullptr && std::find(first, here, *here) == here) sum += operand->data_bytes;
  }
  return sum;
}

std::uint64_t TfliteModel::weight_bytes(const TfliteOperator& op) const {
  std::uint64_t sum = subgraphs.front().weight_bytes(op);
  for (const int index : op.options.subgraphs) {
    const TfliteSubgraph& graph = subgraphs[static_cast<std::size_t>(index)];
    for (const TfliteOperator& inner : graph.operators) sum += graph.weight_bytes(inner);
  }
  return sum;
}

}  // namespace tinyscope
