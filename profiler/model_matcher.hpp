// Which model an inference ran, and which of its operators each layer was.
#pragma once

#include <string>
#include <vector>

#include "profiler/tflite_model.hpp"

namespace tinyscope {

struct ModelMatch {
  const TfliteModel* model = nullptr;  // null: none fits
  // For each layer the index of its operator in the main subgraph, -1: none.
  std::vector<int> operators;
  // What the user should know about this match; empty: every layer is one operator, in order, and
  // no other model fits as well.
  std::string note;
};

// `layer_ops`: for each layer the operator that its function's name suggests, empty if it suggests
// none. `complete`: false if the inference was cut short, so that operators may be missing at the
// end. A model whose operators contradict the names is never chosen.
ModelMatch match_model(const std::vector<std::string>& layer_ops, bool complete,
                       const std::vector<TfliteModel>& models);

}  // namespace tinyscope
