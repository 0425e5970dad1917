// BMM150: registers as in bmm150_defs.h, compensation as in bmm150.c of
// boschsensortec/BMM150_SensorAPI (0dce061).
#include <gtest/gtest.h>

#include <array>
#include <cmath>
#include <string>

#include "tests/peripherals/sensors/sensor_bench.hpp"

namespace tinyscope::test {
namespace {

class Bmm150Bench : public SensorBench {
 public:
  explicit Bmm150Bench(std::string_view csv = "") : SensorBench("bmm150", 0x10, csv) {}

  void put(std::uint8_t reg, std::uint8_t value) { EXPECT_TRUE(i2c.write({reg, value})); }
  // bmm150_init() and BMM150_POWERMODE_NORMAL with the preset values after reset.
  void start_normal() {
    put(0x4B, 0x01);
    wait(3);
    put(0x4C, 0x00);
  }
  int byte(std::uint8_t reg) { return static_cast<std::int8_t>(i2c.read(reg)); }
  int word(std::uint8_t reg) { return i2c.read16(reg); }

  // bmm150_read_mag_data() with the equations of the floating-point compensate_*(), uT.
  std::array<double, 3> field() {
    const int x1 = byte(0x5D), y1 = byte(0x5E), x2 = byte(0x64), y2 = byte(0x65);
    const int xy1 = i2c.read(0x71), xy2 = byte(0x70), xyz1 = word(0x6C) & 0x7FFF;
    const int z1 = word(0x6A) & 0xFFFF, z2 = word(0x68), z3 = word(0x6E), z4 = word(0x62);
    const auto data = i2c.read(0x42, 8);
    const auto raw = [&](std::size_t at) {
      return static_cast<std::int16_t>(data[at] | data[at + 1] << 8);
    };
    const int x = raw(0) >> 3, y = raw(2) >> 3, z = raw(4) >> 1;
    const int hall = (raw(6) & 0xFFFF) >> 2;
    const double ratio = xyz1 * 16384.0 / hall - 16384.0;
    const double common = xy2 * (ratio * ratio / 268435456.0) + ratio * xy1 / 16384.0 + 256.0;
    const double divisor = (z2 + z1 * static_cast<double>(hall) / 32768.0) * 4.0;
    return {(x * (common * (x2 + 160.0)) / 8192.0 + x1 * 8.0) / 16.0,
            (y * (common * (y2 + 160.0)) / 8192.0 + y1 * 8.0) / 16.0,
            ((z - z4) * 131072.0 - z3 * (hall - xyz1)) / divisor / 16.0};
  }
};

TEST(Bmm150, AnswersOnlyInPowerControlUntilItIsAwake) {
  Bmm150Bench magnetometer;
  EXPECT_EQ(magnetometer.i2c.read(0x40), 0) << "suspended";
  EXPECT_EQ(magnetometer.state(), "suspend");
  magnetometer.put(0x4B, 0x01);
  EXPECT_EQ(magnetometer.i2c.read(0x40), 0) << "BMM150_START_UP_TIME";
  magnetometer.wait(3);
  EXPECT_EQ(magnetometer.i2c.read(0x40), 0x32) << "BMM150_CHIP_ID";
  EXPECT_EQ(magnetometer.i2c.read(0x4B), 0x01);
  EXPECT_EQ(magnetometer.state(), "sleep");
}

TEST(Bmm150, GivesTheDriverTheFieldThatTheRecordingSays) {
  for (const auto& [x, y, z] : {std::array{20.0, 0.0, -40.0}, std::array{-55.5, 123.0, 321.0},
                                std::array{800.0, -900.0, -1500.0}}) {
    Bmm150Bench magnetometer("# rate_hz = 1\nmx_uT,my_uT,mz_uT\n" + std::to_string(x) + "," +
                             std::to_string(y) + "," + std::to_string(z) + "\n");
    magnetometer.start_normal();
    magnetometer.wait(150);
    const auto field = magnetometer.field();
    EXPECT_NEAR(field[0], x, 0.3);  // a digit is about 0.36 uT
    EXPECT_NEAR(field[1], y, 0.3);
    EXPECT_NEAR(field[2], z, 0.3);
  }
}

TEST(Bmm150, SaysOverflowBeyondItsRange) {
  Bmm150Bench magnetometer("# rate_hz = 1\nmx_uT,my_uT,mz_uT\n5000,0,9000\n");
  magnetometer.start_normal();
  magnetometer.wait(150);
  const auto data = magnetometer.i2c.read(0x42, 6);
  EXPECT_EQ(static_cast<std::int16_t>(data[0] | data[1] << 8) >> 3, -4096);
  EXPECT_EQ(static_cast<std::int16_t>(data[4] | data[5] << 8) >> 1, -16384);
}

// magneticFieldAvailable() of the Arduino library asks bit 0 of 0x48.
TEST(Bmm150, SaysWhenASampleIsNewAndWhenItWasRead) {
  Bmm150Bench magnetometer;
  magnetometer.start_normal();
  EXPECT_EQ(magnetometer.i2c.read(0x48) & 1, 0);
  magnetometer.wait(105);
  EXPECT_EQ(magnetometer.i2c.read(0x48) & 1, 1);
  EXPECT_EQ(magnetometer.i2c.read(0x48) & 1, 1) << "asking does not clear it";
  EXPECT_EQ(magnetometer.i2c.read(0x42, 8)[6] & 1, 1);
  EXPECT_EQ(magnetometer.i2c.read(0x48) & 1, 0);
  magnetometer.wait(100);
  EXPECT_EQ(magnetometer.i2c.read(0x48) & 1, 1);
}

// BMM150_DATA_RATE_*
TEST(Bmm150, RunsAtTheRatesOfItsTable) {
  const double rates[] = {10, 2, 6, 8, 15, 20, 25, 30};
  for (std::uint8_t code = 0; code < 8; ++code) {
    Bmm150Bench magnetometer;
    FakePad pad;
    ASSERT_TRUE(magnetometer.device.connect_pin("drdy", pad));
    unsigned rises = 0;
    pad.on_level([&](bool level) { rises += level; });
    magnetometer.put(0x4B, 0x01);
    magnetometer.wait(3);
    magnetometer.put(0x4E, 0x87);  // DRDY pin, active high
    magnetometer.put(0x4C, static_cast<std::uint8_t>(code << 3));
    magnetometer.wait(2);
    for (int i = 0; i < 2000; ++i) {
      magnetometer.wait(1);
      if (pad.level()) magnetometer.i2c.read(0x42, 8);
    }
    EXPECT_NEAR(rises, 2 * rates[code], 1) << int{code};
  }
}

// Data sheet: 145 us for each repetition of X and Y, 500 us for each of Z, and 980 us: 9.8 ms with
// the 9 and 15 of BMM150_REPXY_REGULAR and a REP_Z of 14.
TEST(Bmm150, MeasuresOnceAndSleepsInForcedMode) {
  Bmm150Bench magnetometer;
  magnetometer.put(0x4B, 0x01);
  magnetometer.wait(3);
  magnetometer.put(0x51, 0x04);
  magnetometer.put(0x52, 0x0E);
  magnetometer.put(0x4C, 0x02);
  EXPECT_EQ(magnetometer.state(), "forced");
  magnetometer.wait(9.7);
  EXPECT_EQ(magnetometer.i2c.read(0x48) & 1, 0);
  magnetometer.wait(0.2);
  EXPECT_EQ(magnetometer.i2c.read(0x48) & 1, 1);
  EXPECT_EQ(magnetometer.i2c.read(0x4C) & 6, 6) << "BMM150_POWERMODE_SLEEP";
  EXPECT_EQ(magnetometer.state(), "sleep");
}

TEST(Bmm150, PassesItsSelfTest) {
  Bmm150Bench magnetometer;
  magnetometer.put(0x4B, 0x01);
  magnetometer.wait(3);
  magnetometer.put(0x4C, 0x07);
  EXPECT_EQ(magnetometer.i2c.read(0x4C) & 1, 0) << "enable_normal_self_test()";
  const auto data = magnetometer.i2c.read(0x42, 5);
  EXPECT_EQ(data[0] & data[2] & data[4] & 1, 1) << "validate_normal_self_test()";
}

TEST(Bmm150, ForgetsItsSettingsAtASoftResetAndWithoutSupply) {
  Bmm150Bench magnetometer;
  magnetometer.start_normal();
  magnetometer.put(0x51, 0x17);
  magnetometer.put(0x4B, 0x83);
  EXPECT_EQ(magnetometer.i2c.read(0x51), 0);
  EXPECT_EQ(magnetometer.state(), "sleep");
  magnetometer.device.set_supplied(false);
  EXPECT_FALSE(magnetometer.i2c.write({0x4B, 0x01}));
  EXPECT_EQ(magnetometer.state(), "");
  magnetometer.device.set_supplied(true);
  EXPECT_EQ(magnetometer.state(), "suspend");
}

TEST(Bmm150, ReportsWhatItDoesNotModel) {
  Bmm150Bench magnetometer;
  magnetometer.put(0x4B, 0x01);
  magnetometer.wait(3);
  magnetometer.put(0x4D, 0x3E);
  magnetometer.put(0x4C, 0xC6);
  EXPECT_TRUE(magnetometer.bench.reported("threshold"));
  EXPECT_TRUE(magnetometer.bench.reported("advanced self-test"));
  EXPECT_TRUE(magnetometer.bench.assumed("sensor.trim"));
}

TEST(Bmm150, HasTheSameFutureAfterASnapshot) {
  Bmm150Bench magnetometer("time_s,mx_uT\n0,0\n10,100\n");
  magnetometer.start_normal();
  magnetometer.wait(250);
  const auto state = magnetometer.bench.save();
  magnetometer.wait(1000);
  const auto expected = magnetometer.i2c.read(0x42, 8);
  magnetometer.bench.restore(state);
  magnetometer.wait(1000);
  EXPECT_EQ(magnetometer.i2c.read(0x42, 8), expected);
}

}  // namespace
}  // namespace tinyscope::test
