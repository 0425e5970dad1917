#include "profiler/budget/uri.hpp"

#include <fmt/format.h>

namespace tinyscope {

std::string relative_uri(std::string_view path) {
  while (path.starts_with('/')) path.remove_prefix(1);
  constexpr std::string_view kPlain = "-._~/";
  std::string uri;
  for (const char c : path) {
    const bool letter = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9');
    if (letter || kPlain.find(c) != std::string_view::npos) {
      uri += c;
    } else {
      uri += fmt::format("%{:02X}", static_cast<unsigned char>(c));
    }
  }
  return uri;
}

}  // namespace tinyscope
