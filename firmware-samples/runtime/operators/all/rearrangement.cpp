// Operators that only move elements, of any type: parts, permutations, joins, other shapes.
#include <algorithm>

#include "runtime/operators/common.hpp"
#include "runtime/quantisation.hpp"

namespace mlrt {

static_assert(kMaxInputs >= 4, "a slice has begin, end and strides");

namespace {

std::int32_t element_bytes(ElementType type) { return type == ElementType::kInt8 ? 1 : 4; }

bool same_quantisation(const Tensor& a, const Tensor& b) {
  if (a.type != ElementType::kInt8) return true;
  return a.scale_count == 1 && b.scale_count == 1 && a.scales[0] == b.scales[0] &&
         a.zero_point == b.zero_point;
}

Status check_moves_only(const Tensor& input, const Tensor& output) {
  MLRT_REQUIRE(input.type == output.type, kUnsupportedType);
  MLRT_REQUIRE(same_quantisation(input, output), kBadQuantization);
  return Status::kOk;
}

// Int32 constants, one for each axis of `input`; nullptr if the operand is something else.
const std::int32_t* per_axis(const Tensor* operand, const Tensor& input) {
  if (operand == nullptr || operand->type != ElementType::kInt32 || !operand->constant ||
      operand->elements != static_cast<std::int32_t>(input.rank)) {
    return nullptr;
  }
  return operand->as<const std::int32_t>();
}

// Strides of a dense tensor in elements, by its own axes.
void dense_strides(const Tensor& tensor, std::int32_t* strides) {
  std::int32_t stride = 1;
  for (std::size_t i = tensor.rank; i-- > 0;) {
    strides[i] = stride;
    stride *= tensor.dims[i];
  }
}

struct Slice {
  std::int32_t begin;
  std::int32_t count;
};

// What of an axis of this size a slice takes. Bounds below zero count from the end.
Slice slice_of(std::int32_t size, std::int32_t begin, std::int32_t end, std::int32_t stride,
               bool from_edge, bool to_edge, bool single) {
  const std::int32_t lowest = stride > 0 ? 0 : -1;
  const std::int32_t highest = stride > 0 ? size : size - 1;
  const auto bounded = [&](std::int32_t place) {
    return std::clamp(place < 0 ? place + size : place, lowest, highest);
  };
  const std::int32_t first = from_edge ? (stride > 0 ? 0 : size - 1) : bounded(begin);
  if (single) return {first, first >= 0 && first < size ? 1 : 0};
  const std::int32_t last = to_edge ? (stride > 0 ? size : -1) : bounded(end);
  const std::int64_t span = std::int64_t{last} - first;
  const std::int64_t count =
      stride > 0 ? (span + stride - 1) / stride : (span + stride + 1) / stride;
  return {first, count > 0 ? static_cast<std::int32_t>(count) : 0};
}

void eval_gather(const Node& node) {
  mlrt_gather(static_cast<const MlrtGather*>(node.params), node.inputs[0]->data, node.output->data);
}

void copy_input(const Node& node) {
  mlrt_reshape(node.inputs[0]->data, node.output->bytes, node.output->data);
}

Status prepare_copy(Evaluate evaluate, Node& node) {
  MLRT_REQUIRE(node.inputs[0] != nullptr, kBadOperator);
  MLRT_REQUIRE(node.inputs[0]->type == node.output->type, kUnsupportedType);
  MLRT_REQUIRE(node.inputs[0]->elements == node.output->elements, kBadOperator);
  node.evaluate = evaluate;
  return Status::kOk;
}

// Each input is so many rows of so many bytes, one after the other in a row of the output.
struct Join {
  std::int32_t rows;
  std::uint32_t bytes[kMaxInputs];
};

void eval_join(const Node& node) {
  const auto* join = static_cast<const Join*>(node.params);
  const std::size_t stride = node.output->bytes / static_cast<std::size_t>(join->rows);
  std::size_t offset = 0;
  for (std::size_t i = 0; i < kMaxInputs && node.inputs[i] != nullptr; ++i) {
    mlrt_scatter_rows(join->rows, join->bytes[i], stride, node.inputs[i]->data,
                      node.output->as<std::uint8_t>() + offset);
    offset += join->bytes[i];
  }
}

Status prepare_join(std::int32_t rows, Arena& arena, Node& node) {
  auto* join = allocate_params<Join>(arena, node);
  MLRT_REQUIRE(join != nullptr, kArenaTooSmall);
  join->rows = rows;
  std::size_t bytes = 0;
  for (std::size_t i = 0; i < kMaxInputs && node.inputs[i] != nullptr; ++i) {
    MLRT_RETURN_IF_ERROR(check_moves_only(*node.inputs[i], *node.output));
    bytes += node.inputs[i]->bytes;
    join->bytes[i] =
        static_cast<std::uint32_t>(node.inputs[i]->bytes) / static_cast<std::uint32_t>(rows);
  }
  MLRT_REQUIRE(bytes == node.output->bytes, kBadOperator);
  return Status::kOk;
}

}  // namespace

Status prepare_strided_slice(const schema::Operator& op, Arena& arena, Node& node) {
  const auto* options = op.builtin_options_as_StridedSliceOptions();
  MLRT_REQUIRE(options != nullptr && node.inputs[0] != nullptr, kBadOperator);
  MLRT_REQUIRE(options->ellipsis_mask() == 0 && options->new_axis_mask() == 0,
               kUnsupportedOperator);
  const Tensor& input = *node.inputs[0];
  MLRT_RETURN_IF_ERROR(check_moves_only(input, *node.output));
  const std::int32_t* begin = per_axis(node.inputs[1], input);
  const std::int32_t* end = per_axis(node.inputs[2], input);
  const std::int32_t* strides = per_axis(node.inputs[3], input);
  MLRT_REQUIRE(begin != nullptr && end != nullptr && strides != nullptr, kUnsupportedOperator);
  auto* gather = allocate_params<MlrtGather>(arena, node);
  MLRT_REQUIRE(gather != nullptr, kArenaTooSmall);
  std::int32_t dense[kMaxRank] = {};
  dense_strides(input, dense);
  gather->bytes = element_bytes(input.type);
  std::int64_t elements = 1;
  const std::size_t missing = kMaxRank - input.rank;
  for (std::size_t i = 0; i < kMaxRank; ++i) gather->dims[i] = 1;
  for (std::size_t i = 0; i < input.rank; ++i) {
    MLRT_REQUIRE(strides[i] != 0 && strides[i] > -(1 << 20) && strides[i] < 1 << 20, kBadOperator);
    const auto is_set = [i](std::int32_t mask) { return ((mask >> i) & 1) != 0; };
    const Slice slice =
        slice_of(input.dims[i], begin[i], end[i], strides[i], is_set(options->begin_mask()),
                 is_set(options->end_mask()), is_set(options->shrink_axis_mask()));
    MLRT_REQUIRE(slice.count >= 1, kBadOperator);
    gather->first += slice.begin * dense[i];
    gather->dims[missing + i] = slice.count;
    gather->strides[missing + i] = strides[i] * dense[i];
    elements *= slice.count;
  }
  MLRT_REQUIRE(elements == node.output->elements, kBadOperator);
  node.evaluate = eval_strided_slice;
  return Status::kOk;
}

Status prepare_transpose(const schema::Operator& op, Arena& arena, Node& node) {
  (void)op;
  MLRT_REQUIRE(node.inputs[0] != nullptr, kBadOperator);
  const Tensor& input = *node.inputs[0];
  const Tensor& output = *node.output;
  MLRT_RETURN_IF_ERROR(check_moves_only(input, output));
  const std::int32_t* order = per_axis(node.inputs[1], input);
  MLRT_REQUIRE(order != nullptr, kUnsupportedOperator);
  MLRT_REQUIRE(output.rank == input.rank, kBadOperator);
  auto* gather = allocate_params<MlrtGather>(arena, node);
  MLRT_REQUIRE(gather != nullptr, kArenaTooSmall);
  std::int32_t dense[kMaxRank] = {};
  dense_strides(input, dense);
  gather->bytes = element_bytes(input.type);
  bool seen[kMaxRank] = {};
  const std::size_t missing = kMaxRank - input.rank;
  for (std::size_t i = 0; i < kMaxRank; ++i) gather->dims[i] = 1;
  for (std::size_t i = 0; i < input.rank; ++i) {
    const std::int32_t axis = order[i];
    MLRT_REQUIRE(axis >= 0 && axis < static_cast<std::int32_t>(input.rank) && !seen[axis],
                 kBadOperator);
    seen[axis] = true;
    MLRT_REQUIRE(output.dims[i] == input.dims[axis], kBadOperator);
    gather->dims[missing + i] = input.dims[axis];
    gather->strides[missing + i] = dense[axis];
  }
  node.evaluate = eval_transpose;
  return Status::kOk;
}

Status prepare_concatenation(const schema::Operator& op, Arena& arena, Node& node) {
  const auto* options = op.builtin_options_as_ConcatenationOptions();
  MLRT_REQUIRE(options != nullptr, kBadOperator);
  MLRT_REQUIRE(options->fused_activation_function() == schema::Activation::NONE,
               kUnsupportedOperator);
  const Tensor& output = *node.output;
  const auto rank = static_cast<std::int32_t>(output.rank);
  const std::int32_t axis = options->axis() < 0 ? options->axis() + rank : options->axis();
  MLRT_REQUIRE(axis >= 0 && axis < rank, kBadOperator);
  std::int32_t rows = 1;
  for (std::int32_t i = 0; i < axis; ++i) rows *= output.dims[i];
  for (std::size_t input = 0; input < op.inputs()->size(); ++input) {
    MLRT_REQUIRE(node.inputs[input] != nullptr, kBadOperator);
    const Tensor& tensor = *node.inputs[input];
    MLRT_REQUIRE(tensor.rank == output.rank, kBadOperator);
    for (std::int32_t i = 0; i < rank; ++i) {
      MLRT_REQUIRE(i == axis || tensor.dims[i] == output.dims[i], kBadOperator);
    }
  }
  node.evaluate = eval_concatenation;
  return prepare_join(rows, arena, node);
}

// Of scalars only, as converters write it beside SHAPE.
Status prepare_pack(const schema::Operator& op, Arena& arena, Node& node) {
  MLRT_REQUIRE(node.output->rank == 1, kUnsupportedOperator);
  MLRT_REQUIRE(node.output->elements == static_cast<std::int32_t>(op.inputs()->size()),
               kBadOperator);
  for (std::size_t input = 0; input < op.inputs()->size(); ++input) {
    MLRT_REQUIRE(node.inputs[input] != nullptr && node.inputs[input]->elements == 1, kBadOperator);
  }
  node.evaluate = eval_pack;
  return prepare_join(1, arena, node);
}

Status prepare_shape(const schema::Operator& op, Arena& arena, Node& node) {
  (void)op;
  (void)arena;
  MLRT_REQUIRE(node.inputs[0] != nullptr, kBadOperator);
  MLRT_REQUIRE(node.output->type == ElementType::kInt32, kUnsupportedType);
  MLRT_REQUIRE(node.output->elements == static_cast<std::int32_t>(node.inputs[0]->rank),
               kBadOperator);
  node.evaluate = eval_shape;
  return Status::kOk;
}

Status prepare_squeeze(const schema::Operator& op, Arena& arena, Node& node) {
  (void)op;
  (void)arena;
  return prepare_copy(eval_squeeze, node);
}

Status prepare_expand_dims(const schema::Operator& op, Arena& arena, Node& node) {
  (void)op;
  (void)arena;
  return prepare_copy(eval_expand_dims, node);
}

void eval_strided_slice(const Node& node) { eval_gather(node); }
void eval_transpose(const Node& node) { eval_gather(node); }
void eval_concatenation(const Node& node) { eval_join(node); }
void eval_pack(const Node& node) { eval_join(node); }
void eval_squeeze(const Node& node) { copy_input(node); }
void eval_expand_dims(const Node& node) { copy_input(node); }

void eval_shape(const Node& node) {
  for (std::size_t i = 0; i < node.inputs[0]->rank; ++i) {
    node.output->as<std::int32_t>()[i] = node.inputs[0]->dims[i];
  }
}

}  // namespace mlrt
