#include "sim/description/soc_memory.hpp"

#include <fmt/format.h>

#include "sim/description/soc_checks.hpp"

namespace tinyscope {
namespace {

void require_free(const TomlTable& entry, const MemoryDescription& memory, const std::string& name,
                  Address base, std::uint32_t size) {
  if (name == memory.name) {
    entry.fail("name", fmt::format("'{}' is used already; choose another name", name));
  }
  const Address last = memory.base + (memory.size - 1);
  const Address other_last = base + (size - 1);
  if (memory.base > other_last || base > last) return;
  entry.fail("base", fmt::format("'{}' (0x{:08X} to 0x{:08X}) overlaps '{}' of the chip or the "
                                 "board (0x{:08X} to 0x{:08X})",
                                 memory.name, memory.base, last, name, base, other_last));
}

}  // namespace

void read_board_memories(TomlTable& document, SocDescription& soc) {
  for (TomlTable& entry : document.tables("memory")) {
    MemoryDescription memory = read_memory(entry);
    SocChecks().add_window(entry, memory.name, memory.base, memory.size);
    for (const auto& other : soc.memories) {
      require_free(entry, memory, other.name, other.base, other.size);
    }
    for (const auto& other : soc.peripherals) {
      require_free(entry, memory, other.name, other.base, other.size);
    }
    for (const auto& other : soc.unmodelled) {
      require_free(entry, memory, other.name, other.base, other.size);
    }
    SocChecks::require_alias_fits(entry, memory, soc.memories);
    soc.memories.push_back(std::move(memory));
  }
}

}  // namespace tinyscope
