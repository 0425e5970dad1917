// How the core reaches flash and peripherals: the sections [flash_read] and [[bridge]] of a SoC
// description.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "sim/description/toml.hpp"
#include "sim/types.hpp"

namespace tinyscope {

struct CacheDescription {
  std::uint32_t sets = 0;
  std::uint32_t ways = 0;
  std::uint32_t line_bytes = 0;
};

// What stands between a flash array and the core. What firmware can set comes through a port.
struct FlashReadDescription {
  std::string memory;                 // the flash; its aliases are read the same way
  std::string port;                   // "peripheral.port" of type FlashReadPort
  std::string counter_port;           // empty, or "peripheral.port" of type CacheCounterPort
  std::uint32_t read_bytes = 0;       // that one read of the array brings
  std::uint32_t wide_read_bytes = 0;  // the same in the wider of two organisations, 0: only one
  std::uint32_t banks = 1;            // read independently of each other
  bool data_buffer = true;            // keeps the last line read for data
  std::optional<CacheDescription> instruction_cache;
  std::optional<CacheDescription> data_cache;
  bool shared_cache = false;  // data reads use the instruction cache
  std::string source;
  std::string where;  // "file:line", for messages
};

// A slower bus behind a bridge, whose accesses keep the core waiting.
struct BridgeDescription {
  std::string name;
  Address base = 0;
  std::uint32_t size = 0;
  unsigned read_cycles = 1;  // that the data phase lasts; 1: no wait
  unsigned write_cycles = 1;
  std::string clock;  // whose cycles those are; empty: the core's
  std::string source;
};

// Each throws InputError with file:line: key.
std::optional<CacheDescription> read_cache(TomlTable& parent, std::string_view key);
FlashReadDescription read_flash_read(TomlTable table);
BridgeDescription read_bridge(TomlTable& entry);

}  // namespace tinyscope
