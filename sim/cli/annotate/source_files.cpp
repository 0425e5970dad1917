#include "sim/cli/annotate/source_files.hpp"

#include <fmt/format.h>

#include <fstream>
#include <system_error>

#include "sim/error.hpp"

namespace tinyscope {
namespace {

namespace fs = std::filesystem;

constexpr int kFoldersAboveImage = 4;
constexpr std::uintmax_t kLargestFile = 16u << 20;

bool is_source(const fs::path& path) {
  std::error_code error;
  return fs::is_regular_file(path, error) && fs::file_size(path, error) <= kLargestFile;
}

}  // namespace

SourceFiles::SourceFiles(const std::vector<std::string>& roots, const fs::path& image) {
  for (const std::string& root : roots) {
    std::error_code error;
    if (!fs::is_directory(root, error)) {
      throw InputError(fmt::format("--source-root {}: there is no such folder", root));
    }
    roots_.emplace_back(root);
  }
  std::error_code error;
  fs::path folder = fs::absolute(image, error).parent_path();
  for (int i = 0; i <= kFoldersAboveImage && !error && !folder.empty(); ++i) {
    around_image_.push_back(folder);
    if (folder == folder.root_path()) break;
    folder = folder.parent_path();
  }
}

std::optional<fs::path> SourceFiles::find(const std::string& file) const {
  const fs::path path(file);
  // Folders of the machine that built the image are cut off one by one.
  for (const fs::path& root : roots_) {
    fs::path rest = path.relative_path();
    while (!rest.empty()) {
      if (is_source(root / rest)) return root / rest;
      fs::path shorter;
      for (auto part = std::next(rest.begin()); part != rest.end(); ++part) shorter /= *part;
      rest = shorter;
    }
  }
  if (path.is_absolute()) return is_source(path) ? std::optional(path) : std::nullopt;
  for (const fs::path& folder : around_image_) {
    if (is_source(folder / path)) return folder / path;
  }
  return is_source(path) ? std::optional(path) : std::nullopt;
}

const std::vector<std::string>& SourceFiles::lines_of(const std::string& file) {
  const auto [known, fresh] = files_.try_emplace(file);
  if (!fresh) return known->second;
  const auto path = find(file);
  if (!path) {
    missing_.push_back(file);
    return known->second;
  }
  std::ifstream in(*path, std::ios::binary);
  for (std::string text; std::getline(in, text);) {
    if (!text.empty() && text.back() == '\r') text.pop_back();
    known->second.push_back(std::move(text));
  }
  return known->second;
}

std::optional<std::string_view> SourceFiles::line(const std::string& file, int line) {
  if (file.empty() || line <= 0) return std::nullopt;
  const std::vector<std::string>& lines = lines_of(file);
  const auto index = static_cast<std::size_t>(line - 1);
  return index < lines.size() ? std::optional<std::string_view>(lines[index]) : std::nullopt;
}

}  // namespace tinyscope
