// How long the activations of a model must stay in the tensor arena.
//
// As TensorFlow Lite Micro's planner has it (tensorflow/lite/micro/micro_allocation_info.cc): a
// tensor lives from the operator that makes it to the last one that reads it, inputs of the model
// from the first operator on, outputs to the last. Constants stay in flash, variables are kept for
// good, and neither is listed. Scratch buffers that kernels ask for are not in the model.
#pragma once

#include <cstdint>
#include <vector>

#include "profiler/tflite_model.hpp"

namespace tinyscope {

struct TensorLifetime {
  int tensor = 0;           // in the subgraph
  int first = 0;            // operator
  int last = 0;             // operator, `first` or a later one
  std::uint64_t bytes = 0;  // 0: not known
};

// Of one subgraph, by tensor. Empty if it has no operators.
std::vector<TensorLifetime> tensor_lifetimes(const TfliteSubgraph& graph);

// For each operator of the main subgraph the bytes of the tensors alive while it runs, each rounded
// up to `alignment`. An operator that runs other subgraphs adds the largest need of one of them
// (operators inside that do so again are not followed).
std::vector<std::uint64_t> live_bytes(const TfliteModel& model, std::uint32_t alignment);

}  // namespace tinyscope
