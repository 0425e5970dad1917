// Small text tools for messages: lists, and the known name closest to a misspelt one.
#pragma once

#include <cstddef>
#include <span>
#include <string>
#include <string_view>

namespace tinyscope {

// Number of single-character insertions, deletions and replacements between two words.
std::size_t edit_distance(std::string_view a, std::string_view b);

// The candidate nearest to `word`, if near enough to be a plausible misspelling; else empty.
std::string closest_match(std::string_view word, std::span<const std::string> candidates);

// "a, b, c"; "none" for an empty list.
std::string join(std::span<const std::string> words, std::string_view separator = ", ");

// "; did you mean 'x'?" or nothing, followed by " (known: a, b, c)".
std::string suggest(std::string_view word, std::span<const std::string> known);

}  // namespace tinyscope
