// The machine's memory system: made from the chip's description, told by its peripherals.
#include <fmt/format.h>

#include <algorithm>

#include "cores/memory/memory_system.hpp"
#include "sim/bridge_port.hpp"
#include "sim/cli/machine.hpp"
#include "sim/ports.hpp"

namespace tinyscope {
namespace {

std::optional<LineCache::Geometry> geometry(const std::optional<CacheDescription>& cache) {
  if (!cache) return std::nullopt;
  return LineCache::Geometry{cache->sets, cache->ways, cache->line_bytes};
}

LineCache::Replacement replacement(L1Description::Replacement described) {
  switch (described) {
    case L1Description::Replacement::kLru: return LineCache::Replacement::kLeastRecentlyUsed;
    case L1Description::Replacement::kRoundRobin: return LineCache::Replacement::kRoundRobin;
    case L1Description::Replacement::kRandom: break;
  }
  return LineCache::Replacement::kPseudoRandom;
}

// Takes the memory called `name` from those that have no place yet; nullptr: there is no name.
const MemoryDescription* named_memory(const SocDescription& soc, const std::string& name,
                                      std::string_view key) {
  if (name.empty()) return nullptr;
  for (const MemoryDescription& memory : soc.memories) {
    if (memory.name == name) return &memory;
  }
  throw InputError(
      fmt::format("{}: {}: chip '{}' has no memory '{}'", soc.l1->where, key, soc.name, name));
}

// Each memory must be reached somehow. Those among the peripherals are, as these are.
void require_all_reached(const SocDescription& soc, const std::vector<L1Memory::Range>& ranges) {
  constexpr Address kPeripherals = 0x4000'0000u;
  constexpr std::uint32_t kPeripheralBytes = 0x2000'0000u;
  for (const MemoryDescription& memory : soc.memories) {
    if (memory.base - kPeripherals < kPeripheralBytes) continue;
    const bool reached = std::any_of(ranges.begin(), ranges.end(), [&](const auto& range) {
      return memory.base - range.base < range.size;
    });
    if (reached) continue;
    throw InputError(
        fmt::format("{}: memory '{}' is neither TCM nor in an [[l1_bus]] of chip '{}'; "
                    "add an [[l1_bus]] for 0x{:08x}",
                    soc.l1->where, memory.name, soc.name, memory.base));
  }
}

// The peripheral's port that says how long a read behind the bus at `base` takes; null: the bus's
// description says it alone.
BridgePort* part_behind(Machine& machine, Address base) {
  for (const auto& description : machine.board().soc.peripherals) {
    Port* const port = machine.peripheral(description.name)->port("mapped");
    auto* const part = dynamic_cast<BridgePort*>(port);
    if (part != nullptr && part->base == base) return part;
  }
  return nullptr;
}

}  // namespace

std::unique_ptr<MemoryTiming> Machine::make_memory() {
  auto system = make_memory_system();
  memory_system_ = system.get();
  const SocDescription& soc = board_.soc;
  if (!soc.l1 || functional_) return system;  // without a model of time there is nothing to cache
  if (core_type().family != CoreFamily::kCortexM7) {
    throw InputError(fmt::format("{}: l1: the core '{}' of chip '{}' has no caches and TCM",
                                 soc.l1->where, soc.core.type, soc.name));
  }
  auto l1 = make_l1_memory(std::move(system));
  l1_memory_ = l1.get();
  return l1;
}

std::unique_ptr<L1Memory> Machine::make_l1_memory(std::unique_ptr<MemorySystem> system) {
  const SocDescription& soc = board_.soc;
  const L1Description& described = *soc.l1;
  L1Memory::Parameters parameters;
  parameters.shape.instruction_cache = geometry(described.instruction_cache);
  parameters.shape.data_cache = geometry(described.data_cache);
  parameters.shape.ecc = described.ecc;
  parameters.instruction_replacement = replacement(described.instruction_replacement);
  parameters.data_replacement = replacement(described.data_replacement);
  parameters.store_buffer_entries = described.store_buffer_entries;
  parameters.narrow_store_cycles = described.narrow_store_cycles;
  parameters.maintenance_cycles = described.maintenance_cycles;
  parameters.moved = what_if_.moved;
  if (const auto* const itcm = named_memory(soc, described.itcm, "itcm")) {
    parameters.shape.itcm_bytes = itcm->size;
    parameters.ranges.push_back({itcm->base, itcm->size, L1Memory::Port::kTcm});
  }
  if (const auto* const dtcm = named_memory(soc, described.dtcm, "dtcm")) {
    parameters.shape.dtcm_bytes = dtcm->size;
    parameters.ranges.push_back({dtcm->base, dtcm->size, L1Memory::Port::kTcm});
  }
  if (const auto* const flash = named_memory(soc, described.accelerated, "accelerated")) {
    parameters.ranges.push_back({flash->base, flash->size, L1Memory::Port::kAccelerator});
  }
  for (const L1BusDescription& bus : described.buses) {
    parameters.ranges.push_back(
        {bus.base, bus.size, L1Memory::Port::kBus, parameters.buses.size()});
    const std::uint32_t array_bytes = bus.flash && soc.flash_read ? soc.flash_read->read_bytes : 0;
    parameters.buses.push_back(
        {bus.first_cycles, bus.beat_cycles, bus.write_cycles, array_bytes, bus.pipelined});
    notes_.assume(
        {"l1." + bus.name,
         fmt::format("a read over the bus waits {} cycles for its first 8 bytes and {} "
                     "for each further 8{}, a write takes {}",
                     bus.first_cycles, bus.beat_cycles,
                     bus.flash ? ", beside the wait states of the flash" : "", bus.write_cycles),
         bus.source});
  }
  notes_.assume({"l1.replacement",
                 "which line of a full set of the L1 caches goes: as the chip's description says",
                 described.replacement_source});
  notes_.assume({"l1.stores",
                 fmt::format("a store buffer of {} entries; bytes and halfwords keep their bank "
                             "for {} cycles; a maintenance operation takes {} cycles",
                             described.store_buffer_entries, described.narrow_store_cycles,
                             described.maintenance_cycles),
                 described.source});
  require_all_reached(soc, parameters.ranges);
  return std::make_unique<L1Memory>(parameters, std::move(system));
}

std::unique_ptr<MemorySystem> Machine::make_memory_system() const {
  const SocDescription& soc = board_.soc;
  MemorySystem::Parameters parameters;
  parameters.moved = what_if_.moved;
  const auto& flash = soc.flash_read;
  for (const auto& memory : soc.memories) {
    if (flash && (memory.name == flash->memory || memory.alias_of == flash->memory)) {
      parameters.windows.push_back({memory.base, memory.size, memory.alias_offset});
      if (memory.alias_of.empty()) {
        parameters.flash = FlashShape{.size = memory.size,
                                      .read_bytes = flash->read_bytes,
                                      .wide_read_bytes = flash->wide_read_bytes,
                                      .banks = flash->banks,
                                      .data_buffer = flash->data_buffer,
                                      .instruction_cache = geometry(flash->instruction_cache),
                                      .data_cache = geometry(flash->data_cache),
                                      .shared_cache = flash->shared_cache};
      }
    } else {
      parameters.blocks.push_back({memory.base, memory.size, memory.first_read_cycles});
    }
  }
  for (const auto& bridge : soc.bridges) {
    parameters.bridges.push_back(
        {bridge.base, bridge.size, bridge.read_cycles - 1, bridge.write_cycles - 1});
  }
  return std::make_unique<MemorySystem>(parameters);
}

ChipConfiguration Machine::configuration() {
  ChipConfiguration chip;
  chip.clock_hz = core_->clock_hz();
  if (const FlashInterface* const flash = memory_system_->flash()) chip.flash = flash->settings();
  chip.power_states = power_.states();
  chip.fitted = board_.fitted;
  return chip;
}

// The flash controller tells how flash is read; clocks tell how long a slow bus takes.
void Machine::connect_memory_system() {
  const SocDescription& soc = board_.soc;
  if (const auto& description = soc.flash_read) {
    FlashInterface& flash = *memory_system_->flash();
    auto* const port =
        dynamic_cast<FlashReadPort*>(&chip_port(description->port, description->where));
    if (port == nullptr) {
      throw InputError(fmt::format("{}: port '{}' is not that of a flash controller",
                                   description->where, description->port));
    }
    flash.apply(what_if_.changed(port->settings(), *port));
    port->on_change([this, &flash, port](const auto& settings) {
      flash.apply(what_if_.changed(settings, *port));
    });
    port->on_invalidate([&flash](FlashReadPort::Cache cache) { flash.invalidate(cache); });
    if (!description->counter_port.empty()) {
      auto* const counters = dynamic_cast<CacheCounterPort*>(
          &chip_port(description->counter_port, description->where));
      if (counters == nullptr) {
        throw InputError(fmt::format("{}: port '{}' does not count", description->where,
                                     description->counter_port));
      }
      counters->counts = [&flash] {
        const FlashCounts counts = flash.counts();
        return CacheCounterPort::Counts{counts.instruction_hits, counts.instruction_misses};
      };
    }
  }
  // Not the core's own clock: a what-if slows buses down with it.
  const auto core_hz = [this] {
    const std::string& cpu_clock = board_.soc.cpu_clock;
    return cpu_clock.empty() ? board_.soc.cpu_hz : clocks_.signal(cpu_clock).hz();
  };
  const auto cycles_of = [core_hz](Duration time) {
    return static_cast<unsigned>(static_cast<unsigned __int128>(time.ps) * core_hz() /
                                 1'000'000'000'000u);
  };
  const auto follow_part = [this](BridgePort& part, const std::function<void()>& follow) {
    part.on_change(follow);
    const std::string& cpu_clock = board_.soc.cpu_clock;
    if (!cpu_clock.empty()) {
      clocks_.signal(cpu_clock).on_change([follow](std::uint64_t) { follow(); });
    }
    follow();
  };
  // What the part takes comes on top of what the bus does.
  for (std::size_t i = 0; l1_memory_ != nullptr && i < soc.l1->buses.size(); ++i) {
    BridgePort* const part = part_behind(*this, soc.l1->buses[i].base);
    if (part == nullptr) continue;
    follow_part(*part, [this, i, part, cycles_of] {
      const L1BusDescription& bus = board_.soc.l1->buses[i];
      l1_memory_->set_bus_read(i, bus.first_cycles + cycles_of(part->times().first),
                               std::max(bus.beat_cycles, cycles_of(part->times().next)));
    });
  }
  const auto waits = [](std::uint64_t lasts) {
    return static_cast<unsigned>(std::max<std::uint64_t>(lasts, 1) - 1);
  };
  for (std::size_t i = 0; i < soc.bridges.size(); ++i) {
    if (BridgePort* const part = part_behind(*this, soc.bridges[i].base)) {
      const auto follow = [this, i, part, cycles_of, waits] {
        const BridgeDescription& bridge = board_.soc.bridges[i];
        const std::uint64_t lasts = cycles_of(part->times().word);
        memory_system_->set_bridge_waits(i,
                                         waits(std::max<std::uint64_t>(lasts, bridge.read_cycles)),
                                         waits(bridge.write_cycles));
      };
      follow_part(*part, follow);
    }
    if (soc.bridges[i].clock.empty()) continue;
    ClockSignal& clock = clocks_.signal(soc.bridges[i].clock);
    if (!clock.driven()) {
      throw InputError(fmt::format("chip '{}', bridge '{}': no peripheral drives the clock '{}'",
                                   soc.name, soc.bridges[i].name, soc.bridges[i].clock));
    }
    const auto follow = [this, i, &clock, core_hz, waits](std::uint64_t) {
      // A bus whose clock stands still answers nobody; its waits stay what they were.
      if (clock.hz() == 0) return;
      const BridgeDescription& bridge = board_.soc.bridges[i];
      const auto lasts = [&](std::uint64_t cycles) {
        return (cycles * core_hz() + clock.hz() - 1) / clock.hz();
      };
      memory_system_->set_bridge_waits(i, waits(lasts(bridge.read_cycles)),
                                       waits(lasts(bridge.write_cycles)));
    };
    clock.on_change(follow);
    if (!soc.cpu_clock.empty()) clocks_.signal(soc.cpu_clock).on_change(follow);
    follow(0);
  }
}

}  // namespace tinyscope
