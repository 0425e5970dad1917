#include "profiler/layer_knowledge.hpp"

namespace tinyscope {

LayerKnowledge::LayerKnowledge(const FirmwareImage& image, const FunctionTable& functions,
                               const LayerCollector& collector, std::string_view core)
    : collector_(collector),
      notes_(image, functions),
      integer_roof_(attainable_roof(core, Arithmetic::kInteger)),
      float_roof_(attainable_roof(core, Arithmetic::kFloat)) {}

void LayerKnowledge::describe(InferenceRow& row, const CollectedInference& seen,
                              const ModelMatch& match) {
  for (std::size_t i = 0; i < row.layers.size(); ++i) {
    const CollectedLayer& collected = collector_.layer(seen.layers[i]);
    LayerEvidence evidence;
    evidence.rules = seen.rules;
    for (const CollectedLayer::FunctionCycles& part : collected.functions) {
      evidence.functions.push_back({part.function, part.cycles});
    }
    const int index = match.model == nullptr ? -1 : match.operators[i];
    if (index >= 0) {
      evidence.model = match.model;
      evidence.op = &match.model->subgraphs.front().operators[static_cast<std::size_t>(index)];
    }
    describe_layer(row.layers[i], evidence);
  }
}

void LayerKnowledge::describe_layer(LayerRow& row, const LayerEvidence& evidence) {
  row.kernel_kind = notes_.kind(evidence);
  if (evidence.op != nullptr) row.weight_bytes = evidence.model->weight_bytes(*evidence.op);
  if (row.macs.value_or(0) != 0 && row.cycles != 0) {
    const bool is_float = row.kernel_kind == KernelKind::kFloat;
    const std::optional<Roof>& roof = is_float ? float_roof_ : integer_roof_;
    if (roof) {
      const double rate = static_cast<double>(*row.macs) / static_cast<double>(row.cycles);
      row.roof_percent = 100 * rate / roof->macs_per_cycle;
      (is_float ? float_seen_ : integer_seen_) = true;
    }
  }
  row.notes = notes_.notes(row, evidence);
}

Roof LayerKnowledge::roof() const {
  if (!float_seen_) return integer_seen_ ? *integer_roof_ : Roof{};
  if (!integer_seen_) return *float_roof_;
  Roof both = *integer_roof_;
  both.text += ". " + float_roof_->text;
  return both;
}

}  // namespace tinyscope
