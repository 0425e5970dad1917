// The memory system of a Cortex-M7: tightly coupled memories, instruction and data cache, store
// buffer, and the bus to everything else, in front of the chip's own MemorySystem.
//
// Follows the Cortex-M7 TRM (Arm DDI 0489F), section 5.9: lines of 32 bytes are filled with the
// part asked for first, which the core does not wait beyond; the rest of a line can be used as it
// arrives. All cacheable memory is allocated by reads, and by writes where its attributes say so.
// What the buses take is a chip's matter and comes from its description (BusTiming).
//
// Taken as simpler than it is: one read or write on the bus at a time, unless the memory takes
// requests ahead; the parts of a data line are used in the order in which they arrive; a line that
// is written back goes to where the new one comes from. Not modelled: the mode in which a stream of
// stores stops allocating lines, preloads, exclusive accesses on the bus.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <vector>

#include "cores/memory/cache_control.hpp"
#include "cores/memory/cached_data.hpp"
#include "cores/memory/memory_system.hpp"
#include "cores/memory/store_buffer.hpp"

namespace tinyscope {

// What a memory behind the bus takes, in cycles of the core.
struct BusTiming {
  unsigned first_cycles = 0;  // that a read waits for its first 8 bytes
  unsigned beat_cycles = 1;   // from one 8 bytes of a line to the next
  unsigned write_cycles = 1;  // that 8 bytes written keep the bus
  // That one read of a flash array brings, after the wait states of the flash; 0: no flash.
  std::uint32_t array_bytes = 0;
  bool pipelined = false;  // takes a request while it answers another
};

struct L1Counts {
  std::uint64_t instruction_hits = 0;
  std::uint64_t instruction_misses = 0;
  std::uint64_t data_hits = 0;
  std::uint64_t data_misses = 0;
  std::uint64_t write_backs = 0;
};

class L1Memory final : public MemoryTiming, public CacheControl {
 public:
  enum class Port : std::uint8_t {
    kOther,        // peripherals: what the chip's bridges take
    kTcm,          // no waits
    kAccelerator,  // flash on the ITCM bus
    kBus,
  };
  struct Range {
    Address base = 0;
    std::uint32_t size = 0;
    Port port = Port::kBus;
    std::size_t timing = 0;  // of kBus: which of Parameters::buses
  };
  struct Parameters {
    Shape shape;
    LineCache::Replacement instruction_replacement = LineCache::Replacement::kPseudoRandom;
    LineCache::Replacement data_replacement = LineCache::Replacement::kPseudoRandom;
    std::vector<Range> ranges;
    std::vector<BusTiming> buses;
    std::size_t store_buffer_entries = 4;
    unsigned narrow_store_cycles = 4;  // where memory corrects errors
    unsigned maintenance_cycles = 4;   // of an operation on a line
    std::vector<MovedRange> moved;     // as in MemorySystem
  };

  // Throws InputError for overlapping ranges, and moved ranges that do not keep lines whole.
  L1Memory(const Parameters& parameters, std::unique_ptr<MemorySystem> system);

  MemorySystem& system() { return *system_; }
  // What Parameters::buses[index] takes for reads from now on.
  void set_bus_read(std::size_t index, unsigned first_cycles, unsigned beat_cycles);
  L1Counts counts() const;
  LineCache* data_cache() { return data_cache_ ? &*data_cache_ : nullptr; }

  // MemoryTiming. `address` of a fetch: of aligned 8 bytes.
  unsigned fetch_wait(Address address, Time at) override;
  unsigned data_wait(Address address, AccessType type, Time at) override;
  unsigned store_wait(Address address, std::uint32_t bytes, Time at) override;
  unsigned drain_wait(Time at) override { return buffer_.drain(at); }
  void master_access(Address address, Time at) override { system_->master_access(address, at); }
  unsigned contention(Address address, Time at) override;
  std::uint8_t block(Address address) const override { return find(address).block; }
  std::vector<Address> boundaries() const override;
  void reset() override;
  void snapshot(StateArchive& archive) override;
  std::vector<LineCache*> caches() override;
  unsigned longest_wait() const override;
  std::uint64_t longest_waits(std::uint32_t code_bytes, std::uint32_t accesses) const override;
  std::uint64_t array_reads() const override { return system_->array_reads(); }
  std::uint64_t settings() const override;
  MemoryPosition position(Time now) const override;
  void set_position(const MemoryPosition& position, Time now) override;
  CacheControl* cache_control() override { return this; }

  // CacheControl
  Shape shape() const override { return parameters_.shape; }
  void enable_caches(bool instruction, bool data) override;
  void set_attributes(const std::vector<AttributeRange>& ranges) override;
  void invalidate_instructions() override;
  void invalidate_instruction_line(Address address) override;
  void maintain_line(DataOperation operation, Address address) override;
  void maintain_place(DataOperation operation, std::uint32_t set, std::uint32_t way) override;
  bool keeps_stores(Address address) const override;
  CachedData* cached_data() override { return cached_data_ ? &*cached_data_ : nullptr; }

 private:
  static constexpr std::uint32_t kLineBytes = 32, kBeatBytes = 8, kBeats = kLineBytes / kBeatBytes;
  static constexpr Address kNone = 1;  // no line begins at an odd address

  // Addresses that are timed alike, from `first` up to the next segment.
  struct Segment {
    Address first = 0;
    std::uint8_t block = 0;
    Port port = Port::kOther;
    std::uint8_t timing = 0;
    MemoryAttributes attributes;
  };
  // A line on its way from the bus. Over when its last part has arrived.
  struct Fill {
    Time last = 0;
    std::uint8_t timing = 0;
    std::uint8_t part = 0;  // of code: which was asked for; of data: how many have been used
    Address line = kNone;   // of code only
  };

  void check_ranges() const;
  void make_segments();
  const Segment& find(Address address) const;
  const BusTiming& timing(const Segment& segment) const {
    return parameters_.buses[segment.timing];
  }
  bool cached(const Segment& segment) const {
    return data_enabled_ && data_cache_ && segment.port == Port::kBus &&
           segment.attributes.policy != CachePolicy::kNonCacheable;
  }
  unsigned wait_states() const;
  unsigned part_time(std::uint8_t timing, unsigned part) const;
  unsigned next_read_cycles(const BusTiming& bus) const;
  Fill begin_fill(const Segment& segment, Address address, Time at);
  Time part_ready(const Fill& fill, unsigned part) const {
    return fill.last - part_time(fill.timing, kBeats - 1) + part_time(fill.timing, part);
  }
  Time read_once(const Segment& segment, Address address, Time at, bool buffered);
  Time write_once(const BusTiming& bus, Time at);
  void evict(const Segment& segment, Address address);
  unsigned fetch_from_bus(const Segment& segment, Address address, Time at);
  unsigned load_from_bus(const Segment& segment, Address address, Time at);
  Time store_to_bus(const Segment& segment, Address address, std::uint32_t bytes, Time at);
  Time store_to_banks(Address address, std::uint32_t bytes, Time at);
  static unsigned wait_until(Time ready, Time at) {
    return ready > at + 1 ? static_cast<unsigned>(ready - (at + 1)) : 0;
  }

  Parameters parameters_;
  std::unique_ptr<MemorySystem> system_;
  std::optional<LineCache> instruction_cache_;
  std::optional<LineCache> data_cache_;
  std::optional<CachedData> cached_data_;
  std::vector<AttributeRange> attributes_ = {{}};
  std::vector<Segment> segments_;
  mutable std::size_t found_ = 0;  // the segment found last
  bool instructions_enabled_ = false;
  bool data_enabled_ = false;
  std::uint64_t version_ = 0;  // of attributes and enables

  // Where things are in time, and code
  Address code_line_ = kNone;   // in use, so that its cache need not be asked
  Address code_array_ = kNone;  // of a flash, read last for code that is not cached
  Fill code_fill_;
  Fill data_fill_;
  Time bus_free_ = 0;
  StoreBuffer buffer_;
  unsigned maintenance_ = 0;  // cycles of operations that have not been charged

  // What depends on addresses of data
  LineCache filling_{{1, 1, kLineBytes}};  // the line of data_fill_
  LineCache used_{{1, 1, kBeatBytes}};     // the part of it that was used last
  LineCache data_array_;                   // of a flash, read last for data that is not cached
  LineCache written_{{1, 1, kBeatBytes}};  // what went to the bus last
};

}  // namespace tinyscope
