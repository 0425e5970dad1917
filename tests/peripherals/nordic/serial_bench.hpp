// A window of serial peripherals and what hangs on its pads.
#pragma once

#include <fmt/format.h>
#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "peripherals/nordic/serial_registers.hpp"
#include "sim/serial_buses.hpp"
#include "tests/support/i2c_register_part.hpp"
#include "tests/support/peripheral_bench.hpp"

namespace tinyscope::test {

// Pads as on the board of the Arduino Nano 33 BLE: sensors on SCL P0.15, SDA P0.14; SPI on SCK
// P0.13, MOSI P1.01, MISO P1.08.
class SerialBench : public ::testing::Test {
 protected:
  static constexpr Address kBase = 0x4000'3000;
  static constexpr Address kBuffer = PeripheralBench::kRam + 0x100;
  static constexpr unsigned kScl = 15;
  static constexpr unsigned kSda = 14;

  void SetUp() override {
    i2c.attach(part);
    bench.fabric.connect_pads(i2c_key("P0.15", "P0.14"), i2c);
  }
  void write(Address offset, std::uint32_t value) { bench.write(kBase + offset, value); }
  std::uint32_t read(Address offset) { return bench.read(kBase + offset); }
  void trigger(Address task) { write(task, 1); }
  // Runs until an event comes, and clears it; fails after 10 ms.
  TimePoint await(Address event) {
    const TimePoint limit = bench.now() + Duration::from_ms(10);
    while (read(event) == 0) {
      const auto next = bench.scheduler.next();
      if (!next || *next > limit) {
        ADD_FAILURE() << fmt::format("no event 0x{:03X}", event);
        return bench.now();
      }
      bench.run_until(*next);
    }
    write(event, 0);
    return bench.now();
  }
  bool set(Address event) { return read(event) != 0; }

  PeripheralBench bench;
  I2cRegisterPart part;
  I2cBus i2c;
  Peripheral& window = bench.add("twi0", "nordic.twi_spi", kBase);
};

}  // namespace tinyscope::test
