#include "runtime/memory_plan.hpp"

namespace mlrt {
namespace {

bool lives_overlap(const PlannedBlock& a, const PlannedBlock& b) {
  return a.first <= b.last && b.first <= a.last;
}

// Stable insertion sort, largest first; a model has a few dozen blocks.
void sort_by_size(const PlannedBlock* blocks, std::uint16_t* order, std::size_t count) {
  for (std::size_t i = 0; i < count; ++i) {
    std::size_t place = i;
    while (place > 0 && blocks[order[place - 1]].bytes < blocks[i].bytes) {
      order[place] = order[place - 1];
      --place;
    }
    order[place] = static_cast<std::uint16_t>(i);
  }
}

// The lowest offset at which `block` meets none of the first `placed` blocks in `order`.
std::size_t lowest_offset(const PlannedBlock* blocks, const std::uint16_t* order,
                          std::size_t placed, const PlannedBlock& block) {
  std::size_t offset = 0;
  // Every collision moves the candidate up past one block, so this ends.
  for (std::size_t i = 0; i < placed; ++i) {
    const PlannedBlock& other = blocks[order[i]];
    const bool collides = lives_overlap(block, other) && offset < other.offset + other.bytes &&
                          other.offset < offset + block.bytes;
    if (collides) {
      offset = other.offset + other.bytes;
      i = static_cast<std::size_t>(-1);  // look at all of them again
    }
  }
  return offset;
}

}  // namespace

std::size_t plan_memory(PlannedBlock* blocks, std::uint16_t* order, std::size_t count) {
  sort_by_size(blocks, order, count);
  std::size_t total = 0;
  for (std::size_t i = 0; i < count; ++i) {
    PlannedBlock& block = blocks[order[i]];
    block.offset = block.bytes == 0 ? 0 : lowest_offset(blocks, order, i, block);
    if (block.offset + block.bytes > total) total = block.offset + block.bytes;
  }
  return total;
}

}  // namespace mlrt
