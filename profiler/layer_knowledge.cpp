#include "profiler/layer_knowledge.hpp"

namespace tinyscope {

namespace {

LayerEvidence evidence_of(const CollectedLayer& layer, const LayerRules& rules) {
  LayerEvidence evidence;
  evidence.rules = &rules;
  for (const CollectedLayer::FunctionCycles& part : layer.functions) {
    evidence.functions.push_back({part.function, part.cycles});
  }
  return evidence;
}

}  // namespace

LayerKnowledge::LayerKnowledge(const FirmwareImage& image, const FunctionTable& functions,
                               const LayerCollector& collector, std::string_view core)
    : collector_(collector),
      notes_(image, functions),
      integer_roof_(attainable_roof(core, Arithmetic::kInteger)),
      float_roof_(attainable_roof(core, Arithmetic::kFloat)) {}

void LayerKnowledge::describe(InferenceRow& row, const CollectedInference& seen,
                              const ModelMatch& match) {
  std::vector<LayerEvidence> evidence;
  bool optimised = false;
  for (std::size_t i = 0; i < row.layers.size(); ++i) {
    LayerRow& layer = row.layers[i];
    evidence.push_back(evidence_of(collector_.layer(seen.layers[i]), *seen.rules));
    const int index = match.model == nullptr ? -1 : match.operators[i];
    if (index >= 0) {
      evidence.back().model = match.model;
      evidence.back().op =
          &match.model->subgraphs.front().operators[static_cast<std::size_t>(index)];
      layer.weight_bytes = match.model->weight_bytes(*evidence.back().op);
    }
    layer.kernel_kind = notes_.kind(evidence.back());
    optimised = optimised || layer.kernel_kind == KernelKind::kOptimised;
    measure(layer);
  }
  for (std::size_t i = 0; i < row.layers.size(); ++i) {
    evidence[i].others_optimised = optimised;
    row.layers[i].notes = notes_.notes(row.layers[i], evidence[i]);
  }
}

void LayerKnowledge::measure(LayerRow& row) {
  if (row.macs.value_or(0) == 0 || row.cycles == 0) return;
  const bool is_float = row.kernel_kind == KernelKind::kFloat;
  const std::optional<Roof>& roof = is_float ? float_roof_ : integer_roof_;
  if (!roof) return;
  const double rate = static_cast<double>(*row.macs) / static_cast<double>(row.cycles);
  row.roof_percent = 100 * rate / roof->macs_per_cycle;
  (is_float ? float_seen_ : integer_seen_) = true;
}

Roof LayerKnowledge::roof() const {
  if (!float_seen_) return integer_seen_ ? *integer_roof_ : Roof{};
  if (!integer_seen_) return *float_roof_;
  Roof both = *integer_roof_;
  both.text += ". " + float_roof_->text;
  return both;
}

}  // namespace tinyscope
