#include "sim/description/soc_l1.hpp"

#include <fmt/format.h>

#include <array>

#include "sim/text.hpp"

namespace tinyscope {
namespace {

constexpr std::int64_t kMostCycles = 200;

unsigned cycles(TomlTable& table, std::string_view key, std::int64_t value, std::int64_t low,
                std::int64_t high = kMostCycles) {
  if (value < low || value > high) {
    table.fail(key, fmt::format("expected {} to {}, found {}", low, high, value));
  }
  return static_cast<unsigned>(value);
}

L1Description::Replacement read_replacement(TomlTable& table, std::string_view key) {
  using Replacement = L1Description::Replacement;
  const std::array<std::string, 3> names = {"lru", "round-robin", "random"};
  const std::string name = table.string(key).value_or("random");
  if (name == "lru") return Replacement::kLru;
  if (name == "round-robin") return Replacement::kRoundRobin;
  if (name == "random") return Replacement::kRandom;
  table.fail(key, fmt::format("unknown replacement '{}'{}", name, suggest(name, names)));
}

// Of the Cortex-M7: DDI 0489, 5.9.
std::optional<CacheDescription> read_l1_cache(TomlTable& parent, std::string_view key) {
  constexpr std::uint32_t kLineBytes = 32;
  auto cache = read_cache(parent, key);
  if (cache && cache->line_bytes != kLineBytes) {
    parent.fail(key, fmt::format("lines of {} bytes; expected {}, which a Cortex-M7 has",
                                 cache->line_bytes, kLineBytes));
  }
  return cache;
}

}  // namespace

L1Description read_l1(TomlTable table) {
  L1Description l1;
  l1.where = table.where();
  l1.instruction_cache = read_l1_cache(table, "instruction_cache");
  l1.data_cache = read_l1_cache(table, "data_cache");
  l1.instruction_replacement = read_replacement(table, "instruction_replacement");
  l1.data_replacement = read_replacement(table, "data_replacement");
  l1.replacement_source = table.string("replacement_source").value_or("estimate");
  l1.itcm = table.string("itcm").value_or("");
  l1.dtcm = table.string("dtcm").value_or("");
  l1.accelerated = table.string("accelerated").value_or("");
  l1.ecc = table.boolean("ecc").value_or(false);
  constexpr std::int64_t kMostEntries = 5;
  l1.store_buffer_entries =
      cycles(table, "store_buffer_entries", table.integer("store_buffer_entries").value_or(4), 1,
             kMostEntries);
  l1.narrow_store_cycles =
      cycles(table, "narrow_store_cycles", table.integer("narrow_store_cycles").value_or(1), 1);
  l1.maintenance_cycles =
      cycles(table, "maintenance_cycles", table.integer("maintenance_cycles").value_or(1), 1);
  l1.source = table.require_string("source");
  return l1;
}

L1BusDescription read_l1_bus(TomlTable& entry) {
  L1BusDescription bus;
  bus.name = entry.require_string("name");
  bus.base = entry.require_u32("base");
  bus.size = entry.require_u32("size");
  if (bus.size == 0) entry.fail("size", "is 0; expected bytes");
  if (bus.size - 1 > 0xFFFF'FFFFu - bus.base) {
    entry.fail("size", "reaches beyond the 4 GiB address space");
  }
  bus.first_cycles = cycles(entry, "first_cycles", entry.require_integer("first_cycles"), 0);
  bus.beat_cycles = cycles(entry, "beat_cycles", entry.require_integer("beat_cycles"), 1);
  bus.write_cycles = cycles(entry, "write_cycles", entry.require_integer("write_cycles"), 1);
  bus.flash = entry.boolean("flash").value_or(false);
  bus.pipelined = entry.boolean("pipelined").value_or(false);
  bus.source = entry.require_string("source");
  return bus;
}

}  // namespace tinyscope
