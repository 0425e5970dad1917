// The Cortex-M4's instruction fetch: aligned words requested ahead of decode, one a cycle, as long
// as the buffer has room and whether or not they will be needed. Answers when an instruction can be
// decoded.
#pragma once

#include <array>
#include <cstdint>

#include "cores/memory/memory_timing.hpp"
#include "cores/timing/cortex_m4_latencies.hpp"
#include "sim/types.hpp"

namespace tinyscope::cortex_m4 {

class FetchBuffer {
 public:
  using Time = MemoryTiming::Time;

  // When an instruction can be decoded, and how many of the cycles until then the memory added.
  struct Ready {
    Time decode;
    unsigned waits;
  };

  // Drops what was fetched; `address` is requested in cycle `request`, or when the bus is free.
  void restart(Address address, Time request, MemoryTiming& memory);
  // The same for a stream whose first word is there in cycle `decode` if the memory does not wait.
  void restart_ready(Address address, Time decode, MemoryTiming& memory);

  // For the instruction in [start, end).
  Ready available(Address start, Address end, MemoryTiming& memory);
  // That instruction has left the buffer for decode in cycle `decode`.
  void consume(Address start, Address end, Time decode, MemoryTiming& memory);
  // The bus is used otherwise in this cycle: by the target of a branch that was not taken, or by
  // a data access to the same bus.
  void steal(Time cycle);

  // No request to come is made before this cycle if no instruction to come is decoded before
  // `decode`.
  Time earliest_request(Time decode) const;
  // All times by `offset` later, and what can no longer matter forgotten; `now`: no instruction to
  // come is decoded earlier than two cycles before it.
  FetchBuffer normalised(Time now, Time offset) const;
  void snapshot(StateArchive& archive);

 private:
  static constexpr std::size_t kSlots = 4;  // word n is kept at n modulo this
  static constexpr std::size_t kStolenKept = 4;

  bool has_room() const;
  Time next_request() const;
  void request(Time cycle, MemoryTiming& memory);
  void run_ahead(Time until, MemoryTiming& memory);
  void leave(Address word, Time decode, bool flowing);

  Address oldest_ = 0;                // number of the oldest word that is still needed
  Address next_ = kFetchBufferWords;  // number of the word requested next; no room: no stream yet
  Time bus_free_ = 0;                 // when the bus takes another request
  Time last_available_ = 0;
  std::array<Time, kSlots> available_{};
  std::array<std::uint32_t, kSlots> waits_{};
  std::array<Time, kSlots> left_{};           // when the last halfword of the word went to decode
  std::array<std::uint32_t, kSlots> idle_{};  // 1: decode had rested in the cycle before that
  Time last_decode_ = 0;
  std::array<Time, kStolenKept> stolen_{};
  std::uint64_t next_stolen_ = 0;
};

}  // namespace tinyscope::cortex_m4
