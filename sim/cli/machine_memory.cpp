// The machine's memory system: made from the chip's description, told by its peripherals.
#include <fmt/format.h>

#include <algorithm>

#include "cores/memory/memory_system.hpp"
#include "sim/cli/machine.hpp"
#include "sim/ports.hpp"

namespace tinyscope {
namespace {

std::optional<LineCache::Geometry> geometry(const std::optional<CacheDescription>& cache) {
  if (!cache) return std::nullopt;
  return LineCache::Geometry{cache->sets, cache->ways, cache->line_bytes};
}

}  // namespace

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
  for (std::size_t i = 0; i < soc.bridges.size(); ++i) {
    if (soc.bridges[i].clock.empty()) continue;
    ClockSignal& clock = clocks_.signal(soc.bridges[i].clock);
    if (!clock.driven()) {
      throw InputError(fmt::format("chip '{}', bridge '{}': no peripheral drives the clock '{}'",
                                   soc.name, soc.bridges[i].name, soc.bridges[i].clock));
    }
    const auto follow = [this, i, &clock](std::uint64_t) {
      // A bus whose clock stands still answers nobody; its waits stay what they were.
      if (clock.hz() == 0) return;
      const BridgeDescription& bridge = board_.soc.bridges[i];
      const std::string& cpu_clock = board_.soc.cpu_clock;
      // Not the core's own: a what-if slows buses down with it.
      const std::uint64_t core_hz =
          cpu_clock.empty() ? board_.soc.cpu_hz : clocks_.signal(cpu_clock).hz();
      const auto waits = [&](unsigned cycles) {
        const std::uint64_t lasts = (cycles * core_hz + clock.hz() - 1) / clock.hz();
        return static_cast<unsigned>(std::max<std::uint64_t>(lasts, 1) - 1);
      };
      memory_system_->set_bridge_waits(i, waits(bridge.read_cycles), waits(bridge.write_cycles));
    };
    clock.on_change(follow);
    if (!soc.cpu_clock.empty()) clocks_.signal(soc.cpu_clock).on_change(follow);
    follow(0);
  }
}

}  // namespace tinyscope
