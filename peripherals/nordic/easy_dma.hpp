// EasyDMA of the nRF52: blocks move data between themselves and Data RAM, nowhere else.
// PS chapter "EasyDMA". What a wrong pointer does on the chip is undefined (a fault or corrupted
// RAM); here nothing is transferred and the access is reported. The bus hears of each transfer.
#pragma once

#include <cstdint>
#include <span>
#include <string>

#include "sim/registry.hpp"

namespace tinyscope::nordic {

class EasyDma {
 public:
  explicit EasyDma(const PeripheralContext& context)
      : owner_(context.name),
        scheduler_(context.scheduler),
        bus_(context.bus),
        notes_(context.notes) {}

  // False, with `to` all zero, unless the whole range lies in RAM. `offset` is counted from the
  // start of the transfer's buffer, by whose address a wrong one is reported.
  bool read(Address buffer, std::span<std::uint8_t> to, std::uint32_t offset = 0);
  // False, and nothing written, unless the whole range lies in RAM.
  bool write(Address buffer, std::span<const std::uint8_t> from, std::uint32_t offset = 0);

 private:
  void tell(Address address, std::size_t length, AccessType type) const;
  bool in_ram(Address buffer, std::uint32_t offset, std::size_t length, bool write);

  std::string owner_;
  Scheduler& scheduler_;
  Bus& bus_;
  RunNotes& notes_;
};

}  // namespace tinyscope::nordic
