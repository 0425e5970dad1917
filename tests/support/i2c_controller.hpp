// What a driver does on I2C, for tests of parts: no wire times.
#pragma once

#include <cstdint>
#include <initializer_list>
#include <vector>

#include "sim/serial_buses.hpp"

namespace tinyscope::test {

class I2cController {
 public:
  I2cController(Port* part, std::uint8_t address) : address_(address) {
    bus.attach(dynamic_cast<I2cTarget&>(*part));
  }

  // All bytes in one transfer; false as soon as one is not acknowledged.
  bool write(std::initializer_list<std::uint8_t> bytes) {
    return write(std::vector<std::uint8_t>(bytes));
  }
  bool write(const std::vector<std::uint8_t>& bytes) {
    bool acknowledged = bus.start(address_, false);
    for (const std::uint8_t byte : bytes) acknowledged = acknowledged && bus.write(byte);
    bus.stop();
    return acknowledged;
  }
  // Selects `reg`, then reads after a repeated start.
  std::vector<std::uint8_t> read(std::uint8_t reg, std::size_t count) {
    bus.start(address_, false);
    bus.write(reg);
    bus.start(address_, true);
    std::vector<std::uint8_t> bytes(count);
    for (std::uint8_t& byte : bytes) byte = bus.read();
    bus.stop();
    return bytes;
  }
  std::uint8_t read(std::uint8_t reg) { return read(reg, 1)[0]; }
  // Two bytes from `reg` on, low one first.
  std::int16_t read16(std::uint8_t reg) {
    const auto bytes = read(reg, 2);
    return static_cast<std::int16_t>(bytes[0] | bytes[1] << 8);
  }

  I2cBus bus;

 private:
  std::uint8_t address_;
};

}  // namespace tinyscope::test
