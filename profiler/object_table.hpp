// Objects of the image by address: arrays, stacks, arenas, heaps.
#pragma once

#include <vector>

#include "sim/image/image.hpp"
#include "sim/types.hpp"

namespace tinyscope {

struct MemoryRange {
  Address begin = 0;
  std::uint32_t bytes = 0;
  bool contains(Address address) const { return address - begin < bytes; }
};

class ObjectTable {
 public:
  // Keeps those of at least `smallest` bytes; `symbols` must outlive the table.
  explicit ObjectTable(const SymbolTable& symbols, std::uint32_t smallest = 1);

  // The object that contains `address`; null if there is none.
  const Symbol* at(Address address) const;

 private:
  std::vector<const Symbol*> objects_;  // by address
};

}  // namespace tinyscope
