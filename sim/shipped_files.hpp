// Files that come with the program: rules, and the page of the HTML report.
#pragma once

#include <filesystem>
#include <vector>

namespace tinyscope {

// The .toml files in `folder` ("profiler/rules") of the first data folder that has any, sorted.
// Throws InputError if there are none.
std::vector<std::filesystem::path> shipped_files(const std::filesystem::path& folder);
// `file` ("profiler/html/report.template.html") in the first data folder that has it. Throws
// InputError if none has.
std::filesystem::path shipped_file(const std::filesystem::path& file);

}  // namespace tinyscope
