#include "runtime/model_reader.hpp"

#include <limits>

namespace mlrt {
namespace {

constexpr std::uint32_t kSchemaVersion = 3;
constexpr std::int32_t kOptionalInput = -1;
// Keeps offsets inside a tensor within 32 bits on every machine.
constexpr std::int64_t kLargestTensorElements = 1 << 24;

Status element_type(schema::TensorType type, ElementType* result, std::size_t* size) {
  switch (type) {
    case schema::TensorType::FLOAT32:
      *result = ElementType::kFloat32;
      *size = sizeof(float);
      return Status::kOk;
    case schema::TensorType::INT32:
      *result = ElementType::kInt32;
      *size = sizeof(std::int32_t);
      return Status::kOk;
    case schema::TensorType::INT8:
      *result = ElementType::kInt8;
      *size = sizeof(std::int8_t);
      return Status::kOk;
  }
  return Status::kUnsupportedType;
}

Status read_shape(const flatbuffers::Vector<std::int32_t>* shape, Tensor& tensor) {
  std::int64_t elements = 1;
  tensor.rank = 0;
  if (shape != nullptr) {
    MLRT_REQUIRE(shape->size() <= kMaxRank, kUnsupportedModel);
    for (const std::int32_t dim : *shape) {
      MLRT_REQUIRE(dim >= 1, kBadTensor);
      elements *= dim;
      MLRT_REQUIRE(elements <= kLargestTensorElements, kBadTensor);
      tensor.dims[tensor.rank++] = dim;
    }
  }
  tensor.elements = static_cast<std::int32_t>(elements);
  return Status::kOk;
}

Status read_quantisation(const schema::QuantizationParameters* parameters, Tensor& tensor) {
  if (parameters == nullptr || parameters->scale() == nullptr) return Status::kOk;
  tensor.scales = parameters->scale()->data();
  tensor.scale_count = static_cast<std::int32_t>(parameters->scale()->size());
  tensor.quantized_dimension = parameters->quantized_dimension();
  const auto* zero_points = parameters->zero_point();
  if (zero_points == nullptr || zero_points->size() == 0) return Status::kOk;
  const std::int64_t first = zero_points->Get(0);
  for (const std::int64_t zero_point : *zero_points) {
    MLRT_REQUIRE(zero_point == first, kBadQuantization);  // per channel it is always 0
  }
  MLRT_REQUIRE(first >= std::numeric_limits<std::int32_t>::min() &&
                   first <= std::numeric_limits<std::int32_t>::max(),
               kBadQuantization);
  tensor.zero_point = static_cast<std::int32_t>(first);
  return Status::kOk;
}

Status read_tensor(const schema::Model& model, const schema::Tensor& source, Tensor& tensor) {
  std::size_t element_size = 0;
  MLRT_RETURN_IF_ERROR(element_type(source.type(), &tensor.type, &element_size));
  MLRT_RETURN_IF_ERROR(read_shape(source.shape(), tensor));
  MLRT_RETURN_IF_ERROR(read_quantisation(source.quantization(), tensor));
  MLRT_REQUIRE(!source.is_variable(), kUnsupportedModel);
  tensor.bytes = static_cast<std::size_t>(tensor.elements) * element_size;
  tensor.name = source.name() == nullptr ? "" : source.name()->c_str();

  MLRT_REQUIRE(source.buffer() < model.buffers()->size(), kBadTensor);
  const schema::Buffer* buffer = model.buffers()->Get(source.buffer());
  MLRT_REQUIRE(buffer != nullptr, kBadTensor);
  if (buffer->data() != nullptr && buffer->data()->size() != 0) {
    MLRT_REQUIRE(buffer->data()->size() == tensor.bytes, kBadTensor);
    const auto address = reinterpret_cast<std::uintptr_t>(buffer->data()->data());
    MLRT_REQUIRE(address % element_size == 0, kBadTensor);
    tensor.constant = true;
    // Kernels only read constants; an operator that would write one is refused below.
    tensor.data = const_cast<std::uint8_t*>(buffer->data()->data());
  }
  return Status::kOk;
}

// Codes above 127 stand in the newer field only, files from before it have the older one only.
schema::BuiltinOperator operator_code(const schema::OperatorCode& code) {
  const auto old_code = static_cast<schema::BuiltinOperator>(code.deprecated_builtin_code());
  return code.builtin_code() > old_code ? code.builtin_code() : old_code;
}

Status read_node(const schema::Model& model, const schema::Operator& op, Arena& arena, Graph& graph,
                 Node& node) {
  MLRT_REQUIRE(op.inputs() != nullptr && op.outputs() != nullptr, kBadOperator);
  MLRT_REQUIRE(op.inputs()->size() >= 1, kBadOperator);
  MLRT_REQUIRE(op.inputs()->size() <= kMaxInputs, kUnsupportedOperator);
  MLRT_REQUIRE(op.outputs()->size() == 1, kBadOperator);

  const std::int32_t output = op.outputs()->Get(0);
  const auto tensor_count = static_cast<std::int64_t>(graph.tensor_count);
  MLRT_REQUIRE(output >= 0 && output < tensor_count, kBadTensor);
  node.output = &graph.tensors[output];
  MLRT_REQUIRE(!node.output->constant, kBadOperator);
  for (std::uint32_t i = 0; i < op.inputs()->size(); ++i) {
    const std::int32_t input = op.inputs()->Get(i);
    if (input == kOptionalInput) continue;
    MLRT_REQUIRE(input >= 0 && input < tensor_count, kBadTensor);
    MLRT_REQUIRE(input != output, kBadOperator);
    node.inputs[i] = &graph.tensors[input];
  }

  MLRT_REQUIRE(op.opcode_index() < model.operator_codes()->size(), kBadOperator);
  const auto* code = model.operator_codes()->Get(op.opcode_index());
  MLRT_REQUIRE(code != nullptr, kBadOperator);
  const Prepare prepare = find_operator(operator_code(*code));
  MLRT_REQUIRE(prepare != nullptr, kUnsupportedOperator);
  return prepare(op, arena, node);
}

// Indices of graph inputs and outputs lie in range and name tensors that can be written.
Status check_ends(const flatbuffers::Vector<std::int32_t>* ends, const Graph& graph) {
  MLRT_REQUIRE(ends != nullptr && ends->size() >= 1, kUnsupportedModel);
  for (const std::int32_t index : *ends) {
    MLRT_REQUIRE(index >= 0 && static_cast<std::size_t>(index) < graph.tensor_count, kBadTensor);
    MLRT_REQUIRE(!graph.tensors[index].constant, kBadTensor);
  }
  return Status::kOk;
}

}  // namespace

Status read_graph(const void* data, std::size_t size, Arena& arena, Graph& graph) {
  MLRT_REQUIRE(reinterpret_cast<std::uintptr_t>(data) % Arena::kAlignment == 0, kNotAModel);
  MLRT_REQUIRE(size >= 8 && schema::ModelBufferHasIdentifier(data), kNotAModel);
  flatbuffers::Verifier verifier(static_cast<const std::uint8_t*>(data), size);
  MLRT_REQUIRE(schema::VerifyModelBuffer(verifier), kNotAModel);

  const schema::Model& model = *schema::GetModel(data);
  MLRT_REQUIRE(model.version() == kSchemaVersion, kUnsupportedModel);
  MLRT_REQUIRE(model.subgraphs() != nullptr && model.subgraphs()->size() == 1, kUnsupportedModel);
  MLRT_REQUIRE(model.operator_codes() != nullptr && model.buffers() != nullptr, kBadTensor);
  graph.subgraph = model.subgraphs()->Get(0);
  const auto* tensors = graph.subgraph->tensors();
  const auto* operators = graph.subgraph->operators();
  MLRT_REQUIRE(tensors != nullptr && operators != nullptr, kUnsupportedModel);

  graph.tensor_count = tensors->size();
  graph.tensors = arena.allocate_lasting<Tensor>(graph.tensor_count);
  graph.node_count = operators->size();
  graph.nodes = arena.allocate_lasting<Node>(graph.node_count);
  MLRT_REQUIRE(graph.tensors != nullptr && graph.nodes != nullptr, kArenaTooSmall);
  for (std::uint32_t i = 0; i < tensors->size(); ++i) {
    MLRT_RETURN_IF_ERROR(read_tensor(model, *tensors->Get(i), graph.tensors[i]));
  }
  MLRT_RETURN_IF_ERROR(check_ends(graph.subgraph->inputs(), graph));
  MLRT_RETURN_IF_ERROR(check_ends(graph.subgraph->outputs(), graph));
  for (std::uint32_t i = 0; i < operators->size(); ++i) {
    MLRT_RETURN_IF_ERROR(read_node(model, *operators->Get(i), arena, graph, graph.nodes[i]));
  }
  return Status::kOk;
}

}  // namespace mlrt
