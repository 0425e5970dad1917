#include "profiler/memory_index.hpp"

#include <algorithm>
#include <bit>

namespace tinyscope {
namespace {

constexpr Address kPrivatePeripherals = 0xE0000000u;

}  // namespace

MemoryIndex::MemoryIndex(const SocDescription& soc)
    : pages_(std::size_t{1} << (32 - kPageBits), kPeripherals) {
  regions_ = {{"peripherals", MemoryKind::kRam, 0, 0},
              {"core peripherals", MemoryKind::kRam, 0, 0}};
  windows_ = {{0, 0, kPeripherals}, {0, 0, kCorePeripherals}};
  std::fill(pages_.begin() + (kPrivatePeripherals >> kPageBits), pages_.end(), kCorePeripherals);
  for (const MemoryDescription& memory : soc.memories) {
    if (!memory.alias_of.empty()) continue;
    show(memory, static_cast<std::uint8_t>(regions_.size()), bytes_);
    regions_.push_back({memory.name, memory.kind, memory.size, bytes_});
    bytes_ += memory.size;
  }
  for (const MemoryDescription& alias : soc.memories) {
    for (std::uint8_t number = kFirstMemory; number < regions_.size(); ++number) {
      const Region& region = regions_[number];
      if (alias.alias_of == region.name) show(alias, number, region.first + alias.alias_offset);
    }
  }
}

void MemoryIndex::show(const MemoryDescription& memory, std::uint8_t region, std::uint32_t first) {
  const auto number = static_cast<std::uint8_t>(windows_.size());
  windows_.push_back({memory.base, first, region});
  const auto page = pages_.begin() + (memory.base >> kPageBits);
  std::fill(page, page + (memory.size >> kPageBits), number);
}

std::uint64_t ByteSet::count(const MemoryIndex::Region& region) const {
  std::uint64_t sum = 0;
  const std::uint32_t first = region.first / kWordBits;
  for (std::uint32_t i = first; i < first + region.bytes / kWordBits; ++i) {
    sum += static_cast<std::uint64_t>(std::popcount(words_[i]));
  }
  return sum;
}

void ByteSet::add(const ByteSet& other) {
  for (std::size_t i = 0; i < words_.size(); ++i) words_[i] |= other.words_[i];
}

void ByteSet::clear() { std::fill(words_.begin(), words_.end(), 0); }

}  // namespace tinyscope
