// HX711: protocol as in HX711.cpp of bogde/HX711 (be5e3d2).
#include <gtest/gtest.h>

#include "sim/error.hpp"
#include "tests/peripherals/sensors/sensor_bench.hpp"

namespace tinyscope::test {
namespace {

class Hx711Bench {
 public:
  explicit Hx711Bench(std::string_view csv = "", std::string_view params = "")
      : device(bench.add_device(
            "scale", "hx711", csv.empty() ? Stimulus() : Stimulus(SensorBench::file(csv, "w.csv")),
            params)) {
    EXPECT_TRUE(device.connect_pin("dout", dout));
    EXPECT_TRUE(device.connect_pin("sck", sck));
  }
  void wait(double ms) { bench.run_for({static_cast<std::uint64_t>(ms * 1e9)}); }
  bool is_ready() const { return !dout.level(); }
  void pulse() {
    sck.set(true);
    wait(0.001);
    sck.set(false);
    wait(0.001);
  }
  // HX711::read(); `gain`: pulses after the 24th.
  long read(unsigned gain = 1) {
    long value = 0;
    for (int i = 0; i < 24; ++i) {
      sck.set(true);
      wait(0.001);
      value = value << 1 | (dout.level() ? 1 : 0);
      sck.set(false);
      wait(0.001);
    }
    for (unsigned i = 0; i < gain; ++i) pulse();
    return (value & 0x80'0000) != 0 ? value - 0x100'0000 : value;
  }

  PeripheralBench bench;
  Device& device;
  FakePad dout;
  FakePad sck;
};

// Ratiometric: 1 mV/V at 49 N is 0.001 * 128 * 2 of the full scale.
constexpr double kCountsPerNewton = 0.001 * 128 * 2 * 8388608 / 49;

TEST(Hx711, IsReadyOnceItHasSettled) {
  Hx711Bench scale;
  scale.wait(399);
  EXPECT_FALSE(scale.is_ready()) << "data sheet: 400 ms at 10 samples a second";
  scale.wait(2);
  EXPECT_TRUE(scale.is_ready());
}

TEST(Hx711, GivesTheForceThatTheRecordingSays) {
  for (const double force : {0.0, 9.81, -5.0, 49.0}) {
    Hx711Bench scale("# rate_hz = 1\nforce_n\n" + std::to_string(force) + "\n");
    scale.wait(410);
    EXPECT_NEAR(static_cast<double>(scale.read()), force * kCountsPerNewton, 1);
    EXPECT_FALSE(scale.is_ready());
    scale.wait(100);
    EXPECT_TRUE(scale.is_ready()) << "the next one";
  }
}

TEST(Hx711, TakesGramsToo) {
  Hx711Bench scale("# rate_hz = 1\nweight_g\n1000\n");
  scale.wait(410);
  EXPECT_NEAR(static_cast<double>(scale.read()), 9.80665 * kCountsPerNewton, 1);
}

// set_gain(): 1 pulse A at 128, 2 pulses B at 32, 3 pulses A at 64, of the conversion that follows.
TEST(Hx711, ChoosesInputAndGainByTheNumberOfPulses) {
  Hx711Bench scale("# rate_hz = 1\nforce_n,force_b_n\n10,20\n");
  scale.wait(410);
  EXPECT_NEAR(static_cast<double>(scale.read(3)), 10 * kCountsPerNewton, 1);
  scale.wait(300);
  EXPECT_FALSE(scale.is_ready()) << "it settles anew";
  scale.wait(110);
  EXPECT_NEAR(static_cast<double>(scale.read(2)), 5 * kCountsPerNewton, 1);
  scale.wait(410);
  EXPECT_NEAR(static_cast<double>(scale.read(1)), 5 * kCountsPerNewton, 1);
  scale.wait(410);
  EXPECT_NEAR(static_cast<double>(scale.read(1)), 10 * kCountsPerNewton, 1);
}

TEST(Hx711, RunsAtEightyHertzIfWiredSo) {
  Hx711Bench scale("", "rate_hz = 80");
  scale.wait(51);
  EXPECT_TRUE(scale.is_ready());
  scale.read();
  scale.wait(12.6);
  EXPECT_TRUE(scale.is_ready());
  EXPECT_THROW(Hx711Bench("", "rate_hz = 50"), InputError);
  EXPECT_THROW(Hx711Bench("", "capacity_newton = 0"), InputError);
}

TEST(Hx711, SwitchesOffWhenItsClockStaysHigh) {
  Hx711Bench scale("# rate_hz = 1\nforce_n,force_b_n\n10,20\n");
  EXPECT_FALSE(scale.bench.power_state("scale").empty());
  scale.wait(410);
  scale.read(2);
  scale.sck.set(true);
  scale.wait(0.07);
  EXPECT_EQ(scale.bench.power_state("scale"), "power_down");
  scale.wait(1000);
  EXPECT_FALSE(scale.is_ready());
  scale.sck.set(false);
  EXPECT_EQ(scale.bench.power_state("scale"), "on");
  scale.wait(399);
  EXPECT_FALSE(scale.is_ready());
  scale.wait(2);
  EXPECT_NEAR(static_cast<double>(scale.read()), 10 * kCountsPerNewton, 1) << "input A again";
}

TEST(Hx711, SaturatesBeyondItsRange) {
  Hx711Bench scale("# rate_hz = 1\nforce_n\n-1000\n", "zero_offset = 100");
  scale.wait(410);
  EXPECT_EQ(scale.read(), -0x80'0000);
}

TEST(Hx711, ShiftsByItsOffset) {
  Hx711Bench scale("", "zero_offset = -4711");
  scale.wait(410);
  EXPECT_EQ(scale.read(), -4711);
}

TEST(Hx711, LetsGoOfItsPinWithoutSupply) {
  Hx711Bench scale;
  scale.device.set_supplied(false);
  EXPECT_FALSE(scale.dout.driven);
  EXPECT_EQ(scale.bench.power_state("scale"), "");
  scale.device.set_supplied(true);
  scale.wait(401);
  EXPECT_TRUE(scale.is_ready());
}

TEST(Hx711, HasTheSameFutureAfterASnapshot) {
  Hx711Bench scale("time_s,force_n\n0,0\n1,49\n");
  scale.wait(410);
  scale.read();
  scale.wait(50);
  const auto state = scale.bench.save();
  scale.wait(60);
  const long expected = scale.read();
  scale.bench.restore(state);
  scale.dout.set(true);
  scale.wait(60);
  EXPECT_EQ(scale.read(), expected);
}

}  // namespace
}  // namespace tinyscope::test
