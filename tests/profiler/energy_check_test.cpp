// The energy models of STM32L4R5 and STM32H7A3 against published energies of complete inferences.
//
// Activity: counted by this simulator while it ran the very images of the submissions, mean of two
// inferences behind one that warms up ("Performance" images, flash in one bank). Energy: median of
// results.txt below closed/STMicroelectronics/results/NUCLEO_L4R5ZI (v1.2: 1.8 V from the LDO) and
// NUCLEO_L4R5ZI-P (v1.3: 3.0 V, external SMPS). Both at 120 MHz. See docs/energy.md.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <string>
#include <string_view>

#include "profiler/energy.hpp"
#include "sim/description/soc.hpp"
#include "tests/support/paths.hpp"

namespace tinyscope {
namespace {

struct Chip {
  const char* soc;
  std::uint64_t hz;
};

constexpr Chip kL4r5{"stm32l4r5", 120'000'000};
constexpr Chip kH7a3{"stm32h7a3", 280'000'000};

struct Measured {
  Chip chip;
  const char* image;
  const char* supply;  // state of unit "pwr"
  double volts;
  std::uint64_t cycles, instructions, loads, stores, multiplies, flash_reads;
  double published_uj;
};

constexpr Measured kMeasured[] = {
    {kL4r5, "v1.2 ad", "boost", 1.8, 637'563, 457'535, 140'655, 2'443, 133'792, 58'416, 203.368},
    {kL4r5, "v1.2 ic", "boost", 1.8, 19'728'891, 14'798'457, 5'461'975, 411'756, 6'430'302, 872'048,
     6919.375},
    {kL4r5, "v1.2 kws", "boost", 1.8, 5'132'611, 4'335'906, 1'351'754, 177'566, 1'458'210, 99'388,
     1820.454},
    {kL4r5, "v1.2 vww", "boost", 1.8, 10'520'856, 8'563'033, 2'735'490, 486'258, 2'251'175, 415'754,
     3894.566},
    {kL4r5, "v1.3 ad", "smps", 3.0, 573'748, 380'646, 95'716, 3'653, 133'822, 18'401, 160.4232},
    {kL4r5, "v1.3 ic", "smps", 3.0, 19'758'288, 14'763'953, 5'463'032, 412'750, 6'430'317, 37'975,
     5495.915},
    {kL4r5, "v1.3 kws", "smps", 3.0, 5'165'262, 4'328'380, 1'351'092, 177'322, 1'458'209, 14'934,
     1430.6681},
    {kL4r5, "v1.3 vww", "smps", 3.0, 10'591'031, 8'560'685, 2'735'480, 486'207, 2'251'207, 31'392,
     3029.7521},
    {kH7a3, "v1.2 H7A3 ad", "vos0-smps", 3.0, 344'498, 448'659, 140'653, 2'554, 133'790, 0,
     165.728},
    {kH7a3, "v1.2 H7A3 ic", "vos0-smps", 3.0, 11'352'676, 15'711'172, 5'446'662, 377'204, 6'421'288,
     0, 5090.283},
    {kH7a3, "v1.2 H7A3 kws", "vos0-smps", 3.0, 3'198'986, 4'291'248, 1'332'889, 160'906, 1'449'117,
     0, 1375.599},
    {kH7a3, "v1.2 H7A3 vww", "vos0-smps", 3.0, 6'911'988, 8'489'974, 2'681'685, 452'129, 2'246'166,
     0, 2965.461},
};

Estimate modelled(const Measured& measured) {
  SocDescription soc =
      load_soc(std::string(TINYSCOPE_SOURCE_DIR "/sim/socs/") + measured.chip.soc + ".toml");
  soc.power.supply_volts = measured.volts;
  EnergyMeter meter(soc.power, {}, measured.chip.hz);
  meter.change({"pwr", measured.supply, {}});
  Activity activity;
  const auto set = [&](ActivityEvent event, std::uint64_t count) {
    activity.events[static_cast<std::size_t>(event)] = count;
  };
  set(ActivityEvent::kInstruction, measured.instructions);
  set(ActivityEvent::kLoad, measured.loads);
  set(ActivityEvent::kStore, measured.stores);
  set(ActivityEvent::kMultiply, measured.multiplies);
  set(ActivityEvent::kFlashRead, measured.flash_reads);
  return meter.energy_uj(meter.run(measured.cycles, activity));
}

class PublishedEnergy : public ::testing::TestWithParam<Measured> {};

TEST_P(PublishedEnergy, IsMetWithinTenPercentAndWithinTheBounds) {
  const Estimate model = modelled(GetParam());
  EXPECT_NEAR(model.value / GetParam().published_uj, 1, 0.1);
  EXPECT_LT(model.low, GetParam().published_uj);
  EXPECT_GT(model.high, GetParam().published_uj);
}

INSTANTIATE_TEST_SUITE_P(MlperfTiny, PublishedEnergy, ::testing::ValuesIn(kMeasured),
                         [](const auto& test) {
                           std::string name = test.param.image;
                           for (char& c : name) {
                             if (c == '.' || c == ' ') c = '_';
                           }
                           return name;
                         });

// The LDO's current does not depend on the supply: Krai (v1.1) fed at 3.0 V what others fed at
// 1.8 V, and measured 1.65 to 1.67 times the power for one generation of the runtime
// (X-CUBE-AI 7.3: anomaly detection 69.70 against 42.66 mW, visual wake words 73.55 against 44.58
// mW).
TEST(PublishedEnergyScaling, FollowsTheSupplyBehindTheLdo) {
  Measured at_three_volts = kMeasured[0];
  at_three_volts.volts = 3.0;
  const double ratio = modelled(at_three_volts).value / modelled(kMeasured[0]).value;
  EXPECT_NEAR(ratio, 69.70 / 42.66, 0.05);
  EXPECT_NEAR(ratio, 73.55 / 44.58, 0.05);
}

// While they waited for a command, in a loop of one branch that reads nothing, these boards drew
// 69.2 mW (v1.2) and 70.7 mW (v1.1, both STMicroelectronics) and 74.1 mW (v1.1, Krai with X-CUBE-AI
// 8.0): medians of trace1-energy.bin outside of the windows.
TEST(PublishedPower, OfTheStm32h7a3WhileItWaitsIsMet) {
  constexpr std::uint64_t kSecond = 280'000'000;
  const Measured waiting{kH7a3, "", "vos0-smps", 3.0, kSecond, kSecond, 0, 0, 0, 0, 0};
  EXPECT_NEAR(modelled(waiting).value / 1000, 71.3, 7.1);
}

// Older firmware drew some 17 mW more, waiting and inferring, for a reason that its sources do not
// show. The bounds are as wide as that: v0.7 of STMicroelectronics, energy in uJ by inferences each
// second, with the accesses of the image of v1.2 for the same time.
TEST(PublishedPower, OfOlderFirmwareOnTheStm32h7a3LiesWithinTheBounds) {
  const Measured& kws = *std::ranges::find_if(kMeasured, [](const Measured& row) {
    return std::string_view(row.image) == "v1.2 H7A3 kws";
  });
  const Estimate model = modelled(kws);
  const double seconds = static_cast<double>(kws.cycles) / static_cast<double>(kws.chip.hz);
  EXPECT_GT(model.high / seconds, 3713.191 * 44.863);
  EXPECT_LT(model.low / seconds, 3713.191 * 44.863);
}

}  // namespace
}  // namespace tinyscope
