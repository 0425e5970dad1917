// FIFO and pins of the BMI270: frames as bmi2.c of boschsensortec/BMI270_SensorAPI (41129fc) takes
// them apart.
#include <gtest/gtest.h>

#include "tests/peripherals/sensors/bmi270_bench.hpp"

namespace tinyscope::test {
namespace {

constexpr std::string_view kRamp =
    "time_s,ax_g,ay_g,az_g,gx_dps,gy_dps,gz_dps\n0,0,0,1,0,0,0\n10,1,0,1,100,0,0\n";

class Bmi270FifoBench : public Bmi270Bench {
 public:
  // FIFO_CONFIG_1 selects header and sensors. Both run at 100 Hz, and the FIFO is empty.
  explicit Bmi270FifoBench(std::uint8_t config_1, std::uint8_t config_0 = 0x00,
                           std::size_t configuration = 8192)
      : Bmi270Bench(kRamp) {
    initialise(configuration);
    enable_arduino();
    EXPECT_TRUE(i2c.write({0x48, config_0, config_1}));
    put(0x7E, 0xB0);  // BMI2_FIFO_FLUSH_CMD
  }
};

std::int16_t word(const std::vector<std::uint8_t>& bytes, std::size_t at) {
  return static_cast<std::int16_t>(bytes[at] | bytes[at + 1] << 8);
}

TEST(Bmi270Fifo, HoldsFramesWithHeaders) {
  Bmi270FifoBench imu(0xD0);  // header, accelerometer, gyroscope
  imu.wait(30);
  EXPECT_EQ(imu.fifo_length(), 3 * 13u);
  const auto bytes = imu.i2c.read(0x26, 40);
  for (std::size_t frame = 0; frame < 3; ++frame) {
    EXPECT_EQ(bytes[13 * frame], 0x8C) << "BMI2_FIFO_HEADER_GYR_ACC_FRM";
    EXPECT_EQ(word(bytes, 13 * frame + 11), 8192) << "1 g along z at the end of the frame";
  }
  EXPECT_GT(word(bytes, 14), word(bytes, 1)) << "gyroscope first, rising";
  EXPECT_EQ(bytes[39], 0x80) << "BMI2_FIFO_HEAD_OVER_READ_MSB";
  EXPECT_EQ(imu.fifo_length(), 0u);
}

TEST(Bmi270Fifo, HoldsFramesWithoutHeaders) {
  Bmi270FifoBench imu(0xC0);
  imu.wait(20);
  EXPECT_EQ(imu.fifo_length(), 2 * 12u);
  const auto bytes = imu.i2c.read(0x26, 32);
  EXPECT_EQ(word(bytes, 10), 8192);
  EXPECT_EQ(word(bytes, 22), 8192);
  // check_empty_fifo()
  EXPECT_EQ(std::vector<std::uint8_t>(bytes.begin() + 24, bytes.begin() + 30),
            (std::vector<std::uint8_t>{0x00, 0x80, 0x00, 0x80, 0x00, 0x80}));
}

TEST(Bmi270Fifo, HoldsOneSensorAloneAndAtItsOwnRate) {
  Bmi270FifoBench imu(0x50);  // header, accelerometer
  imu.wait(20);
  EXPECT_EQ(imu.fifo_length(), 2 * 7u);
  EXPECT_EQ(imu.i2c.read(0x26), 0x84) << "BMI2_FIFO_HEADER_ACC_FRM";
  imu.put(0x49, 0xD0);
  imu.put(0x42, 0x97);  // gyroscope at 50 Hz
  imu.wait(100);
  const auto bytes = imu.i2c.read(0x26, imu.fifo_length());
  unsigned both = 0;
  unsigned single = 0;
  for (std::size_t at = 0; at < bytes.size(); at += bytes[at] == 0x8C ? 13 : 7) {
    (bytes[at] == 0x8C ? both : single) += 1;
  }
  EXPECT_EQ(both, 5u);
  EXPECT_EQ(single, 5u);
}

TEST(Bmi270Fifo, RepeatsAFrameOfWhichAPartWasRead) {
  Bmi270FifoBench imu(0xD0);
  imu.wait(20);
  const auto whole = imu.i2c.read(0x26, 20);  // one and a half
  EXPECT_EQ(imu.fifo_length(), 13u);
  const auto again = imu.i2c.read(0x26, 13);
  EXPECT_EQ(std::vector<std::uint8_t>(whole.begin() + 13, whole.end()),
            std::vector<std::uint8_t>(again.begin(), again.begin() + 7));
}

TEST(Bmi270Fifo, EndsWithSensorTimeIfAskedTo) {
  Bmi270FifoBench imu(0x50, 0x02);
  imu.wait(10);
  const auto bytes = imu.i2c.read(0x26, 12);
  EXPECT_EQ(bytes[7], 0x44) << "BMI2_FIFO_HEADER_SENS_TIME_FRM";
  const auto time = imu.i2c.read(0x18, 3);
  EXPECT_TRUE(std::equal(time.begin(), time.end(), bytes.begin() + 8)) << "read at one moment";
  EXPECT_EQ(bytes[11], 0x80);
}

// 2 KiB with the features' configuration, 6 KiB with that of bmi270_maximum_fifo.c: the buffers of
// the examples for both.
TEST(Bmi270Fifo, DropsTheOldestFramesAndCountsThem) {
  for (const auto& [configuration, size] : {std::pair{8192u, 2048u}, std::pair{328u, 6144u}}) {
    Bmi270FifoBench imu(0x50, 0x00, configuration);
    const unsigned capacity = size / 7;
    imu.wait(10.0 * (capacity + 20));
    EXPECT_EQ(imu.fifo_length(), capacity * 7);
    EXPECT_EQ(imu.i2c.read(0x1D) & 0x01, 0x01) << "ffull";
    const auto bytes = imu.i2c.read(0x26, 9);
    EXPECT_EQ(bytes[0], 0x40) << "BMI2_FIFO_HEADER_SKIP_FRM";
    EXPECT_EQ(bytes[1], 20);
    EXPECT_EQ(bytes[2], 0x84);
  }
}

TEST(Bmi270Fifo, KeepsTheOldestFramesIfItStopsWhenFull) {
  Bmi270FifoBench imu(0x50, 0x01);
  imu.wait(5);
  const double start = imu.bench.now().seconds();
  imu.wait(10'000);
  EXPECT_EQ(imu.fifo_length(), 2048u / 7 * 7);
  const auto bytes = imu.i2c.read(0x26, 9);
  EXPECT_EQ(bytes[0], 0x40);
  EXPECT_NEAR(word(bytes, 3) / 8192.0, 0.1 * start, 2e-3) << "the first sample";
}

// What the recording says 20 minutes later must not depend on how often somebody looked.
TEST(Bmi270Fifo, IsTheSameAfterALongTimeWithoutALook) {
  Bmi270FifoBench seldom(0xD0);
  Bmi270FifoBench often(0xD0);
  for (int i = 0; i < 40; ++i) {
    seldom.wait(500);
    often.wait(500);
    often.i2c.read(0x03);
  }
  EXPECT_EQ(seldom.fifo_length(), often.fifo_length());
  EXPECT_EQ(seldom.i2c.read(0x26, 2048), often.i2c.read(0x26, 2048));
}

TEST(Bmi270Fifo, RaisesItsPinAtTheWatermark) {
  Bmi270FifoBench imu(0xD0);
  FakePad pad;
  ASSERT_TRUE(imu.device.connect_pin("int1", pad));
  EXPECT_TRUE(imu.i2c.write({0x46, 130, 0}));  // ten frames
  imu.put(0x53, 0x0A);                         // INT1_IO_CTRL: output, active high
  imu.put(0x58, 0x02);                         // INT_MAP_DATA: fwm to INT1
  imu.wait(95);
  EXPECT_FALSE(pad.level());
  imu.wait(10);
  EXPECT_TRUE(pad.level());
  imu.i2c.read(0x26, 13 * 4);
  EXPECT_FALSE(pad.level()) << "below the watermark again";
}

TEST(Bmi270Fifo, PulsesItsPinForEachSample) {
  Bmi270Bench imu;
  FakePad pad;
  ASSERT_TRUE(imu.device.connect_pin("int1", pad));
  unsigned rises = 0;
  pad.on_level([&](bool level) { rises += level; });
  imu.initialise();
  imu.put(0x53, 0x0A);
  imu.put(0x58, 0x04);  // drdy to INT1, as the Arduino library maps it
  imu.enable_arduino();
  rises = 0;
  imu.wait(1000);
  EXPECT_EQ(rises, 100u);
}

TEST(Bmi270Fifo, HoldsALatchedPinUntilTheStatusIsRead) {
  Bmi270Bench imu;
  FakePad pad;
  ASSERT_TRUE(imu.device.connect_pin("int2", pad));
  EXPECT_FALSE(imu.device.connect_pin("int3", pad));
  imu.initialise();
  imu.put(0x54, 0x08);  // INT2_IO_CTRL: output, active low
  imu.put(0x55, 0x01);  // INT_LATCH
  imu.put(0x58, 0x40);  // drdy to INT2
  EXPECT_TRUE(pad.level());
  imu.enable_arduino();
  EXPECT_FALSE(pad.level());
  imu.i2c.read(0x1C, 2);
  EXPECT_TRUE(pad.level());
  imu.wait(10);
  EXPECT_FALSE(pad.level());
}

TEST(Bmi270Fifo, SchedulesNothingWhileNobodyWaits) {
  Bmi270FifoBench imu(0xD0);
  EXPECT_FALSE(imu.bench.scheduler.next().has_value());
}

TEST(Bmi270Fifo, HasTheSameFutureAfterASnapshot) {
  Bmi270FifoBench imu(0xD0);
  FakePad pad;
  imu.device.connect_pin("int1", pad);
  imu.put(0x53, 0x0A);
  imu.put(0x58, 0x04);
  imu.wait(55);
  const auto state = imu.bench.save();
  imu.wait(33);
  const auto expected = imu.i2c.read(0x26, 200);
  const auto registers = imu.i2c.read(0x00, 0x26);
  imu.bench.restore(state);
  imu.wait(33);
  EXPECT_EQ(imu.i2c.read(0x26, 200), expected);
  EXPECT_EQ(imu.i2c.read(0x00, 0x26), registers);
}

}  // namespace
}  // namespace tinyscope::test
