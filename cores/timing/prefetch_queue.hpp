// The Cortex-M7's instruction fetch: eight aligned bytes a cycle, ahead of issue by as much as a
// queue of four such entries holds, along the path that the branch predictor takes.
//
// Fetches are worked out when an instruction first needs them, with the cycle in which the queue
// would have made them: only then is the path known.
#pragma once

#include <algorithm>
#include <cstdint>

#include "cores/memory/memory_timing.hpp"
#include "cores/timing/cortex_m7_latencies.hpp"
#include "sim/snapshot.hpp"
#include "sim/types.hpp"

namespace tinyscope::cortex_m7 {

class PrefetchQueue {
 public:
  using Time = MemoryTiming::Time;

  // Everything fetched so far is dropped; what is fetched next is there in cycle `ready` if the
  // memory does not wait.
  void restart(Time ready) {
    held_ = false;
    available_ = 0;
    next_request_ = ready - kFetchLatency;
  }
  // The instruction that comes next is the target of a branch that was predicted.
  void redirect() { held_ = false; }

  // When the instruction in [start, end) can issue; `now`: the earliest cycle it could otherwise.
  Time available(Address start, Address end, Time now, MemoryTiming& memory) {
    const Address first = start / kFetchBytes;
    const Address last = (end - 1) / kFetchBytes;
    if (!held_ || entry_ != first) {
      if (!held_ || entry_ != last) request(first, now, memory);
    }
    if (entry_ != last) request(last, now, memory);
    return available_;
  }

  // No request to come is made before this cycle.
  Time earliest_request(Time now) const { return std::max(next_request_, now - kFetchAhead); }
  // All times by `offset` later, and what can no longer matter forgotten; `now`: no instruction to
  // come issues earlier; the next one is at `next`.
  PrefetchQueue normalised(Address next, Time now, Time offset) const {
    PrefetchQueue result;
    result.held_ = held_ && entry_ == next / kFetchBytes;
    if (result.held_) {
      result.entry_ = entry_;
      if (available_ > now) result.available_ = available_ - now + offset;
    }
    result.next_request_ = earliest_request(now) - now + offset;
    return result;
  }
  void snapshot(StateArchive& archive) { archive(held_, entry_, available_, next_request_); }

 private:
  void request(Address entry, Time now, MemoryTiming& memory) {
    const Time at = earliest_request(now);
    const unsigned wait = memory.fetch_wait(entry * kFetchBytes, at);
    held_ = true;
    entry_ = entry;
    available_ = at + kFetchLatency + wait;
    next_request_ = at + 1 + wait;
  }

  bool held_ = false;   // is `entry_` the last one that was fetched on this path?
  Address entry_ = 0;   // its address in units of eight bytes
  Time available_ = 0;  // when instructions in it may issue
  Time next_request_ = 0;
};

}  // namespace tinyscope::cortex_m7
