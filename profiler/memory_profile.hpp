// All that is observed of memory while firmware runs, and what the report says of it.
#pragma once

#include <memory>
#include <optional>
#include <vector>

#include "profiler/arena_accesses.hpp"
#include "profiler/arena_content.hpp"
#include "profiler/cache_collector.hpp"
#include "profiler/heap_collector.hpp"
#include "profiler/layer_watch.hpp"
#include "profiler/report.hpp"
#include "profiler/stack_collector.hpp"
#include "profiler/stack_track.hpp"
#include "profiler/tflite_model.hpp"
#include "profiler/time_axis.hpp"
#include "profiler/traffic_collector.hpp"
#include "profiler/uninitialised_reads.hpp"

namespace tinyscope {

// How the machine is looked at; nothing here changes it.
struct MemorySources {
  ReadMemory read_memory;
  ReadRegister read_register;
  std::function<bool()> process_stack;  // does the core use it now (CONTROL.SPSEL)?
  CacheSource caches;                   // without names: the chip has none
};

struct MemoryOptions {
  bool traffic = false;        // count every data access
  bool uninitialised = false;  // look for reads of RAM that nothing has written
  bool timeline = false;       // keep stack and heap over time
};

class MemoryProfile {
 public:
  // References must outlive the profile, which adds itself to `layers` as a listener.
  MemoryProfile(const FirmwareImage& image, const SocDescription& soc,
                const FunctionTable& functions, LayerCollector& layers,
                const std::vector<TfliteModel>& models, MemorySources sources,
                const MemoryOptions& options);

  // To hear of blocks and exceptions before, and after, the LayerCollector.
  std::vector<SimListener*> listeners_before();
  SimListener& listener_after() { return watch_; }
  std::vector<AccessListener*> access_listeners();
  // Other bus masters and loaders; null: nobody asked for it.
  TrafficCollector* traffic() { return traffic_.get(); }
  UninitialisedReads* uninitialised() { return uninitialised_.get(); }

  // Begins in mid-run. `main_top`: where the main stack begins.
  void begin(std::uint64_t cycle, Address pc, Address main_top);

  // What fill() changes. To go on as if it had not been called, keep it before and put it back.
  struct Progress;
  std::shared_ptr<Progress> progress() const;
  void go_on(Progress& progress);

  // Fills in what is about memory, when the run has ended. `threads` may be null.
  void fill(ProfileReport& report, const TimeAxis& time, const ThreadCollector* threads);

 private:
  void take_stated_arena(MemoryReport& memory);
  void fill_stacks(MemoryReport& memory, const TimeAxis& time, const ThreadCollector* threads);
  void fill_heap(ProfileReport& report, const TimeAxis& time);
  void fill_layers(ProfileReport& report);
  void fill_arena(ProfileReport& report);
  void fill_timeline(Timeline& timeline, const TimeAxis& time);

  const FirmwareImage& image_;
  const SocDescription& soc_;
  const FunctionTable& functions_;
  const LayerCollector& layers_;
  const std::vector<TfliteModel>& models_;
  StackCollector stacks_;
  StackTrack stack_track_;
  std::vector<HeapRules> heap_rules_;
  HeapCollector heap_;
  LayerWatch watch_;
  std::optional<CacheCollector> caches_;
  std::optional<ArenaContent> arena_;
  Address arena_address_ = 0;
  const Symbol* stated_bytes_ = nullptr;  // object in which firmware says how many bytes it takes
  ReadMemory read_;
  std::unique_ptr<TrafficCollector> traffic_;
  std::unique_ptr<ArenaAccesses> arena_accesses_;
  std::unique_ptr<UninitialisedReads> uninitialised_;
  bool timeline_;
  std::int32_t last_layer_ = -1;  // when fill() was called
};

}  // namespace tinyscope
