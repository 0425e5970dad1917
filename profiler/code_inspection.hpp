// What the machine code of a function gives away about how it was compiled.
#pragma once

#include <cstdint>
#include <vector>

#include "sim/image/image.hpp"
#include "sim/types.hpp"

namespace tinyscope {

// The halfwords at [begin, begin + size) as far as the image has them.
std::vector<std::uint16_t> code_at(const FirmwareImage& image, Address begin, std::uint32_t size);

// GCC and Clang without optimisation keep arguments in memory: the function begins by storing R0
// to its frame, relative to R7. False where the function has no arguments.
bool looks_unoptimised(const std::vector<std::uint16_t>& code);

// Has SMLAD, SMLADX, SMLSD, SMUAD or one of their 64-bit forms: two products in one instruction.
bool has_dual_multiply(const std::vector<std::uint16_t>& code);

}  // namespace tinyscope
