#include "profiler/exporters/terminal_kernels.hpp"

#include <fmt/ranges.h>

#include <algorithm>
#include <utility>
#include <vector>

#include "profiler/exporters/text_table.hpp"

namespace tinyscope {

std::string kernel_mark(KernelKind kind) {
  switch (kind) {
    case KernelKind::kUnknown: break;
    case KernelKind::kReference: return "ref";
    case KernelKind::kOptimised: return "opt";
    case KernelKind::kFloat: return "f32";
  }
  return "";
}

std::string roof_percent(const LayerRow& layer) {
  return layer.roof_percent ? fmt::format("{:.0f}", *layer.roof_percent) : "-";
}

void write_layer_notes(TerminalPage& page, const InferenceRow& row) {
  // A note that several layers share is said once.
  std::vector<std::pair<std::string, std::vector<unsigned>>> notes;
  bool measured = false;
  for (const LayerRow& layer : row.layers) {
    measured = measured || layer.roof_percent.has_value();
    for (const std::string& text : layer.notes) {
      const auto same = std::find_if(notes.begin(), notes.end(),
                                     [&](const auto& note) { return note.first == text; });
      if (same == notes.end()) {
        notes.push_back({text, {layer.index}});
      } else {
        same->second.push_back(layer.index);
      }
    }
  }
  for (const auto& [text, layers] : notes) {
    page.paragraph(fmt::format("#{}: {}", fmt::join(layers, ", #"), printable(text)));
  }
  if (measured) {
    page.paragraph(fmt::format("roof: {:.2f} MACs a cycle ({})", page.report.roof.macs_per_cycle,
                               printable(page.report.roof.text)));
  }
}

}  // namespace tinyscope
