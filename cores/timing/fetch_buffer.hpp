// The Cortex-M4's instruction fetch: aligned words requested ahead of decode, one a cycle, as long
// as the buffer has room. Answers when an instruction can be decoded.
#pragma once

#include <array>
#include <cstdint>

#include "sim/types.hpp"

namespace tinyscope::cortex_m4 {

class FetchBuffer {
 public:
  using Time = std::uint64_t;  // core cycles

  // Drops what was fetched; `address` is requested in cycle `request`.
  void restart(Address address, Time request);
  // The same for a stream whose first word is there in cycle `decode`.
  void restart_ready(Address address, Time decode);

  // First cycle in which the instruction that ends at `end` can be decoded. `wait_cycles`: added by
  // the memory to the word fetched last; what lies ahead of decode hides part of it.
  Time available(Address end, unsigned wait_cycles);
  // The instruction in [start, end) has left the buffer for decode in cycle `decode`.
  void consume(Address start, Address end, Time decode);
  // The bus is used otherwise in this cycle: by the target of a branch that was not taken, or by
  // a data access to the same bus.
  void steal(Time cycle);

 private:
  static constexpr std::size_t kStolenKept = 4;

  struct Place {
    Time left = 0;        // cycle in which the last halfword of the word went to decode
    bool flowing = true;  // decode took an instruction in the cycle before, too
  };

  Time latency(Address word) const;

  Address last_word_ = 0;  // number of the word requested last
  Time last_request_ = 0;
  Time last_available_ = 0;
  std::array<Place, 4> places_{};  // of word n, at n modulo 4
  Time last_decode_ = 0;
  std::array<Time, kStolenKept> stolen_{};
  std::size_t next_stolen_ = 0;
};

}  // namespace tinyscope::cortex_m4
