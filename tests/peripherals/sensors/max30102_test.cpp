// MAX30102: registers as in MAX30105.cpp of sparkfun/SparkFun_MAX3010x_Sensor_Library (72d5308),
// which drives both parts.
#include <gtest/gtest.h>

#include <cmath>
#include <numbers>

#include "sim/error.hpp"
#include "tests/peripherals/sensors/sensor_bench.hpp"

namespace tinyscope::test {
namespace {

class Max30102Bench : public SensorBench {
 public:
  explicit Max30102Bench(std::string_view csv = "", std::string_view params = "")
      : SensorBench("max30102", 0x57, csv, params) {}
  void put(std::uint8_t reg, std::uint8_t value) { EXPECT_TRUE(i2c.write({reg, value})); }
  // MAX30105::setup(0x1F, 1, 2, 100, 411, 4096) and clearFIFO().
  void setup(std::uint8_t fifo_config = 0x10) {
    put(0x09, 0x40);
    put(0x08, fifo_config);
    put(0x09, 0x03);
    put(0x0A, 0x27);
    put(0x0C, 0x1F);
    put(0x0D, 0x1F);
    for (std::uint8_t reg = 0x04; reg <= 0x06; ++reg) put(reg, 0);
  }
  unsigned available() { return (i2c.read(0x04) - i2c.read(0x06)) & 31u; }
  struct Sample {
    long red, ir;
  };
  // MAX30105::check()
  Sample sample() {
    const auto b = i2c.read(0x07, 6);
    return {(b[0] << 16 | b[1] << 8 | b[2]) & 0x3FFFF, (b[3] << 16 | b[4] << 8 | b[5]) & 0x3FFFF};
  }
};

TEST(Max30102, SaysWhoItIs) {
  Max30102Bench part;
  EXPECT_EQ(part.i2c.read(0xFF), 0x15) << "MAX_30105_EXPECTEDPARTID";
  EXPECT_EQ(part.i2c.read(0x00) & 1, 1) << "PWR_RDY";
  EXPECT_EQ(part.i2c.read(0x00) & 1, 0);
}

TEST(Max30102, GivesTheDriverWhatTheRecordingSays) {
  Max30102Bench part("# rate_hz = 1\nred,ir\n123456,234567\n");
  part.setup();
  part.wait(25);
  EXPECT_EQ(part.available(), 2u);
  EXPECT_EQ(part.sample().red, 123456);
  EXPECT_EQ(part.available(), 1u);
  EXPECT_EQ(part.sample().ir, 234567);
  EXPECT_EQ(part.available(), 0u);
}

// SpO2 = 110 - 25 R, with R the ratio of what pulsates in red and in infrared light.
TEST(Max30102, PutsAPulseAndASaturationIntoItsLight) {
  Max30102Bench part("", "bpm = 90\nspo2 = 95");
  part.setup();
  double sums[2] = {0, 0};
  double low[2] = {1e9, 1e9};
  double high[2] = {0, 0};
  double cosine = 0;
  double sine = 0;
  constexpr int kSamples = 2000;  // 20 s: 30 beats
  for (int i = 0; i < kSamples; ++i) {
    part.wait(10);
    const auto [red, ir] = part.sample();
    const double values[2] = {static_cast<double>(red), static_cast<double>(ir)};
    for (int k = 0; k < 2; ++k) {
      sums[k] += values[k] / kSamples;
      low[k] = std::min(low[k], values[k]);
      high[k] = std::max(high[k], values[k]);
    }
    const double phase = 2 * std::numbers::pi * 1.5 * i / 100;  // 1.5 beats a second
    cosine += values[1] * std::cos(phase) / kSamples;
    sine += values[1] * std::sin(phase) / kSamples;
  }
  const double ratio = (high[0] - low[0]) / sums[0] / ((high[1] - low[1]) / sums[1]);
  EXPECT_NEAR(110 - 25 * ratio, 95, 0.3);
  EXPECT_GT(std::hypot(cosine, sine), 0.1 * (high[1] - low[1])) << "it beats at 90 bpm";
  EXPECT_GT(sums[1], 50'000) << "what sketches take for a finger";
}

TEST(Max30102, SeesNothingWithoutAFinger) {
  Max30102Bench part("", "finger = false");
  part.setup();
  part.wait(25);
  EXPECT_EQ(part.sample().ir, 0);
}

TEST(Max30102, FollowsLedCurrentRangeAndPulseWidth) {
  Max30102Bench part("", "perfusion = 0");
  part.setup();
  part.wait(15);
  const double reference = static_cast<double>(part.sample().ir);
  part.put(0x0D, 0x3E);  // twice the current
  part.wait(10);
  EXPECT_NEAR(static_cast<double>(part.sample().ir) / reference, 2, 1e-3);
  part.put(0x0A, 0x47);  // twice the full scale
  part.wait(10);
  EXPECT_NEAR(static_cast<double>(part.sample().ir) / reference, 1, 1e-3);
  part.put(0x0A, 0x44);  // 69 us: 15 bits
  part.wait(10);
  EXPECT_EQ(part.sample().ir % 8, 0);
}

// MAX30105_SAMPLERATE_*, MAX30105_SAMPLEAVG_*
TEST(Max30102, RunsAtItsRateDividedByTheAverage) {
  Max30102Bench part;
  part.setup(0x50);      // averages of four
  part.put(0x0A, 0x2F);  // 400 Hz
  part.wait(105);
  EXPECT_EQ(part.available(), 10u);
}

TEST(Max30102, CountsSamplesThatItLost) {
  for (const bool rolls : {false, true}) {
    Max30102Bench part("time_s,red,ir\n0,0,0\n10,100000,0\n");
    part.setup(rolls ? 0x10 : 0x00);
    part.wait(400.5);
    EXPECT_EQ(part.i2c.read(0x05), 8);
    EXPECT_EQ(part.i2c.read(0x04), part.i2c.read(0x06)) << "full";
    EXPECT_EQ(part.sample().red, rolls ? 900 : 100) << "the oldest that is left";
    EXPECT_EQ(part.available(), 31u);
  }
}

TEST(Max30102, RaisesItsInterrupts) {
  Max30102Bench part;
  FakePad pad;
  pad.set(true);  // pulled up
  ASSERT_TRUE(part.device.connect_pin("int", pad));
  part.setup(0x1F);  // FIFO_A_FULL: 15 places left
  part.put(0x02, 0x80);
  part.wait(165);
  EXPECT_FALSE(pad.driven);
  part.wait(10);
  EXPECT_TRUE(pad.driven) << "low with the 17th sample";
  EXPECT_FALSE(pad.level());
  EXPECT_EQ(part.i2c.read(0x00) & 0x80, 0x80);
  EXPECT_FALSE(pad.driven) << "reading clears it";
  part.put(0x02, 0x40);
  part.wait(10);
  EXPECT_TRUE(pad.driven);
  part.sample();
  EXPECT_FALSE(pad.driven) << "reading data clears it";
}

TEST(Max30102, MeasuresItsTemperatureWhenAsked) {
  Max30102Bench part("# rate_hz = 1\ntemperature_c\n28.75\n");
  part.put(0x21, 1);
  part.wait(20);
  EXPECT_EQ(part.i2c.read(0x21), 1);
  part.wait(10);
  EXPECT_EQ(part.i2c.read(0x21), 0);
  EXPECT_EQ(part.i2c.read(0x01) & 2, 2);
  EXPECT_DOUBLE_EQ(part.i2c.read(0x1F) + part.i2c.read(0x20) * 0.0625, 28.75);
}

TEST(Max30102, SaysWhatItDoes) {
  Max30102Bench part;
  EXPECT_EQ(part.state(), "idle");
  part.setup();
  EXPECT_EQ(part.state(), "measure");
  part.put(0x09, 0x83);
  EXPECT_EQ(part.state(), "shutdown");
  part.wait(100);
  EXPECT_EQ(part.available(), 0u);
  part.device.set_supplied(false);
  EXPECT_EQ(part.state(), "");
}

TEST(Max30102, ReportsWhatItDoesNotModelAndChecksItsParameters) {
  Max30102Bench part;
  part.put(0x11, 0x03);
  part.put(0x30, 0x10);
  EXPECT_TRUE(part.bench.reported("third LED"));
  EXPECT_TRUE(part.bench.reported("proximity"));
  for (const char* params : {"bpm = 0", "spo2 = 120", "perfusion = -1"}) {
    EXPECT_THROW(Max30102Bench("", params), InputError) << params;
  }
}

TEST(Max30102, HasTheSameFutureAfterASnapshot) {
  Max30102Bench part;
  part.setup();
  part.wait(155);
  const auto state = part.bench.save();
  part.wait(700);
  const auto expected = part.i2c.read(0x07, 6 * 20);
  part.bench.restore(state);
  part.wait(700);
  EXPECT_EQ(part.i2c.read(0x07, 6 * 20), expected);
}

}  // namespace
}  // namespace tinyscope::test
