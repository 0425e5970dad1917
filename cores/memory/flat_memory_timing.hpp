// Memory without wait states: says which block of memory answers an address, and whether reads of
// that block begin late.
#pragma once

#include <vector>

#include "cores/memory/memory_timing.hpp"

namespace tinyscope {

// Addresses [base, base + size) that one memory or bus segment answers.
struct MemoryBlock {
  Address base = 0;
  std::uint32_t size = 0;
  std::uint16_t first_read_cycles = 0;  // see MemoryTiming
};

class FlatMemoryTiming final : public MemoryTiming {
 public:
  // Blocks are numbered from 1 in the order given; everything else is block 0. Throws InputError
  // if two of them overlap, one is empty or wraps, or there are more than 255.
  explicit FlatMemoryTiming(std::vector<MemoryBlock> blocks);

  unsigned fetch_wait(Address, Time) override { return 0; }
  unsigned data_wait(Address, AccessType, Time) override { return 0; }
  unsigned first_read_cycles(Address address) const override;
  std::uint8_t block(Address address) const override;
  void reset() override {}
  void snapshot(StateArchive&) override {}

 private:
  struct Numbered {
    MemoryBlock range;
    std::uint8_t number;
  };
  const Numbered* find(Address address) const;  // nullptr: outside of all blocks

  std::vector<Numbered> blocks_;  // by address
};

}  // namespace tinyscope
