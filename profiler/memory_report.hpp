// Static memory: what the image takes of flash and RAM, and where the tensor arena is.
#pragma once

#include <string>
#include <vector>

#include "profiler/report.hpp"
#include "sim/description/soc.hpp"
#include "sim/image/image.hpp"

namespace tinyscope {

// `arena_patterns`: object symbols that may be the tensor arena; the largest match is taken.
// The stack peak is left open.
MemoryReport static_memory(const FirmwareImage& image, const SocDescription& soc,
                           const std::vector<std::string>& arena_patterns);

}  // namespace tinyscope
