// Which memory or bus segment answers an address.
#pragma once

#include <cstdint>
#include <vector>

#include "sim/types.hpp"

namespace tinyscope {

// Addresses [base, base + size) that one memory or bus segment answers.
struct MemoryBlock {
  Address base = 0;
  std::uint32_t size = 0;
  std::uint16_t first_read_cycles = 0;  // see MemoryTiming
};

class MemoryMap {
 public:
  // Blocks are numbered from 1 in the order given; everything else is block 0. Throws InputError
  // if two of them overlap, one is empty or wraps, or there are more than 255.
  explicit MemoryMap(const std::vector<MemoryBlock>& blocks);

  // Block number, 0 outside of all blocks.
  std::uint8_t number(Address address) const {
    const Numbered* found = find(address);
    return found == nullptr ? std::uint8_t{0} : found->number;
  }
  unsigned first_read_cycles(Address address) const {
    const Numbered* found = find(address);
    return found == nullptr ? 0 : found->range.first_read_cycles;
  }

 private:
  struct Numbered {
    MemoryBlock range;
    std::uint8_t number;
  };
  const Numbered* find(Address address) const;  // nullptr: outside of all blocks

  std::vector<Numbered> blocks_;  // by address
};

}  // namespace tinyscope
