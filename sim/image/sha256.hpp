// SHA-256 of a file's bytes, to say in a report which firmware was measured.
#pragma once

#include <cstdint>
#include <span>
#include <string>

namespace tinyscope {

// 64 lower-case hexadecimal digits.
std::string sha256_hex(std::span<const std::uint8_t> bytes);

}  // namespace tinyscope
