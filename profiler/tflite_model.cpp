#include "profiler/tflite_model.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cstring>

#include "profiler/flatbuffer.hpp"
#include "profiler/tflite_options.hpp"

namespace tinyscope {

namespace {

// Field numbers of the schema's tables.
namespace model_field {
enum : unsigned { kVersion, kOperatorCodes, kSubgraphs, kDescription, kBuffers };
}
namespace operator_code_field {
enum : unsigned { kDeprecatedBuiltinCode, kCustomCode, kVersion, kBuiltinCode };
}
namespace subgraph_field {
enum : unsigned { kTensors, kInputs, kOutputs, kOperators, kName };
}
namespace tensor_field {
enum : unsigned { kShape, kType, kBuffer, kName, kQuantization, kIsVariable };
}
namespace quantization_field {
enum : unsigned { kMin, kMax, kScale, kZeroPoint, kDetailsType, kDetails, kDimension };
}
namespace operator_field {
enum : unsigned { kOpcodeIndex, kInputs, kOutputs, kOptionsType, kOptions };
}
namespace buffer_field {
enum : unsigned { kData };
}

constexpr std::uint32_t kSchemaVersion = 3;
constexpr std::int32_t kCustom = 32;

// Far above any model that fits a microcontroller.
constexpr std::uint64_t kImageBudget = 4'000'000;
constexpr std::size_t kMaxModels = 32;

using ByteRange = Flatbuffer::Table::Vector;

struct OperatorCode {
  std::int32_t code = 0;
  std::string op;
};

std::vector<int> indices(Flatbuffer::Table& table, unsigned field, std::size_t tensor_count) {
  std::vector<std::int32_t> items = table.int32s(field);
  for (const std::int32_t item : items) {
    if (item < -1 || item >= static_cast<std::int64_t>(tensor_count)) throw MalformedFlatbuffer{};
  }
  return items;
}

OperatorCode parse_operator_code(Flatbuffer::Table& table) {
  using namespace operator_code_field;
  OperatorCode result;
  // Codes above 127 do not fit the old field; writers leave the other one at its default. The
  // larger one is meant (schema.fbs, table OperatorCode).
  result.code =
      std::max<std::int32_t>(table.int8(kDeprecatedBuiltinCode), table.int32(kBuiltinCode));
  if (result.code < 0) throw MalformedFlatbuffer{};
  const std::string custom = table.string(kCustomCode);
  result.op = result.code == kCustom && !custom.empty() ? custom : tflite_op_name(result.code);
  return result;
}

TfliteTensor parse_tensor(Flatbuffer::Table& table, const std::vector<ByteRange>& buffers) {
  using namespace tensor_field;
  TfliteTensor tensor;
  tensor.shape = table.int32s(kShape);
  tensor.type = static_cast<TfliteType>(table.int8(kType));
  tensor.buffer = table.uint32(kBuffer);
  tensor.name = table.string(kName);
  tensor.is_variable = table.uint8(kIsVariable) != 0;
  if (tensor.buffer < buffers.size()) {
    tensor.data_offset = static_cast<std::uint32_t>(buffers[tensor.buffer].first);
    tensor.data_bytes = static_cast<std::uint32_t>(buffers[tensor.buffer].count);
    tensor.is_constant = tensor.data_bytes != 0;
  }
  if (auto quantization = table.table(kQuantization)) {
    tensor.scales = quantization->floats(quantization_field::kScale);
    tensor.zero_points = quantization->int64s(quantization_field::kZeroPoint);
    tensor.quantized_dimension = quantization->int32(quantization_field::kDimension);
  }
  return tensor;
}

TfliteOperator parse_operator(Flatbuffer::Table& table, const std::vector<OperatorCode>& codes,
                              std::size_t tensor_count) {
  using namespace operator_field;
  const std::uint32_t index = table.uint32(kOpcodeIndex);
  if (index >= codes.size()) throw MalformedFlatbuffer{};
  TfliteOperator op;
  op.code = codes[index].code;
  op.op = codes[index].op;
  op.inputs = indices(table, kInputs, tensor_count);
  op.outputs = indices(table, kOutputs, tensor_count);
  if (auto options = table.table(kOptions)) {
    op.options = parse_tflite_options(table.uint8(kOptionsType), *options);
  }
  return op;
}

TfliteSubgraph parse_subgraph(Flatbuffer::Table& table, const std::vector<OperatorCode>& codes,
                              const std::vector<ByteRange>& buffers) {
  using namespace subgraph_field;
  TfliteSubgraph graph;
  graph.name = table.string(kName);
  for (Flatbuffer::Table& tensor : table.tables(kTensors)) {
    graph.tensors.push_back(parse_tensor(tensor, buffers));
  }
  graph.inputs = indices(table, kInputs, graph.tensors.size());
  graph.outputs = indices(table, kOutputs, graph.tensors.size());
  for (Flatbuffer::Table& op : table.tables(kOperators)) {
    graph.operators.push_back(parse_operator(op, codes, graph.tensors.size()));
  }
  return graph;
}

TfliteModel parse_model(Flatbuffer& buffer) {
  using namespace model_field;
  Flatbuffer::Table root = buffer.root();
  if (root.uint32(kVersion) != kSchemaVersion) throw MalformedFlatbuffer{};
  TfliteModel model;
  model.description = root.string(kDescription);
  std::vector<OperatorCode> codes;
  for (Flatbuffer::Table& code : root.tables(kOperatorCodes)) {
    codes.push_back(parse_operator_code(code));
  }
  std::vector<ByteRange> buffers;
  for (Flatbuffer::Table& data : root.tables(kBuffers)) {
    buffers.push_back(data.bytes(buffer_field::kData));
  }
  for (Flatbuffer::Table& graph : root.tables(kSubgraphs)) {
    model.subgraphs.push_back(parse_subgraph(graph, codes, buffers));
  }
  if (model.subgraphs.empty()) throw MalformedFlatbuffer{};
  for (TfliteSubgraph& graph : model.subgraphs) {
    for (TfliteOperator& op : graph.operators) {
      const auto count = static_cast<int>(model.subgraphs.size());
      std::erase_if(op.options.subgraphs, [&](int index) { return index < 0 || index >= count; });
    }
  }
  model.size = static_cast<std::uint32_t>(buffer.extent());
  return model;
}

// Segments that follow each other without a gap hold one run of bytes.
std::vector<ImageSegment> joined(const std::vector<ImageSegment>& segments) {
  std::vector<ImageSegment> runs;
  for (const ImageSegment& segment : segments) {
    if (!runs.empty() && runs.back().address + runs.back().bytes.size() == segment.address) {
      runs.back().bytes.insert(runs.back().bytes.end(), segment.bytes.begin(), segment.bytes.end());
    } else {
      runs.push_back(segment);
    }
  }
  return runs;
}

}  // namespace

std::string TfliteModel::label() const {
  // Converters write "MLIR Converted." or "TOCO Converted.", which tells no model from another.
  const bool says_something = !description.empty() && !description.ends_with(" Converted.");
  return says_something ? description : fmt::format("TFLite model at {:#010x}", address);
}

std::optional<TfliteModel> parse_tflite(std::span<const std::uint8_t> bytes,
                                        std::uint64_t& budget) {
  Flatbuffer buffer(bytes, budget);
  std::optional<TfliteModel> model;
  try {
    model = parse_model(buffer);
  } catch (const MalformedFlatbuffer&) {
    // Not a model: the four letters were something else.
  }
  budget = buffer.budget_left();
  return model;
}

std::vector<TfliteModel> find_tflite_models(const FirmwareImage& image) {
  constexpr std::string_view kIdentifier = "TFL3";
  std::vector<TfliteModel> models;
  std::uint64_t budget = kImageBudget;
  for (const ImageSegment& run : joined(image.segments)) {
    const std::span<const std::uint8_t> bytes = run.bytes;
    for (std::size_t i = 0; i + 8 <= bytes.size(); ++i) {
      if (std::memcmp(bytes.data() + i + 4, kIdentifier.data(), kIdentifier.size()) != 0) continue;
      if (models.size() >= kMaxModels) return models;
      if (auto model = parse_tflite(bytes.subspan(i), budget)) {
        model->address = run.address + static_cast<Address>(i);
        models.push_back(std::move(*model));
      }
    }
  }
  return models;
}

}  // namespace tinyscope
