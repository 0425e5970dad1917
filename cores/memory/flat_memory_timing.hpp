// Memory without wait states: says which block of memory answers an address, and whether reads of
// that block begin late.
#pragma once

#include <vector>

#include "cores/memory/memory_map.hpp"
#include "cores/memory/memory_timing.hpp"

namespace tinyscope {

class FlatMemoryTiming final : public MemoryTiming {
 public:
  // See MemoryMap.
  explicit FlatMemoryTiming(const std::vector<MemoryBlock>& blocks) : map_(blocks) {}

  unsigned fetch_wait(Address, Time) override { return 0; }
  unsigned data_wait(Address, AccessType, Time) override { return 0; }
  unsigned first_read_cycles(Address address) const override {
    return map_.first_read_cycles(address);
  }
  std::uint8_t block(Address address) const override { return map_.number(address); }
  void reset() override {}
  void snapshot(StateArchive&) override {}

 private:
  MemoryMap map_;
};

}  // namespace tinyscope
