// Patterns for function names: `*` stands for any run of characters, `?` for one. Brackets and
// everything else stand for themselves, since demangled names are full of them.
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace tinyscope {

bool glob_match(std::string_view pattern, std::string_view text);

// True if any pattern of the list matches.
bool glob_match_any(const std::vector<std::string>& patterns, std::string_view text);

}  // namespace tinyscope
