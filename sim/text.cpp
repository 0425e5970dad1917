#include "sim/text.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <numeric>
#include <vector>

namespace tinyscope {

std::size_t edit_distance(std::string_view a, std::string_view b) {
  std::vector<std::size_t> row(b.size() + 1);
  std::iota(row.begin(), row.end(), std::size_t{0});
  for (std::size_t i = 1; i <= a.size(); ++i) {
    std::size_t diagonal = row[0];
    row[0] = i;
    for (std::size_t j = 1; j <= b.size(); ++j) {
      const std::size_t replaced = diagonal + (a[i - 1] == b[j - 1] ? 0 : 1);
      diagonal = row[j];
      row[j] = std::min({row[j] + 1, row[j - 1] + 1, replaced});
    }
  }
  return row[b.size()];
}

std::string closest_match(std::string_view word, std::span<const std::string> candidates) {
  constexpr std::size_t kLongestName = 64;  // nobody misspells more than that
  if (word.size() > kLongestName) return {};
  std::size_t best = word.size() / 3 + 2;  // one letter in three, and short words get a chance
  std::string match;
  for (const std::string& candidate : candidates) {
    if (candidate.size() > kLongestName) continue;
    const std::size_t distance = edit_distance(word, candidate);
    if (distance >= best || distance >= candidate.size()) continue;
    best = distance;
    match = candidate;
  }
  return match;
}

std::string join(std::span<const std::string> words, std::string_view separator) {
  if (words.empty()) return "none";
  return fmt::format("{}", fmt::join(words.begin(), words.end(), separator));
}

std::string suggest(std::string_view word, std::span<const std::string> known) {
  const std::string match = closest_match(word, known);
  return (match.empty() ? std::string() : fmt::format("; did you mean '{}'?", match)) +
         fmt::format(" (known: {})", join(known));
}

}  // namespace tinyscope
