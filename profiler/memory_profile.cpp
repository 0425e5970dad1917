#include "profiler/memory_profile.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cstring>
#include <filesystem>

#include "profiler/arena_report.hpp"
#include "profiler/heap_room.hpp"
#include "profiler/memory_report.hpp"
#include "profiler/stack_room.hpp"
#include "sim/glob.hpp"

namespace tinyscope {
namespace {

// Paths longer than this keep their innermost steps.
constexpr std::size_t kMostSteps = 64;

// The word by which firmware says how much of its arena the memory plan takes; null: none.
const Symbol* stated_arena_bytes(const FirmwareImage& image,
                                 const std::vector<const LayerRules*>& rules) {
  for (const Symbol& symbol : image.symbols.all()) {
    if (symbol.kind != SymbolKind::kObject || symbol.size != sizeof(std::uint32_t)) continue;
    for (const LayerRules* const known : rules) {
      if (glob_match_any(known->arena_bytes, symbol.demangled)) return &symbol;
    }
  }
  return nullptr;
}

std::string step_into(std::uint32_t exception) {
  switch (exception) {
    case 2: return "<NMI>";
    case 3: return "<HardFault>";
    case 4: return "<MemManage>";
    case 5: return "<BusFault>";
    case 6: return "<UsageFault>";
    case 11: return "<SVCall>";
    case 12: return "<DebugMonitor>";
    case 14: return "<PendSV>";
    case 15: return "<SysTick>";
    default: return fmt::format("<IRQ {}>", exception - 16);
  }
}

std::vector<std::string> path_of(const StackCollector::Stack& stack,
                                 const FunctionTable& functions) {
  std::vector<std::string> path;
  for (const StackCollector::Step& step : stack.path) {
    path.push_back(step.exception != 0 ? step_into(step.exception)
                                       : FunctionTable::short_name(functions.name(step.function)));
  }
  if (path.size() > kMostSteps) {
    path.erase(path.begin(), path.end() - static_cast<std::ptrdiff_t>(kMostSteps));
    path.front() = "...";
  }
  return path;
}

// The last functions of a path, for a sentence.
std::string innermost(const std::vector<std::string>& path) {
  const std::size_t first = path.size() > 4 ? path.size() - 4 : 0;
  std::string text = first != 0 ? "... > " : "";
  for (std::size_t i = first; i < path.size(); ++i) {
    text += (i == first ? "" : " > ") + path[i];
  }
  return text;
}

}  // namespace

MemoryProfile::MemoryProfile(const FirmwareImage& image, const SocDescription& soc,
                             const FunctionTable& functions, LayerCollector& layers,
                             const std::vector<TfliteModel>& models, MemorySources sources,
                             const MemoryOptions& options)
    : image_(image),
      soc_(soc),
      functions_(functions),
      layers_(layers),
      models_(models),
      stacks_(image.symbols, layers.call_stack(), std::move(sources.process_stack)),
      stack_track_(layers.call_stack()),
      heap_rules_(shipped_heap_rules()),
      heap_(heap_rules_, functions, layers.call_stack(), std::move(sources.read_register),
            [&image](Address address) { return is_static_data(image, address); }),
      watch_(layers.call_stack()),
      timeline_(options.timeline) {
  if (HeapCollector::is_useful(heap_rules_, image.symbols)) layers.add_frame_listener(heap_);
  heap_.on_taken(
      [this](std::uint64_t bytes, std::uint64_t cycle) { stacks_.set_heap(bytes, cycle); });
  watch_.add_reset([this] {
    heap_.forget();
    stacks_.set_heap(0, 0);
  });
  stacks_.find_blocks_by([this](Address address) { return heap_.block_at(address); });
  if (options.timeline) heap_.keep_track();
  if (!sources.caches.names.empty()) {
    caches_.emplace(std::move(sources.caches));
    watch_.add([this](std::int32_t from, std::int32_t) { caches_->on_layer(from); });
  }
  if (options.traffic) traffic_ = std::make_unique<TrafficCollector>(soc, layers);
  if (options.uninitialised) uninitialised_ = std::make_unique<UninitialisedReads>(image, soc);

  const MemoryReport known = static_memory(image, soc, arena_patterns(layers.active_rules()));
  if (known.arena_bytes == 0) return;
  arena_address_ = known.arena.address;
  if (options.traffic) {  // which knows better than a look at the content
    arena_accesses_ = std::make_unique<ArenaAccesses>(arena_address_, known.arena_bytes, layers);
  }
  stated_bytes_ = stated_arena_bytes(image, layers.active_rules());
  if (stated_bytes_ != nullptr) {
    read_ = std::move(sources.read_memory);
    return;
  }
  if (options.traffic) return;
  arena_.emplace(arena_address_, known.arena_bytes, std::move(sources.read_memory));
  watch_.add([this](std::int32_t from, std::int32_t) {
    if (from >= 0) arena_->look();
  });
  watch_.add_reset([this] { arena_->on_reset(); });
}

std::vector<SimListener*> MemoryProfile::listeners_before() {
  std::vector<SimListener*> listeners = {&stacks_};
  if (timeline_) listeners.push_back(&stack_track_);
  return listeners;
}

std::vector<AccessListener*> MemoryProfile::access_listeners() {
  std::vector<AccessListener*> listeners;
  if (traffic_) listeners.push_back(traffic_.get());
  if (arena_accesses_) listeners.push_back(arena_accesses_.get());
  if (uninitialised_) listeners.push_back(uninitialised_.get());
  return listeners;
}

void MemoryProfile::begin(std::uint64_t cycle, Address pc, Address main_top) {
  stacks_.on_reset({cycle}, pc, main_top);
  stack_track_.on_reset({cycle}, pc, main_top);
  heap_.begin();
  if (caches_) caches_->begin();
  if (arena_) arena_->begin();
  if (uninitialised_) uninitialised_->begin();
}

struct MemoryProfile::Progress {
  std::optional<CacheCollector> caches;
  std::optional<ArenaContent> arena;
  std::optional<TrafficCollector> traffic;
  std::optional<ArenaAccesses> arena_accesses;
};

std::shared_ptr<MemoryProfile::Progress> MemoryProfile::progress() const {
  auto progress = std::make_shared<Progress>();
  progress->caches = caches_;
  progress->arena = arena_;
  if (traffic_) progress->traffic.emplace(*traffic_);
  if (arena_accesses_) progress->arena_accesses.emplace(*arena_accesses_);
  return progress;
}

void MemoryProfile::go_on(Progress& progress) {
  watch_.resume(last_layer_);
  caches_ = std::move(progress.caches);
  arena_ = std::move(progress.arena);
  if (traffic_) traffic_->go_on(std::move(*progress.traffic));
  if (arena_accesses_) arena_accesses_->go_on(std::move(*progress.arena_accesses));
}

void MemoryProfile::fill(ProfileReport& report, const TimeAxis& time,
                         const ThreadCollector* threads) {
  last_layer_ = watch_.finish();
  if (traffic_) traffic_->finish();
  MemoryReport& memory = report.memory;
  memory.sections = section_parts(image_, soc_);
  memory.symbols = symbol_parts(image_, soc_, models_);
  if (stated_bytes_ != nullptr) take_stated_arena(memory);
  fill_stacks(memory, time, threads);
  fill_heap(report, time);
  fill_layers(report);
  fill_arena(report);
  if (caches_) memory.caches = caches_->of_run();
  if (traffic_) memory.traffic = traffic_->of_run();
  if (uninitialised_) {
    for (std::string& finding : uninitialised_->findings()) {
      memory.findings.push_back(std::move(finding));
    }
  }
  if (timeline_) fill_timeline(report.timeline, time);
}

// An arena that has all the memory there is counts as if it had been made for the model.
void MemoryProfile::take_stated_arena(MemoryReport& memory) {
  ArenaReport& arena = memory.arena;
  std::array<std::uint8_t, sizeof(std::uint32_t)> word{};
  read_(stated_bytes_->address, word);
  std::uint32_t bytes = 0;
  std::memcpy(&bytes, word.data(), sizeof bytes);
  bytes = std::min(bytes, arena.bytes);
  for (ImagePart& part : memory.symbols) {
    if (part.name == arena.symbol && part.address == arena.address) part.ram_bytes = bytes;
  }
  sort_largest_first(memory.symbols);
  if (!is_static_data(image_, arena.address)) memory.static_ram_bytes += bytes;
  memory.arena_bytes = arena.bytes = arena.used_bytes = bytes;
  arena.used_source = "what the firmware says that its memory plan takes: " + stated_bytes_->name;
}

void MemoryProfile::fill_stacks(MemoryReport& memory, const TimeAxis& time,
                                const ThreadCollector* threads) {
  std::vector<ThreadCollector::Stack> known;
  if (threads != nullptr) known = threads->stacks();
  for (const StackCollector::Stack& stack : stacks_.stacks()) {
    StackRow row;
    row.top = stack.top;
    row.peak_ns = time.ns(stack.peak_cycle);
    row.path = path_of(stack, functions_);
    Address limit = 0;
    if (stack.main) {
      const StackRoom room = main_stack_room(image_, stack.top);
      row.name = "main";
      row.size_bytes = room.bytes;
      row.size_source = room.source;
      limit = room.limit;
    } else {
      const auto thread = std::find_if(known.begin(), known.end(), [&](const auto& candidate) {
        return stack.lowest < candidate.lowest + candidate.bytes && candidate.lowest < stack.top;
      });
      if (thread != known.end()) {
        row.name = thread->thread == "main" ? "main (thread)" : thread->thread;
        row.top = thread->lowest + thread->bytes;
        row.size_bytes = thread->bytes;
        row.size_source = threads->rtos();
        limit = thread->lowest;
      } else {
        const bool object = stack.object != nullptr;
        row.name = object ? stack.object->demangled : fmt::format("thread at {:#010x}", stack.top);
        row.size_bytes = stack.room.bytes;
        if (stack.room.bytes != 0) {
          row.size_source = object ? stack.object->demangled : "the block allocated for it";
        }
        limit = stack.room.begin;
      }
    }
    row.peak_bytes = row.top - stack.lowest;
    row.overflow = limit != 0 && stack.lowest < limit;
    if (row.overflow) {
      memory.findings.push_back(fmt::format(
          "stack '{}' overflowed: it went {} bytes deep, {} below its room ({}), in {}", row.name,
          row.peak_bytes, limit - stack.lowest, row.size_source, innermost(row.path)));
    }
    memory.stacks.push_back(std::move(row));
  }
}

void MemoryProfile::fill_heap(ProfileReport& report, const TimeAxis& time) {
  MemoryReport& memory = report.memory;
  const StackRow& main = memory.stacks.front();
  const HeapCollector::Totals& totals = heap_.totals();
  const StackCollector::Combined& combined = stacks_.combined();
  const bool static_stack = main.top != 0 && is_static_data(image_, main.top - 1);
  memory.ram_peak_bytes =
      memory.static_ram_bytes + (static_stack ? totals.highest_end - totals.begin : combined.bytes);
  memory.ram_peak_ns = time.ns(combined.cycle);
  if (totals.begin != 0 && totals.begin < main.top && combined.bytes > main.top - totals.begin) {
    memory.findings.push_back(
        fmt::format("main stack and heap met: together they took {} bytes where there are {}",
                    combined.bytes, main.top - totals.begin));
  }
  if (totals.refused_extensions != 0) {
    memory.findings.push_back(fmt::format("heap exhausted: sbrk refused more memory {} times",
                                          totals.refused_extensions));
  }
  if (totals.allocator == kNoFunction) return;
  HeapReport& heap = memory.heap;
  heap.allocator = FunctionTable::short_name(functions_.name(totals.allocator));
  heap.allocations = totals.allocations;
  heap.frees = totals.frees;
  heap.failures = totals.failures;
  heap.live_bytes = totals.live;
  heap.peak_bytes = totals.peak;
  heap.peak_ns = time.ns(totals.peak_cycle);
  heap_room(image_, totals, main, heap);
  const auto line_of = [this](Address call) {
    return image_.lines ? image_.lines->find(call) : std::nullopt;
  };
  const auto place_of = [&](const HeapCollector::Site& site) {
    std::string place = FunctionTable::short_name(functions_.name(site.function));
    if (const auto line = line_of(site.call)) {
      place += fmt::format(" ({}:{})", std::filesystem::path(line->file).filename().string(),
                           line->line);
    }
    return place;
  };
  for (const HeapCollector::Failure& failure : heap_.failures()) {
    memory.findings.push_back(fmt::format(
        "heap exhausted: {} of {} got no memory {} times, first for {} bytes", heap.allocator,
        place_of(heap_.sites()[failure.site]), failure.count, failure.bytes));
  }
  if (totals.unknown_frees != 0) {
    memory.findings.push_back(fmt::format(
        "{} blocks were given back that were not allocated, or twice", totals.unknown_frees));
  }
  for (const HeapCollector::Site& site : heap_.sites()) {
    if (site.allocations == 0) continue;
    HeapSite row;
    row.function = functions_.name(site.function);
    if (const auto line = line_of(site.call)) {
      row.file = line->file;
      row.line = line->line;
    }
    row.allocations = site.allocations;
    row.bytes = site.bytes;
    row.peak_live_bytes = site.peak_live;
    row.live_bytes = site.live;
    heap.sites.push_back(std::move(row));
  }
  std::stable_sort(heap.sites.begin(), heap.sites.end(), [](const HeapSite& a, const HeapSite& b) {
    return a.peak_live_bytes > b.peak_live_bytes;
  });
}

void MemoryProfile::fill_layers(ProfileReport& report) {
  const std::vector<CollectedInference>& seen = layers_.inferences();
  for (InferenceRow& inference : report.inferences) {
    if (inference.index >= seen.size()) continue;
    const std::vector<std::uint32_t>& indices = seen[inference.index].layers;
    for (std::size_t i = 0; i < inference.layers.size() && i < indices.size(); ++i) {
      LayerRow& layer = inference.layers[i];
      layer.heap_peak_bytes = heap_.layer_peak(indices[i]);
      if (caches_) layer.caches = caches_->of_layer(indices[i]);
      if (traffic_) layer.traffic = traffic_->of_layer(indices[i]);
    }
  }
}

void MemoryProfile::fill_arena(ProfileReport& report) {
  ArenaReport& arena = report.memory.arena;
  const int inference = fill_tensors(report, models_);
  if (arena_accesses_ && inference >= 0) {
    arena_accesses_->finish();
    arena_accesses_->place(arena.tensors,
                           layers_.inferences()[static_cast<std::size_t>(inference)].layers);
  }
  if (arena_address_ == 0 || stated_bytes_ != nullptr) return;
  const std::vector<bool> used =
      traffic_ ? traffic_->bytes_read(arena_address_, arena.bytes) : arena_->used();
  arena.used_source =
      traffic_ ? "bytes that an instruction has read"
               : "bytes that at the end of some layer were neither zero nor what power-on left";
  describe_use(used, arena);
}

void MemoryProfile::fill_timeline(Timeline& timeline, const TimeAxis& time) {
  for (const CounterTrack* track : {&stack_track_.track(), &heap_.track()}) {
    Timeline::Counter counter = track->finish(time);
    timeline.dropped += track->dropped();
    if (!counter.points.empty()) timeline.counters.push_back(std::move(counter));
  }
}

}  // namespace tinyscope
