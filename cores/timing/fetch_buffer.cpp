#include "cores/timing/fetch_buffer.hpp"

#include <algorithm>

#include "cores/timing/cortex_m4_latencies.hpp"

namespace tinyscope::cortex_m4 {
namespace {

unsigned latency(Address word) {
  constexpr Address kSystemBusWord = 0x2000'0000u / 4;
  return word < kSystemBusWord ? kFetchLatency : kSystemBusFetchLatency;
}

}  // namespace

bool FetchBuffer::has_room() const { return next_ - oldest_ < kFetchBufferWords; }

// A fetch that never had to stop takes a place in the very cycle it is given up. One that did stop,
// because the buffer was full, starts again at once if decode flows, else a cycle later.
FetchBuffer::Time FetchBuffer::next_request() const {
  const std::size_t place = (next_ - kFetchBufferWords) % kSlots;
  Time cycle = bus_free_;
  if (left_[place] > cycle) cycle = left_[place] + (idle_[place] != 0 ? kFetchRestart : 0);
  while (std::find(stolen_.begin(), stolen_.end(), cycle) != stolen_.end()) ++cycle;
  return cycle;
}

void FetchBuffer::request(Time cycle, MemoryTiming& memory) {
  const Address word = next_++;
  const std::size_t slot = word % kSlots;
  const unsigned wait = memory.fetch_wait(word * 4, cycle);
  bus_free_ = cycle + 1 + wait;
  last_available_ = std::max(last_available_ + 1, cycle + latency(word) + wait);
  available_[slot] = last_available_;
  waits_[slot] = wait;
  left_[slot] = 0;
  idle_[slot] = 0;
}

void FetchBuffer::run_ahead(Time until, MemoryTiming& memory) {
  while (has_room()) {
    const Time cycle = next_request();
    if (cycle >= until) return;
    request(cycle, memory);
  }
}

void FetchBuffer::restart(Address address, Time cycle, MemoryTiming& memory) {
  // What was asked for until then is under way, wanted or not.
  run_ahead(cycle, memory);
  oldest_ = next_ = address / 4;
  last_available_ = 0;
  left_.fill(0);
  idle_.fill(0);
  last_decode_ = 0;
  request(std::max(cycle, bus_free_), memory);
}

void FetchBuffer::restart_ready(Address address, Time decode, MemoryTiming& memory) {
  restart(address, decode - latency(address / 4), memory);
}

FetchBuffer::Ready FetchBuffer::available(Address start, Address end, MemoryTiming& memory) {
  const Address first = start / 4;
  const Address last = (end - 1) / 4;
  while (static_cast<std::int32_t>(last - next_) >= 0) request(next_request(), memory);
  unsigned waits = waits_[last % kSlots];
  if (first != last) waits += waits_[first % kSlots];
  return {available_[last % kSlots], waits};
}

void FetchBuffer::leave(Address word, Time decode, bool flowing) {
  left_[word % kSlots] = decode;
  idle_[word % kSlots] = flowing ? 0 : 1;
  oldest_ = word + 1;
}

void FetchBuffer::consume(Address start, Address end, Time decode, MemoryTiming& memory) {
  run_ahead(decode, memory);
  const bool flowing = decode == last_decode_ + 1;
  last_decode_ = decode;
  if (start / 4 != (end - 1) / 4) leave(start / 4, decode, flowing);
  if (end % 4 == 0) leave((end - 1) / 4, decode, flowing);
}

void FetchBuffer::steal(Time cycle) {
  stolen_[next_stolen_] = cycle;
  next_stolen_ = (next_stolen_ + 1) % kStolenKept;
}

FetchBuffer::Time FetchBuffer::earliest_request(Time decode) const {
  return has_room() ? std::min(next_request(), decode) : decode;
}

FetchBuffer FetchBuffer::normalised(Time now, Time offset) const {
  // The earliest decode to come is in cycle now - 2.
  const auto moved = [&](Time time, Time floor) { return std::max(time, floor) - now + offset; };
  FetchBuffer result;
  result.oldest_ = oldest_;
  result.next_ = next_;
  result.last_available_ = moved(last_available_, now - 3);
  // Without room the next request follows a place given up, which is later than anything so far.
  const Time bus_free = has_room() ? bus_free_ : std::max(bus_free_, now - 3);
  result.bus_free_ = moved(bus_free, now - offset);
  for (Address word = oldest_; word != next_; ++word) {
    const std::size_t slot = word % kSlots;
    result.available_[slot] = moved(available_[slot], now - 2);
    result.waits_[slot] = waits_[slot];
  }
  for (Address word = next_ - kFetchBufferWords; static_cast<std::int32_t>(word - oldest_) < 0;
       ++word) {
    const std::size_t slot = word % kSlots;
    if (left_[slot] <= bus_free) continue;
    result.left_[slot] = moved(left_[slot], now - offset);
    result.idle_[slot] = idle_[slot];
  }
  if (last_decode_ + 3 >= now) result.last_decode_ = moved(last_decode_, now - 3);
  std::size_t kept = 0;
  for (std::size_t i = 0; i < kStolenKept; ++i) {
    const Time cycle = stolen_[(next_stolen_ + i) % kStolenKept];
    if (cycle >= bus_free && cycle != 0) result.stolen_[kept++] = moved(cycle, now - offset);
  }
  result.next_stolen_ = kept % kStolenKept;
  return result;
}

void FetchBuffer::snapshot(StateArchive& archive) {
  archive(oldest_, next_, bus_free_, last_available_, available_, waits_, left_, idle_,
          last_decode_, stolen_, next_stolen_);
}

}  // namespace tinyscope::cortex_m4
