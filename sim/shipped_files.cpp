#include "sim/shipped_files.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <system_error>

#include "sim/description/board.hpp"
#include "sim/error.hpp"

namespace tinyscope {

std::vector<std::filesystem::path> shipped_files(const std::filesystem::path& folder) {
  for (const std::filesystem::path& data : data_folders()) {
    std::vector<std::filesystem::path> files;
    std::error_code ignored;
    for (const auto& entry : std::filesystem::directory_iterator(data / folder, ignored)) {
      if (entry.path().extension() == ".toml") files.push_back(entry.path());
    }
    if (files.empty()) continue;
    std::sort(files.begin(), files.end());
    return files;
  }
  throw InputError(
      fmt::format("no {}/*.toml in any data folder; set TINYSCOPE_DATA to the "
                  "folder that holds tinyscope's data",
                  folder.string()));
}

std::filesystem::path shipped_file(const std::filesystem::path& file) {
  for (const std::filesystem::path& data : data_folders()) {
    std::error_code ignored;
    if (std::filesystem::is_regular_file(data / file, ignored)) return data / file;
  }
  throw InputError(
      fmt::format("{}: not in any data folder; set TINYSCOPE_DATA to the folder that holds "
                  "tinyscope's data",
                  file.string()));
}

}  // namespace tinyscope
