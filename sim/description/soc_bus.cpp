#include "sim/description/soc_bus.hpp"

#include <fmt/format.h>

#include <bit>

namespace tinyscope {
namespace {

constexpr std::int64_t kMostBytes = 4096;  // of a line or a read

std::uint32_t number(const TomlTable& table, std::string_view key, std::int64_t value,
                     std::int64_t low, std::int64_t high) {
  if (value < low || value > high) {
    table.fail(key, fmt::format("expected {} to {}, found {}", low, high, value));
  }
  return static_cast<std::uint32_t>(value);
}

std::uint32_t power_of_two(const TomlTable& table, std::string_view key, std::int64_t value,
                           std::int64_t low, std::int64_t high) {
  const std::uint32_t result = number(table, key, value, low, high);
  if (!std::has_single_bit(result)) {
    table.fail(key, fmt::format("expected a power of two, found {}", value));
  }
  return result;
}

std::string filled(TomlTable& table, std::string_view key) {
  std::string text = table.require_string(key);
  if (text.empty()) table.fail(key, "is empty; expected a text");
  return text;
}

std::string port_name(TomlTable& table, std::string_view key, std::string name) {
  if (name.find('.') == std::string::npos) {
    table.fail(key, fmt::format("expected \"peripheral.port\", found '{}'", name));
  }
  return name;
}

}  // namespace

std::optional<CacheDescription> read_cache(TomlTable& parent, std::string_view key) {
  auto table = parent.table(key);
  if (!table) return std::nullopt;
  CacheDescription cache;
  cache.sets = power_of_two(*table, "sets", table->require_integer("sets"), 1, 65536);
  cache.ways = number(*table, "ways", table->require_integer("ways"), 1, 1024);
  cache.line_bytes =
      power_of_two(*table, "line_bytes", table->require_integer("line_bytes"), 4, kMostBytes);
  return cache;
}

FlashReadDescription read_flash_read(TomlTable table) {
  FlashReadDescription flash;
  flash.where = table.where();
  flash.memory = filled(table, "memory");
  flash.port = port_name(table, "port", filled(table, "port"));
  if (auto name = table.string("counter_port")) {
    flash.counter_port = port_name(table, "counter_port", *name);
  }
  flash.read_bytes =
      power_of_two(table, "read_bytes", table.require_integer("read_bytes"), 4, kMostBytes);
  if (const auto wide = table.integer("wide_read_bytes")) {
    flash.wide_read_bytes =
        power_of_two(table, "wide_read_bytes", *wide, flash.read_bytes, kMostBytes);
  }
  flash.banks = number(table, "banks", table.integer("banks").value_or(1), 1, 2);
  flash.data_buffer = table.boolean("data_buffer").value_or(true);
  flash.instruction_cache = read_cache(table, "instruction_cache");
  flash.data_cache = read_cache(table, "data_cache");
  flash.shared_cache = table.boolean("shared_cache").value_or(false);
  if (flash.shared_cache && (!flash.instruction_cache || flash.data_cache)) {
    table.fail("shared_cache", "expected instruction_cache, and no data_cache");
  }
  flash.source = filled(table, "source");
  return flash;
}

BridgeDescription read_bridge(TomlTable& entry) {
  BridgeDescription bridge;
  bridge.name = filled(entry, "name");
  bridge.base = entry.require_u32("base");
  bridge.size = entry.require_u32("size");
  if (bridge.size == 0) entry.fail("size", "is 0; expected bytes");
  if (bridge.size - 1 > 0xFFFF'FFFFu - bridge.base) {
    entry.fail("size", "reaches beyond the 4 GiB address space");
  }
  constexpr std::int64_t kMostCycles = 1000;
  bridge.read_cycles =
      number(entry, "read_cycles", entry.require_integer("read_cycles"), 1, kMostCycles);
  bridge.write_cycles =
      number(entry, "write_cycles", entry.require_integer("write_cycles"), 1, kMostCycles);
  bridge.clock = entry.string("clock").value_or("");
  bridge.source = filled(entry, "source");
  return bridge;
}

}  // namespace tinyscope
