// LIS2DH12 and LIS3DH: registers and scales as in lis2dh12_reg.h and lis2dh12_reg.c of
// STMicroelectronics/lis2dh12-pid (f34d7f2).
#include <gtest/gtest.h>

#include <utility>

#include "tests/peripherals/sensors/sensor_bench.hpp"

namespace tinyscope::test {
namespace {

class Lis2dh12Bench : public SensorBench {
 public:
  explicit Lis2dh12Bench(std::string_view csv = "", std::string_view params = "",
                         std::string_view type = "lis2dh12")
      : SensorBench(type, 0x19, csv, params) {}

  void put(std::uint8_t reg, std::uint8_t value) { EXPECT_TRUE(i2c.write({reg, value})); }
  // Bit 7 of the sub-address asks for increments.
  std::int16_t axis(unsigned index) {
    return i2c.read16(static_cast<std::uint8_t>(0xA8 + 2 * index));
  }
};

constexpr std::string_view kRecording = "# rate_hz = 1\nax_g,ay_g,az_g\n0.5,-0.25,1\n";

TEST(Lis2dh12, SaysWhoItIs) {
  for (const char* type : {"lis2dh12", "lis3dh"}) {
    Lis2dh12Bench part("", "", type);
    EXPECT_EQ(part.i2c.read(0x0F), 0x33) << "LIS2DH12_ID";
    EXPECT_EQ(part.i2c.read(0x20), 0x07) << "CTRL_REG1 after reset";
  }
  SensorBench other("lis3dh", 0x18, "", "address = 0x18");
  EXPECT_EQ(other.i2c.read(0x0F), 0x33);
}

// lis2dh12_from_fs*_hr_to_mg(), _nm_ and _lp_: mg for each digit of 12, 10 and 8 bits.
TEST(Lis2dh12, ScalesByModeAndFullScale) {
  struct Case {
    std::uint8_t ctrl1, ctrl4;
    int divisor;
    double mg[4];
  };
  const Case cases[] = {{0x57, 0x08, 16, {1, 2, 4, 12}},
                        {0x57, 0x00, 64, {4, 8, 16, 48}},
                        {0x5F, 0x00, 256, {16, 32, 64, 192}}};
  for (const Case& mode : cases) {
    for (unsigned scale = 0; scale < 4; ++scale) {
      Lis2dh12Bench part(kRecording);
      part.put(0x23, static_cast<std::uint8_t>(mode.ctrl4 | scale << 4));
      part.put(0x20, mode.ctrl1);
      part.wait(15);
      for (const auto& [index, g] :
           {std::pair{0u, 0.5}, std::pair{1u, -0.25}, std::pair{2u, 1.0}}) {
        const std::int16_t word = part.axis(index);
        EXPECT_EQ(word % mode.divisor, 0) << "left-justified";
        EXPECT_NEAR(word / mode.divisor * mode.mg[scale], g * 1000, mode.mg[scale] / 2 + 1e-9);
      }
    }
  }
}

// lis2dh12_odr_t
TEST(Lis2dh12, RunsAtTheRatesOfItsTable) {
  const std::pair<std::uint8_t, double> rates[] = {{0x17, 1},    {0x27, 10},  {0x37, 25},
                                                   {0x57, 100},  {0x77, 400}, {0x8F, 1620},
                                                   {0x97, 1344}, {0x9F, 5376}};
  for (const auto& [ctrl1, hz] : rates) {
    Lis2dh12Bench part;
    part.put(0x20, ctrl1);
    part.wait(990 / hz);
    EXPECT_EQ(part.i2c.read(0x27) & 0x08, 0) << hz;
    part.wait(20 / hz);
    EXPECT_EQ(part.i2c.read(0x27) & 0x0F, 0x0F) << hz << " Hz: ZYXDA";
  }
}

TEST(Lis2dh12, SaysWhatWasReadAndWhatWasMissed) {
  Lis2dh12Bench part;
  part.put(0x20, 0x57);
  part.wait(10.5);
  part.i2c.read(0xA8, 2);
  EXPECT_EQ(part.i2c.read(0x27), 0x0E) << "X was read";
  part.i2c.read(0xAA, 4);
  EXPECT_EQ(part.i2c.read(0x27), 0x00);
  part.wait(20);
  EXPECT_EQ(part.i2c.read(0x27), 0xFF) << "a sample overwritten: ZYXOR";
}

TEST(Lis2dh12, GoesThroughRegistersOnlyIfAskedTo) {
  Lis2dh12Bench part;
  EXPECT_EQ(part.i2c.read(0x0F, 2), (std::vector<std::uint8_t>{0x33, 0x33}));
  EXPECT_EQ(part.i2c.read(0x8F, 2), (std::vector<std::uint8_t>{0x33, 0x00}));
}

TEST(Lis2dh12, StreamsThroughItsFifo) {
  Lis2dh12Bench part("time_s,ax_g\n0,0\n2,2\n");
  part.put(0x24, 0x40);  // FIFO_EN
  part.put(0x2E, 0x8A);  // stream, FTH 10
  part.put(0x23, 0x08);
  part.put(0x20, 0x57);
  part.wait(105);
  EXPECT_EQ(part.i2c.read(0x2F), 10) << "at the threshold WTM is not set";
  part.wait(10);
  EXPECT_EQ(part.i2c.read(0x2F), 0x80 | 11);
  const auto bytes = part.i2c.read(0xA8, 6 * 11);  // the burst goes round
  for (unsigned i = 0; i < 11; ++i) {
    const auto x = static_cast<std::int16_t>(bytes[6 * i] | bytes[6 * i + 1] << 8);
    EXPECT_EQ(x / 16, 10 * static_cast<int>(i + 1)) << "mg";
  }
  EXPECT_EQ(part.i2c.read(0x2F), 0x20) << "EMPTY";
  part.wait(1000);
  EXPECT_EQ(part.i2c.read(0x2F), 0xC0 | 31) << "OVRN_FIFO";
  EXPECT_NEAR(part.axis(0) / 16, 1110 - 310, 10) << "the oldest of 32";
}

TEST(Lis2dh12, KeepsTheOldestInFifoMode) {
  Lis2dh12Bench part("time_s,ax_g\n0,0\n2,2\n");
  part.put(0x24, 0x40);
  part.put(0x2E, 0x40);
  part.put(0x23, 0x08);
  part.put(0x20, 0x57);
  part.wait(1000);
  EXPECT_EQ(part.axis(0) / 16, 10) << "the first sample";
  part.put(0x2E, 0x00);  // bypass empties it
  part.put(0x2E, 0x40);
  EXPECT_EQ(part.i2c.read(0x2F), 0x20);
}

TEST(Lis2dh12, RaisesItsPin) {
  Lis2dh12Bench part;
  FakePad pad;
  ASSERT_TRUE(part.device.connect_pin("int1", pad));
  EXPECT_FALSE(part.device.connect_pin("drdy", pad));
  part.put(0x22, 0x10);  // I1_ZYXDA
  part.put(0x20, 0x57);
  part.wait(9.9);
  EXPECT_FALSE(pad.level());
  part.wait(0.2);
  EXPECT_TRUE(pad.level());
  part.i2c.read(0xA8, 6);
  EXPECT_FALSE(pad.level());
  part.put(0x25, 0x02);  // INT_POLARITY
  EXPECT_TRUE(pad.level());
}

// lis2dh12_from_lsb_nm_to_celsius()
TEST(Lis2dh12, MeasuresItsTemperature) {
  Lis2dh12Bench part("# rate_hz = 1\ntemperature_c\n31.5\n");
  EXPECT_EQ(part.i2c.read16(0x8C), 0);
  part.put(0x1F, 0xC0);
  part.put(0x20, 0x57);
  part.wait(15);
  EXPECT_EQ(part.i2c.read(0x07), 0x04);
  EXPECT_DOUBLE_EQ(part.i2c.read16(0x8C) / 64.0 / 4 + 25, 31.5);
}

TEST(Lis2dh12, SaysWhatItDoes) {
  Lis2dh12Bench part;
  EXPECT_EQ(part.state(), "power_down");
  part.put(0x20, 0x57);
  EXPECT_EQ(part.state(), "normal");
  part.put(0x23, 0x08);
  EXPECT_EQ(part.state(), "high_resolution");
  part.put(0x20, 0x5F);
  EXPECT_EQ(part.state(), "low_power");
  part.device.set_supplied(false);
  EXPECT_EQ(part.state(), "");
  EXPECT_FALSE(part.i2c.write({0x20, 0x57}));
  part.device.set_supplied(true);
  EXPECT_EQ(part.i2c.read(0x20), 0x07);
}

TEST(Lis2dh12, ReportsWhatItDoesNotModel) {
  Lis2dh12Bench part("", "", "lis3dh");
  part.put(0x21, 0x08);
  part.put(0x23, 0x42);
  part.put(0x2E, 0xC0);
  part.put(0x30, 0x2A);
  part.put(0x38, 0x15);
  part.put(0x3E, 0x01);
  part.put(0x1F, 0x80);
  for (const char* what : {"high-pass", "self-test", "big-endian", "Stream-to-FIFO",
                           "interrupt generators", "clicks", "activity", "ADC pads"}) {
    EXPECT_TRUE(part.bench.reported(what)) << what;
  }
}

TEST(Lis2dh12, HasTheSameFutureAfterASnapshot) {
  Lis2dh12Bench part("time_s,ax_g\n0,0\n2,2\n");
  part.put(0x24, 0x40);
  part.put(0x2E, 0x80);
  part.put(0x20, 0x57);
  part.wait(55);
  const auto state = part.bench.save();
  part.wait(100);
  const auto expected = part.i2c.read(0xA8, 90);
  part.bench.restore(state);
  part.wait(100);
  EXPECT_EQ(part.i2c.read(0xA8, 90), expected);
}

}  // namespace
}  // namespace tinyscope::test
