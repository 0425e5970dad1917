// BME280: registers and compensation as in bme280_defs.h and bme280.c of
// boschsensortec/BME280_driver (c90d419).
#include <gtest/gtest.h>

#include <array>

#include "tests/peripherals/sensors/sensor_bench.hpp"

namespace tinyscope::test {
namespace {

class Bme280Bench : public SensorBench {
 public:
  explicit Bme280Bench(std::string_view csv = "") : SensorBench("bme280", 0x76, csv) { wait(2); }
  void put(std::uint8_t reg, std::uint8_t value) { EXPECT_TRUE(i2c.write({reg, value})); }
  // Forced, each quantity once.
  void force() {
    put(0xF2, 0x01);
    put(0xF4, 0x25);
  }

  struct Values {
    double celsius, hectopascals, percent;
  };
  // get_calib_data(), bme280_get_sensor_data() and the 64-bit integer compensation of the driver,
  // written anew.
  Values values() {
    const auto u16 = [&](std::uint8_t reg) {
      const auto bytes = i2c.read(reg, 2);
      return std::int64_t{bytes[0] | bytes[1] << 8};
    };
    const auto s16 = [&](std::uint8_t reg) {
      return std::int64_t{static_cast<std::int16_t>(u16(reg))};
    };
    const auto data = i2c.read(0xF7, 8);
    const std::int64_t raw_p = data[0] << 12 | data[1] << 4 | data[2] >> 4;
    const std::int64_t raw_t = data[3] << 12 | data[4] << 4 | data[5] >> 4;
    const std::int64_t raw_h = data[6] << 8 | data[7];

    const std::int64_t t1 = raw_t / 8 - u16(0x88) * 2;
    const std::int64_t t2 = raw_t / 16 - u16(0x88);
    const std::int64_t fine = t1 * s16(0x8A) / 2048 + t2 * t2 / 4096 * s16(0x8C) / 16384;

    std::int64_t a = fine - 128000;
    std::int64_t b = a * a * s16(0x98) + a * s16(0x96) * 131072 + s16(0x94) * 34359738368;
    a = a * a * s16(0x92) / 256 + a * s16(0x90) * 4096;
    a = (140737488355328 + a) * u16(0x8E) / 8589934592;
    std::int64_t p = ((1048576 - raw_p) * 2147483648 - b) * 3125 / a;
    const std::int64_t c = s16(0x9E) * (p / 8192) * (p / 8192) / 33554432;
    const std::int64_t d = s16(0x9C) * p / 524288;
    p = (p + c + d) / 256 + s16(0x9A) * 16;  // 1/256 Pa

    const auto h = i2c.read(0xE1, 7);
    const double h1 = i2c.read(0xA1);
    const double h2 = static_cast<std::int16_t>(h[0] | h[1] << 8), h3 = h[2];
    const double h4 = static_cast<std::int8_t>(h[3]) * 16 | (h[4] & 0xF);
    const double h5 = static_cast<std::int8_t>(h[5]) * 16 | h[4] >> 4;
    const double h6 = static_cast<std::int8_t>(h[6]);
    const double t = static_cast<double>(fine) - 76800;
    const double grown = 1 + h3 / 67108864 * t;
    const double reading = static_cast<double>(raw_h) - (h4 * 64 + h5 / 16384 * t);
    const double scaled = reading * h2 / 65536 * grown * (1 + h6 / 67108864 * t * grown);
    return {static_cast<double>(fine) / 5120, static_cast<double>(p) / 25600,
            scaled * (1 - h1 * scaled / 524288)};
  }
};

TEST(Bme280, SaysWhoItIs) {
  Bme280Bench part;
  EXPECT_EQ(part.i2c.read(0xD0), 0x60);
  EXPECT_EQ(part.state(), "sleep");
  SensorBench other("bme280", 0x77, "", "address = 0x77");
  EXPECT_EQ(other.i2c.read(0xD0), 0x60);
}

TEST(Bme280, GivesTheDriverWhatTheRecordingSays) {
  for (const auto& [celsius, hectopascals, percent] :
       {std::array{21.5, 1013.25, 45.0}, std::array{-20.0, 700.0, 90.0},
        std::array{60.0, 1080.0, 5.0}}) {
    Bme280Bench part("# rate_hz = 1\ntemperature_c,pressure_hpa,humidity_pct\n" +
                     std::to_string(celsius) + "," + std::to_string(hectopascals) + "," +
                     std::to_string(percent) + "\n");
    part.force();
    part.wait(10);
    const auto values = part.values();
    EXPECT_NEAR(values.celsius, celsius, 0.01);
    EXPECT_NEAR(values.hectopascals, hectopascals, 0.06);
    EXPECT_NEAR(values.percent, percent, 0.05);
  }
}

// Data sheet: 1 ms, 2 ms for each sample, 0.5 ms for pressure and humidity: 8 ms for one of each.
TEST(Bme280, MeasuresOnceWhenForced) {
  Bme280Bench part;
  EXPECT_EQ(part.i2c.read(0xF7, 3), (std::vector<std::uint8_t>{0x80, 0, 0}));
  part.force();
  EXPECT_EQ(part.state(), "forced");
  part.wait(7.9);
  EXPECT_EQ(part.i2c.read(0xF3), 0x08) << "BME280_STATUS_MEAS_DONE is set while measuring";
  part.wait(0.2);
  EXPECT_EQ(part.i2c.read(0xF3), 0x00);
  EXPECT_EQ(part.i2c.read(0xF4) & 3, 0) << "asleep again";
  EXPECT_EQ(part.state(), "sleep");
  EXPECT_NE(part.i2c.read(0xF7, 3), (std::vector<std::uint8_t>{0x80, 0, 0}));
}

TEST(Bme280, LeavesOutWhatIsNotOversampled) {
  Bme280Bench part;
  part.put(0xF4, 0x21);  // temperature alone
  part.wait(3.1);        // 1 ms and 2 ms
  const auto data = part.i2c.read(0xF7, 8);
  EXPECT_EQ(data[0], 0x80);
  EXPECT_NE(data[3], 0x80);
  EXPECT_EQ(data[6], 0x80);
}

TEST(Bme280, TakesHumiditySettingsWithTheNextControl) {
  Bme280Bench part;
  part.put(0xF4, 0x25);
  part.put(0xF2, 0x01);  // too late
  part.wait(10);
  EXPECT_EQ(part.i2c.read(0xFD), 0x80);
}

// BME280_STANDBY_TIME_*: 62.5 ms beside the 8 ms of the measurement.
TEST(Bme280, MeasuresAgainAndAgainInNormalMode) {
  Bme280Bench part("time_s,temperature_c\n0,0\n10,100\n");
  part.put(0xF5, 0x20);
  part.put(0xF2, 0x01);
  part.put(0xF4, 0x27);
  EXPECT_EQ(part.state(), "normal");
  part.wait(9);
  const double first = part.values().celsius;
  EXPECT_NEAR(first, 0.1, 0.02) << "10 degrees a second, 10 ms after power-on";
  part.wait(68);
  EXPECT_DOUBLE_EQ(part.values().celsius, first);
  part.wait(3);
  EXPECT_NEAR(part.values().celsius - first, 0.705, 0.02);
}

// bme280_set_regs() of several registers
TEST(Bme280, TakesPairsOfAddressAndValue) {
  Bme280Bench part;
  EXPECT_TRUE(part.i2c.write({0xF2, 0x02, 0xF5, 0xA0, 0xF4, 0x24}));
  EXPECT_EQ(part.i2c.read(0xF2), 0x02);
  EXPECT_EQ(part.i2c.read(0xF5), 0xA0);
  EXPECT_EQ(part.i2c.read(0xF4), 0x24);
}

TEST(Bme280, ResetsAndCopiesItsMemory) {
  Bme280Bench part;
  part.put(0xF5, 0xA0);
  part.put(0xE0, 0xB6);
  EXPECT_EQ(part.i2c.read(0xF3) & 1, 1) << "BME280_STATUS_IM_UPDATE";
  part.wait(2);
  EXPECT_EQ(part.i2c.read(0xF3) & 1, 0);
  EXPECT_EQ(part.i2c.read(0xF5), 0);
  part.device.set_supplied(false);
  EXPECT_FALSE(part.i2c.write({0xF5, 0xA0}));
  EXPECT_EQ(part.state(), "");
}

TEST(Bme280, HasTheSameFutureAfterASnapshot) {
  Bme280Bench part("time_s,temperature_c\n0,0\n10,100\n");
  part.put(0xF4, 0x27);
  part.wait(55);
  const auto state = part.bench.save();
  part.wait(100);
  const auto expected = part.i2c.read(0xF7, 8);
  part.bench.restore(state);
  part.wait(100);
  EXPECT_EQ(part.i2c.read(0xF7, 8), expected);
}

}  // namespace
}  // namespace tinyscope::test
