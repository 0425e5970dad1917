// What the layer table says of kernels: a mark for each, and below the table the notes on why
// layers are slow and what the percentages of the roof mean.
#pragma once

#include <string>

#include "profiler/exporters/terminal_page.hpp"
#include "profiler/report.hpp"

namespace tinyscope {

// "opt", "ref", "f32", or empty where the kind is not known.
std::string kernel_mark(KernelKind kind);
// Percent of the roof of a layer, or "-".
std::string roof_percent(const LayerRow& layer);
void write_layer_notes(TerminalPage& page, const InferenceRow& row);

}  // namespace tinyscope
