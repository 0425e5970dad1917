// INA219: registers as in Adafruit_INA219.h of adafruit/Adafruit_INA219 (ce59837).
#include <gtest/gtest.h>

#include "sim/error.hpp"
#include "tests/peripherals/sensors/sensor_bench.hpp"

namespace tinyscope::test {
namespace {

constexpr std::string_view kRecording = "# rate_hz = 1\nvoltage_v,current_ma\n5,-400\n";

class Ina219Bench : public SensorBench {
 public:
  explicit Ina219Bench(std::string_view csv = "", std::string_view params = "")
      : SensorBench("ina219", 0x40, csv, params) {}
  void put(std::uint8_t reg, unsigned word) {
    EXPECT_TRUE(
        i2c.write({reg, static_cast<std::uint8_t>(word >> 8), static_cast<std::uint8_t>(word)}));
  }
  int word(std::uint8_t reg) {
    const auto bytes = i2c.read(reg, 2);
    return static_cast<std::int16_t>(bytes[0] << 8 | bytes[1]);
  }
};

// setCalibration_32V_2A(): 100 uA and 2 mW a digit with a shunt of 0.1 ohm.
TEST(Ina219, GivesTheDriverWhatTheRecordingSays) {
  Ina219Bench part(kRecording);
  part.put(5, 4096);
  part.put(0, 0x399F);
  part.wait(2);
  EXPECT_EQ((part.word(2) >> 3) * 4, 5000) << "mV";
  EXPECT_EQ(part.word(1), -4000) << "10 uV";
  EXPECT_EQ(part.word(4), -4000) << "100 uA";
  EXPECT_EQ(part.word(3), 1000) << "2 mW";
}

TEST(Ina219, HasNoCurrentWithoutCalibration) {
  Ina219Bench part(kRecording);
  part.wait(2);
  EXPECT_EQ(part.word(4), 0);
  EXPECT_EQ(part.word(3), 0);
  part.put(5, 4096);
  EXPECT_EQ(part.word(4), -4000) << "getCurrent_raw() writes it just before";
}

// INA219_CONFIG_GAIN_*, INA219_CONFIG_BVOLTAGERANGE_*
TEST(Ina219, ClipsAtItsRanges) {
  Ina219Bench part("# rate_hz = 1\nvoltage_v,current_a\n20,4\n");
  for (unsigned gain = 0; gain < 4; ++gain) {
    part.put(0, 0x019F | gain << 11);
    part.wait(2);
    EXPECT_EQ(part.word(1), 4000 << gain);
    EXPECT_EQ((part.word(2) >> 3) * 4, 16'000);
  }
  part.put(0, 0x399F);
  part.wait(2);
  EXPECT_EQ((static_cast<unsigned>(part.word(2)) >> 3 & 0x1FFF) * 4, 20'000u);
}

// INA219_CONFIG_SADCRES_*: 532 us each at 12 bits, 1.06 ms with two samples, 84 us at 9 bits.
TEST(Ina219, TakesTheTimeOfItsResolution) {
  const std::pair<unsigned, double> settings[] = {
      {0x399F, 1.064}, {0x3CCF, 2.128}, {0x3807, 0.168}};
  for (const auto& [config, ms] : settings) {
    Ina219Bench part(kRecording);
    part.put(0, config);
    part.wait(ms * 0.98);
    EXPECT_EQ(part.word(2) & 2, 0) << ms;
    part.wait(ms * 0.04);
    EXPECT_EQ(part.word(2) & 2, 2) << "CNVR";
    part.word(3);
    EXPECT_EQ(part.word(2) & 2, 0) << "reading the power clears it";
  }
}

TEST(Ina219, MeasuresOnceWhenTriggered) {
  Ina219Bench part("time_s,voltage_v\n0,0\n1,10\n");
  part.put(0, 0x399B);
  part.wait(2);
  const int first = part.word(2);
  part.wait(100);
  EXPECT_EQ(part.word(2), first);
  part.put(0, 0x399B);
  part.wait(2);
  EXPECT_GT(part.word(2), first);
}

TEST(Ina219, ResetsSleepsAndLosesItsSupply) {
  Ina219Bench part;
  EXPECT_EQ(part.state(), "active");
  part.put(0, 0x3998);
  EXPECT_EQ(part.state(), "power_down");
  part.put(5, 4096);
  part.put(0, 0x8000);
  EXPECT_EQ(part.word(0), 0x399F);
  EXPECT_EQ(part.word(5), 0);
  part.device.set_supplied(false);
  EXPECT_FALSE(part.i2c.write({0, 0, 0}));
}

TEST(Ina219, TellsOfCurrentsTooLargeForItsCalibration) {
  Ina219Bench part(kRecording);
  part.put(5, 0xFFFE);
  part.wait(2);
  EXPECT_EQ(part.word(2) & 1, 1) << "OVF";
}

TEST(Ina219, ChecksItsParameters) {
  EXPECT_THROW(Ina219Bench("", "shunt_ohms = 0"), InputError);
  EXPECT_THROW(Ina219Bench("", "address = 0x50"), InputError);
  Ina219Bench part(kRecording, "shunt_ohms = 0.01");
  part.wait(2);
  EXPECT_EQ(part.word(1), -400);
}

}  // namespace
}  // namespace tinyscope::test
