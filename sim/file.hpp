// Reading of whole files with one clear error for everything that can go wrong.
#pragma once

#include <cstdint>
#include <filesystem>
#include <vector>

namespace tinyscope {

// Throws InputError if the file does not exist, is a directory, cannot be read, or holds more than
// `limit` bytes.
std::vector<std::uint8_t> read_file(const std::filesystem::path& path, std::size_t limit);

}  // namespace tinyscope
