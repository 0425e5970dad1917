// What a run took, as a small file to commit: later runs are compared with it.
#pragma once

#include <filesystem>
#include <iosfwd>
#include <string_view>

#include "profiler/budget/run_measurements.hpp"

namespace tinyscope {

inline constexpr int kBaselineSchemaVersion = 1;

// JSON: metrics of the run, of each model and its layers, and of phases. The same measurements give
// the same bytes; a layer is a line.
void write_baseline(const RunMeasurements& of, std::ostream& out);

// Throws InputError if the file is no baseline, or one of another schema version.
RunMeasurements read_baseline(const std::filesystem::path& path);
RunMeasurements parse_baseline(std::string_view text, std::string_view name);

}  // namespace tinyscope
