// Adds to the layers of an inference what is known of their kernels: reference or optimised, weight
// bytes, percent of the roof, and notes on why they are slow.
#pragma once

#include <optional>

#include "profiler/function_table.hpp"
#include "profiler/kernel_notes.hpp"
#include "profiler/layer_collector.hpp"
#include "profiler/model_matcher.hpp"
#include "profiler/report.hpp"
#include "profiler/roof.hpp"
#include "sim/image/image.hpp"

namespace tinyscope {

class LayerKnowledge {
 public:
  // `core`: type of the core, as in SocDescription. References must outlive the object.
  LayerKnowledge(const FirmwareImage& image, const FunctionTable& functions,
                 const LayerCollector& collector, std::string_view core);

  // `row` is complete but for what is added here; `match` says which operators its layers are.
  void describe(InferenceRow& row, const CollectedInference& seen, const ModelMatch& match);
  // What the percentages of all rows described so far refer to.
  Roof roof() const;

 private:
  void measure(LayerRow& row);  // against the roof

  const LayerCollector& collector_;
  KernelNotes notes_;
  std::optional<Roof> integer_roof_;
  std::optional<Roof> float_roof_;
  bool integer_seen_ = false;
  bool float_seen_ = false;
};

}  // namespace tinyscope
