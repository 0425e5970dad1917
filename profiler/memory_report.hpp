// Static memory: what the image takes of flash and RAM, section by section and symbol by symbol,
// and where the tensor arena is.
#pragma once

#include <string>
#include <vector>

#include "profiler/layer_rules.hpp"
#include "profiler/report.hpp"
#include "profiler/tflite_model.hpp"
#include "sim/description/soc.hpp"
#include "sim/image/image.hpp"

namespace tinyscope {

// `arena_patterns`: object symbols that may be the tensor arena; the largest match is taken.
// The stack peak is left open.
MemoryReport static_memory(const FirmwareImage& image, const SocDescription& soc,
                           const std::vector<std::string>& arena_patterns);

// Patterns of the active rules, or "*arena*" where they have none.
std::vector<std::string> arena_patterns(const std::vector<const LayerRules*>& rules);

// Is the address in a writable section of RAM that is not set aside for stack or heap?
bool is_static_data(const FirmwareImage& image, Address address);

// Of every section that takes flash or RAM, by address.
std::vector<ImagePart> section_parts(const FirmwareImage& image, const SocDescription& soc);
// Of functions and objects, and of models that lie in no object; the largest first, at most
// kMostSymbols. An object that holds a model counts as model weights.
std::vector<ImagePart> symbol_parts(const FirmwareImage& image, const SocDescription& soc,
                                    const std::vector<TfliteModel>& models);
inline constexpr std::size_t kMostSymbols = 500;
void sort_largest_first(std::vector<ImagePart>& parts);

}  // namespace tinyscope
