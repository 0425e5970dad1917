// Writes small TFLite models for tests: just enough of the FlatBuffers format.
#pragma once

#include <cstdint>
#include <cstring>
#include <map>
#include <string>
#include <variant>
#include <vector>

namespace tinyscope::test {

// A table as a tree: field number to value.
struct FlatTable {
  using Value =
      std::variant<std::int8_t, std::uint8_t, std::int32_t, std::uint32_t, std::string,
                   std::vector<std::int32_t>, std::vector<float>, std::vector<std::int64_t>,
                   std::vector<std::uint8_t>, std::vector<FlatTable>>;
  // A single sub-table is a vector of one, marked here.
  std::map<unsigned, Value> fields;
  std::map<unsigned, bool> single;

  template <class T>
  FlatTable& set(unsigned field, T value) {
    fields[field] = Value(std::move(value));
    return *this;
  }
  FlatTable& set_table(unsigned field, FlatTable table) {
    fields[field] = std::vector<FlatTable>{std::move(table)};
    single[field] = true;
    return *this;
  }
};

class FlatWriter {
 public:
  // The whole buffer: root offset, identifier, then tables with everything they refer to behind.
  static std::vector<std::uint8_t> write(const FlatTable& root, const char* identifier = "TFL3") {
    FlatWriter writer;
    writer.bytes_.resize(8);
    std::memcpy(writer.bytes_.data() + 4, identifier, 4);
    writer.put(0, static_cast<std::uint32_t>(writer.table(root)));
    writer.align(8);
    return writer.bytes_;
  }

 private:
  void align(std::size_t to) {
    while (bytes_.size() % to != 0) bytes_.push_back(0);
  }
  template <class T>
  void put(std::size_t at, T value) {
    std::memcpy(bytes_.data() + at, &value, sizeof value);
  }
  template <class T>
  void append(T value) {
    bytes_.resize(bytes_.size() + sizeof value);
    put(bytes_.size() - sizeof value, value);
  }
  void refer(std::size_t from, std::size_t to) { put(from, static_cast<std::uint32_t>(to - from)); }

  // Every field gets four bytes in its table.
  std::size_t table(const FlatTable& source) {
    const unsigned count = source.fields.empty() ? 0 : source.fields.rbegin()->first + 1;
    align(4);
    const std::size_t vtable = bytes_.size();
    append(static_cast<std::uint16_t>(4 + 2 * count));
    append(static_cast<std::uint16_t>(4 + 4 * source.fields.size()));
    std::uint16_t offset = 4;
    for (unsigned field = 0; field < count; ++field) {
      const bool present = source.fields.count(field) != 0;
      append(static_cast<std::uint16_t>(present ? offset : 0));
      if (present) offset = static_cast<std::uint16_t>(offset + 4);
    }
    align(4);
    const std::size_t position = bytes_.size();
    append(static_cast<std::int32_t>(position - vtable));
    bytes_.resize(bytes_.size() + 4 * source.fields.size());
    std::size_t at = position + 4;
    for (const auto& [field, value] : source.fields) {
      const bool single = source.single.count(field) != 0;
      std::visit([&](const auto& item) { this->value(at, item, single); }, value);
      at += 4;
    }
    return position;
  }

  template <class T>
  void value(std::size_t at, const T& scalar, bool) {
    put(at, scalar);
  }
  void value(std::size_t at, const std::string& text, bool) {
    align(4);
    refer(at, bytes_.size());
    append(static_cast<std::uint32_t>(text.size()));
    bytes_.insert(bytes_.end(), text.begin(), text.end());
    bytes_.push_back(0);
  }
  template <class T>
  void value(std::size_t at, const std::vector<T>& items, bool) {
    align(4);
    if (sizeof(T) == 8 && bytes_.size() % 8 == 0) append(std::uint32_t{0});
    refer(at, bytes_.size());
    append(static_cast<std::uint32_t>(items.size()));
    for (const T& item : items) append(item);
  }
  void value(std::size_t at, const std::vector<FlatTable>& tables, bool single) {
    if (single) {
      // Behind everything written so far; table() says where, past its vtable.
      const std::size_t position = table(tables.front());
      refer(at, position);
      return;
    }
    align(4);
    refer(at, bytes_.size());
    append(static_cast<std::uint32_t>(tables.size()));
    const std::size_t first = bytes_.size();
    bytes_.resize(first + 4 * tables.size());
    for (std::size_t i = 0; i < tables.size(); ++i) {
      const std::size_t position = table(tables[i]);
      refer(first + 4 * i, position);
    }
  }

  std::vector<std::uint8_t> bytes_;
};

// A model with one subgraph. Operators refer to tensors by the index that tensor() returned.
class ModelWriter {
 public:
  explicit ModelWriter(std::string description) : description_(std::move(description)) {}

  std::int32_t tensor(std::string name, std::vector<std::int32_t> shape, bool constant = false) {
    FlatTable tensor;
    tensor.set(0, std::move(shape)).set(1, std::int8_t{9}).set(2, constant ? 1u : 0u);
    tensor.set(3, std::move(name));
    FlatTable quantization;
    quantization.set(2, std::vector<float>{0.5f}).set(3, std::vector<std::int64_t>{-128});
    tensor.set_table(4, quantization);
    tensors_.push_back(std::move(tensor));
    return static_cast<std::int32_t>(tensors_.size() - 1);
  }

  // What a constant holds, and its type; by default four bytes of int8.
  void set_data(std::int32_t tensor, std::vector<std::uint8_t> bytes, std::int8_t type = 9) {
    FlatTable buffer;
    buffer.set(0, std::move(bytes));
    buffers_.push_back(std::move(buffer));
    FlatTable& entry = tensors_[static_cast<std::size_t>(tensor)];
    entry.set(1, type).set(2, static_cast<std::uint32_t>(buffers_.size() + 1));
  }
  void set_type(std::int32_t tensor, std::int8_t type) {
    tensors_[static_cast<std::size_t>(tensor)].set(1, type);
  }
  void set_variable(std::int32_t tensor) {
    tensors_[static_cast<std::size_t>(tensor)].set(5, std::uint8_t{1});
  }
  void set_scales(std::int32_t tensor, std::vector<float> scales, std::int32_t dimension) {
    FlatTable quantization;
    quantization.set(3, std::vector<std::int64_t>(scales.size(), 0)).set(2, std::move(scales));
    quantization.set(6, dimension);
    tensors_[static_cast<std::size_t>(tensor)].set_table(4, std::move(quantization));
  }

  // Tensors and operators that follow belong to another subgraph.
  void begin_subgraph() {
    graphs_.push_back(graph());
    tensors_.clear();
    operators_.clear();
  }

  // `options`: of the operator, with its number in the union BuiltinOptions (0: none).
  void op(std::int32_t code, std::vector<std::int32_t> inputs, std::vector<std::int32_t> outputs,
          std::uint8_t options_type = 0, FlatTable options = {}) {
    FlatTable entry;
    entry.set(0, code_index(code, {})).set(1, std::move(inputs)).set(2, std::move(outputs));
    if (options_type != 0) entry.set(3, options_type).set_table(4, std::move(options));
    operators_.push_back(std::move(entry));
  }
  void custom_op(const std::string& name, std::vector<std::int32_t> inputs,
                 std::vector<std::int32_t> outputs) {
    FlatTable entry;
    entry.set(0, code_index(32, name)).set(1, std::move(inputs)).set(2, std::move(outputs));
    operators_.push_back(std::move(entry));
  }

  std::vector<std::uint8_t> write() const {
    std::vector<FlatTable> graphs = graphs_;
    graphs.push_back(graph());
    FlatTable with_data;
    with_data.set(0, std::vector<std::uint8_t>{1, 2, 3, 4});
    std::vector<FlatTable> buffers = {FlatTable{}, with_data};
    buffers.insert(buffers.end(), buffers_.begin(), buffers_.end());
    FlatTable root;
    root.set(0, 3u).set(1, codes_).set(2, std::move(graphs));
    root.set(3, description_).set(4, std::move(buffers));
    return FlatWriter::write(root);
  }

 private:
  // The first tensor is the input, the last the output.
  FlatTable graph() const {
    FlatTable graph;
    graph.set(0, tensors_).set(1, std::vector<std::int32_t>{0});
    graph.set(2, std::vector<std::int32_t>{static_cast<std::int32_t>(tensors_.size()) - 1});
    graph.set(3, operators_).set(4, std::string("main"));
    return graph;
  }

  std::uint32_t code_index(std::int32_t code, const std::string& custom) {
    FlatTable entry;
    // As the converter does: codes above 127 only fit the newer field.
    entry.set(0, static_cast<std::int8_t>(code > 127 ? 127 : code));
    if (!custom.empty()) entry.set(1, custom);
    entry.set(3, code);
    codes_.push_back(std::move(entry));
    return static_cast<std::uint32_t>(codes_.size() - 1);
  }

  std::string description_;
  std::vector<FlatTable> tensors_;
  std::vector<FlatTable> operators_;
  std::vector<FlatTable> codes_;
  std::vector<FlatTable> buffers_;  // behind the two that write() adds
  std::vector<FlatTable> graphs_;   // finished ones
};

// The keyword spotter of MLPerf Tiny: DS-CNN on 49 x 10 features (mlcommons/tiny,
// benchmark/training/keyword_spotting/keras_model.py).
inline std::vector<std::uint8_t> ds_cnn() {
  ModelWriter model("DS-CNN");
  std::int32_t x = model.tensor("input", {1, 49, 10, 1});
  const auto weights = [&](std::vector<std::int32_t> shape) {
    return model.tensor("weights", std::move(shape), true);
  };
  const auto next = [&](std::int32_t code, std::int32_t filter, std::string name,
                        std::vector<std::int32_t> shape) {
    const std::int32_t y = model.tensor(std::move(name), std::move(shape));
    model.op(code, filter < 0 ? std::vector{x} : std::vector{x, filter, -1}, {y});
    x = y;
  };
  next(3, weights({64, 10, 4, 1}), "conv", {1, 25, 5, 64});
  for (int i = 1; i <= 4; ++i) {
    next(4, weights({1, 3, 3, 64}), "depthwise" + std::to_string(i), {1, 25, 5, 64});
    next(3, weights({64, 1, 1, 64}), "pointwise" + std::to_string(i), {1, 25, 5, 64});
  }
  next(1, -1, "pool", {1, 1, 1, 64});
  next(22, -1, "flatten", {1, 64});
  next(9, weights({12, 64}), "dense", {1, 12});
  next(25, -1, "softmax", {1, 12});
  return model.write();
}

}  // namespace tinyscope::test
