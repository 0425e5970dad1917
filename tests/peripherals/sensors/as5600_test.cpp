// AS5600: registers as in AS5600.cpp of RobTillaart/AS5600 (890c921).
#include <gtest/gtest.h>

#include "tests/peripherals/sensors/sensor_bench.hpp"

namespace tinyscope::test {
namespace {

class As5600Bench : public SensorBench {
 public:
  explicit As5600Bench(std::string_view csv = "") : SensorBench("as5600", 0x36, csv) {}
  void put16(std::uint8_t reg, unsigned word) {
    EXPECT_TRUE(
        i2c.write({reg, static_cast<std::uint8_t>(word >> 8), static_cast<std::uint8_t>(word)}));
  }
  unsigned word(std::uint8_t reg) {
    const auto bytes = i2c.read(reg, 2);
    return static_cast<unsigned>(bytes[0] << 8 | bytes[1]);
  }
};

TEST(As5600, GivesTheAngleOfTheMagnet) {
  As5600Bench part("time_s,angle_deg\n0,0\n1,360\n2,720\n");
  part.wait(250);
  EXPECT_EQ(part.word(0x0C), 1024u) << "AS5600_RAW_ANGLE";
  EXPECT_EQ(part.word(0x0E), 1024u) << "AS5600_ANGLE";
  part.wait(1000);
  EXPECT_EQ(part.word(0x0C), 1024u) << "a turn later";
}

TEST(As5600, TurnsTheOtherWayWithItsPinHigh) {
  As5600Bench part("# rate_hz = 1\nangle_deg\n90\n");
  FakePad pad;
  ASSERT_TRUE(part.device.connect_pin("dir", pad));
  EXPECT_EQ(part.word(0x0C), 1024u);
  pad.set(true);
  EXPECT_EQ(part.word(0x0C), 3072u);
}

TEST(As5600, SpreadsTheAngleOverTheRangeThatIsProgrammed) {
  As5600Bench part("# rate_hz = 1\nangle_deg\n90\n");
  part.put16(0x01, 512);  // ZPOS
  EXPECT_EQ(part.word(0x0E), 512u);
  part.put16(0x03, 512 + 2048);  // MPOS: half a turn
  EXPECT_EQ(part.word(0x0E), 1024u);
  part.put16(0x05, 1024);  // MANG
  EXPECT_EQ(part.word(0x0E), 2048u);
  part.put16(0x01, 1200);
  EXPECT_EQ(part.word(0x0E), 0u) << "below the range";
}

TEST(As5600, SaysHowStrongTheMagnetIs) {
  const std::pair<const char*, std::uint8_t> cases[] = {
      {"0", 0x10}, {"20", 0x30}, {"60", 0x20}, {"100", 0x28}};
  for (const auto& [field, status] : cases) {
    As5600Bench part(std::string("# rate_hz = 1\nfield_mt\n") + field + "\n");
    EXPECT_EQ(part.i2c.read(0x0B), status) << field << " mT";
  }
  As5600Bench part;
  EXPECT_EQ(part.i2c.read(0x1A), 64) << "the middle of the gain at 60 mT";
}

TEST(As5600, StaysAtTheAngleInOneRead) {
  As5600Bench part("# rate_hz = 1\nangle_deg\n90\n");
  EXPECT_EQ(part.i2c.read(0x0E, 4), (std::vector<std::uint8_t>{4, 0, 4, 0}));
}

TEST(As5600, ReportsWhatItDoesNotModelAndIsSilentWithoutSupply) {
  As5600Bench part;
  EXPECT_TRUE(part.i2c.write({0xFF, 0x80}));
  EXPECT_TRUE(part.i2c.write({0x08, 0x03}));
  EXPECT_EQ(part.i2c.read(0x08), 0x03);
  EXPECT_TRUE(part.bench.reported("BURN"));
  EXPECT_TRUE(part.bench.reported("CONF"));
  part.device.set_supplied(false);
  EXPECT_FALSE(part.i2c.write({0x08, 0x03}));
}

}  // namespace
}  // namespace tinyscope::test
