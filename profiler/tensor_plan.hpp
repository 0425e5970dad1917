// Which tensors of a model the arena has to hold at a time: as TensorFlow Lite Micro plans them
// (tensorflow/lite/micro, micro_allocation_info.cc), each from the operator that makes it to the
// last one that reads it, inputs from the first operator on, outputs to the last.
#pragma once

#include <vector>

#include "profiler/report.hpp"
#include "profiler/tflite_model.hpp"

namespace tinyscope {

// In the order of the model; constants and tensors of unknown size are left out. A tensor that no
// operator makes and that is no input is a variable: alive all the time.
std::vector<ArenaTensor> arena_tensors(const TfliteSubgraph& graph);

// Bytes alive while each operator runs, every tensor rounded up to `alignment`.
std::vector<std::uint32_t> live_bytes(const std::vector<ArenaTensor>& tensors,
                                      std::size_t operators, std::uint32_t alignment = 16);

}  // namespace tinyscope
