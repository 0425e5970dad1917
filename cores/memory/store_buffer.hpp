// The store buffer of a Cortex-M7: stores retire into it at once and reach their memory later, so
// the core waits only where it is full.
//
// Entries, and what narrow stores take where memory corrects errors (read, modify, write of a
// word): measured on STM32H743, jnk0le/random, "Cortex-M7 pipeline": four unaligned stores are
// free, from the fifth on each takes 4 cycles; bytes and halfwords sustain 4 cycles in one bank and
// 2 in both in turn.
//
// Not modelled: stores to the same word that the buffer merges.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>

#include "cores/memory/memory_timing.hpp"

namespace tinyscope {

class StoreBuffer {
 public:
  using Time = MemoryTiming::Time;
  static constexpr std::size_t kMostEntries = 5;

  explicit StoreBuffer(std::size_t entries) : entries_(entries) {}

  // Cycles until a store in cycle `at` finds a place.
  unsigned wait(Time at) const;
  // It has, and leaves the buffer in cycle `leaves`.
  void put(Time leaves, Time at);
  // When bank 0 or 1 takes its next store, and that it is busy until then.
  Time bank_free(unsigned bank) const { return bank_free_[bank]; }
  void occupy_bank(unsigned bank, Time until) { bank_free_[bank] = until; }
  // Cycles until it is empty.
  unsigned drain(Time at) const;

  void reset() { *this = StoreBuffer(entries_); }
  // Two words of a position.
  void pack(std::uint64_t* words, Time now) const;
  void unpack(const std::uint64_t* words, Time now);
  void snapshot(StateArchive& archive) { archive(leaves_, bank_free_); }

 private:
  std::size_t entries_;
  std::array<Time, kMostEntries> leaves_{};  // ascending; past: free
  std::array<Time, 2> bank_free_{};
};

}  // namespace tinyscope
