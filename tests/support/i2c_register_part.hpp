// A part on I2C for tests of what drives the bus.
#pragma once

#include <fmt/format.h>

#include <cstdint>
#include <string>

#include "sim/serial_buses.hpp"

namespace tinyscope::test {

// An I2C part with 16 registers, which remembers what happened on the wires.
class I2cRegisterPart : public I2cTarget {
 public:
  static constexpr std::uint8_t kAddress = 0x6B;

  bool start(std::uint8_t address, bool read) override {
    if (address != kAddress) return false;
    log += read ? "[r" : "[w";
    pointer_set_ = false;
    return true;
  }
  bool write(std::uint8_t byte) override {
    log += fmt::format(" {:02X}", byte);
    if (accepts == 0) return false;
    --accepts;
    if (!pointer_set_) {
      pointer_ = byte & 0x0F;
      pointer_set_ = true;
    } else {
      registers[pointer_++ & 0x0F] = byte;
    }
    return true;
  }
  std::uint8_t read() override {
    const std::uint8_t byte = registers[pointer_++ & 0x0F];
    log += fmt::format(" {:02X}", byte);
    return byte;
  }
  void stop() override { log += "]"; }

  std::string log;
  unsigned accepts = 1000;  // bytes until it acknowledges no more
  std::uint8_t registers[16] = {0x10, 0x11, 0x12, 0x13, 0x14, 0x15, 0x16, 0x17,
                                0x18, 0x19, 0x1A, 0x1B, 0x1C, 0x1D, 0x1E, 0x68};

 private:
  unsigned pointer_ = 0;
  bool pointer_set_ = false;
};

}  // namespace tinyscope::test
