#include "cores/memory/store_buffer.hpp"

#include <algorithm>

#include "sim/error.hpp"

namespace tinyscope {
namespace {

constexpr unsigned kTimeBits = 12;
constexpr std::uint64_t kLongest = (std::uint64_t{1} << kTimeBits) - 1;

std::uint64_t ahead(MemoryTiming::Time time, MemoryTiming::Time now) {
  const std::uint64_t distance = time > now ? time - now : 0;
  TINYSCOPE_ASSERT(distance <= kLongest);
  return distance;
}

}  // namespace

// All but `entries_` of the slots are never used: they leave first, in cycle 0.
unsigned StoreBuffer::wait(Time at) const {
  const Time first = leaves_[kMostEntries - entries_];
  return first > at ? static_cast<unsigned>(first - at) : 0;
}

void StoreBuffer::put(Time leaves, Time at) {
  Time& oldest = leaves_[kMostEntries - entries_];
  TINYSCOPE_ASSERT(oldest <= at + wait(at));
  oldest = leaves;
  std::sort(leaves_.begin(), leaves_.end());
}

unsigned StoreBuffer::drain(Time at) const {
  return leaves_.back() > at ? static_cast<unsigned>(leaves_.back() - at) : 0;
}

void StoreBuffer::pack(std::uint64_t* words, Time now) const {
  for (std::size_t i = 0; i < kMostEntries; ++i) {
    words[0] |= ahead(leaves_[i], now) << (kTimeBits * i);
  }
  for (std::size_t bank = 0; bank < 2; ++bank) {
    words[1] |= ahead(bank_free_[bank], now) << (kTimeBits * bank);
  }
}

void StoreBuffer::unpack(const std::uint64_t* words, Time now) {
  for (std::size_t i = 0; i < kMostEntries; ++i) {
    leaves_[i] = now + (words[0] >> (kTimeBits * i) & kLongest);
  }
  for (std::size_t bank = 0; bank < 2; ++bank) {
    bank_free_[bank] = now + (words[1] >> (kTimeBits * bank) & kLongest);
  }
}

}  // namespace tinyscope
