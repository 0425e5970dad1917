#include "sim/file.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cerrno>
#include <cstdio>
#include <cstring>
#include <memory>

#include "sim/error.hpp"

namespace tinyscope {

std::vector<std::uint8_t> read_file(const std::filesystem::path& path, std::size_t limit) {
  const auto refuse = [&](std::string_view reason) {
    throw InputError(fmt::format("{}: {}", path.string(), reason));
  };
  std::error_code ignored;
  if (std::filesystem::is_directory(path, ignored)) {
    refuse("is a folder; name a file inside it");
  }
  struct Close {
    void operator()(std::FILE* file) const { std::fclose(file); }
  };
  const std::unique_ptr<std::FILE, Close> file(std::fopen(path.c_str(), "rb"));
  if (!file) {
    refuse(errno == ENOENT ? "no such file; check the path"
                           : fmt::format("cannot be opened ({})", std::strerror(errno)));
  }
  // In steps, because pipes and devices do not know their size.
  constexpr std::size_t kStep = 1u << 20;
  std::vector<std::uint8_t> bytes;
  const auto size_hint = std::filesystem::file_size(path, ignored);
  if (!ignored && size_hint <= limit) bytes.reserve(size_hint + 1);
  while (true) {
    const std::size_t before = bytes.size();
    const std::size_t step = std::min(kStep, limit + 1 - before);
    bytes.resize(before + step);
    const std::size_t got = std::fread(bytes.data() + before, 1, step, file.get());
    bytes.resize(before + got);
    if (bytes.size() > limit) {
      refuse(fmt::format("is larger than {} bytes, more than such a file may hold", limit));
    }
    if (got < step) break;
  }
  if (std::ferror(file.get()) != 0)
    refuse(fmt::format("cannot be read ({})", std::strerror(errno)));
  return bytes;
}

}  // namespace tinyscope
