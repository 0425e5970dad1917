// The caches, tightly coupled memories and buses of a Cortex-M7: the sections [l1] and [[l1_bus]]
// of a SoC description.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "sim/description/soc_bus.hpp"
#include "sim/description/toml.hpp"
#include "sim/types.hpp"

namespace tinyscope {

// How long memory behind the core's bus takes to answer, in cycles of the core.
struct L1BusDescription {
  std::string name;
  Address base = 0;
  std::uint32_t size = 0;
  unsigned first_cycles = 0;  // that a read waits for its first 8 bytes
  unsigned beat_cycles = 1;   // from one 8 bytes of a line to the next
  unsigned write_cycles = 1;  // that 8 bytes written keep the bus
  bool flash = false;         // wait states and width of [flash_read] come on top
  bool pipelined = false;     // takes a request while it answers another
  std::string source;
};

struct L1Description {
  enum class Replacement : std::uint8_t { kLru, kRoundRobin, kRandom };

  std::optional<CacheDescription> instruction_cache;
  std::optional<CacheDescription> data_cache;
  Replacement instruction_replacement = Replacement::kRandom;
  Replacement data_replacement = Replacement::kRandom;
  std::string replacement_source;
  // Names of memories; empty: there is none.
  std::string itcm;
  std::string dtcm;
  std::string accelerated;  // flash as the ITCM bus shows it, read as [flash_read] says
  bool ecc = false;         // TCM and caches correct errors, so narrow stores read first
  unsigned store_buffer_entries = 4;
  unsigned narrow_store_cycles = 1;
  unsigned maintenance_cycles = 1;
  std::string source;
  std::vector<L1BusDescription> buses;
  std::string where;  // "file:line", for messages
};

// Each throws InputError with file:line: key.
L1Description read_l1(TomlTable table);
L1BusDescription read_l1_bus(TomlTable& entry);

}  // namespace tinyscope
