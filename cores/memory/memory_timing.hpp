// Wait states of the memory system: what an access costs beyond the core's own cycles.
//
// The timing model asks in the order of program and pipeline. Times are core cycles on the timing
// model's own count, which never runs backwards by more than a few cycles; only differences count.
//
// What a stretch of code took once it takes again if everything that the answers depend on is
// equal. For memory (not peripherals) that may be no more than: block() of a data address and its
// alignment, the address of a fetch, what LineCaches answer, the settings, and position(). So what
// a buffer for data holds belongs into a LineCache, if need be of one line, and never into
// position(), where each new address would make a new position; banks that work side by side are
// blocks of their own.
#pragma once

#include <array>
#include <cstdint>
#include <vector>

#include "sim/snapshot.hpp"
#include "sim/time.hpp"
#include "sim/types.hpp"

namespace tinyscope {

class CacheControl;
class LineCache;

// Where a memory system stands in time, apart from what its caches hold. Positions that behave
// alike from `now` on compare equal: times are kept relative to it and forgotten when over.
struct MemoryPosition {
  static constexpr std::size_t kWords = 16;
  std::array<std::uint64_t, kWords> words{};
  friend bool operator==(const MemoryPosition&, const MemoryPosition&) = default;
};

class MemoryTiming {
 public:
  using Time = std::uint64_t;

  virtual ~MemoryTiming() = default;

  // Extra cycles of the instruction fetch of the aligned word at `word`, requested in cycle `at`.
  virtual unsigned fetch_wait(Address word, Time at) = 0;
  // Extra cycles of an aligned data access whose address phase is in cycle `at`.
  virtual unsigned data_wait(Address address, AccessType type, Time at) = 0;
  // Extra cycles of a read that does not directly follow another access to its block: what an
  // interconnect takes to grant the block anew.
  virtual unsigned first_read_cycles(Address) const { return 0; }
  // Another bus master uses the block of `address` in cycle `at`.
  virtual void master_access(Address /*address*/, Time /*at*/) {}
  // Extra cycles of a data access in cycle `at` because another master has its block then; asked
  // once, before data_wait().
  virtual unsigned contention(Address /*address*/, Time /*at*/) { return 0; }
  // Which memory block answers; accesses to one block can follow each other without a gap.
  virtual std::uint8_t block(Address address) const = 0;
  // Where block() may change other than at multiples of 4096, in ascending order.
  virtual std::vector<Address> boundaries() const { return {}; }
  virtual void reset() = 0;
  // Saves or restores everything that the answers depend on (caches, buffers, what is under way).
  virtual void snapshot(StateArchive& archive) = 0;

  // Extra cycles of a store of `bytes`, aligned, whose address phase is in cycle `at`.
  virtual unsigned store_wait(Address address, std::uint32_t /*bytes*/, Time at) {
    return data_wait(address, AccessType::kWrite, at);
  }
  // Cycles from `at` on until all stores have reached their memory: what a barrier waits for.
  virtual unsigned drain_wait(Time /*at*/) { return 0; }

  // Null: the core has no caches of its own.
  virtual CacheControl* cache_control() { return nullptr; }
  // All caches and buffers that answers depend on, in an order that never changes.
  virtual std::vector<LineCache*> caches() { return {}; }
  // More cycles than one fetch or one aligned data access ever waits.
  virtual unsigned longest_wait() const { return 0; }
  // More cycles than all of these waits together: fetches of `code_bytes` of straight-line code and
  // of what is requested behind it in vain, and `accesses` aligned data accesses in between.
  virtual std::uint64_t longest_waits(std::uint32_t code_bytes, std::uint32_t accesses) const {
    constexpr std::uint32_t kWordsInVain = 6;
    return std::uint64_t{longest_wait()} * (code_bytes / 4 + kWordsInVain + accesses);
  }
  // Reads of flash arrays begun so far, for code, data or ahead; only differences count.
  virtual std::uint64_t array_reads() const { return 0; }
  // A number that changes whenever the settings change.
  virtual std::uint64_t settings() const { return 0; }

  virtual MemoryPosition position(Time /*now*/) const { return {}; }
  virtual void set_position(const MemoryPosition& /*position*/, Time /*now*/) {}
};

}  // namespace tinyscope
