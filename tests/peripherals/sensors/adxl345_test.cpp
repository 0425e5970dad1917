// ADXL345: registers as in SparkFun_ADXL345.h of sparkfun/SparkFun_ADXL345_Arduino_Library
// (6d795cc); scales and FIFO as in the data sheet.
#include <gtest/gtest.h>

#include <utility>

#include "tests/peripherals/sensors/sensor_bench.hpp"

namespace tinyscope::test {
namespace {

class Adxl345Bench : public SensorBench {
 public:
  explicit Adxl345Bench(std::string_view csv = "", std::string_view params = "")
      : SensorBench("adxl345", 0x53, csv, params) {}
  void put(std::uint8_t reg, std::uint8_t value) { EXPECT_TRUE(i2c.write({reg, value})); }
  std::int16_t axis(unsigned index) {
    return i2c.read16(static_cast<std::uint8_t>(0x32 + 2 * index));
  }
};

constexpr std::string_view kRamp = "time_s,ax_g\n0,0\n4,4\n";  // 0.1 g in 100 ms

TEST(Adxl345, SaysWhoItIs) {
  Adxl345Bench part;
  EXPECT_EQ(part.i2c.read(0x00), 0xE5);
  EXPECT_EQ(part.i2c.read(0x2C), 0x0A) << "100 Hz after reset";
  EXPECT_EQ(part.state(), "standby");
  SensorBench other("adxl345", 0x1D, "", "address = 0x1D");
  EXPECT_EQ(other.i2c.read(0x00), 0xE5);
}

// 256 digits for 1 g at 2 g, fewer at wider ranges unless FULL_RES is set.
TEST(Adxl345, ScalesByRangeAndResolution) {
  for (unsigned range = 0; range < 4; ++range) {
    for (const bool full : {false, true}) {
      Adxl345Bench part("# rate_hz = 1\nax_g,az_g\n-0.5,1.25\n");
      part.put(0x31, static_cast<std::uint8_t>(range | (full ? 0x08 : 0)));
      part.put(0x2D, 0x08);
      part.wait(15);
      const int per_g = full ? 256 : 256 >> range;
      EXPECT_EQ(part.axis(0), -per_g / 2);
      EXPECT_EQ(part.axis(2), per_g * 5 / 4);
    }
  }
}

TEST(Adxl345, AddsItsOffsets) {
  Adxl345Bench part;
  part.put(0x20, 0xFC);  // OFSZ: -4 * 15.6 mg
  part.put(0x2D, 0x08);
  part.wait(15);
  EXPECT_NEAR(part.axis(2), 256 - 4 * 4, 1);
}

TEST(Adxl345, LeftJustifiesIfAskedTo) {
  Adxl345Bench part;
  part.put(0x31, 0x04);
  part.put(0x2D, 0x08);
  part.wait(15);
  EXPECT_EQ(part.axis(2), 256 << 6);
}

// ADXL345_BW_*: code 15 is 3200 Hz, each below half of it.
TEST(Adxl345, RunsAtTheRatesOfItsTable) {
  for (const auto& [code, hz] :
       {std::pair{0x06, 6.25}, std::pair{0x0A, 100.0}, std::pair{0x0F, 3200.0}}) {
    Adxl345Bench part;
    part.put(0x2C, static_cast<std::uint8_t>(code));
    part.put(0x2D, 0x08);
    part.wait(990 / hz);
    EXPECT_EQ(part.i2c.read(0x30) & 0x80, 0) << hz;
    part.wait(20 / hz);
    EXPECT_EQ(part.i2c.read(0x30) & 0x80, 0x80) << hz << " Hz: DATA_READY";
  }
}

TEST(Adxl345, SaysWhenASampleWasLost) {
  Adxl345Bench part;
  part.put(0x2D, 0x08);
  part.wait(15);
  EXPECT_EQ(part.i2c.read(0x30), 0x80);
  part.wait(10);
  EXPECT_EQ(part.i2c.read(0x30), 0x81) << "overrun";
  part.i2c.read(0x32, 6);
  EXPECT_EQ(part.i2c.read(0x30), 0x00);
}

TEST(Adxl345, StreamsThroughItsFifo) {
  Adxl345Bench part(kRamp);
  part.put(0x38, 0x80 | 10);  // stream, watermark at 10
  part.put(0x31, 0x08);
  part.put(0x2D, 0x08);
  part.wait(95);
  EXPECT_EQ(part.i2c.read(0x39), 9);
  EXPECT_EQ(part.i2c.read(0x30), 0x80);
  part.wait(10);
  EXPECT_EQ(part.i2c.read(0x30), 0x82) << "watermark";
  for (int i = 1; i <= 10; ++i) EXPECT_NEAR(part.i2c.read(0x32, 6)[0], 2.56 * i, 0.51);
  EXPECT_EQ(part.i2c.read(0x39), 0);
  part.wait(1000);
  EXPECT_EQ(part.i2c.read(0x39), 32);
  EXPECT_EQ(part.i2c.read(0x30), 0x83);
  EXPECT_NEAR(part.axis(0), 256 * (1.1 - 0.31), 1) << "the oldest of 32";
}

TEST(Adxl345, KeepsTheOldestInFifoMode) {
  Adxl345Bench part(kRamp);
  part.put(0x38, 0x40);
  part.put(0x31, 0x08);
  part.put(0x2D, 0x08);
  part.wait(2000);
  EXPECT_EQ(part.i2c.read(0x39), 32);
  EXPECT_NEAR(part.axis(0), 2.56, 0.51);
}

TEST(Adxl345, RaisesThePinThatIsMapped) {
  Adxl345Bench part;
  FakePad one;
  FakePad two;
  ASSERT_TRUE(part.device.connect_pin("int1", one));
  ASSERT_TRUE(part.device.connect_pin("int2", two));
  part.put(0x2E, 0x82);  // DATA_READY, watermark
  part.put(0x2F, 0x02);  // watermark to INT2
  part.put(0x38, 0x80 | 3);
  part.put(0x2D, 0x08);
  part.wait(15);
  EXPECT_TRUE(one.level());
  EXPECT_FALSE(two.level());
  part.wait(20);
  EXPECT_TRUE(two.level());
  part.i2c.read(0x32, 6);
  EXPECT_FALSE(two.level());
  part.put(0x31, 0x20);  // INT_INVERT
  EXPECT_FALSE(one.level());
}

TEST(Adxl345, SaysWhatItDoesAndForgetsItWithoutSupply) {
  Adxl345Bench part;
  part.put(0x2D, 0x08);
  EXPECT_EQ(part.state(), "measure");
  part.put(0x2C, 0x1A);
  EXPECT_EQ(part.state(), "low_power");
  part.device.set_supplied(false);
  EXPECT_EQ(part.state(), "");
  part.device.set_supplied(true);
  EXPECT_EQ(part.state(), "standby");
}

TEST(Adxl345, ReportsWhatItDoesNotModel) {
  Adxl345Bench part;
  part.put(0x2E, 0x10);
  part.put(0x31, 0x80);
  part.put(0x38, 0xC0);
  part.put(0x2D, 0x0C);
  for (const char* what : {"activity", "self-test", "trigger", "sleep"}) {
    EXPECT_TRUE(part.bench.reported(what)) << what;
  }
}

TEST(Adxl345, HasTheSameFutureAfterASnapshot) {
  Adxl345Bench part(kRamp);
  part.put(0x38, 0x80);
  part.put(0x2D, 0x08);
  part.wait(55);
  const auto state = part.bench.save();
  part.wait(30);
  const auto expected = part.i2c.read(0x30, 10);
  part.bench.restore(state);
  part.wait(30);
  EXPECT_EQ(part.i2c.read(0x30, 10), expected);
}

}  // namespace
}  // namespace tinyscope::test
