#include "cores/memory/l1_memory.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "sim/error.hpp"

namespace tinyscope {
namespace {

constexpr Address kPrivateBus = 0xE0000000u;
constexpr std::size_t kFirstWord = 8;  // of a position: those before are the chip's

std::uint32_t longest_array(const std::vector<BusTiming>& buses) {
  std::uint32_t bytes = 8;
  for (const BusTiming& bus : buses) bytes = std::max(bytes, bus.array_bytes);
  return bytes;
}

std::uint64_t ahead(MemoryTiming::Time time, MemoryTiming::Time now) {
  constexpr std::uint64_t kLongest = 0xFFFF;
  const std::uint64_t distance = time > now ? time - now : 0;
  TINYSCOPE_ASSERT(distance <= kLongest);
  return distance;
}

}  // namespace

L1Memory::L1Memory(const Parameters& parameters, std::unique_ptr<MemorySystem> system)
    : parameters_(parameters),
      system_(std::move(system)),
      buffer_(parameters.store_buffer_entries),
      data_array_({1, 1, longest_array(parameters.buses)}) {
  const Shape& shape = parameters_.shape;
  if (shape.instruction_cache) {
    instruction_cache_.emplace(*shape.instruction_cache, parameters.instruction_replacement);
  }
  if (shape.data_cache) {
    data_cache_.emplace(*shape.data_cache, parameters.data_replacement);
    cached_data_.emplace(*data_cache_, [this](Address address) { return keeps_stores(address); });
  }
  std::sort(parameters_.ranges.begin(), parameters_.ranges.end(),
            [](const Range& a, const Range& b) { return a.base < b.base; });
  check_ranges();
  make_segments();
}

void L1Memory::check_ranges() const {
  const auto& ranges = parameters_.ranges;
  for (std::size_t i = 1; i < ranges.size(); ++i) {
    if (ranges[i].base - ranges[i - 1].base >= ranges[i - 1].size) continue;
    throw InputError(
        fmt::format("memories at 0x{:08x} and 0x{:08x} overlap: expected disjoint "
                    "ranges",
                    ranges[i - 1].base, ranges[i].base));
  }
  for (const MovedRange& range : parameters_.moved) {
    if ((range.as - range.base) % kLineBytes == 0) continue;
    throw InputError(
        fmt::format("moved range at 0x{:08x}: expected one that moves by a multiple "
                    "of {} bytes, a line of the caches",
                    range.base, kLineBytes));
  }
}

// Cuts the address space wherever a memory begins or ends, or attributes change.
void L1Memory::make_segments() {
  std::vector<Address> cuts = {0};
  for (const Range& range : parameters_.ranges) {
    cuts.push_back(range.base);
    if (range.base + range.size != 0) cuts.push_back(range.base + range.size);
  }
  for (const AttributeRange& range : attributes_) cuts.push_back(range.first);
  for (const MovedRange& range : parameters_.moved) {
    cuts.push_back(range.base);
    cuts.push_back(range.base + range.size);
  }
  std::sort(cuts.begin(), cuts.end());
  cuts.erase(std::unique(cuts.begin(), cuts.end()), cuts.end());
  segments_.clear();
  found_ = 0;
  std::size_t blocks = 0;
  for (const Address cut : cuts) {
    Segment segment;
    segment.first = cut;
    const Address timed = system_->timed_as(cut);
    for (const Range& range : parameters_.ranges) {
      if (timed - range.base >= range.size) continue;
      segment.port = range.port;
      segment.timing = static_cast<std::uint8_t>(range.timing);
    }
    for (const AttributeRange& range : attributes_) {
      if (range.first <= timed) segment.attributes = range.attributes;
    }
    if (segment.port != Port::kOther) segment.block = static_cast<std::uint8_t>(++blocks);
    segments_.push_back(segment);
  }
  constexpr std::size_t kMostBlocks = 255;
  if (blocks > kMostBlocks) {
    throw InputError(
        fmt::format("{} ranges of memory differ in their attributes: at most {} can "
                    "be told apart",
                    blocks, kMostBlocks));
  }
}

const L1Memory::Segment& L1Memory::find(Address address) const {
  const auto holds = [&](std::size_t i) {
    return segments_[i].first <= address &&
           (i + 1 == segments_.size() || address < segments_[i + 1].first);
  };
  if (!holds(found_)) {
    const auto behind = std::upper_bound(
        segments_.begin(), segments_.end(), address,
        [](Address wanted, const Segment& segment) { return wanted < segment.first; });
    found_ = static_cast<std::size_t>(behind - segments_.begin()) - 1;
  }
  return segments_[found_];
}

bool L1Memory::keeps_stores(Address address) const {
  const Segment& segment = find(address);
  return cached(segment) && segment.attributes.policy != CachePolicy::kWriteThrough;
}

unsigned L1Memory::wait_states() const {
  const FlashInterface* const flash = system_->flash();
  return flash == nullptr ? 0 : flash->settings().wait_states;
}

// From the first part of a line to another. A flash array reads anew for each of its own lines.
unsigned L1Memory::part_time(std::uint8_t timing, unsigned part) const {
  const BusTiming& bus = parameters_.buses[timing];
  if (bus.array_bytes == 0) return part * bus.beat_cycles;
  const unsigned parts = std::max(1u, bus.array_bytes / kBeatBytes);
  const unsigned array = std::max(parts * bus.beat_cycles, 1 + wait_states());
  return part / parts * array + part % parts * bus.beat_cycles;
}

// From the last 8 bytes of a read to the first of one that was asked for meanwhile: as the next
// line of the flash array.
unsigned L1Memory::next_read_cycles(const BusTiming& bus) const {
  if (bus.array_bytes == 0) return bus.beat_cycles;
  const unsigned held = (std::max(1u, bus.array_bytes / kBeatBytes) - 1) * bus.beat_cycles;
  return std::max(bus.beat_cycles, 1 + wait_states() - std::min(held, wait_states()));
}

L1Memory::Fill L1Memory::begin_fill(const Segment& segment, Address address, Time at) {
  const BusTiming& bus = timing(segment);
  Time begin = bus.pipelined ? at : std::max(at, bus_free_);
  begin += system_->contention(address, begin);
  Time first = begin + 1 + bus.first_cycles;
  if (bus.array_bytes != 0) first += wait_states();
  if (bus_free_ > begin) first = std::max(first, bus_free_ + next_read_cycles(bus));
  Fill fill;
  fill.timing = segment.timing;
  fill.last = first + part_time(segment.timing, kBeats - 1);
  bus_free_ = fill.last;
  return fill;
}

// 8 bytes that no cache keeps; `buffered`: the flash has them in hand.
L1Memory::Time L1Memory::read_once(const Segment& segment, Address address, Time at,
                                   bool buffered) {
  const BusTiming& bus = timing(segment);
  Time begin = bus.pipelined ? at : std::max(at, bus_free_);
  begin += system_->contention(address, begin);
  Time ready = begin + 1 + bus.first_cycles;
  if (bus.array_bytes != 0 && !buffered) ready += wait_states();
  if (bus_free_ > begin) {
    ready = std::max(ready, bus_free_ + (buffered ? bus.beat_cycles : next_read_cycles(bus)));
  }
  bus_free_ = ready;
  return ready;
}

L1Memory::Time L1Memory::write_once(const BusTiming& bus, Time at) {
  bus_free_ = std::max(at, bus_free_) + bus.write_cycles;
  return bus_free_;
}

// The line that had to go is written from the eviction buffer, behind the fill.
void L1Memory::evict(const Segment& segment, Address address) {
  if (!data_cache_->ask(LineCache::Question::kEvictedDirty, address)) return;
  for (unsigned part = 0; part < kBeats; ++part) write_once(timing(segment), bus_free_);
}

unsigned L1Memory::fetch_wait(Address address, Time at) {
  address = system_->timed_as(address);
  const Segment& segment = find(address);
  switch (segment.port) {
    case Port::kOther:
    case Port::kTcm: return 0;
    case Port::kAccelerator: return system_->fetch_wait(address, at);
    case Port::kBus: return fetch_from_bus(segment, address, at);
  }
  return 0;
}

unsigned L1Memory::fetch_from_bus(const Segment& segment, Address address, Time at) {
  const bool caches = instructions_enabled_ && instruction_cache_ &&
                      segment.attributes.policy != CachePolicy::kNonCacheable;
  if (!caches) {
    const std::uint32_t array_bytes = std::max(timing(segment).array_bytes, kBeatBytes);
    const Address array = address & ~(array_bytes - 1);
    const Time ready = read_once(segment, address, at, array == code_array_);
    code_array_ = array;
    return wait_until(ready, at);
  }
  const Address line = address & ~(kLineBytes - 1);
  const unsigned part = address / kBeatBytes % kBeats;
  if (line != code_line_) {
    code_line_ = line;
    const bool arriving = line == code_fill_.line && at < code_fill_.last;
    if (!instruction_cache_->access(line) && !arriving) {
      code_fill_ = begin_fill(segment, address, at);
      code_fill_.line = line;
      code_fill_.part = static_cast<std::uint8_t>(part);
    }
  }
  if (line != code_fill_.line || at >= code_fill_.last) return 0;
  return wait_until(part_ready(code_fill_, (part - code_fill_.part) % kBeats), at);
}

unsigned L1Memory::data_wait(Address address, AccessType type, Time at) {
  if (type == AccessType::kWrite) return store_wait(address, 4, at);
  address = system_->timed_as(address);
  const Segment& segment = find(address);
  switch (segment.port) {
    case Port::kTcm: return 0;
    case Port::kAccelerator: return system_->data_wait(address, type, at);
    case Port::kBus: return load_from_bus(segment, address, at);
    case Port::kOther: break;
  }
  if (address >= kPrivateBus) return 0;
  // Reads of peripherals come behind the stores to them.
  return buffer_.drain(at) + system_->data_wait(address, type, at);
}

unsigned L1Memory::load_from_bus(const Segment& segment, Address address, Time at) {
  if (!cached(segment)) {
    const bool buffered = timing(segment).array_bytes != 0 && data_array_.access(address);
    return wait_until(read_once(segment, address, at, buffered), at);
  }
  if (at < data_fill_.last && filling_.probe(address)) {
    if (!used_.access(address)) {
      data_fill_.part = static_cast<std::uint8_t>(std::min(data_fill_.part + 1u, kBeats - 1));
    }
    return wait_until(part_ready(data_fill_, data_fill_.part), at);
  }
  if (data_cache_->access(address)) return 0;
  data_fill_ = begin_fill(segment, address, at);
  filling_.insert(address);
  used_.insert(address);
  evict(segment, address);
  return wait_until(part_ready(data_fill_, 0), at);
}

unsigned L1Memory::store_wait(Address address, std::uint32_t bytes, Time at) {
  address = system_->timed_as(address);
  const Segment& segment = find(address);
  const unsigned wait = buffer_.wait(at);
  const Time start = at + wait;
  Time leaves = 0;
  switch (segment.port) {
    case Port::kAccelerator: return 0;
    case Port::kTcm: leaves = store_to_banks(address, bytes, start); break;
    case Port::kBus: leaves = store_to_bus(segment, address, bytes, start); break;
    case Port::kOther:
      if (address < kPrivateBus) {
        leaves =
            std::max(start, bus_free_) + 1 + system_->data_wait(address, AccessType::kWrite, start);
        bus_free_ = leaves;
      } else if (maintenance_ != 0) {
        leaves = std::max(start, bus_free_) + maintenance_;
        bus_free_ = leaves;
        maintenance_ = 0;
      }
      break;
  }
  if (leaves > start + 1) buffer_.put(leaves, start);
  return wait;
}

// Whole words go in at once; others are read and written back with their correction bits.
L1Memory::Time L1Memory::store_to_banks(Address address, std::uint32_t bytes, Time at) {
  const bool narrow = parameters_.shape.ecc && (address % 4 != 0 || bytes % 4 != 0);
  const unsigned cycles = narrow ? parameters_.narrow_store_cycles : 1;
  const unsigned first = address / 4 % 2;
  const unsigned last = (address + bytes - 1) / 4 % 2;
  Time leaves = at + 1;
  for (unsigned bank = std::min(first, last); bank <= std::max(first, last); ++bank) {
    const Time begin = std::max(at, buffer_.bank_free(bank));
    if (!narrow && begin == at) continue;
    buffer_.occupy_bank(bank, begin + cycles);
    leaves = std::max(leaves, begin + cycles);
  }
  return leaves;
}

L1Memory::Time L1Memory::store_to_bus(const Segment& segment, Address address, std::uint32_t bytes,
                                      Time at) {
  const BusTiming& bus = timing(segment);
  if (cached(segment) && segment.attributes.policy != CachePolicy::kWriteThrough) {
    const bool allocates = segment.attributes.policy == CachePolicy::kWriteBackWriteAllocate;
    const auto question = allocates ? LineCache::Question::kWrite : LineCache::Question::kWriteHeld;
    if (data_cache_->ask(question, address)) return store_to_banks(address, bytes, at);
    if (allocates) {
      data_fill_ = begin_fill(segment, address, at);
      filling_.insert(address);
      used_.insert(address);
      evict(segment, address);
      return part_ready(data_fill_, 0);
    }
  }
  // What goes to the same 8 bytes while they wait goes with them.
  const bool device = segment.attributes.type != MemoryType::kNormal;
  if (!device && buffer_.drain(at) != 0 && written_.access(address)) return at + 1;
  if (!device) written_.insert(address);
  return write_once(bus, at);
}

unsigned L1Memory::contention(Address address, Time at) {
  return find(address).port == Port::kTcm ? system_->contention(address, at) : 0;
}

std::vector<Address> L1Memory::boundaries() const {
  std::vector<Address> result = system_->boundaries();
  for (const Segment& segment : segments_) result.push_back(segment.first);
  std::sort(result.begin(), result.end());
  return result;
}

L1Counts L1Memory::counts() const {
  L1Counts counts;
  if (instruction_cache_) {
    counts.instruction_hits = instruction_cache_->hits();
    counts.instruction_misses = instruction_cache_->misses();
  }
  if (data_cache_) {
    counts.data_hits = data_cache_->hits();
    counts.data_misses = data_cache_->misses();
    counts.write_backs = data_cache_->dirty_evictions();
  }
  return counts;
}

std::vector<LineCache*> L1Memory::caches() {
  std::vector<LineCache*> result = system_->caches();
  if (instruction_cache_) result.push_back(&*instruction_cache_);
  if (data_cache_) result.push_back(&*data_cache_);
  result.insert(result.end(), {&filling_, &used_, &data_array_, &written_});
  return result;
}

// A read at its worst: a bus that is busy with a line coming in, one going out, and stores.
unsigned L1Memory::longest_wait() const {
  unsigned longest = system_->longest_wait();
  for (std::size_t i = 0; i < parameters_.buses.size(); ++i) {
    const BusTiming& bus = parameters_.buses[i];
    const unsigned fill =
        1 + bus.first_cycles + wait_states() + part_time(static_cast<std::uint8_t>(i), kBeats - 1);
    const unsigned stores =
        (kBeats + static_cast<unsigned>(StoreBuffer::kMostEntries)) * bus.write_cycles;
    longest = std::max(longest, 2 * fill + stores);
  }
  return longest +
         parameters_.narrow_store_cycles * static_cast<unsigned>(StoreBuffer::kMostEntries);
}

// The bus is what there is to wait for. Each line of code and each access gives it one line to
// bring and one to write at most, beside what it has to do already.
std::uint64_t L1Memory::longest_waits(std::uint32_t code_bytes, std::uint32_t accesses) const {
  // The first and last line of code in part, and what is fetched behind a branch in vain.
  constexpr std::uint32_t kFurtherLines = 4;
  const std::uint32_t fetch_bytes = instructions_enabled_ ? kLineBytes : kBeatBytes;
  unsigned longest = 0;
  for (std::size_t i = 0; i < parameters_.buses.size(); ++i) {
    const BusTiming& bus = parameters_.buses[i];
    longest = std::max(longest, 1 + bus.first_cycles + wait_states() +
                                    part_time(static_cast<std::uint8_t>(i), kBeats - 1) +
                                    kBeats * bus.write_cycles);
  }
  const std::uint64_t requests = code_bytes / fetch_bytes + kFurtherLines + accesses;
  return system_->longest_waits(code_bytes, accesses) + longest_wait() +
         requests * (longest + parameters_.narrow_store_cycles);
}

std::uint64_t L1Memory::settings() const {
  constexpr unsigned kSystemBits = 16;
  return version_ << kSystemBits | system_->settings();
}

// The last part of a fill tells its time: earlier ones may be over.
MemoryPosition L1Memory::position(Time now) const {
  MemoryPosition position = system_->position(now);
  std::uint64_t* const words = position.words.data() + kFirstWord;
  words[0] = code_line_ | std::uint64_t{code_array_} << 32;
  words[1] = kNone;
  if (code_fill_.last > now) {
    words[1] = code_fill_.line | ahead(code_fill_.last, now) << 32 |
               std::uint64_t{code_fill_.timing} << 48 | std::uint64_t{code_fill_.part} << 56;
  }
  if (data_fill_.last > now) {
    words[2] = ahead(data_fill_.last, now) | std::uint64_t{data_fill_.timing} << 16 |
               std::uint64_t{data_fill_.part} << 24;
  }
  words[3] = ahead(bus_free_, now);
  buffer_.pack(words + 4, now);
  return position;
}

void L1Memory::set_position(const MemoryPosition& position, Time now) {
  system_->set_position(position, now);
  const std::uint64_t* const words = position.words.data() + kFirstWord;
  code_line_ = static_cast<Address>(words[0]);
  code_array_ = static_cast<Address>(words[0] >> 32);
  code_fill_ = {now + (words[1] >> 32 & 0xFFFFu), static_cast<std::uint8_t>(words[1] >> 48),
                static_cast<std::uint8_t>(words[1] >> 56), static_cast<Address>(words[1])};
  data_fill_ = {now + (words[2] & 0xFFFFu), static_cast<std::uint8_t>(words[2] >> 16),
                static_cast<std::uint8_t>(words[2] >> 24), kNone};
  bus_free_ = now + words[3];
  buffer_.unpack(words + 4, now);
}

void L1Memory::reset() {
  system_->reset();
  if (cached_data_) cached_data_->reset();
  for (LineCache* const cache : caches()) {
    cache->invalidate();
    cache->reset_counts();
  }
  instructions_enabled_ = data_enabled_ = false;
  code_line_ = code_array_ = kNone;
  code_fill_ = data_fill_ = {};
  bus_free_ = 0;
  buffer_.reset();
  maintenance_ = 0;
  ++version_;
}

void L1Memory::snapshot(StateArchive& archive) {
  system_->snapshot(archive);
  archive(code_line_, code_array_, code_fill_, data_fill_, bus_free_, maintenance_);
  for (std::size_t i = 0; i < parameters_.buses.size(); ++i) {
    unsigned first_cycles = parameters_.buses[i].first_cycles;
    unsigned beat_cycles = parameters_.buses[i].beat_cycles;
    archive(first_cycles, beat_cycles);
    set_bus_read(i, first_cycles, beat_cycles);
  }
  buffer_.snapshot(archive);
  for (LineCache* const cache : {&filling_, &used_, &data_array_, &written_}) {
    cache->snapshot(archive);
  }
  if (instruction_cache_) instruction_cache_->snapshot(archive);
  if (data_cache_) data_cache_->snapshot(archive);
  if (cached_data_) cached_data_->snapshot(archive);
}

void L1Memory::set_bus_read(std::size_t index, unsigned first_cycles, unsigned beat_cycles) {
  BusTiming& bus = parameters_.buses.at(index);
  if (bus.first_cycles == first_cycles && bus.beat_cycles == beat_cycles) return;
  bus.first_cycles = first_cycles;
  bus.beat_cycles = beat_cycles;
  ++version_;
}

void L1Memory::enable_caches(bool instruction, bool data) {
  if (instruction == instructions_enabled_ && data == data_enabled_) return;
  instructions_enabled_ = instruction;
  data_enabled_ = data;
  code_line_ = code_array_ = kNone;
  ++version_;
}

void L1Memory::set_attributes(const std::vector<AttributeRange>& ranges) {
  if (ranges == attributes_) return;
  attributes_ = ranges;
  make_segments();
  code_line_ = code_array_ = kNone;
  ++version_;
}

void L1Memory::invalidate_instructions() {
  if (instruction_cache_) instruction_cache_->invalidate();
  code_line_ = kNone;
  maintenance_ += parameters_.maintenance_cycles;
}

void L1Memory::invalidate_instruction_line(Address address) {
  if (instruction_cache_) instruction_cache_->ask(LineCache::Question::kRemove, address);
  code_line_ = kNone;
  maintenance_ += parameters_.maintenance_cycles;
}

void L1Memory::maintain_line(DataOperation operation, Address address) {
  maintenance_ += parameters_.maintenance_cycles;
  if (!data_cache_ || !data_cache_->holds(address)) return;
  const Address line = data_cache_->line_of(address);
  if (operation == DataOperation::kInvalidate) {
    cached_data_->invalidated(line);
  } else {
    cached_data_->cleaned(line);
  }
  const bool writes_back =
      operation != DataOperation::kInvalidate && data_cache_->is_dirty(address);
  if (writes_back) {
    const Segment& segment = find(system_->timed_as(address));
    if (segment.port == Port::kBus) maintenance_ += kBeats * timing(segment).write_cycles;
    data_cache_->clean(address);
  }
  if (operation != DataOperation::kClean) {
    data_cache_->ask(LineCache::Question::kRemove, address);
  }
}

void L1Memory::maintain_place(DataOperation operation, std::uint32_t set, std::uint32_t way) {
  const auto line = data_cache_ ? data_cache_->line_at(set, way) : std::nullopt;
  if (line) {
    maintain_line(operation, *line);
  } else {
    maintenance_ += parameters_.maintenance_cycles;
  }
}

}  // namespace tinyscope
