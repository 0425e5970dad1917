// Rule files that come with the program.
#pragma once

#include <filesystem>
#include <vector>

namespace tinyscope {

// The .toml files in `folder` ("profiler/rules") of the first data folder that has any, sorted.
// Throws InputError if there are none.
std::vector<std::filesystem::path> shipped_files(const std::filesystem::path& folder);

}  // namespace tinyscope
