#pragma once

#include <cstddef>
#include <cstdint>

namespace mlrt {

// A piece of memory that is needed from operator `first` to operator `last`, both included.
struct PlannedBlock {
  std::size_t bytes;
  std::int32_t first;
  std::int32_t last;
  std::size_t offset;  // the result
};

// Greedy by size: the largest block first, each at the lowest offset where it does not meet a
// placed block of overlapping lifetime. Returns the bytes needed. `order` is workspace for
// `count` indices. Sizes must be multiples of the alignment; so are the offsets then.
std::size_t plan_memory(PlannedBlock* blocks, std::uint16_t* order, std::size_t count);

}  // namespace mlrt
