// EasyDMA of the nRF52: blocks move data between themselves and Data RAM, nowhere else.
// PS chapter "EasyDMA". What a wrong pointer does on the chip is undefined (a fault or corrupted
// RAM); here nothing is transferred and the access is reported.
#pragma once

#include <cstdint>
#include <span>
#include <string>

#include "sim/bus.hpp"
#include "sim/run_notes.hpp"

namespace tinyscope::nordic {

class EasyDma {
 public:
  EasyDma(std::string owner, Bus& bus, RunNotes& notes)
      : owner_(std::move(owner)), bus_(bus), notes_(notes) {}

  // False, with `to` all zero, unless the whole range lies in RAM.
  bool read(Address from, std::span<std::uint8_t> to);
  // False, and nothing written, unless the whole range lies in RAM.
  bool write(Address to, std::span<const std::uint8_t> from);

 private:
  bool in_ram(Address address, std::size_t length, bool write);

  std::string owner_;
  Bus& bus_;
  RunNotes& notes_;
};

}  // namespace tinyscope::nordic
