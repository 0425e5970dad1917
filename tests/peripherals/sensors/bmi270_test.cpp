// BMI270: registers as in bmi2_defs.h and bmi2.c of boschsensortec/BMI270_SensorAPI (41129fc).
#include <gtest/gtest.h>

#include "sim/error.hpp"
#include "tests/peripherals/sensors/bmi270_bench.hpp"

namespace tinyscope::test {
namespace {

TEST(Bmi270, SaysWhoItIsAndAnswersAtOneAddress) {
  Bmi270Bench imu;
  EXPECT_EQ(imu.i2c.read(0x00), 0x24) << "BMI270_CHIP_ID";
  EXPECT_FALSE(imu.i2c.bus.start(0x69, false));
  SensorBench second("bmi270", 0x69, "", "address = 0x69");
  EXPECT_EQ(second.i2c.read(0x00), 0x24);
}

TEST(Bmi270, InitialisesAfterTheUploadAndItsTime) {
  Bmi270Bench imu;
  imu.begin_upload();
  imu.upload(0, 8192, 30);  // the Arduino library's read_write_len
  imu.end_upload();
  imu.wait(19);
  EXPECT_EQ(imu.i2c.read(0x21) & 0x0F, 0) << "not_init";
  imu.wait(2);
  EXPECT_EQ(imu.i2c.read(0x21) & 0x0F, 1) << "BMI2_CONFIG_LOAD_SUCCESS";
  EXPECT_TRUE(imu.bench.assumed("sensor.init_us"));
}

TEST(Bmi270, RefusesAnUploadThatIsTooShort) {
  Bmi270Bench imu;
  imu.initialise(8190);
  EXPECT_EQ(imu.i2c.read(0x21) & 0x0F, 2) << "BMI2_INIT_ERR";
  imu.enable_arduino();
  EXPECT_EQ(imu.words(0x0C, 6), std::vector<std::int16_t>(6)) << "nothing is measured";
}

TEST(Bmi270, RefusesAnUploadOutOfOrder) {
  Bmi270Bench imu;
  imu.begin_upload();
  imu.upload(256, 256);
  imu.upload(0, 256);
  imu.upload(512, 8192 - 512);
  imu.end_upload();
  imu.wait(140);
  EXPECT_EQ(imu.i2c.read(0x21) & 0x0F, 2);
  imu.initialise();
  EXPECT_EQ(imu.i2c.read(0x21) & 0x0F, 1) << "a second upload may succeed";
}

TEST(Bmi270, RefusesAnUploadWithAdvancedPowerSave) {
  Bmi270Bench imu;
  imu.put(0x59, 0x00);
  imu.upload(0, 8192);  // PWR_CONF as it is after reset
  imu.end_upload();
  imu.wait(140);
  EXPECT_EQ(imu.i2c.read(0x21) & 0x0F, 2);
}

TEST(Bmi270, GivesTheDriverWhatTheRecordingSays) {
  Bmi270Bench imu("# rate_hz = 1\nax_g,ay_g,az_g,gx_dps,gy_dps,gz_dps\n0.5,-0.25,1,10,-20,30\n",
                  "");
  imu.initialise();
  imu.enable_arduino();
  const auto data = imu.words(0x0C, 6);
  // INT16_to_G and INT16_to_DPS of the Arduino library
  EXPECT_NEAR(data[0] / 8192.0, 0.5, 1e-4);
  EXPECT_NEAR(data[1] / 8192.0, -0.25, 1e-4);
  EXPECT_NEAR(data[2] / 8192.0, 1, 1e-4);
  EXPECT_NEAR(data[3] / 16.384, 10, 0.04);
  EXPECT_NEAR(data[4] / 16.384, -20, 0.04);
  EXPECT_NEAR(data[5] / 16.384, 30, 0.04);
}

TEST(Bmi270, SeesTheAxesOfTheBoardAsItIsMounted) {
  Bmi270Bench imu("# rate_hz = 1\nax_g,ay_g,az_g\n0.5,-0.25,1\n", "axes = [\"-y\", \"-x\", \"z\"]");
  imu.initialise();
  imu.enable_arduino();
  const auto data = imu.words(0x0C, 3);
  // readAcceleration(): x = -acc.y, y = -acc.x on the Nano 33 BLE
  EXPECT_NEAR(-data[1] / 8192.0, 0.5, 1e-4);
  EXPECT_NEAR(-data[0] / 8192.0, -0.25, 1e-4);
}

TEST(Bmi270, RefusesAxesThatMakeNoSense) {
  for (const char* axes :
       {R"(axes = ["x", "x", "z"])", R"(axes = ["x", "y"])", R"(axes = ["x", "y", "up"])"}) {
    EXPECT_THROW(Bmi270Bench("", axes), InputError) << axes;
  }
  EXPECT_THROW(Bmi270Bench("", "address = 0x18"), InputError);
}

TEST(Bmi270, SaysWhenASampleIsNewAndWhenItWasRead) {
  Bmi270Bench imu;
  imu.initialise();
  imu.enable_arduino();
  EXPECT_EQ(imu.i2c.read(0x03) & 0xC0, 0xC0) << "STATUS: drdy_acc, drdy_gyr";
  imu.words(0x0C, 3);
  EXPECT_EQ(imu.i2c.read(0x03) & 0xC0, 0x40);
  imu.words(0x12, 3);
  EXPECT_EQ(imu.i2c.read(0x03) & 0xC0, 0);
  // accelerationAvailable() of the Arduino library asks INT_STATUS_1, which reading clears.
  EXPECT_EQ(imu.i2c.read(0x1C, 2)[1] & 0xC0, 0xC0);
  EXPECT_EQ(imu.i2c.read(0x1C, 2)[1] & 0xC0, 0);
  imu.wait(10);
  EXPECT_EQ(imu.i2c.read(0x1C, 2)[1] & 0xC0, 0xC0);
}

// BMI2_ACC_ODR_*, BMI2_GYR_ODR_*
TEST(Bmi270, RunsAtTheRatesOfItsTables) {
  const std::pair<std::uint8_t, double> rates[] = {{0x01, 0.78125}, {0x05, 12.5}, {0x06, 25},
                                                   {0x08, 100},     {0x0A, 400},  {0x0C, 1600}};
  for (const auto& [code, hz] : rates) {
    Bmi270Bench imu;
    imu.initialise();
    imu.put(0x40, static_cast<std::uint8_t>(0x90 | code));
    imu.put(0x7D, 0x04);
    imu.wait(1000 / hz);  // up to the grid of SENSORTIME
    imu.words(0x0C, 3);
    imu.wait(990 / hz);
    const bool early = (imu.i2c.read(0x03) & 0x80) != 0;
    imu.words(0x0C, 3);
    imu.wait(20 / hz);
    const bool late = (imu.i2c.read(0x03) & 0x80) != 0;
    EXPECT_NE(early, late) << hz << " Hz: one sample in 1.01 periods";
  }
}

TEST(Bmi270, ScalesByItsRanges) {
  Bmi270Bench imu("# rate_hz = 1\nax_g,gx_dps\n1,100\n", "");
  imu.initialise();
  imu.enable_arduino();
  for (std::uint8_t range = 0; range < 4; ++range) {  // BMI2_ACC_RANGE_*
    imu.put(0x41, range);
    imu.wait(20);
    EXPECT_EQ(imu.words(0x0C, 1)[0], std::min(32768 >> (range + 1), 32767)) << int{range};
  }
  for (std::uint8_t range = 0; range < 5; ++range) {  // BMI2_GYR_RANGE_*
    imu.put(0x43, range);
    imu.wait(20);
    EXPECT_NEAR(imu.words(0x12, 1)[0], 100 * 16.384 * (1 << range), 0.6) << int{range};
  }
}

TEST(Bmi270, TellsOfSettingsThatDoNotFit) {
  Bmi270Bench imu;
  imu.i2c.read(0x1B);   // por_detected
  imu.put(0x40, 0x9D);  // an ODR above BMI2_ACC_ODR_1600HZ
  EXPECT_EQ(imu.i2c.read(0x1B) >> 2 & 7, 1) << "BMI2_ACC_ERROR";
  EXPECT_EQ(imu.i2c.read(0x1B) >> 2 & 7, 0) << "reading clears";
  imu.put(0x40, 0x98);
  imu.put(0x42, 0x95);  // below BMI2_GYR_ODR_25HZ
  EXPECT_EQ(imu.i2c.read(0x1B) >> 2 & 7, 2) << "BMI2_GYR_ERROR";
  imu.put(0x40, 0xD8);  // filter_perf with an average of 32
  EXPECT_EQ(imu.i2c.read(0x1B) >> 2 & 7, 3) << "BMI2_ACC_GYR_ERROR";
}

TEST(Bmi270, CountsSensorTime) {
  Bmi270Bench imu;
  imu.wait(1000);
  const auto time = imu.i2c.read(0x18, 3);
  EXPECT_EQ(time[0] | time[1] << 8 | time[2] << 16, 25'600);
}

TEST(Bmi270, MeasuresItsTemperatureOnlyWhenSwitchedOn) {
  Bmi270Bench imu("# rate_hz = 1\ntemperature_c\n24\n", "");
  imu.initialise();
  EXPECT_EQ(imu.i2c.read16(0x22), -0x8000);
  imu.put(0x7D, 0x08);
  EXPECT_EQ(imu.i2c.read16(0x22), 512) << "one degree above 23";
}

TEST(Bmi270, ForgetsEverythingAtASoftResetAndWithoutSupply) {
  for (const bool supply : {false, true}) {
    Bmi270Bench imu;
    imu.initialise();
    imu.enable_arduino();
    EXPECT_EQ(imu.state(), "accelerometer_gyroscope");
    if (supply) {
      imu.device.set_supplied(false);
      EXPECT_FALSE(imu.i2c.write({0x7D, 0x06})) << "nobody answers";
      EXPECT_EQ(imu.state(), "");
      imu.device.set_supplied(true);
    } else {
      imu.put(0x7E, 0xB6);  // BMI2_SOFT_RESET_CMD
    }
    EXPECT_EQ(imu.state(), "suspend");
    EXPECT_EQ(imu.i2c.read(0x21), 0);
    EXPECT_EQ(imu.i2c.read(0x40), 0xA8);
    EXPECT_EQ(imu.i2c.read(0x7C), 0x03);
  }
}

TEST(Bmi270, SaysWhatItDoes) {
  Bmi270Bench imu;
  EXPECT_EQ(imu.state(), "suspend");
  imu.initialise();
  EXPECT_EQ(imu.state(), "configuration");
  imu.put(0x7D, 0x04);
  EXPECT_EQ(imu.state(), "accelerometer");
  imu.put(0x40, 0x28);
  EXPECT_EQ(imu.state(), "accelerometer_low_power");
  imu.put(0x7D, 0x02);
  EXPECT_EQ(imu.state(), "gyroscope");
}

TEST(Bmi270, ReportsWhatItDoesNotModel) {
  Bmi270Bench imu;
  imu.put(0x2F, 1);
  imu.put(0x3C, 0x12);
  EXPECT_EQ(imu.i2c.read(0x3C), 0x12) << "settings of features are kept";
  imu.put(0x56, 0x40);
  imu.put(0x6D, 0x01);
  imu.put(0x4E, 0x4C);
  for (const char* what : {"FEATURES", "INT_MAP_FEAT", "self-test", "auxiliary"}) {
    EXPECT_TRUE(imu.bench.reported(what)) << what;
  }
}

}  // namespace
}  // namespace tinyscope::test
