// How the profiler looks at the memory of a machine.
#include "sim/cli/firmware.hpp"

namespace tinyscope {
namespace {

// Those of the core, or else those of its flash.
CacheSource caches_of(Machine& machine) {
  CacheSource source;
  if (const L1Memory* const l1 = machine.l1_memory(); l1 != nullptr) {
    source.names = {"L1 instruction cache", "L1 data cache"};
    source.read = [l1](std::vector<CacheSource::Counts>& counts) {
      const L1Counts now = l1->counts();
      counts[0] = {now.instruction_hits, now.instruction_misses};
      counts[1] = {now.data_hits, now.data_misses};
    };
    return source;
  }
  const auto& flash = machine.board().soc.flash_read;
  if (!flash) return source;
  const bool instructions = flash->instruction_cache.has_value();
  const bool data = flash->data_cache.has_value();
  if (instructions) {
    source.names.push_back(flash->shared_cache ? "flash cache" : "flash instruction cache");
  }
  if (data) source.names.push_back("flash data cache");
  source.read = [&machine, instructions, data](std::vector<CacheSource::Counts>& counts) {
    const FlashCounts now = machine.flash_counts();
    std::size_t next = 0;
    if (instructions) counts[next++] = {now.instruction_hits, now.instruction_misses};
    if (data) counts[next++] = {now.data_hits, now.data_misses};
  };
  return source;
}

}  // namespace

void attach_memory(Profiler& profiler, Machine& machine, const MemoryOptions& options) {
  CortexM& core = machine.core();
  Bus& bus = machine.bus();
  MemorySources sources;
  sources.read_memory = [&bus](Address address, std::span<std::uint8_t> bytes) {
    return bus.copy_out(address, bytes);
  };
  sources.read_register = [&core](unsigned number) {
    return core.read_register(core_register(number));
  };
  sources.process_stack = [&core] { return core.uses_process_stack(); };
  sources.caches = caches_of(machine);
  profiler.follow_memory(std::move(sources), options);
  MemoryProfile& memory = *profiler.memory();
  for (SimListener* const listener : memory.listeners_before()) core.add_listener(*listener);
  for (AccessListener* const listener : memory.access_listeners()) {
    core.add_access_listener(*listener);
  }
  if (TrafficCollector* const traffic = memory.traffic(); traffic != nullptr) {
    machine.on_master_transfer(
        [traffic](const MasterTransfer& transfer) { traffic->on_master_transfer(transfer); });
  }
  if (UninitialisedReads* const reads = memory.uninitialised(); reads != nullptr) {
    machine.on_bulk_write(
        [reads](Address address, std::uint32_t size) { reads->on_written(address, size); });
  }
}

}  // namespace tinyscope
