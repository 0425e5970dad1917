// The format of power models: chips with LDO, DC/DC and SMPS, charges of events, wake-ups.
#include "sim/description/power.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "sim/error.hpp"

namespace tinyscope {
namespace {

using ::testing::HasSubstr;
using ::testing::SizeIs;

const std::vector<std::string> kUnits = {"cpu", "pwr", "uart"};

PowerDescription read(std::string_view text) {
  return read_power(TomlTable::from_text(text, "chip.toml"), kUnits);
}

std::string error_of(std::string_view text) {
  try {
    read(text);
  } catch (const InputError& error) {
    return error.what();
  }
  return "";
}

// As a Cortex-M7 behind its SMPS would be described: power stays when the supply changes, data
// sheet figures by code placement, charges for what data sheets do not split up.
constexpr std::string_view kSmpsChip = R"(supply_volts = 3.3
supply_source = "data sheet"
[[current]]
unit = "cpu"
state = "run"
when = "pwr=smps"
microamps_per_mhz = 120
regulator = "switching"
volts = 3.0
free = true
uncertainty = 0.1
source = "measured"
[[current]]
unit = "cpu"
state = "run"
when = "pwr=smps"
code = "ram"
microamps = 100
microamps_per_mhz = 90
uncertainty = 0.1
source = "data sheet"
[[activity]]
event = "multiply"
picocoulombs = 30
uncertainty = 0.5
source = "estimate"
free = true
[[activity]]
event = "flash_read"
when = "pwr=smps"
picocoulombs = 300
regulator = "switching"
uncertainty = 0.5
source = "estimate"
[[wake_up]]
state = "stop"
nanocoulombs = 40
uncertainty = 0.5
source = "estimate"
)";

TEST(Power, IsReadWithRegulatorPlacementAndCharges) {
  const PowerDescription power = read(kSmpsChip);
  EXPECT_EQ(power.supply_volts, 3.3);
  ASSERT_THAT(power.currents, SizeIs(2));
  EXPECT_EQ(power.currents[0].regulator, Regulator::kSwitching);
  EXPECT_EQ(power.currents[0].volts, 3.0);
  EXPECT_TRUE(power.currents[0].free);
  EXPECT_EQ(power.currents[1].code, "ram");
  EXPECT_EQ(power.currents[1].regulator, Regulator::kLinear);
  EXPECT_FALSE(power.currents[1].free);
  ASSERT_THAT(power.activities, SizeIs(2));
  EXPECT_EQ(power.activities[0].event, ActivityEvent::kMultiply);
  EXPECT_EQ(power.activities[1].picocoulombs, 300);
  EXPECT_EQ(power.activities[1].when, "pwr=smps");
  ASSERT_THAT(power.wake_ups, SizeIs(1));
  EXPECT_EQ(power.wake_ups[0].state, "stop");
}

TEST(Power, RefusesWhatItDoesNotKnow) {
  const std::string head = "supply_volts = 3\nsupply_source = 's'\n";
  const std::string tail = "uncertainty = 0.1\nsource = 's'\n";
  EXPECT_THAT(error_of(head + "[[activity]]\nevent = 'multply'\npicocoulombs = 1\n" + tail),
              HasSubstr("activity.event: unknown event 'multply'"));
  EXPECT_THAT(error_of(head + "[[activity]]\nevent = 'load'\npicocoulombs = -1\n" + tail),
              HasSubstr("activity.picocoulombs: expected 0 or more"));
  EXPECT_THAT(error_of(head +
                       "[[current]]\nunit = 'cpu'\nstate = 'run'\nmicroamps = 1\n"
                       "regulator = 'buck'\n" +
                       tail),
              HasSubstr("current.regulator: expected \"linear\""));
  EXPECT_THAT(error_of(head +
                       "[[current]]\nunit = 'uart'\nstate = 'on'\nmicroamps = 1\n"
                       "code = 'ram'\n" +
                       tail),
              HasSubstr("current.code: expected \"ram\""));
  EXPECT_THAT(error_of(head + "[[wake_up]]\nstate = 'stop'\nnanocoulombs = 1\n" + tail +
                       "[[wake_up]]\nstate = 'stop'\nnanocoulombs = 2\n" + tail),
              HasSubstr("given twice"));
}

TEST(Power, IsOverriddenEntryByEntry) {
  PowerDescription power = read(kSmpsChip);
  std::vector<CurrentDescription> board = {{"uart", "on", "", 500, 0.2, "guess"}};
  override_power(TomlTable::from_text(R"([[current]]
unit = "cpu"
state = "run"
when = "pwr=smps"
microamps_per_mhz = 111
uncertainty = 0.02
source = "calibrated"
[[current]]
unit = "uart"
state = "on"
microamps = 450
uncertainty = 0.02
source = "calibrated"
[[activity]]
event = "load"
picocoulombs = 7
uncertainty = 0.1
source = "calibrated"
)",
                                      "mine.toml"),
                 power, board, kUnits);
  EXPECT_EQ(power.currents[0].microamps_per_mhz, 111);
  EXPECT_EQ(power.currents[1].microamps_per_mhz, 90) << "that from RAM is another entry";
  EXPECT_EQ(board[0].microamps, 450);
  ASSERT_THAT(power.activities, SizeIs(3));
  EXPECT_EQ(power.activities[2].picocoulombs, 7);
}

TEST(Power, OverridesNameUnitsOfTheBoard) {
  PowerDescription power = read(kSmpsChip);
  std::vector<CurrentDescription> board;
  EXPECT_THROW(override_power(TomlTable::from_text("[[current]]\nunit = 'cpux'\nstate = 'run'\n"
                                                   "microamps = 1\nuncertainty = 0\nsource = 's'\n",
                                                   "mine.toml"),
                              power, board, kUnits),
               InputError);
  EXPECT_THROW(override_power(TomlTable::from_text("[[curent]]\nunit = 'cpu'\n", "mine.toml"),
                              power, board, kUnits),
               InputError);
}

}  // namespace
}  // namespace tinyscope
