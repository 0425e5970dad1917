// FT6206: registers as in Adafruit_FT6206.h and .cpp of adafruit/Adafruit_FT6206_Library (cc96404).
#include <gtest/gtest.h>

#include "sim/error.hpp"
#include "tests/peripherals/sensors/sensor_bench.hpp"

namespace tinyscope::test {
namespace {

constexpr std::string_view kTouching =
    "time_ms,touches,x1,y1,x2,y2\n"
    "0,0,0,0,0,0\n100,1,30,200,0,0\n200,2,30,200,210,310\n300,0,0,0,0,0\n";

class Ft6206Bench : public SensorBench {
 public:
  explicit Ft6206Bench(std::string_view csv = "", std::string_view params = "")
      : SensorBench("ft6206", 0x38, csv, params) {}
  // Adafruit_FT6206::readData()
  struct Point {
    int x, y, id, flag;
  };
  Point point(unsigned finger) {
    const auto b = i2c.read(0, 16);
    const std::size_t at = 3 + 6 * finger;
    return {(b[at] & 0x0F) << 8 | b[at + 1], (b[at + 2] & 0x0F) << 8 | b[at + 3], b[at + 2] >> 4,
            b[at] >> 6};
  }
};

TEST(Ft6206, SaysWhoItIs) {
  Ft6206Bench panel;
  EXPECT_EQ(panel.i2c.read(0xA8), 0x11) << "FT62XX_VENDID";
  EXPECT_EQ(panel.i2c.read(0xA3), 0x06) << "FT6206_CHIPID";
  EXPECT_TRUE(panel.i2c.write({0x80, 40}));
  EXPECT_EQ(panel.i2c.read(0x80), 40) << "FT62XX_REG_THRESHHOLD";
}

TEST(Ft6206, TellsWhereItIsTouched) {
  Ft6206Bench panel(kTouching);
  EXPECT_EQ(panel.i2c.read(2), 0);
  panel.wait(100);
  EXPECT_EQ(panel.i2c.read(2), 1);
  EXPECT_EQ(panel.point(0).x, 30);
  EXPECT_EQ(panel.point(0).y, 200);
  panel.wait(100);
  EXPECT_EQ(panel.i2c.read(2), 2);
  EXPECT_EQ(panel.point(1).x, 210);
  EXPECT_EQ(panel.point(1).y, 310);
  EXPECT_EQ(panel.point(1).id, 1);
  panel.wait(100);
  EXPECT_EQ(panel.i2c.read(2), 0);
}

TEST(Ft6206, TellsAPressFromAContact) {
  Ft6206Bench panel(kTouching);
  EXPECT_EQ(panel.point(0).flag, 3) << "no event";
  panel.wait(100);
  EXPECT_EQ(panel.point(0).flag, 0) << "press down";
  EXPECT_EQ(panel.point(0).flag, 2) << "contact";
}

TEST(Ft6206, KeepsPointsOnThePanel) {
  Ft6206Bench panel("# rate_hz = 1\ntouches,x1,y1\n1,500,-20\n", "width = 320\nheight = 480");
  EXPECT_EQ(panel.point(0).x, 319);
  EXPECT_EQ(panel.point(0).y, 0);
  EXPECT_THROW(Ft6206Bench("", "width = 0"), InputError);
}

TEST(Ft6206, PullsItsPinLowWhileTouchedInPollingMode) {
  Ft6206Bench panel(kTouching);
  FakePad pad;
  ASSERT_TRUE(panel.device.connect_pin("int", pad));
  EXPECT_TRUE(panel.i2c.write({0xA4, 0}));
  EXPECT_TRUE(pad.level());
  panel.wait(99);
  EXPECT_TRUE(pad.level());
  panel.wait(2);
  EXPECT_FALSE(pad.level());
  panel.wait(198);
  EXPECT_FALSE(pad.level());
  panel.wait(2);
  EXPECT_TRUE(pad.level());
}

// PERIODACTIVE: 12 ms after reset.
TEST(Ft6206, PulsesItsPinForEachReportInTriggerMode) {
  Ft6206Bench panel(kTouching);
  FakePad pad;
  ASSERT_TRUE(panel.device.connect_pin("int", pad));
  unsigned falls = 0;
  pad.on_level([&](bool level) { falls += !level; });
  panel.wait(500);
  EXPECT_NEAR(falls, 200 / 12.0, 1.5);
  EXPECT_TRUE(pad.level());
}

TEST(Ft6206, SchedulesNothingThatNobodyWaitsFor) {
  Ft6206Bench panel(kTouching);
  EXPECT_FALSE(panel.bench.scheduler.next().has_value());
}

TEST(Ft6206, IsSilentWithoutSupplyAndReportsFactoryMode) {
  Ft6206Bench panel(kTouching);
  EXPECT_TRUE(panel.i2c.write({0x00, 0x40}));
  EXPECT_TRUE(panel.bench.reported("factory mode"));
  panel.device.set_supplied(false);
  EXPECT_FALSE(panel.i2c.write({0x80, 40}));
}

}  // namespace
}  // namespace tinyscope::test
