// Lines of source files, found where debug information says or below folders that the user names.
#pragma once

#include <filesystem>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace tinyscope {

class SourceFiles {
 public:
  // `roots`: folders that the user named; missing ones are an InputError. `image`: the firmware,
  // whose folder and the folders around it are searched last.
  SourceFiles(const std::vector<std::string>& roots, const std::filesystem::path& image);

  // Where `file` lies on this machine; nothing if it does not.
  std::optional<std::filesystem::path> find(const std::string& file) const;
  // Line `line` (from 1) of `file`; nothing if there is no such file or line.
  std::optional<std::string_view> line(const std::string& file, int line);
  // Files that debug information names and that were asked for in vain, in the order of asking.
  const std::vector<std::string>& missing() const { return missing_; }

 private:
  const std::vector<std::string>& lines_of(const std::string& file);

  std::vector<std::filesystem::path> roots_;
  std::vector<std::filesystem::path> around_image_;
  std::map<std::string, std::vector<std::string>> files_;
  std::vector<std::string> missing_;
};

}  // namespace tinyscope
