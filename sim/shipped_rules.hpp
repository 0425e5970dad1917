// Shipped files as what they say, read again only when they have changed: a program that runs
// thousands of machines would else spend a good part of its time in reading the same rules.
#pragma once

#include <filesystem>
#include <mutex>
#include <system_error>
#include <utility>
#include <vector>

#include "sim/shipped_files.hpp"

namespace tinyscope {

// What `read` makes of each file in `folder`, see shipped_files(). May be called by several
// threads.
template <class Rules>
std::vector<Rules> shipped_rules(const std::filesystem::path& folder,
                                 Rules (*read)(const std::filesystem::path&)) {
  using Versions = std::vector<std::pair<std::filesystem::path, std::filesystem::file_time_type>>;
  static std::mutex mutex;
  static Versions versions;
  static std::vector<Rules> rules;

  Versions now;
  for (const std::filesystem::path& file : shipped_files(folder)) {
    std::error_code ignored;
    now.emplace_back(file, std::filesystem::last_write_time(file, ignored));
  }
  const std::lock_guard lock(mutex);
  if (now != versions) {
    std::vector<Rules> fresh;
    for (const auto& [file, time] : now) fresh.push_back(read(file));
    rules = std::move(fresh);
    versions = std::move(now);
  }
  return rules;
}

}  // namespace tinyscope
