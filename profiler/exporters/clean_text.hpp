// Names come from firmware and may be any bytes; files for other programs must not break on them.
#pragma once

#include <string>
#include <string_view>

namespace tinyscope {

// Valid UTF-8 without control characters: those become spaces, and bytes that are no UTF-8 become
// U+FFFD.
std::string clean_text(std::string_view text);

// The same as a JSON text, quotes included.
std::string json_text(std::string_view text);

}  // namespace tinyscope
