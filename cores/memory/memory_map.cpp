#include "cores/memory/memory_map.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "sim/error.hpp"

namespace tinyscope {

MemoryMap::MemoryMap(const std::vector<MemoryBlock>& blocks) {
  constexpr std::size_t kMostBlocks = 255;
  if (blocks.size() > kMostBlocks) {
    throw InputError(fmt::format("{} memory blocks: at most {} can be told apart; merge some",
                                 blocks.size(), kMostBlocks));
  }
  for (const MemoryBlock& block : blocks) {
    if (block.size == 0 || block.base + (block.size - 1) < block.base) {
      throw InputError(
          fmt::format("memory block at 0x{:08x} with {} bytes: expected a range that "
                      "is not empty and ends below 2^32",
                      block.base, block.size));
    }
    blocks_.push_back({block, static_cast<std::uint8_t>(blocks_.size() + 1)});
  }
  std::sort(blocks_.begin(), blocks_.end(),
            [](const Numbered& a, const Numbered& b) { return a.range.base < b.range.base; });
  for (std::size_t i = 1; i < blocks_.size(); ++i) {
    const MemoryBlock& before = blocks_[i - 1].range;
    if (blocks_[i].range.base - before.base < before.size) {
      throw InputError(
          fmt::format("memory blocks at 0x{:08x} and 0x{:08x} overlap: expected "
                      "disjoint ranges",
                      before.base, blocks_[i].range.base));
    }
  }
}

const MemoryMap::Numbered* MemoryMap::find(Address address) const {
  const auto after =
      std::upper_bound(blocks_.begin(), blocks_.end(), address,
                       [](Address a, const Numbered& b) { return a < b.range.base; });
  if (after == blocks_.begin()) return nullptr;
  const Numbered& candidate = *std::prev(after);
  return address - candidate.range.base < candidate.range.size ? &candidate : nullptr;
}

}  // namespace tinyscope
