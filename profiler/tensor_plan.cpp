#include "profiler/tensor_plan.hpp"

#include <algorithm>

namespace tinyscope {
namespace {

// Bytes of elements by TensorType (tensorflow/lite/schema/schema.fbs, version 3); 0: not known.
std::uint64_t tensor_bytes(const TfliteTensor& tensor) {
  const auto elements = tensor.elements();
  if (!elements) return 0;
  switch (tensor.type) {
    case 0:
    case 2:
    case 15: return *elements * 4;  // FLOAT32, INT32, UINT32
    case 1:
    case 7:
    case 16: return *elements * 2;  // FLOAT16, INT16, UINT16
    case 3:
    case 6:
    case 9: return *elements;  // UINT8, BOOL, INT8
    case 4:
    case 8:
    case 10:
    case 12: return *elements * 8;        // INT64, COMPLEX64, FLOAT64, UINT64
    case 11: return *elements * 16;       // COMPLEX128
    case 17: return (*elements + 1) / 2;  // INT4
    default: return 0;
  }
}

}  // namespace

std::vector<ArenaTensor> arena_tensors(const TfliteSubgraph& graph) {
  const int last = static_cast<int>(graph.operators.size()) - 1;
  struct Life {
    int first = -1;  // -1: made by nobody
    int last = -1;   // -1: read by nobody
  };
  std::vector<Life> lives(graph.tensors.size());
  const auto life = [&lives](int tensor) -> Life* {
    const bool known = tensor >= 0 && static_cast<std::size_t>(tensor) < lives.size();
    return known ? &lives[static_cast<std::size_t>(tensor)] : nullptr;
  };
  for (const int input : graph.inputs) {
    if (Life* const found = life(input); found != nullptr) *found = {0, 0};
  }
  for (int i = 0; i <= last; ++i) {
    const TfliteOperator& op = graph.operators[static_cast<std::size_t>(i)];
    for (const int input : op.inputs) {
      if (Life* const found = life(input); found != nullptr) found->last = i;
    }
    for (const int output : op.outputs) {
      Life* const found = life(output);
      if (found == nullptr) continue;
      if (found->first < 0) found->first = i;
      found->last = std::max(found->last, i);
    }
  }
  for (const int output : graph.outputs) {
    if (Life* const found = life(output); found != nullptr) found->last = last;
  }
  std::vector<ArenaTensor> tensors;
  for (std::size_t i = 0; i < lives.size(); ++i) {
    const TfliteTensor& tensor = graph.tensors[i];
    const std::uint64_t bytes = tensor_bytes(tensor);
    if (tensor.is_constant || bytes == 0 || bytes > 0xFFFF'FFFFu || lives[i].last < 0) continue;
    const bool variable = lives[i].first < 0;
    tensors.push_back({tensor.name, static_cast<std::uint32_t>(bytes), -1,
                       variable ? 0 : lives[i].first, variable ? last : lives[i].last});
  }
  return tensors;
}

std::vector<std::uint32_t> live_bytes(const std::vector<ArenaTensor>& tensors,
                                      std::size_t operators, std::uint32_t alignment) {
  std::vector<std::uint32_t> live(operators);
  for (const ArenaTensor& tensor : tensors) {
    const std::uint32_t bytes = (tensor.bytes + alignment - 1) / alignment * alignment;
    for (int i = tensor.first_layer; i <= tensor.last_layer; ++i) {
      live[static_cast<std::size_t>(i)] += bytes;
    }
  }
  return live;
}

}  // namespace tinyscope
