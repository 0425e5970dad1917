// The memory that a FLASH interface controls, and changes to it.
#pragma once

#include <span>
#include <vector>

#include "sim/bus.hpp"
#include "sim/memory.hpp"

namespace tinyscope::st {

class FlashCells {
 public:
  // The memory whose stores `policy` decides about; the SoC file's controls_flash.
  FlashCells(Bus& bus, const FlashWritePolicy& policy) : bus_(bus), policy_(policy) {}

  // Null: there is none.
  Memory* memory() const {
    for (const auto& mapped : bus_.memories()) {
      if (mapped.memory->write_policy() == &policy_) return mapped.memory;
    }
    return nullptr;
  }

  // Through the bus and at each address at which the flash appears, so that whoever holds
  // translated code hears of it.
  void put(std::uint32_t offset, std::span<const std::uint8_t> bytes) {
    for (const auto& mapped : bus_.memories()) {
      if (mapped.memory->write_policy() != &policy_ || offset < mapped.memory_offset) continue;
      if (offset - mapped.memory_offset + bytes.size() > mapped.size) continue;
      bus_.copy_in(mapped.base + (offset - mapped.memory_offset), bytes);
    }
  }
  void erase(std::uint32_t offset, std::uint32_t size) {
    put(offset, std::vector<std::uint8_t>(size, 0xFF));
  }

 private:
  Bus& bus_;
  const FlashWritePolicy& policy_;
};

}  // namespace tinyscope::st
