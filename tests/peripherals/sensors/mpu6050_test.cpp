// MPU-6050 and MPU-9250: registers as in MPU6050.h of ElectronicCats/mpu6050 (b782cd0) and
// MPU9250.h of hideakitai/MPU9250 (3741120).
#include <gtest/gtest.h>

#include <array>

#include "tests/peripherals/sensors/sensor_bench.hpp"

namespace tinyscope::test {
namespace {

constexpr std::string_view kRecording =
    "# rate_hz = 1\nax_g,ay_g,az_g,gx_dps,gy_dps,gz_dps,temperature_c\n"
    "0.5,-0.25,1,10,-20,30,36.53\n";
constexpr std::string_view kRamp = "time_s,ax_g\n0,0\n4,4\n";

class Mpu6050Bench : public SensorBench {
 public:
  explicit Mpu6050Bench(std::string_view csv = "", std::string_view type = "mpu6050")
      : SensorBench(type, 0x68, csv) {}
  void put(std::uint8_t reg, std::uint8_t value) { EXPECT_TRUE(i2c.write({reg, value})); }
  // Adafruit_MPU6050::_init(), then 100 Hz.
  void wake_up() {
    put(0x6B, 0x01);
    put(0x1A, 0x01);
    put(0x19, 9);
  }
  // Words from `reg` on, upper byte first.
  std::vector<int> words(std::uint8_t reg, std::size_t count) {
    const auto bytes = i2c.read(reg, 2 * count);
    std::vector<int> result;
    for (std::size_t i = 0; i < count; ++i) {
      result.push_back(static_cast<std::int16_t>(bytes[2 * i] << 8 | bytes[2 * i + 1]));
    }
    return result;
  }
  int fifo_count() { return words(0x72, 1)[0]; }
};

TEST(Mpu6050, SleepsAfterPowerOnAndSaysWhoItIs) {
  Mpu6050Bench part;
  EXPECT_EQ(part.i2c.read(0x75), 0x68);
  EXPECT_EQ(part.i2c.read(0x6B), 0x40);
  EXPECT_EQ(part.state(), "sleep");
  part.wait(100);
  EXPECT_EQ(part.i2c.read(0x3A) & 1, 0) << "no data";
  part.wake_up();
  EXPECT_EQ(part.state(), "accelerometer_gyroscope");
  part.put(0x6B, 0x80);  // DEVICE_RESET
  EXPECT_EQ(part.i2c.read(0x6B), 0x40) << "the bit clears itself";
  EXPECT_EQ(part.i2c.read(0x19), 0);
}

TEST(Mpu6050, GivesTheDriverWhatTheRecordingSays) {
  Mpu6050Bench part(kRecording);
  part.wake_up();
  part.wait(15);
  const auto data = part.words(0x3B, 7);
  EXPECT_NEAR(data[0] / 16384.0, 0.5, 1e-4);
  EXPECT_NEAR(data[1] / 16384.0, -0.25, 1e-4);
  EXPECT_NEAR(data[2] / 16384.0, 1, 1e-4);
  EXPECT_NEAR(data[3] / 340.0 + 36.53, 36.53, 0.01);  // Adafruit_MPU6050::_read()
  EXPECT_NEAR(data[4] / 131.0, 10, 0.02);
  EXPECT_NEAR(data[5] / 131.0, -20, 0.02);
  EXPECT_NEAR(data[6] / 131.0, 30, 0.04);
}

TEST(Mpu6050, ScalesByItsFullScales) {
  Mpu6050Bench part(kRecording);
  part.wake_up();
  for (unsigned code = 0; code < 4; ++code) {  // MPU6050_ACCEL_FS_*, MPU6050_GYRO_FS_*
    part.put(0x1C, static_cast<std::uint8_t>(code << 3));
    part.put(0x1B, static_cast<std::uint8_t>(code << 3));
    part.wait(15);
    EXPECT_EQ(part.words(0x3B, 1)[0], 8192 >> code);
    EXPECT_NEAR(part.words(0x47, 1)[0], 30 * 131.072 / (1 << code), 0.6);
  }
}

// Register map: 8 kHz without the filter and 1 kHz with it, divided by 1 + SMPLRT_DIV.
TEST(Mpu6050, RunsAtItsSampleRate) {
  for (const auto& [config, divider, hz] :
       {std::tuple{0, 0, 8000.0}, std::tuple{7, 7, 1000.0}, std::tuple{3, 4, 200.0}}) {
    Mpu6050Bench part;
    part.put(0x1A, static_cast<std::uint8_t>(config));
    part.put(0x19, static_cast<std::uint8_t>(divider));
    part.put(0x6B, 0x01);
    part.wait(990 / hz);
    EXPECT_EQ(part.i2c.read(0x3A) & 1, 0) << hz;
    part.wait(20 / hz);
    EXPECT_EQ(part.i2c.read(0x3A) & 1, 1) << hz;
    EXPECT_EQ(part.i2c.read(0x3A) & 1, 0) << "reading clears";
  }
}

TEST(Mpu6050, CyclesWithTheAccelerometerAlone) {
  Mpu6050Bench part;
  part.put(0x6C, 0x47);  // LP_WAKE_CTRL: 5 Hz; gyroscope in standby
  part.put(0x6B, 0x20);
  EXPECT_EQ(part.state(), "cycle");
  part.wait(195);
  EXPECT_EQ(part.i2c.read(0x3A) & 1, 0);
  part.wait(10);
  EXPECT_EQ(part.i2c.read(0x3A) & 1, 1);
}

TEST(Mpu6050, FillsItsFifoInTheOrderOfTheRegisters) {
  Mpu6050Bench part(kRecording);
  part.wake_up();
  part.put(0x23, 0xF8);  // everything
  part.put(0x6A, 0x40);  // FIFO_EN
  part.wait(25);
  EXPECT_EQ(part.fifo_count(), 2 * 14);
  const auto expected = part.i2c.read(0x3B, 14);
  EXPECT_EQ(part.i2c.read(0x74, 14), expected);
  EXPECT_EQ(part.fifo_count(), 14);
  part.put(0x6A, 0x44);  // FIFO_RESET
  EXPECT_EQ(part.fifo_count(), 0);
  EXPECT_EQ(part.i2c.read(0x6A), 0x40);
  part.put(0x23, 0x28);  // acceleration and rotation about y
  part.wait(10);
  EXPECT_EQ(part.fifo_count(), 8);
}

TEST(Mpu6050, TellsOfAFifoThatOverflows) {
  for (const auto& [type, size] : {std::pair{"mpu6050", 1024}, std::pair{"mpu9250", 512}}) {
    Mpu6050Bench part(kRamp, type);
    part.wake_up();
    part.put(0x23, 0x08);
    part.put(0x6A, 0x40);
    part.wait(10.0 * (size / 6) + 5);
    EXPECT_EQ(part.i2c.read(0x3A) & 0x10, 0);
    part.wait(20);
    EXPECT_EQ(part.i2c.read(0x3A) & 0x10, 0x10) << "FIFO_OFLOW";
    EXPECT_EQ(part.fifo_count(), size);
  }
}

TEST(Mpu6050, HoldsThePinThatItLatched) {
  Mpu6050Bench part;
  FakePad pad;
  ASSERT_TRUE(part.device.connect_pin("int", pad));
  part.put(0x38, 0x01);
  part.put(0x37, 0x20);  // LATCH_INT_EN
  part.wake_up();
  part.wait(15);
  EXPECT_TRUE(pad.level());
  part.i2c.read(0x3A);
  EXPECT_FALSE(pad.level());
  part.put(0x37, 0xB0);  // active low, cleared by any read
  part.wait(10);
  EXPECT_FALSE(pad.level());
  part.i2c.read(0x3B);
  EXPECT_TRUE(pad.level());
}

TEST(Mpu6050, PulsesAPinThatIsNotLatched) {
  Mpu6050Bench part;
  FakePad pad;
  ASSERT_TRUE(part.device.connect_pin("int", pad));
  unsigned rises = 0;
  pad.on_level([&](bool level) { rises += level; });
  part.put(0x38, 0x01);
  part.wake_up();
  part.wait(100.01);
  EXPECT_EQ(rises, 10u);
  EXPECT_TRUE(pad.level());
  part.wait(0.05);
  EXPECT_FALSE(pad.level()) << "MPU6050_INTLATCH_50USPULSE";
}

TEST(Mpu6050, ReportsWhatItDoesNotModel) {
  Mpu6050Bench part;
  part.put(0x6A, 0xA0);
  part.put(0x38, 0x40);
  part.put(0x1B, 0xE0);
  part.put(0x13, 0x01);
  for (const char* what : {"DMP", "I2C master", "motion", "self-test", "offset"}) {
    EXPECT_TRUE(part.bench.reported(what)) << what;
  }
}

TEST(Mpu6050, HasTheSameFutureAfterASnapshot) {
  Mpu6050Bench part(kRamp);
  part.wake_up();
  part.put(0x23, 0xF8);
  part.put(0x6A, 0x40);
  part.wait(55);
  const auto state = part.bench.save();
  part.wait(300);
  const auto expected = part.i2c.read(0x74, 300);
  part.bench.restore(state);
  part.wait(300);
  EXPECT_EQ(part.i2c.read(0x74, 300), expected);
}

// The magnetometer die.
class Mpu9250Bench : public Mpu6050Bench {
 public:
  explicit Mpu9250Bench(std::string_view csv = "") : Mpu6050Bench(csv, "mpu9250") {
    put(0x37, 0x22);  // BYPASS_EN, as MPU9250::initMPU9250()
  }
  bool to_compass(std::uint8_t reg, std::uint8_t value) {
    const bool taken = i2c.bus.start(0x0C, false) && i2c.bus.write(reg) && i2c.bus.write(value);
    i2c.bus.stop();
    return taken;
  }
  std::vector<std::uint8_t> from_compass(std::uint8_t reg, std::size_t count) {
    i2c.bus.start(0x0C, false);
    i2c.bus.write(reg);
    i2c.bus.start(0x0C, true);
    std::vector<std::uint8_t> bytes(count);
    for (std::uint8_t& byte : bytes) byte = i2c.bus.read();
    i2c.bus.stop();
    return bytes;
  }
};

TEST(Mpu9250, ShowsItsMagnetometerInBypassModeOnly) {
  Mpu9250Bench part;
  EXPECT_EQ(part.i2c.read(0x75), 0x71);
  EXPECT_EQ(part.from_compass(0x00, 1)[0], 0x48) << "AK8963_WHOAMI_DEFAULT_VALUE";
  EXPECT_EQ(part.i2c.read(0x75), 0x71) << "both on one bus";
  part.put(0x37, 0x20);
  EXPECT_FALSE(part.to_compass(0x0A, 0x16));
}

// MPU9250::initAK8963() and read_mag()
TEST(Mpu9250, GivesTheDriverTheFieldThatTheRecordingSays) {
  Mpu9250Bench part("# rate_hz = 1\nmx_uT,my_uT,mz_uT\n20,-30,45\n");
  EXPECT_TRUE(part.to_compass(0x0A, 0x0F));
  EXPECT_EQ(part.from_compass(0x10, 3), (std::vector<std::uint8_t>{128, 128, 128}));
  EXPECT_TRUE(part.to_compass(0x0A, 0x00));
  EXPECT_EQ(part.from_compass(0x10, 1)[0], 0) << "fuse ROM is closed";
  EXPECT_TRUE(part.to_compass(0x0A, 0x16));  // 16 bits, 100 Hz
  EXPECT_EQ(part.from_compass(0x02, 1)[0] & 1, 0);
  part.wait(10.5);
  EXPECT_EQ(part.from_compass(0x02, 1)[0] & 1, 1) << "ST1.DRDY";
  const auto data = part.from_compass(0x03, 7);
  EXPECT_NEAR(static_cast<std::int16_t>(data[0] | data[1] << 8) * 0.15, 20, 0.1);
  EXPECT_NEAR(static_cast<std::int16_t>(data[2] | data[3] << 8) * 0.15, -30, 0.1);
  EXPECT_NEAR(static_cast<std::int16_t>(data[4] | data[5] << 8) * 0.15, 45, 0.1);
  EXPECT_EQ(data[6], 0x10) << "ST2.BITM";
  EXPECT_EQ(part.from_compass(0x02, 1)[0], 0);
  EXPECT_EQ(part.state(), "accelerometer_gyroscope_magnetometer");
}

TEST(Mpu9250, MeasuresOnceAndTellsOfAnOverflow) {
  Mpu9250Bench part("# rate_hz = 1\nmx_uT,my_uT\n4000,2000\n");
  EXPECT_TRUE(part.to_compass(0x0A, 0x11));
  part.wait(9);
  EXPECT_EQ(part.from_compass(0x03, 7)[6] & 0x08, 0x08) << "ST2.HOFL";
  EXPECT_EQ(part.from_compass(0x0A, 1)[0], 0x10) << "power-down";
}

TEST(Mpu9250, KeepsDataUntilSt2IsRead) {
  Mpu9250Bench part("time_s,mx_uT\n0,0\n1,100\n");
  EXPECT_TRUE(part.to_compass(0x0A, 0x16));
  part.wait(15);
  const auto first = part.from_compass(0x03, 6);
  part.wait(100);
  EXPECT_EQ(part.from_compass(0x03, 6), first);
  part.from_compass(0x09, 1);
  part.wait(10);
  EXPECT_NE(part.from_compass(0x03, 6), first);
}

}  // namespace
}  // namespace tinyscope::test
