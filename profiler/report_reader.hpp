// Reads back what JsonExporter wrote, for comparing runs and for making other formats later.
#pragma once

#include <filesystem>
#include <string_view>

#include "profiler/report.hpp"

namespace tinyscope {

// Throws InputError if the file is not a report, or one of another schema version. What is not in
// the JSON (ProfileReport::insns, timeline) is empty.
ProfileReport read_report(const std::filesystem::path& path);
// `name` is for errors.
ProfileReport parse_report(std::string_view text, std::string_view name);

}  // namespace tinyscope
