// A voltage source on a pad.
#include <gtest/gtest.h>

#include <cmath>

#include "sim/error.hpp"
#include "tests/support/fake_pad.hpp"
#include "tests/support/peripheral_bench.hpp"

namespace tinyscope::test {
namespace {

class AnalogSource : public ::testing::Test {
 protected:
  PeripheralBench bench;
  FakePad pad;

  void source(std::string_view params, std::string stimulus = "") {
    Device& device = bench.add_device("knob", "analog_source", std::move(stimulus), params);
    ASSERT_TRUE(device.connect_pin("out", pad));
  }
  double volts(double seconds) {
    const auto ps = static_cast<std::uint64_t>(std::llround(seconds * 1e12));
    return pad.node().volts(TimePoint{ps}).value();
  }
};

TEST_F(AnalogSource, HoldsAConstantVoltage) {
  source("volts = 1.25");
  EXPECT_DOUBLE_EQ(volts(0), 1.25);
  EXPECT_DOUBLE_EQ(volts(100), 1.25);
  EXPECT_FALSE(pad.node().volts_change(TimePoint{}).has_value());
}

TEST_F(AnalogSource, SwingsAsASineAroundItsVoltage) {
  source("volts = 1.0\nwaveform = \"sine\"\nfrequency_hz = 100\namplitude_volts = 0.5");
  EXPECT_NEAR(volts(0), 1.0, 1e-9);
  EXPECT_NEAR(volts(2.5e-3), 1.5, 1e-9);
  EXPECT_NEAR(volts(7.5e-3), 0.5, 1e-9);
  EXPECT_NEAR(volts(10e-3 / 12), 1.25, 1e-9) << "sin 30 degrees";
}

TEST_F(AnalogSource, RisesAndFallsLinearlyAsATriangle) {
  source("volts = 1.0\nwaveform = \"triangle\"\nfrequency_hz = 100\namplitude_volts = 0.4");
  EXPECT_NEAR(volts(0), 1.0, 1e-9);
  EXPECT_NEAR(volts(1.25e-3), 1.2, 1e-9);
  EXPECT_NEAR(volts(2.5e-3), 1.4, 1e-9);
  EXPECT_NEAR(volts(6.25e-3), 0.8, 1e-9);
}

TEST_F(AnalogSource, JumpsAsASquareAndSaysWhen) {
  source("volts = 1.0\nwaveform = \"square\"\nfrequency_hz = 100\namplitude_volts = 0.4");
  EXPECT_NEAR(volts(4.9e-3), 1.4, 1e-9);
  EXPECT_NEAR(volts(5.1e-3), 0.6, 1e-9);
  const auto change = pad.node().volts_change(TimePoint{1'000'000});
  ASSERT_TRUE(change.has_value());
  EXPECT_NEAR(change->seconds(), 5e-3, 1e-9);
}

TEST_F(AnalogSource, ShiftsItsWaveformByThePhase) {
  source("waveform = \"sine\"\nfrequency_hz = 1\namplitude_volts = 1\nphase_degrees = 90");
  EXPECT_NEAR(volts(0), 1.0, 1e-9);
}

TEST_F(AnalogSource, AddsNoiseThatDependsOnTimeAndSeedOnly) {
  source("volts = 1.0\nnoise_volts = 0.01\nnoise_us = 10");
  double sum = 0;
  double squares = 0;
  constexpr int kCount = 10'000;
  for (int i = 0; i < kCount; ++i) {
    const double deviation = volts(i * 10e-6) - 1.0;
    sum += deviation;
    squares += deviation * deviation;
  }
  EXPECT_NEAR(sum / kCount, 0, 5e-4);  // five standard errors
  EXPECT_NEAR(std::sqrt(squares / kCount), 0.01, 5e-4);
  EXPECT_EQ(volts(1e-3), volts(1e-3 + 9e-6)) << "the same step";
  PeripheralBench same;
  FakePad other;
  same.add_device("knob", "analog_source", "", "volts = 1.0\nnoise_volts = 0.01\nnoise_us = 10")
      .connect_pin("out", other);
  EXPECT_EQ(other.node().volts(TimePoint{500}), pad.node().volts(TimePoint{500}));
  PeripheralBench seeded(2);
  FakePad third;
  seeded.add_device("knob", "analog_source", "", "volts = 1.0\nnoise_volts = 0.01\nnoise_us = 10")
      .connect_pin("out", third);
  EXPECT_NE(third.node().volts(TimePoint{500}), pad.node().volts(TimePoint{500}));
}

TEST_F(AnalogSource, IsALogicLevelToo) {
  source("volts = 1.65\nwaveform = \"square\"\nfrequency_hz = 1000\namplitude_volts = 1.65");
  ASSERT_NE(pad.signal, nullptr);
  EXPECT_TRUE(pad.signal->level(TimePoint{100'000'000}));
  EXPECT_FALSE(pad.signal->level(TimePoint{600'000'000}));
  const auto edge = pad.signal->next_edge(TimePoint{100'000'000});
  ASSERT_TRUE(edge.has_value());
  EXPECT_NEAR(edge->seconds(), 500e-6, 1e-9);
}

TEST_F(AnalogSource, HasOnePin) {
  Device& device = bench.add_device("knob", "analog_source");
  EXPECT_FALSE(device.connect_pin("in", pad));
  EXPECT_EQ(device.port("out"), nullptr);
}

TEST_F(AnalogSource, RefusesParametersThatMakeNoSense) {
  for (const char* params :
       {"waveform = \"saw\"", "waveform = \"sine\"", "waveform = \"sine\"\nfrequency_hz = -1",
        "noise_volts = -0.1", "noise_us = 0", "volt = 1.0"}) {
    EXPECT_THROW(bench.add_device("knob", "analog_source", "", params), InputError) << params;
  }
}

}  // namespace
}  // namespace tinyscope::test
