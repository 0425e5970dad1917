#include "cores/memory/flash_interface.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <bit>

#include "sim/error.hpp"

namespace tinyscope {
namespace {

LineCache::Geometry widen(LineCache::Geometry geometry, std::uint32_t read_bytes) {
  while (geometry.line_bytes < read_bytes && (geometry.sets > 1 || geometry.ways % 2 == 0)) {
    geometry.line_bytes *= 2;
    (geometry.sets > 1 ? geometry.sets : geometry.ways) /= 2;
  }
  if (geometry.line_bytes < read_bytes) {
    throw InputError(
        fmt::format("flash cache of {} ways with lines of {} bytes cannot hold the {} bytes of one "
                    "read: expected longer lines, more sets or an even number of ways",
                    geometry.ways, geometry.line_bytes, read_bytes));
  }
  return geometry;
}

// Packs a time for comparison: how far it lies ahead.
constexpr unsigned kTimeBits = 16;

std::uint64_t ahead_of(MemoryTiming::Time time, MemoryTiming::Time now) {
  const std::uint64_t distance = time > now ? time - now : 0;
  TINYSCOPE_ASSERT(distance < std::uint64_t{1} << kTimeBits);
  return distance;
}

}  // namespace

FlashInterface::FlashInterface(const FlashShape& shape) : shape_(shape) {
  const bool good = shape.size != 0 && std::has_single_bit(shape.read_bytes) &&
                    shape.read_bytes >= 4 && shape.size % shape.read_bytes == 0 &&
                    (shape.banks == 1 || shape.banks == 2) &&
                    shape.size % (shape.banks * shape.read_bytes) == 0;
  const std::uint32_t wide = shape.wide_read_bytes == 0 ? shape.read_bytes : shape.wide_read_bytes;
  if (!good || !std::has_single_bit(wide) || wide < shape.read_bytes || shape.size % wide != 0) {
    throw InputError(
        fmt::format("flash of {} bytes in {} banks, read by {} or {} bytes: expected reads of a "
                    "power of two from 4 on, one or two banks, and a size that they divide",
                    shape.size, shape.banks, shape.read_bytes, wide));
  }
  organisations_[0] = organise(shape, shape.read_bytes);
  if (wide != shape.read_bytes) organisations_[1] = organise(shape, wide);
  now_ = organisations_[0].get();
}

std::unique_ptr<FlashInterface::Organisation> FlashInterface::organise(const FlashShape& shape,
                                                                       std::uint32_t read_bytes) {
  const auto cache = [&](const std::optional<LineCache::Geometry>& geometry) {
    std::optional<LineCache> result;
    if (geometry) result.emplace(widen(*geometry, read_bytes));
    return result;
  };
  return std::make_unique<Organisation>(
      Organisation{read_bytes, cache(shape.instruction_cache), cache(shape.data_cache),
                   LineCache({.sets = 1, .ways = 1, .line_bytes = read_bytes})});
}

std::size_t FlashInterface::bank(Address offset) const {
  if (shape_.banks == 1 || settings_.wide_reads) return 0;
  return offset < bank_bytes() ? 0 : 1;
}

FlashInterface::Time& FlashInterface::array_free(Address offset) {
  return array_free_[bank(offset)];
}

// A read of `offset` in cycle `at` comes before the read-ahead, which has not begun.
bool FlashInterface::can_overtake(Address offset, Time at) const {
  if (ahead_.address == kNone || ahead_start_ <= at) return false;
  const std::size_t array = bank(ahead_.address);
  return bank(offset) == array && array_free_[array] == ahead_.ready;
}

// Reads the array, and with it what else belongs to the line of `cache`. Returns when the part
// asked for is there.
FlashInterface::Time FlashInterface::read(Address line, Time at, const LineCache* cache) {
  Time& free = array_free(line);
  const Time ready = std::max(at, free) + read_time();
  const std::uint32_t parts =
      cache == nullptr ? 1 : cache->geometry().line_bytes / now_->read_bytes;
  free = ready + (parts - 1) * read_time();
  array_reads_ += parts;
  return ready;
}

void FlashInterface::read_ahead(Address line, Time at) {
  if (!settings_.prefetch || line >= shape_.size || ahead_.address == line) return;
  if (uses_instruction_cache() && now_->instruction_cache->probe(line)) return;
  Time& free = array_free(line);
  ahead_start_ = std::max(at, free);
  free = ahead_start_ + read_time();
  if (ahead_.address != kNone) ++array_reads_;  // in vain
  ahead_ = {line, free};
}

void FlashInterface::take_into_use(Address line, Time at) {
  LineCache* const cache = uses_instruction_cache() ? &*now_->instruction_cache : nullptr;
  if (line == ahead_.address) {
    in_use_ = ahead_;
    ahead_ = {};
    ++array_reads_;
    // What had been read ahead in time was not missed, so it does not go into the cache.
    if (cache != nullptr && in_use_.ready > at + 1) cache->access(line);
    return;
  }
  if (can_overtake(line, at)) {
    array_free(line) = ahead_start_;  // nobody wants it any more
    ahead_ = {};
  }
  if (cache == nullptr) {
    in_use_ = {line, read(line, at, nullptr)};
  } else if (!cache->access(line)) {
    in_use_ = {line, read(line, at, cache)};
    fill_ = in_use_;
  } else if (fill_.address != kNone && cache->line_of(fill_.address) == cache->line_of(line)) {
    const std::uint32_t parts = cache->geometry().line_bytes / now_->read_bytes;
    const std::uint32_t behind = (line - fill_.address) / now_->read_bytes & (parts - 1);
    in_use_ = {line, fill_.ready + behind * read_time()};
  } else {
    in_use_ = {line, 0};
  }
}

unsigned FlashInterface::fetch_wait(Address offset, Time at) {
  const Address line = offset & ~(now_->read_bytes - 1);
  if (line != in_use_.address) {
    take_into_use(line, at);
    read_ahead(line + now_->read_bytes, at);
  }
  const Time ready = in_use_.ready;
  return ready > at + 1 ? static_cast<unsigned>(ready - (at + 1)) : 0;
}

unsigned FlashInterface::data_wait(Address offset, Time at) {
  if (shape_.data_buffer && now_->data_buffer.access(offset)) return 0;
  LineCache* const cache = data_cache();
  if (cache != nullptr && cache->access(offset)) return 0;
  const bool overtakes = can_overtake(offset, at);
  if (overtakes) array_free(offset) = ahead_start_;
  const Time ready = read(offset, at, cache);
  if (overtakes) {
    Time& free = array_free(offset);
    ahead_start_ = free;
    free += read_time();
    ahead_.ready = free;
  }
  return static_cast<unsigned>(ready - (at + 1));
}

void FlashInterface::apply(const Settings& settings) {
  const bool reorganised = settings.wide_reads != settings_.wide_reads;
  settings_ = settings;
  if (!reorganised) return;
  const bool wide = settings.wide_reads && organisations_[1] != nullptr;
  now_ = organisations_[wide ? 1 : 0].get();
  invalidate(FlashReadPort::Cache::kInstruction);
  invalidate(FlashReadPort::Cache::kData);
  const Time busy = std::max(array_free_[0], array_free_[1]);
  array_free_ = {busy, busy};
}

void FlashInterface::invalidate(FlashReadPort::Cache cache) {
  if (cache == FlashReadPort::Cache::kInstruction) {
    if (now_->instruction_cache) now_->instruction_cache->invalidate();
    if (ahead_.address != kNone) ++array_reads_;
    in_use_ = ahead_ = fill_ = {};
  } else {
    if (now_->data_cache) now_->data_cache->invalidate();
    now_->data_buffer.invalidate();
  }
}

void FlashInterface::reset() {
  for (LineCache* const cache : caches()) {
    cache->invalidate();
    cache->reset_counts();
  }
  array_free_ = {};
  in_use_ = ahead_ = fill_ = {};
  ahead_start_ = 0;
}

FlashCounts FlashInterface::counts() const {
  FlashCounts counts;
  for (const auto& organisation : organisations_) {
    if (organisation == nullptr) continue;
    if (const auto& cache = organisation->instruction_cache) {
      counts.instruction_hits += cache->hits();
      counts.instruction_misses += cache->misses();
    }
    if (const auto& cache = organisation->data_cache) {
      counts.data_hits += cache->hits();
      counts.data_misses += cache->misses();
    }
  }
  return counts;
}

std::vector<LineCache*> FlashInterface::caches() {
  std::vector<LineCache*> result;
  for (const auto& organisation : organisations_) {
    if (organisation == nullptr) continue;
    if (organisation->instruction_cache) result.push_back(&*organisation->instruction_cache);
    if (organisation->data_cache) result.push_back(&*organisation->data_cache);
    result.push_back(&organisation->data_buffer);
  }
  return result;
}

// What can be before a read: a line being filled for each side, and one being read ahead.
// The array is the only thing to wait for. It fills at most one cache line and reads one line ahead
// for each line of code that is taken into use, and fills one line for each data access.
std::uint64_t FlashInterface::longest_waits(std::uint32_t code_bytes,
                                            std::uint32_t accesses) const {
  const auto parts = [this](const std::optional<LineCache>& cache) {
    return cache ? cache->geometry().line_bytes / now_->read_bytes : 1;
  };
  // The first and last line in part, and two behind a branch at the end.
  constexpr std::uint32_t kFurtherLines = 4;
  const std::uint64_t lines = code_bytes / now_->read_bytes + kFurtherLines;
  const std::uint64_t reads = lines * (parts(now_->instruction_cache) + 1) +
                              std::uint64_t{accesses} * parts(now_->data_cache);
  return longest_wait() + reads * read_time();
}

unsigned FlashInterface::longest_wait() const {
  const auto parts = [this](const std::optional<LineCache>& cache) {
    return cache ? cache->geometry().line_bytes / now_->read_bytes : 1;
  };
  const std::uint32_t reads = parts(now_->instruction_cache) + parts(now_->data_cache) + 2;
  return 1 + reads * static_cast<unsigned>(read_time());
}

// Lines in the low half of a word, times above. A line that is there already has no time.
MemoryPosition FlashInterface::position(Time now) const {
  const auto pack = [now](const Line& line) {
    return line.address | ahead_of(line.ready, now) << 32;
  };
  MemoryPosition position;
  position.words[0] = pack(in_use_);
  position.words[1] = pack(ahead_);
  if (ahead_.address != kNone) {
    position.words[1] |= ahead_of(ahead_start_, now) << (32 + kTimeBits);
  }
  position.words[2] = ahead_of(array_free_[0], now) | ahead_of(array_free_[1], now) << 32;
  // A filled line is like any other.
  position.words[3] = kNone;
  if (fill_.address != kNone) {
    const LineCache::Geometry& geometry = now_->instruction_cache->geometry();
    const std::uint32_t parts = geometry.line_bytes / now_->read_bytes;
    const Time last = fill_.ready + (parts - 1) * read_time();
    // The part asked for first may be over while others are not: keep the time of the last.
    if (last > now + 1) position.words[3] = fill_.address | ahead_of(last, now) << 32;
  }
  position.words[4] = settings_.wait_states | std::uint64_t{settings_.prefetch} << 32 |
                      std::uint64_t{settings_.instruction_cache} << 33 |
                      std::uint64_t{settings_.data_cache} << 34 |
                      std::uint64_t{settings_.wide_reads} << 35;
  return position;
}

void FlashInterface::set_position(const MemoryPosition& position, Time now) {
  constexpr std::uint64_t kTimeMask = (std::uint64_t{1} << kTimeBits) - 1;
  const auto unpack = [now](std::uint64_t word) {
    return Line{static_cast<Address>(word), now + (word >> 32 & kTimeMask)};
  };
  in_use_ = unpack(position.words[0]);
  ahead_ = unpack(position.words[1]);
  ahead_start_ = now + (position.words[1] >> (32 + kTimeBits));
  array_free_ = {now + (position.words[2] & 0xFFFF'FFFFu), now + (position.words[2] >> 32)};
  fill_ = unpack(position.words[3]);
  if (fill_.address != kNone) {
    const std::uint32_t parts = now_->instruction_cache->geometry().line_bytes / now_->read_bytes;
    fill_.ready -= (parts - 1) * read_time();
  } else {
    fill_ = {};
  }
}

void FlashInterface::snapshot(StateArchive& archive) {
  archive(settings_, array_free_, in_use_, ahead_, ahead_start_, fill_);
  const bool wide = settings_.wide_reads && organisations_[1] != nullptr;
  now_ = organisations_[wide ? 1 : 0].get();
  for (LineCache* const cache : caches()) cache->snapshot(archive);
}

}  // namespace tinyscope
