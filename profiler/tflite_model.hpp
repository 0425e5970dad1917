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

struct TfliteTensor {
  std::string name;
  std::vector<int> shape;
  std::int8_t type = 0;  // TensorType of the schema: 0 FLOAT32, 9 INT8, …
  std::uint32_t buffer = 0;
  bool is_constant = false;     // its buffer holds data
  std::size_t scale_count = 0;  // quantisation scales: 0 none, 1 per tensor, else per channel
  std::size_t zero_point_count = 0;

  // Product of the shape; nothing if a dimension is unknown or the product does not fit.
  std::optional<std::uint64_t> elements() const;
};

struct TfliteOperator {
  std::int32_t code = 0;    // BuiltinOperator
  std::string op;           // "CONV_2D"; the custom name of a custom operator
  std::vector<int> inputs;  // tensor indices, -1: left out
  std::vector<int> outputs;
  bool adj_x = false;  // BATCH_MATMUL: the first operand is transposed
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
};

struct TfliteModel {
  Address address = 0;     // of its first byte
  std::uint32_t size = 0;  // bytes from there to the last one referred to
  std::string description;
  std::vector<TfliteSubgraph> subgraphs;  // the first is the main one; never empty

  std::string label() const;  // description, or "TFLite model at 0x…"
};

// Name of a BuiltinOperator as in the schema; "BUILTIN_1234" for one we do not know.
std::string tflite_op_name(std::int32_t code);

// The model that begins at the first byte; nothing if the bytes are not a valid one.
// `budget` bounds the work (see Flatbuffer) and is reduced by what was spent.
std::optional<TfliteModel> parse_tflite(std::span<const std::uint8_t> bytes, std::uint64_t& budget);

// All models at 4-byte aligned addresses of the image, by address.
std::vector<TfliteModel> find_tflite_models(const FirmwareImage& image);

}  // namespace tinyscope
