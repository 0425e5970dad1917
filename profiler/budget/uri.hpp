// Paths in reports for other programs.
#pragma once

#include <string>
#include <string_view>

namespace tinyscope {

// A path as a relative URI reference (RFC 3986): everything but letters, digits, "-._~" and slashes
// becomes %XX.
std::string relative_uri(std::string_view path);

}  // namespace tinyscope
