// A BMI270 as its driver sets it up: bmi2.c of boschsensortec/BMI270_SensorAPI (41129fc).
#pragma once

#include <algorithm>
#include <utility>
#include <vector>

#include "tests/peripherals/sensors/sensor_bench.hpp"

namespace tinyscope::test {

class Bmi270Bench : public SensorBench {
 public:
  explicit Bmi270Bench(std::string_view csv = "", std::string_view params = "")
      : SensorBench("bmi270", 0x68, csv, params) {}

  void put(std::uint8_t reg, std::uint8_t value) { EXPECT_TRUE(i2c.write({reg, value})); }

  // write_config_file() with read_write_len = `burst`.
  void begin_upload() {
    put(0x7C, 0x00);  // PWR_CONF: no advanced power save
    put(0x59, 0x00);  // INIT_CTRL
  }
  void upload(std::size_t first, std::size_t bytes, std::size_t burst = 256) {
    for (std::size_t at = first; at < first + bytes; at += burst) {
      const auto word = static_cast<unsigned>(at / 2);
      EXPECT_TRUE(i2c.write(
          {0x5B, static_cast<std::uint8_t>(word & 0x0F), static_cast<std::uint8_t>(word >> 4)}));
      std::vector<std::uint8_t> data(1 + std::min(burst, first + bytes - at), 0xA5);
      data[0] = 0x5E;
      EXPECT_TRUE(i2c.write(data));
    }
  }
  void end_upload() { put(0x59, 0x01); }
  void initialise(std::size_t bytes = 8192) {
    begin_upload();
    upload(0, bytes);
    end_upload();
    wait(140);  // BMI2_INTERNAL_STATUS_READ_DELAY_MS, which counts microseconds
  }
  // As the Arduino library does: 100 Hz both, 4 g and 2000 dps.
  void enable_arduino() {
    EXPECT_TRUE(i2c.write({0x40, 0x98, 0x01}));
    EXPECT_TRUE(i2c.write({0x42, 0x98, 0x00}));
    put(0x7D, 0x06);
    wait(60);
  }
  std::vector<std::int16_t> words(std::uint8_t reg, std::size_t count) {
    const auto bytes = i2c.read(reg, 2 * count);
    std::vector<std::int16_t> result(count);
    for (std::size_t i = 0; i < count; ++i) {
      result[i] = static_cast<std::int16_t>(bytes[2 * i] | bytes[2 * i + 1] << 8);
    }
    return result;
  }
  unsigned fifo_length() {
    const auto bytes = i2c.read(0x24, 2);
    return bytes[0] | bytes[1] << 8u;
  }
};

}  // namespace tinyscope::test
