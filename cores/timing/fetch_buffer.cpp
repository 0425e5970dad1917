#include "cores/timing/fetch_buffer.hpp"

#include <algorithm>

#include "cores/timing/cortex_m4_latencies.hpp"

namespace tinyscope::cortex_m4 {

FetchBuffer::Time FetchBuffer::latency(Address word) const {
  constexpr Address kSystemBusWord = 0x2000'0000u / 4;
  return word < kSystemBusWord ? kFetchLatency : kSystemBusFetchLatency;
}

void FetchBuffer::restart(Address address, Time request) {
  last_word_ = address / 4;
  last_request_ = request;
  last_available_ = request + latency(last_word_);
  places_.fill({});
  last_decode_ = 0;
}

void FetchBuffer::restart_ready(Address address, Time decode) {
  restart(address, decode - latency(address / 4));
}

FetchBuffer::Time FetchBuffer::available(Address end, unsigned wait_cycles) {
  const Address needed = (end - 1) / 4;
  while (static_cast<std::int32_t>(needed - last_word_) > 0) {
    const Address word = ++last_word_;
    // A fetch that never had to stop takes a place in the very cycle it is given up. One that did
    // stop, because the buffer was full, starts again at once if decode flows, else a cycle later.
    const Place& place = places_[(word - kFetchBufferWords) % places_.size()];
    Time request = last_request_ + 1;
    if (place.left > request) request = place.left + (place.flowing ? 0 : kFetchRestart);
    while (std::find(stolen_.begin(), stolen_.end(), request) != stolen_.end()) ++request;
    last_request_ = request;
    last_available_ = std::max(last_available_ + 1, request + latency(word));
    places_[word % places_.size()] = {};
  }
  last_request_ += wait_cycles;
  last_available_ += wait_cycles;
  return last_available_;
}

void FetchBuffer::consume(Address start, Address end, Time decode) {
  const Place left{decode, decode == last_decode_ + 1};
  last_decode_ = decode;
  const bool leaves_first = start / 4 != (end - 1) / 4;
  if (leaves_first) places_[start / 4 % places_.size()] = left;
  if (end % 4 == 0) places_[(end - 1) / 4 % places_.size()] = left;
}

void FetchBuffer::steal(Time cycle) {
  stolen_[next_stolen_] = cycle;
  next_stolen_ = (next_stolen_ + 1) % kStolenKept;
}

}  // namespace tinyscope::cortex_m4
