// Digital microphone on its own: start-up, supply and origin of the sound.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "sim/error.hpp"
#include "tests/peripherals/wav_bytes.hpp"
#include "tests/support/peripheral_bench.hpp"

namespace tinyscope::test {
namespace {

using ::testing::Each;
using ::testing::ElementsAre;

class PdmMicrophone : public ::testing::Test {
 protected:
  static constexpr double kRate = 16'000;

  PeripheralBench bench;
  Device* part = nullptr;
  AudioSource* sound = nullptr;

  void microphone(std::string_view params = "") {
    part = &bench.add_device("microphone", "pdm_microphone",
                             WavBytes({}, ramp(1000)).save("microphone.wav"), params);
    sound = dynamic_cast<AudioSource*>(part->port("audio"));
  }
  std::vector<std::int16_t> read(std::size_t count) {
    std::vector<std::int16_t> samples(count, -1);
    sound->read(samples);
    return samples;
  }
};

// MP34DT05-A: 10 ms from the clock to valid data, from memory of the data sheet.
TEST_F(PdmMicrophone, IsSilentForTenMillisecondsAndThenBeginsItsFile) {
  microphone();
  sound->start(kRate, bench.now());
  EXPECT_THAT(read(160), Each(0));
  EXPECT_THAT(read(4), ElementsAre(0, 1, 2, 3)) << "a ramp from 0";
  EXPECT_TRUE(bench.assumed("microphone.startup_us"));
}

TEST_F(PdmMicrophone, TakesItsStartUpTimeFromAParameter) {
  microphone("startup_us = 250");
  sound->start(kRate, bench.now());
  EXPECT_THAT(read(7), ElementsAre(0, 0, 0, 0, 0, 1, 2));
  EXPECT_FALSE(bench.assumed("microphone.startup_us"));
}

TEST_F(PdmMicrophone, PlaysFromPowerOnWhenAskedTo) {
  microphone("start = \"power_on\"\nstartup_us = 1000");
  bench.run_for(Duration::from_ms(2));
  sound->start(kRate, bench.now());
  EXPECT_THAT(read(16), Each(0));
  EXPECT_THAT(read(2), ElementsAre(48, 49));
}

TEST_F(PdmMicrophone, StartsUpAnewAfterItsClockHasStopped) {
  microphone("startup_us = 1000");
  sound->start(kRate, bench.now());
  read(32);
  bench.run_for(Duration::from_ms(2));
  sound->stop(bench.now());
  EXPECT_EQ(bench.power_state("microphone"), "");
  sound->start(kRate, bench.now());
  EXPECT_THAT(read(16), Each(0));
  EXPECT_THAT(read(2), ElementsAre(32, 33)) << "3 ms after power-on, 2 ms into the file";
}

TEST_F(PdmMicrophone, IsSilentAndDrawsNothingWithoutItsSupply) {
  microphone("startup_us = 1000");
  part->set_supplied(false);
  sound->start(kRate, bench.now());
  EXPECT_EQ(bench.power_state("microphone"), "");
  EXPECT_THAT(read(32), Each(0));
  bench.run_for(Duration::from_ms(2));
  part->set_supplied(true);
  EXPECT_EQ(bench.power_state("microphone"), "on");
  EXPECT_THAT(read(16), Each(0));
  EXPECT_THAT(read(2), ElementsAre(0, 1));
  part->set_supplied(false);
  EXPECT_THAT(read(8), Each(0));
}

TEST_F(PdmMicrophone, HasTheSameFutureAfterRestore) {
  microphone("startup_us = 1000");
  sound->start(kRate, bench.now());
  read(20);
  const auto state = bench.save();
  const auto expected = read(20);
  read(100);
  bench.restore(state);
  EXPECT_EQ(read(20), expected);
}

TEST_F(PdmMicrophone, RefusesParametersThatMakeNoSense) {
  EXPECT_THROW(bench.add_device("m", "pdm_microphone", "", R"(start = "later")"), InputError);
  EXPECT_THROW(bench.add_device("m", "pdm_microphone", "", "gain_db = 1000"), InputError);
  EXPECT_THROW(bench.add_device("m", "pdm_microphone", "", "startup_us = -1"), InputError);
  EXPECT_THROW(bench.add_device("m", "pdm_microphone", "", "volume = 11"), InputError);
}

}  // namespace
}  // namespace tinyscope::test
