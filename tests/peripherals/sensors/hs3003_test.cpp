// HS3003: protocol and scale of the temperature as in HS300x.cpp of
// arduino-libraries/Arduino_HS300x (79247c1).
#include <gtest/gtest.h>

#include "tests/peripherals/sensors/sensor_bench.hpp"

namespace tinyscope::test {
namespace {

class Hs3003Bench : public SensorBench {
 public:
  explicit Hs3003Bench(std::string_view csv = "") : SensorBench("hs3003", 0x44, csv) {}

  void request() { EXPECT_TRUE(i2c.write({0x00})); }  // _measurementReq()
  std::vector<std::uint8_t> bytes() {                 // _readSensor()
    EXPECT_TRUE(i2c.bus.start(0x44, true));
    std::vector<std::uint8_t> data(4);
    for (std::uint8_t& byte : data) byte = i2c.bus.read();
    i2c.bus.stop();
    return data;
  }
};

TEST(Hs3003, GivesTheArduinoLibraryWhatTheRecordingSays) {
  Hs3003Bench sensor("# rate_hz = 1\nhumidity_pct,temperature_c\n61.5,-12.25\n");
  sensor.request();
  sensor.wait(35);  // HS300X_DELAY_MEASUREMENT
  const auto data = sensor.bytes();
  const int humidity = (data[0] << 8 | data[1]) & 0x3FFF;
  const int temperature = (data[2] << 8 | data[3]) >> 2;
  EXPECT_NEAR(humidity * 100.0 / 16383, 61.5, 0.01);  // data sheet: 14 bits for 100 %RH
  // HS300X_HUMD_MULTY is 1 percent more than that, on the board as here.
  EXPECT_NEAR(humidity * 0.006163516, 61.5 * 1.0098, 0.02);
  EXPECT_NEAR(temperature * 0.010071415 - 40, -12.25, 0.01);  // HS300X_TEMP_MULTY, _MIN
}

TEST(Hs3003, SaysThatDataAreStaleOnceTheyWereRead) {
  Hs3003Bench sensor;
  EXPECT_EQ(sensor.bytes()[0] >> 6, 1) << "nothing measured yet";
  sensor.request();
  EXPECT_EQ(sensor.state(), "measuring");
  sensor.wait(30);
  EXPECT_EQ(sensor.bytes()[0] >> 6, 1) << "still measuring";
  sensor.wait(5);
  EXPECT_EQ(sensor.state(), "sleep");
  EXPECT_EQ(sensor.bytes()[0] >> 6, 0);
  EXPECT_EQ(sensor.bytes()[0] >> 6, 1);
}

TEST(Hs3003, StaysWithinItsScale) {
  Hs3003Bench sensor("# rate_hz = 1\nhumidity_pct,temperature_c\n100,500\n");
  sensor.request();
  sensor.wait(35);
  const auto data = sensor.bytes();
  EXPECT_EQ((data[0] << 8 | data[1]) & 0x3FFF, 0x3FFE) << "the driver takes 0x3FFF for a fault";
  EXPECT_EQ((data[2] << 8 | data[3]) >> 2, 0x3FFE);
}

TEST(Hs3003, IsSilentWithoutSupply) {
  Hs3003Bench sensor;
  sensor.request();
  sensor.device.set_supplied(false);
  EXPECT_FALSE(sensor.i2c.write({0x00}));
  EXPECT_EQ(sensor.state(), "");
  sensor.device.set_supplied(true);
  sensor.wait(50);
  EXPECT_EQ(sensor.bytes()[0] >> 6, 1) << "the measurement was lost";
}

TEST(Hs3003, ReportsProgrammingMode) {
  Hs3003Bench sensor;
  EXPECT_TRUE(sensor.i2c.write({0xA0, 0x00, 0x00}));
  EXPECT_TRUE(sensor.bench.reported("programming mode"));
}

TEST(Hs3003, HasTheSameFutureAfterASnapshot) {
  Hs3003Bench sensor("time_s,humidity_pct\n0,0\n1,100\n");
  sensor.request();
  sensor.wait(10);
  const auto state = sensor.bench.save();
  sensor.wait(30);
  const auto expected = sensor.bytes();
  sensor.bench.restore(state);
  sensor.wait(30);
  EXPECT_EQ(sensor.bytes(), expected);
}

}  // namespace
}  // namespace tinyscope::test
