// What the report says of the tensor arena: which bytes of it were in use, and which tensors the
// model wants it to hold while each layer runs.
#pragma once

#include <vector>

#include "profiler/report.hpp"
#include "profiler/tflite_model.hpp"

namespace tinyscope {

// From bytes that were in use: used_bytes, suggested_bytes.
void describe_use(const std::vector<bool>& used, ArenaReport& arena);

// Tensors and their peak of the model that the first inference ran, and LayerRow::arena_live_bytes
// of every inference whose layers are the model's operators one by one. The index of the first such
// inference; -1: there is none.
int fill_tensors(ProfileReport& report, const std::vector<TfliteModel>& models);

}  // namespace tinyscope
