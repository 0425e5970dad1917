// A flash memory on SPI or on two or four data lines. Lines matter for time only, which whoever
// clocks the bus keeps: here bytes follow each other as on one line, dummy clocks as bytes too.
#pragma once

#include <cstdint>
#include <span>

#include "sim/serial_buses.hpp"
#include "sim/time.hpp"

namespace tinyscope {

class SerialFlash : public SpiTarget {
 public:
  // When the write or erase under way ends; a time in the past: none is.
  virtual TimePoint ready_at() const = 0;
  // Puts content into the part before the firmware runs, as a programmer does.
  virtual void preload(std::uint32_t address, std::span<const std::uint8_t> bytes) = 0;
  // A number that changes with the contents.
  virtual std::uint64_t changes() const = 0;
};

// Where a controller accepts one.
class SerialFlashInput : public Port {
 public:
  SerialFlash* flash = nullptr;  // null: nothing is connected, every bit reads 1
};

}  // namespace tinyscope
