// The way from flash to the core: what waits there are for fetches and data reads of flash.
//
// An array takes wait states for each read and does one read at a time; a read under way is never
// cancelled. Fetches are answered from the line in use, the line read ahead, or the instruction
// cache; data reads from the last line read for data, or the data cache. The line after the one in
// use is read ahead if prefetching is on. A data read comes before a read-ahead that has not begun.
//
// Follows ST RM0090 (STM32F4) section 3.5.2 and RM0440 (STM32G4, as STM32L4), whose accelerators
// have all of this; a plain flash has less. Not modelled: ECC, power-down, stalls while flash is
// being written, and that a data read also comes before a fetch that waits for its turn.
#pragma once

#include <array>
#include <cstdint>
#include <memory>
#include <optional>
#include <vector>

#include "cores/memory/line_cache.hpp"
#include "cores/memory/memory_timing.hpp"
#include "sim/ports.hpp"

namespace tinyscope {

// What a chip's flash looks like; what firmware can set is in FlashReadPort::Settings.
struct FlashShape {
  std::uint32_t size = 0;             // bytes
  std::uint32_t read_bytes = 4;       // that one read of an array brings
  std::uint32_t wide_read_bytes = 0;  // the same for Settings::wide_reads; 0: there is no choice
  std::uint32_t banks = 1;            // read independently, 1 or 2; one with wide reads
  bool data_buffer = true;            // the last line read for data can be read again without wait
  // A line is filled whole, beginning with the part asked for. If one read brings more than a
  // line, lines are as long as a read and the cache has fewer sets, or fewer ways of a single set.
  std::optional<LineCache::Geometry> instruction_cache = std::nullopt;
  std::optional<LineCache::Geometry> data_cache = std::nullopt;
  bool shared_cache = false;  // data reads use the instruction cache; Settings still switch both
};

// Lines asked for of the caches, since reset. A line is asked for when it is taken into use, not
// for each word of it. A shared cache counts as that for instructions.
struct FlashCounts {
  std::uint64_t instruction_hits = 0;
  std::uint64_t instruction_misses = 0;
  std::uint64_t data_hits = 0;
  std::uint64_t data_misses = 0;
};

class FlashInterface {
 public:
  using Time = MemoryTiming::Time;
  using Settings = FlashReadPort::Settings;

  // Throws InputError for sizes that make no sense.
  explicit FlashInterface(const FlashShape& shape);

  // Extra cycles of a read whose address phase is in cycle `at`; `offset` counts from the start of
  // flash.
  unsigned fetch_wait(Address offset, Time at);
  unsigned data_wait(Address offset, Time at);

  void apply(const Settings& settings);
  void invalidate(FlashReadPort::Cache cache);
  void reset();

  FlashCounts counts() const;
  // Reads of the array since power-on, each of a width that the organisation gives. A read-ahead
  // counts when it is known to have begun: when its line is used or gives way to another.
  std::uint64_t array_reads() const { return array_reads_; }
  // See MemoryTiming.
  std::vector<LineCache*> caches();
  unsigned longest_wait() const;
  std::uint64_t longest_waits(std::uint32_t code_bytes, std::uint32_t accesses) const;
  const Settings& settings() const { return settings_; }

  // Bytes of one bank.
  std::uint32_t bank_bytes() const { return shape_.size / shape_.banks; }

  // See MemoryTiming. `now`: no request to come is made in an earlier cycle.
  MemoryPosition position(Time now) const;
  void set_position(const MemoryPosition& position, Time now);
  void snapshot(StateArchive& archive);

 private:
  // Buffers and caches for one width of reads.
  struct Organisation {
    std::uint32_t read_bytes;
    std::optional<LineCache> instruction_cache;
    std::optional<LineCache> data_cache;
    LineCache data_buffer;
  };
  // `ready`: the cycle in which the data phase ends.
  struct Line {
    Address address = kNone;
    Time ready = 0;
  };

  static constexpr Address kNone = 1;  // no line begins at an odd address

  static std::unique_ptr<Organisation> organise(const FlashShape& shape, std::uint32_t read_bytes);
  Time read_time() const { return 1 + settings_.wait_states; }
  Time& array_free(Address offset);
  std::size_t bank(Address offset) const;
  bool can_overtake(Address offset, Time at) const;
  void take_into_use(Address line, Time at);
  Time read(Address line, Time at, const LineCache* cache);
  void read_ahead(Address line, Time at);
  LineCache* data_cache() const {
    auto& cache = shape_.shared_cache ? now_->instruction_cache : now_->data_cache;
    return settings_.data_cache && cache.has_value() ? &*cache : nullptr;
  }
  bool uses_instruction_cache() const {
    return settings_.instruction_cache && now_->instruction_cache.has_value();
  }

  FlashShape shape_;
  Settings settings_;
  std::array<std::unique_ptr<Organisation>, 2> organisations_;  // narrow, wide
  Organisation* now_;

  std::array<Time, 2> array_free_{};  // when the array takes another read
  Line in_use_;                       // of fetches
  Line ahead_;
  Time ahead_start_ = 0;  // when the read-ahead begins
  std::uint64_t array_reads_ = 0;
  Line fill_;  // part of an instruction cache line that was read first
};

}  // namespace tinyscope
