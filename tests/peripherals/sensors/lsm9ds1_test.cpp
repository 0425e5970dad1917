// LSM9DS1 by its registers, as arduino-libraries/Arduino_LSM9DS1 (3dc9e3c, src/LSM9DS1.cpp) drives
// it; figures from ST DocID025715 Rev 3.
#include <gtest/gtest.h>

#include "tests/peripherals/sensors/sensor_bench.hpp"

namespace tinyscope::test {
namespace {

constexpr std::uint8_t kInertial = 0x6B;
constexpr std::uint8_t kMagnetometer = 0x1E;

class Lsm9ds1 : public ::testing::Test {
 protected:
  void feed(std::string_view csv) {
    sensor = std::make_unique<SensorBench>("lsm9ds1", kInertial, csv);
    magnetometer = std::make_unique<I2cController>(sensor->device.port("i2c"), kMagnetometer);
  }
  void SetUp() override { feed(""); }

  // LSM9DS1Class::begin()
  void begin() {
    sensor->i2c.write({0x22, 0x05});
    magnetometer->write({0x21, 0x0C});
    sensor->wait(10);
    ASSERT_EQ(sensor->i2c.read(0x0F), 0x68);
    ASSERT_EQ(magnetometer->read(0x0F), 0x3D);
    sensor->i2c.write({0x10, 0x78});
    sensor->i2c.write({0x20, 0x70});
    magnetometer->write({0x20, 0xB4});
    magnetometer->write({0x21, 0x00});
    magnetometer->write({0x22, 0x00});
  }
  static std::int16_t word(const std::vector<std::uint8_t>& bytes, std::size_t index) {
    return static_cast<std::int16_t>(bytes[2 * index] | bytes[2 * index + 1] << 8);
  }

  std::unique_ptr<SensorBench> sensor;
  std::unique_ptr<I2cController> magnetometer;
};

TEST_F(Lsm9ds1, GivesTheArduinoLibraryWhatTheRecordingSays) {
  feed(
      "time_s,ax_g,ay_g,az_g,gx_dps,gy_dps,gz_dps,mx_uT,my_uT,mz_uT\n"
      "0,0.5,-0.25,1,100,-200,50,20,-30,40\n");
  begin();
  sensor->wait(60);
  const auto acceleration = sensor->i2c.read(0x80 | 0x28, 6);
  EXPECT_NEAR(word(acceleration, 0) * 4.0 / 32768, 0.5, 1e-4);
  EXPECT_NEAR(word(acceleration, 1) * 4.0 / 32768, -0.25, 1e-4);
  EXPECT_NEAR(word(acceleration, 2) * 4.0 / 32768, 1, 1e-4);
  // Table 3: 70 mdps per digit.
  const auto rotation = sensor->i2c.read(0x80 | 0x18, 6);
  EXPECT_NEAR(word(rotation, 0) * 0.070, 100, 0.035);
  EXPECT_NEAR(word(rotation, 1) * 0.070, -200, 0.035);
  EXPECT_NEAR(word(rotation, 2) * 0.070, 50, 0.035);
  // Table 3: 0.14 mgauss, that is 0.014 uT, per digit.
  const auto field = magnetometer->read(0x80 | 0x28, 6);
  EXPECT_NEAR(word(field, 0) * 0.014, 20, 0.007);
  EXPECT_NEAR(word(field, 1) * 0.014, -30, 0.007);
  EXPECT_NEAR(word(field, 2) * 0.014, 40, 0.007);
}

TEST_F(Lsm9ds1, LiesFlatWithoutARecording) {
  begin();
  sensor->wait(20);
  EXPECT_EQ(sensor->i2c.read16(0x28), 0);
  EXPECT_EQ(sensor->i2c.read16(0x2C), 8192) << "1 g at 4 g full scale";
}

TEST_F(Lsm9ds1, SaysWhenASampleIsNewAndWhenItWasRead) {
  begin();
  sensor->wait(8.3);
  EXPECT_EQ(sensor->i2c.read(0x17) & 3, 0) << "1 / 119 Hz is 8.40 ms";
  sensor->wait(0.2);
  EXPECT_EQ(sensor->i2c.read(0x17) & 3, 3);
  sensor->i2c.read(0x28, 6);
  EXPECT_EQ(sensor->i2c.read(0x17) & 3, 2) << "the rotation was not read yet";
  sensor->i2c.read(0x18, 6);
  EXPECT_EQ(sensor->i2c.read(0x17) & 3, 0);
  sensor->wait(8.5);
  EXPECT_EQ(sensor->i2c.read(0x17) & 3, 3);
}

TEST_F(Lsm9ds1, SamplesAtTheTimeOfTheSampleNotOfTheRead) {
  feed("time_s,ax_g,ay_g,az_g\n0,0,0,0\n1,1,0,0\n");
  begin();  // takes 10 ms
  sensor->wait(12);
  EXPECT_NEAR(sensor->i2c.read16(0x28) * 4.0 / 32768, 0.0184, 1e-4) << "10 ms + 8.4 ms";
}

// Table 68 and table 46: ODR codes of accelerometer and gyroscope.
TEST_F(Lsm9ds1, RunsAtTheRatesOfItsTables) {
  const struct {
    std::uint8_t reg;
    std::uint8_t code;
    double hz;
  } rates[] = {{0x20, 1, 10},   {0x20, 2, 50},   {0x20, 3, 119}, {0x20, 6, 952},
               {0x10, 1, 14.9}, {0x10, 2, 59.5}, {0x10, 5, 476}};
  for (const auto& rate : rates) {
    feed("");
    sensor->i2c.write({rate.reg, static_cast<std::uint8_t>(rate.code << 5)});
    sensor->wait(990 / rate.hz);
    EXPECT_EQ(sensor->i2c.read(0x17) & 1, 0) << rate.hz;
    sensor->wait(20 / rate.hz);
    EXPECT_EQ(sensor->i2c.read(0x17) & 1, 1) << rate.hz;
  }
}

// Table 3.
TEST_F(Lsm9ds1, ScalesByItsFullScale) {
  feed("time_s,ax_g,ay_g,az_g,gx_dps,mx_gauss\n0,1,0,0,100,1\n");
  const int g_digits[] = {16384, 1366, 8192, 4096};  // 2, 16, 4, 8 g
  for (unsigned code = 0; code < 4; ++code) {
    sensor->i2c.write({0x20, static_cast<std::uint8_t>(0x60 | code << 3)});
    sensor->wait(20);
    EXPECT_EQ(sensor->i2c.read16(0x28), g_digits[code]) << code;
  }
  const int dps_digits[] = {11429, 5714, 5714, 1429};  // 245, 500, -, 2000 dps
  for (const unsigned code : {0u, 1u, 3u}) {
    sensor->i2c.write({0x10, static_cast<std::uint8_t>(0x60 | code << 3)});
    sensor->wait(20);
    EXPECT_EQ(sensor->i2c.read16(0x18), dps_digits[code]) << code;
  }
  magnetometer->write({0x20, 0x1C});  // 80 Hz
  magnetometer->write({0x22, 0x00});
  const int gauss_digits[] = {7143, 3448, 2326, 1724};  // 4, 8, 12, 16 gauss
  for (unsigned code = 0; code < 4; ++code) {
    magnetometer->write({0x21, static_cast<std::uint8_t>(code << 5)});
    sensor->wait(20);
    const auto field = magnetometer->read(0x80 | 0x28, 6);
    EXPECT_EQ(word(field, 0), gauss_digits[code]) << code;
  }
}

TEST_F(Lsm9ds1, ClipsWhatIsBeyondItsFullScale) {
  feed("time_s,ax_g,ay_g,az_g\n0,9,-9,0\n");
  begin();
  sensor->wait(20);
  EXPECT_EQ(sensor->i2c.read16(0x28), 32767);
  EXPECT_EQ(sensor->i2c.read16(0x2A), -32768);
}

// LSM9DS1Class::setContinuousMode(): CTRL_REG9 0x02, FIFO_CTRL 0xC0; section 3.5.3.
TEST_F(Lsm9ds1, KeepsSamplesInItsFifo) {
  feed("time_s,ax_g,ay_g,az_g\n0,0,0,0\n10,2,0,0\n");
  begin();
  sensor->i2c.write({0x23, 0x02});
  sensor->i2c.write({0x2E, 0xC0});
  sensor->wait(45);
  ASSERT_EQ(sensor->i2c.read(0x2F), 5) << "five periods of 8.4 ms";
  double last = 0;
  for (int left = 4; left >= 0; --left) {
    const auto acceleration = sensor->i2c.read(0x28, 6);
    EXPECT_GT(word(acceleration, 0), last);
    last = word(acceleration, 0);
    EXPECT_EQ(sensor->i2c.read(0x2F) & 0x3F, left);
  }
}

TEST_F(Lsm9ds1, DropsTheOldestSampleOfAFullFifoInContinuousMode) {
  feed("time_s,ax_g,ay_g,az_g\n0,0,0,0\n10,2,0,0\n");
  begin();
  sensor->i2c.write({0x23, 0x02});
  sensor->i2c.write({0x2E, 0xC0 | 16});
  sensor->wait(130);
  EXPECT_EQ(sensor->i2c.read(0x2F), 15) << "below the threshold of 16";
  sensor->wait(9);
  EXPECT_EQ(sensor->i2c.read(0x2F), 0x80 | 16);
  sensor->wait(1000);
  EXPECT_EQ(sensor->i2c.read(0x2F), 0xC0 | 32) << "threshold, overrun, full";
  // The oldest is 31 periods before the newest: 136 samples came, 0.2 g a second.
  EXPECT_NEAR(sensor->i2c.read16(0x28) * 4.0 / 32768, 0.2 * (0.010 + 104 / 119.0), 0.003);
}

TEST_F(Lsm9ds1, StopsAFullFifoInFifoMode) {
  feed("time_s,ax_g,ay_g,az_g\n0,0,0,0\n10,2,0,0\n");
  begin();
  sensor->i2c.write({0x23, 0x02});
  sensor->i2c.write({0x2E, 1 << 5});
  sensor->wait(1000);
  EXPECT_EQ(sensor->i2c.read(0x2F), 32);
  EXPECT_NEAR(sensor->i2c.read16(0x28) * 4.0 / 32768, 0.2 * (0.010 + 1 / 119.0), 1e-3);
  sensor->i2c.write({0x2E, 0});
  EXPECT_EQ(sensor->i2c.read(0x2F), 0) << "bypass mode empties it";
}

// CTRL_REG8.BDU: outputs stay until both bytes were read.
TEST_F(Lsm9ds1, HoldsAnOutputOfWhichOneByteWasReadIfAskedTo) {
  feed("time_s,ax_g,ay_g,az_g\n0,0.1,0,0\n0.02,0.1,0,0\n0.021,1.9,0,0\n");
  begin();
  sensor->i2c.write({0x22, 0x44});
  sensor->wait(9);
  const std::uint8_t low = sensor->i2c.read(0x28);
  sensor->wait(9);
  const std::uint8_t high = sensor->i2c.read(0x29);
  EXPECT_NEAR((low | high << 8) * 4.0 / 32768, 0.1, 1e-3);
  EXPECT_NEAR(sensor->i2c.read16(0x28) * 4.0 / 32768, 0.1, 1e-3) << "until the next sample";
  sensor->wait(9);
  EXPECT_NEAR(sensor->i2c.read16(0x28) * 4.0 / 32768, 1.9, 1e-3);
}

TEST_F(Lsm9ds1, MeasuresItsTemperature) {
  feed("time_s,temperature_degC\n0,31.5\n");
  begin();
  sensor->wait(20);
  EXPECT_EQ(sensor->i2c.read(0x17) & 4, 4);
  EXPECT_EQ(sensor->i2c.read16(0x15), 104) << "16 digits per degree from 25 degC";
  EXPECT_EQ(sensor->i2c.read(0x17) & 4, 0);
}

TEST_F(Lsm9ds1, ResetsItsRegistersAndClearsTheBit) {
  begin();
  sensor->i2c.write({0x22, 0x05});
  EXPECT_EQ(sensor->i2c.read(0x22), 0x04);
  EXPECT_EQ(sensor->i2c.read(0x10), 0x00);
  EXPECT_EQ(sensor->i2c.read(0x1E), 0x38);
  magnetometer->write({0x21, 0x0C});
  EXPECT_EQ(magnetometer->read(0x21), 0x00);
  EXPECT_EQ(magnetometer->read(0x20), 0x10);
  EXPECT_EQ(magnetometer->read(0x22), 0x03) << "power-down";
}

TEST_F(Lsm9ds1, GoesThroughRegistersOnlyIfAskedTo) {
  sensor->i2c.write({0x22, 0x00});
  EXPECT_EQ(sensor->i2c.read(0x0F, 2), (std::vector<std::uint8_t>{0x68, 0x68}));
  EXPECT_EQ(magnetometer->read(0x0F, 2), (std::vector<std::uint8_t>{0x3D, 0x3D}));
}

TEST_F(Lsm9ds1, TellsOfAMagneticFieldThatNobodyRead) {
  begin();
  sensor->wait(51);
  EXPECT_EQ(magnetometer->read(0x27), 0x0F) << "20 Hz: 50 ms";
  sensor->wait(50);
  EXPECT_EQ(magnetometer->read(0x27), 0xFF) << "one was lost";
  magnetometer->read(0x80 | 0x28, 6);
  EXPECT_EQ(magnetometer->read(0x27), 0x00);
}

TEST_F(Lsm9ds1, MeasuresTheFieldOnceAndPowersDown) {
  magnetometer->write({0x20, 0x1C});
  magnetometer->write({0x22, 0x01});
  EXPECT_EQ(sensor->state(), "magnetometer");
  sensor->wait(13);
  EXPECT_EQ(magnetometer->read(0x27), 0x0F);
  EXPECT_EQ(magnetometer->read(0x22) & 3, 3);
  EXPECT_EQ(sensor->state(), "power_down");
}

TEST_F(Lsm9ds1, RaisesItsInterruptWhenASampleIsReady) {
  FakePad int1;
  ASSERT_TRUE(sensor->device.connect_pin("int1", int1));
  EXPECT_FALSE(sensor->device.connect_pin("int3", int1));
  sensor->i2c.write({0x0C, 0x01});  // INT1_CTRL.INT1_DRDY_XL
  sensor->i2c.write({0x20, 0x60});
  sensor->wait(8.3);
  EXPECT_FALSE(int1.level());
  sensor->wait(0.2);
  EXPECT_TRUE(int1.level());
  sensor->i2c.read(0x28, 6);
  EXPECT_FALSE(int1.level());
}

TEST_F(Lsm9ds1, SchedulesNothingWhileNobodyWaits) {
  begin();
  EXPECT_FALSE(sensor->bench.scheduler.next().has_value());
}

TEST_F(Lsm9ds1, SaysWhatItDoes) {
  EXPECT_EQ(sensor->state(), "power_down");
  sensor->i2c.write({0x20, 0x70});
  EXPECT_EQ(sensor->state(), "accelerometer");
  sensor->i2c.write({0x10, 0x78});
  EXPECT_EQ(sensor->state(), "gyroscope");
  magnetometer->write({0x22, 0x00});
  EXPECT_EQ(sensor->state(), "gyroscope_magnetometer");
}

TEST_F(Lsm9ds1, ForgetsEverythingWithoutSupply) {
  begin();
  sensor->device.set_supplied(false);
  EXPECT_FALSE(sensor->i2c.write({0x0F}));
  EXPECT_EQ(sensor->state(), "");
  sensor->device.set_supplied(true);
  EXPECT_EQ(sensor->i2c.read(0x10), 0x00);
  EXPECT_EQ(sensor->state(), "power_down");
}

TEST_F(Lsm9ds1, ReportsWhatItDoesNotModel) {
  sensor->i2c.write({0x06, 0x2A});
  EXPECT_TRUE(sensor->bench.reported("INT_GEN_CFG"));
  magnetometer->write({0x30, 0xE0});
  EXPECT_TRUE(sensor->bench.reported("INT_CFG_M"));
}

TEST_F(Lsm9ds1, HasTheSameFutureAfterASnapshot) {
  begin();
  sensor->i2c.write({0x23, 0x02});
  sensor->i2c.write({0x2E, 0xC0});
  sensor->wait(45);
  sensor->i2c.read(0x28, 6);
  const auto saved = sensor->bench.save();
  sensor->wait(30);
  const auto expected = sensor->i2c.read(0x2F);
  sensor->bench.restore(saved);
  sensor->wait(30);
  EXPECT_EQ(sensor->i2c.read(0x2F), expected);
}

}  // namespace
}  // namespace tinyscope::test
