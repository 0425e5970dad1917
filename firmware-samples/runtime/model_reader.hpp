#pragma once

#include <cstddef>

#include "runtime/arena.hpp"
#include "runtime/operators.hpp"
#include "runtime/schema.hpp"
#include "runtime/status.hpp"
#include "runtime/tensor.hpp"

namespace mlrt {

// The subgraph of a model as tables in the arena.
struct Graph {
  const schema::SubGraph* subgraph = nullptr;
  Tensor* tensors = nullptr;
  std::size_t tensor_count = 0;
  Node* nodes = nullptr;
  std::size_t node_count = 0;
};

// Checks the file and fills the tables; every operator is prepared. Nothing in `data` is trusted:
// a damaged file gives an error. `data` must stay where it is and be aligned to 16 bytes.
Status read_graph(const void* data, std::size_t size, Arena& arena, Graph& graph);

}  // namespace mlrt
