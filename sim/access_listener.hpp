// Who wants to know every data access of the core. It costs time, so nobody is told by default;
// what it does not cost is a cycle.
#pragma once

#include <cstdint>
#include <span>

#include "sim/types.hpp"

namespace tinyscope {

// `count` accesses of `bytes` each at ascending addresses without gaps, by one instruction: one
// access for each word of LDM, PUSH and the like. An unaligned access counts as one.
struct DataAccess {
  Address address = 0;  // of the first byte
  Address pc = 0;       // of the instruction; 0: the core stacks or unstacks by itself
  std::uint8_t bytes = 0;
  std::uint8_t count = 0;
  bool write = false;

  std::uint32_t size() const { return std::uint32_t{bytes} * count; }
  friend bool operator==(const DataAccess&, const DataAccess&) = default;
};

class AccessListener {
 public:
  virtual ~AccessListener() = default;
  // Accesses in program order, peripherals included, of instructions that have run to their end.
  // Those of a block come before SimListener::on_block_retired() tells of it; those of an exception
  // entry or return before on_exception(). Not among them: instruction fetches, vectors, DMA.
  virtual void on_accesses(std::span<const DataAccess> accesses) = 0;
};

}  // namespace tinyscope
