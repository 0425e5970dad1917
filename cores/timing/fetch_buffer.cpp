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
  freed_.fill(0);
}

FetchBuffer::Time FetchBuffer::available(Address start, Address end, unsigned wait_cycles) {
  const Address needed = (end - 1) / 4;
  bool fetched = false;
  while (static_cast<std::int32_t>(needed - last_word_) > 0) {
    const Address word = ++last_word_;
    const Time room = freed_[(word - kFetchBufferWords) % freed_.size()] + 1;
    Time request = std::max(last_request_ + 1, room);
    while (std::find(stolen_.begin(), stolen_.end(), request) != stolen_.end()) ++request;
    last_request_ = request;
    last_available_ = std::max(last_available_ + 1, request + latency(word));
    freed_[word % freed_.size()] = 0;
    fetched = true;
  }
  // A wait given for an instruction that was already in the buffer belongs to its first word,
  // which a restart has requested.
  const bool first_of_stream = start / 4 == last_word_ && !fetched;
  if (wait_cycles != 0 && (fetched || first_of_stream)) {
    last_request_ += wait_cycles;
    last_available_ += wait_cycles;
  }
  return last_available_;
}

void FetchBuffer::consume(Address start, Address end, Time decode) {
  const bool leaves_first = start / 4 != (end - 1) / 4;
  if (leaves_first) freed_[start / 4 % freed_.size()] = decode;
  if (end % 4 == 0) freed_[(end - 1) / 4 % freed_.size()] = decode;
}

void FetchBuffer::steal(Time cycle) {
  stolen_[next_stolen_] = cycle;
  next_stolen_ = (next_stolen_ + 1) % kStolenKept;
}

}  // namespace tinyscope::cortex_m4
