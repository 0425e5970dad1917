// A folder that exists as long as the test, with files of given content.
#pragma once

#include <cstdint>
#include <filesystem>
#include <span>
#include <string_view>

namespace tinyscope::test {

class TemporaryFolder {
 public:
  TemporaryFolder();
  ~TemporaryFolder();
  TemporaryFolder(const TemporaryFolder&) = delete;
  TemporaryFolder& operator=(const TemporaryFolder&) = delete;

  const std::filesystem::path& path() const { return path_; }
  // Writes a file, and the folders it lies in; returns its path.
  std::filesystem::path write(const std::filesystem::path& name, std::string_view text) const;
  std::filesystem::path write(const std::filesystem::path& name,
                              std::span<const std::uint8_t> bytes) const;

 private:
  std::filesystem::path path_;
};

}  // namespace tinyscope::test
