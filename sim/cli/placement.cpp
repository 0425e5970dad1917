#include "sim/cli/placement.hpp"

#include <algorithm>

namespace tinyscope {
namespace {

constexpr std::uint32_t kWord = 4;
constexpr std::uint32_t kLine = 32;  // the longest of any cache

}  // namespace

const MemoryDescription* find_memory(const SocDescription& soc, std::string_view name) {
  for (const MemoryDescription& candidate : soc.memories) {
    if (candidate.name == name) return &candidate;
  }
  return nullptr;
}

bool reads_flash(const SocDescription& soc, Address address) {
  if (!soc.flash_read) return false;
  for (const MemoryDescription& candidate : soc.memories) {
    const bool flash =
        candidate.name == soc.flash_read->memory || candidate.alias_of == soc.flash_read->memory;
    if (flash && address - candidate.base < candidate.size) return true;
  }
  return false;
}

bool overlaps(const MovedRange& range, const std::vector<MovedRange>& others) {
  return std::any_of(others.begin(), others.end(), [&](const MovedRange& other) {
    return range.base < other.base + other.size && other.base < range.base + range.size;
  });
}

Address place_behind(Address next, Address base) { return next + (base - next) % kLine; }

MovedRange whole_words(Address address, std::uint32_t size, Address next) {
  const Address first = address & ~(kWord - 1);
  const Address end = (address + size + kWord - 1) & ~(kWord - 1);
  return {first, end - first, place_behind(next, first)};
}

std::vector<MovedRange> packed(std::vector<MovedRange> ranges, Address to) {
  std::sort(ranges.begin(), ranges.end(),
            [](const MovedRange& a, const MovedRange& b) { return a.base < b.base; });
  std::vector<MovedRange> result;
  for (const MovedRange& range : ranges) {
    if (!result.empty() && range.base <= result.back().base + result.back().size) {
      MovedRange& last = result.back();
      last.size = std::max(last.size, range.base + range.size - last.base);
    } else {
      result.push_back(range);
    }
  }
  for (MovedRange& range : result) {
    range.as = place_behind(to, range.base);
    to = range.as + range.size;
  }
  return result;
}

std::uint32_t bytes_of(const std::vector<MovedRange>& ranges) {
  std::uint32_t bytes = 0;
  for (const MovedRange& range : ranges) bytes += range.size;
  return bytes;
}

}  // namespace tinyscope
