// What firmware allocates: seen at the entry and return of its allocator's functions, which stay as
// they are. Of nested ones (operator new, malloc, _malloc_r) the outermost counts.
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <string>
#include <utility>
#include <vector>

#include "profiler/call_stack.hpp"
#include "profiler/counter_track.hpp"
#include "profiler/frame_listener.hpp"
#include "profiler/function_table.hpp"
#include "profiler/heap_rules.hpp"
#include "profiler/object_table.hpp"

namespace tinyscope {

// Reads a core register, 0 to 15, as it is now.
using ReadRegister = std::function<std::uint32_t(unsigned)>;

class HeapCollector final : public FrameListener {
 public:
  // A place in the program that allocates.
  struct Site {
    FunctionId function = kNoFunction;
    Address call = 0;  // within the instruction that calls the allocator
    std::uint64_t allocations = 0;
    std::uint64_t bytes = 0;
    std::uint64_t live = 0;
    std::uint64_t peak_live = 0;
  };
  struct Totals {
    FunctionId allocator = kNoFunction;  // the first that was called
    std::uint64_t allocations = 0;
    std::uint64_t frees = 0;
    std::uint64_t failures = 0;
    std::uint64_t live = 0;
    std::uint64_t peak = 0;
    std::uint64_t peak_cycle = 0;
    Address first_block = 0;  // of all allocations, the first; 0: there was none
    // By sbrk and the like; 0: it never ran.
    Address begin = 0;
    Address highest_end = 0;
    std::uint64_t refused_extensions = 0;
    std::uint64_t unknown_frees = 0;  // of blocks that were not live
  };
  struct Failure {
    std::size_t site = 0;
    std::uint64_t bytes = 0;  // asked for first
    std::uint64_t count = 0;
  };
  // Memory that the heap has taken beside static data, in bytes; called when that changes.
  using OnTaken = std::function<void(std::uint64_t bytes, std::uint64_t cycle)>;

  // `is_static`: does an address belong to static data? References must outlive the collector.
  HeapCollector(std::vector<HeapRules> rules, const FunctionTable& functions,
                const CallStack& calls, ReadRegister read, std::function<bool(Address)> is_static);
  // Does the image have a function that allocates? Otherwise there is nothing to listen for.
  static bool is_useful(const std::vector<HeapRules>& rules, const SymbolTable& symbols);
  void on_taken(OnTaken listener) { on_taken_ = std::move(listener); }
  void keep_track() { keep_track_ = true; }
  // The run had begun before: blocks that are given back may be older than what was seen.
  void begin() { began_midway_ = true; }
  // The chip was reset: nothing is live, nothing is called.
  void forget();

  void on_frame_entered(const Frame& frame, const Frame* caller, std::uint32_t exception,
                        std::uint64_t cycle) override;
  void on_frame_renamed(const Frame& frame, std::uint64_t cycle) override;
  void on_frame_left(const Frame& frame, std::uint64_t cycle) override;

  const Totals& totals() const { return totals_; }
  const std::vector<Site>& sites() const { return sites_; }
  const std::vector<Failure>& failures() const { return failures_; }
  // Most that was live while a layer ran.
  std::uint64_t layer_peak(std::uint32_t layer) const {
    return layer < layer_peaks_.size() ? layer_peaks_[layer] : 0;
  }
  const CounterTrack& track() const { return track_; }
  // The live block that holds `address`; of no bytes if there is none.
  MemoryRange block_at(Address address) const;

 private:
  // A call of the allocator that has not returned.
  struct Call {
    std::uint64_t serial = 0;  // of its frame
    HeapFunction function;
    std::size_t site = 0;
    std::uint64_t size = 0;
    Address block = 0;
    Address sp = 0;
  };
  struct Block {
    std::uint64_t size = 0;
    std::size_t site = 0;
  };

  HeapFunction function_of(FunctionId id);
  void begin(const Frame& frame, const HeapFunction& function);
  bool in_allocator() const;
  void finish(const Call& call, std::uint32_t result, std::int32_t layer, std::uint64_t cycle);
  void allocated(Address block, const Call& call, std::int32_t layer, std::uint64_t cycle);
  bool freed(Address block, std::uint64_t cycle);
  void extended(std::uint32_t result, std::uint64_t size, std::uint64_t cycle);
  void tell_taken(std::uint64_t cycle);
  std::size_t site_of(const Frame& frame);
  void note_layer(std::int32_t layer);

  std::vector<HeapRules> rules_;
  const FunctionTable& functions_;
  const CallStack& calls_;
  ReadRegister read_;
  std::function<bool(Address)> is_static_;
  OnTaken on_taken_;
  std::vector<HeapFunction> kinds_;  // by FunctionId
  std::vector<Call> open_;
  std::map<Address, Block> blocks_;
  std::vector<Site> sites_;
  std::map<std::pair<FunctionId, Address>, std::size_t> site_numbers_;
  std::vector<Failure> failures_;
  std::vector<std::uint64_t> layer_peaks_;
  std::int32_t layer_ = -1;
  Totals totals_;
  Address end_ = 0;            // of what sbrk has given
  std::uint64_t outside_ = 0;  // live bytes that are not in static data
  bool keep_track_ = false;
  bool began_midway_ = false;
  CounterTrack track_{"heap", "bytes"};
};

}  // namespace tinyscope
