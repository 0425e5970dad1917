// The plain memory of a machine as a run of blocks sees it: where addresses lead, without the bus.
#pragma once

#include <cstdint>
#include <vector>

#include "sim/types.hpp"

namespace tinyscope {

struct Region {
  Address base = 0;
  std::uint32_t size = 0;
  std::uint8_t* host = nullptr;
  std::uint8_t block = 0;  // number of the memory block for the timing model
  bool writable = false;
  bool holds_code = false;  // stores to it may change code
  bool executable = true;
  // By 32 bytes from the base on: anything but 1 means that the core must look before it stores
  // there (CachedData). Null: it need not.
  const std::uint8_t* line_states = nullptr;
};

class Regions {
 public:
  void add(const Region& region) { regions_.push_back(region); }
  std::vector<Region>& all() { return regions_; }

  // The region that holds all of [address, address + size); null: none does.
  const Region* find(Address address, std::uint32_t size) const {
    for (const Region& region : regions_) {
      if (contains(region, address, size)) return &region;
    }
    return nullptr;
  }
  static bool contains(const Region& region, Address address, std::uint32_t size) {
    const Address offset = address - region.base;
    return offset < region.size && size <= region.size - offset;
  }

 private:
  std::vector<Region> regions_;
};

}  // namespace tinyscope
