// Tells wrong kinds of ELF files apart, so that each gets its own message.
#pragma once

#include <cstdint>
#include <span>
#include <string>

namespace tinyscope {

// Throws InputError unless the header says: 32 bits, little-endian, Arm, executable.
void require_arm_executable(std::span<const std::uint8_t> bytes, const std::string& file);

}  // namespace tinyscope
