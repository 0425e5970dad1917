// Wait states of the memory system: what an access costs beyond the core's own cycles.
#pragma once

#include <cstdint>

#include "sim/snapshot.hpp"
#include "sim/time.hpp"
#include "sim/types.hpp"

namespace tinyscope {

class MemoryTiming {
 public:
  virtual ~MemoryTiming() = default;
  // Extra cycles of this access. `now` is the core's cycle count at which it starts.
  virtual std::uint16_t wait_cycles(Address address, std::uint32_t size, AccessType type,
                                    Cycles now) = 0;
  // Extra cycles of a read that does not directly follow another access to its block: what an
  // interconnect takes to grant the block anew.
  virtual std::uint16_t first_read_cycles(Address) const { return 0; }
  // Which memory block answers; accesses to one block can follow each other without a gap.
  virtual std::uint8_t block(Address address) const = 0;
  virtual void reset() = 0;
  // Saves or restores what the answers depend on (caches, prefetch buffers).
  virtual void snapshot(StateArchive& archive) = 0;
};

}  // namespace tinyscope
