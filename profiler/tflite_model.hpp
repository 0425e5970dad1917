// TensorFlow Lite models inside a firmware image, read by our own bounds-checked parser.
// Field order and values: tensorflow/lite/schema/schema.fbs, schema version 3.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "sim/image/image.hpp"
#include "sim/types.hpp"

namespace tinyscope {

// TensorType of the schema; other numbers occur too.
enum class TfliteType : std::int8_t {
  kFloat32 = 0,
  kFloat16 = 1,
  kInt32 = 2,
  kUint8 = 3,
  kInt64 = 4,
  kString = 5,
  kBool = 6,
  kInt16 = 7,
  kInt8 = 9,
  kFloat64 = 10,
  kUint32 = 15,
  kUint16 = 16,
  kInt4 = 17,
};

// "int8"; "type 42" for one we do not know.
std::string name_of(TfliteType type);

struct TfliteTensor {
  std::string name;
  std::vector<int> shape;
  TfliteType type = TfliteType::kFloat32;
  std::uint32_t buffer = 0;
  bool is_constant = false;       // its buffer holds data
  bool is_variable = false;       // keeps its value from one inference to the next
  std::uint32_t data_offset = 0;  // of a constant's data, from the model's first byte
  std::uint32_t data_bytes = 0;   // of a constant
  std::vector<float> scales;      // of the quantisation: none, one per tensor, or one per channel
  std::vector<std::int64_t> zero_points;
  int quantized_dimension = 0;  // the one that the channels' scales go along

  bool per_channel() const { return scales.size() > 1; }
  // Product of the shape; nothing if a dimension is unknown or the product does not fit.
  std::optional<std::uint64_t> elements() const;
  // What its elements take in memory; nothing where that is not known from type and shape.
  std::optional<std::uint64_t> bytes() const;
};

enum class TflitePadding : std::uint8_t { kSame, kValid };

// What the schema's option tables say of an operator, as far as it decides which kernel runs and
// how long it takes. Those that an operator does not have are at the defaults given here.
struct TfliteOptions {
  bool known = false;  // the operator carried a table of options that we read
  TflitePadding padding = TflitePadding::kSame;
  int stride_height = 1;
  int stride_width = 1;
  int dilation_height = 1;
  int dilation_width = 1;
  int depth_multiplier = 0;  // DEPTHWISE_CONV_2D only
  int filter_height = 0;     // pooling only; convolutions have it in their filter's shape
  int filter_width = 0;
  std::int8_t activation = 0;  // ActivationFunctionType: 0 none, 1 ReLU, 3 ReLU6, …
  bool adj_x = false;          // BATCH_MATMUL: the first operand is transposed
  std::vector<int> subgraphs;  // that a control-flow operator may run
};

struct TfliteOperator {
  std::int32_t code = 0;    // BuiltinOperator
  std::string op;           // "CONV_2D"; the custom name of a custom operator
  std::vector<int> inputs;  // tensor indices, -1: left out
  std::vector<int> outputs;
  TfliteOptions options;
};

struct TfliteSubgraph {
  std::string name;
  std::vector<TfliteTensor> tensors;
  std::vector<TfliteOperator> operators;
  std::vector<int> inputs;
  std::vector<int> outputs;

  // Null if there is no such operand.
  const TfliteTensor* input(const TfliteOperator& op, std::size_t index) const;
  const TfliteTensor* output(const TfliteOperator& op, std::size_t index) const;
  // Multiply-accumulates of one run. 0 for operators that do none; nothing for those whose number
  // is not known from shapes (custom operators, control flow, unknown shapes).
  std::optional<std::uint64_t> macs(const TfliteOperator& op) const;
  // Of the operator's constant operands: weights, biases, shapes and the like.
  std::uint64_t weight_bytes(const TfliteOperator& op) const;
};

struct TfliteModel {
  Address address = 0;     // of its first byte
  std::uint32_t size = 0;  // bytes from there to the last one referred to
  std::string description;
  std::vector<TfliteSubgraph> subgraphs;  // the first is the main one; never empty

  std::string label() const;  // description, or "TFLite model at 0x…"
  // As that of the subgraph, with the constants of the subgraphs that a control-flow operator may
  // run.
  std::uint64_t weight_bytes(const TfliteOperator& op) const;
};

// Name of a BuiltinOperator as in the schema; "BUILTIN_1234" for one we do not know.
std::string tflite_op_name(std::int32_t code);

// The model that begins at the first byte; nothing if the bytes are not a valid one.
// `budget` bounds the work (see Flatbuffer) and is reduced by what was spent.
std::optional<TfliteModel> parse_tflite(std::span<const std::uint8_t> bytes, std::uint64_t& budget);

// All models of the image, at whatever address: an array of bytes need not be aligned.
std::vector<TfliteModel> find_tflite_models(const FirmwareImage& image);

}  // namespace tinyscope
