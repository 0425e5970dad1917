// Parts on the boards that come with the simulator, and how boards hang them on the chip.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>

#include "sim/cli/firmware.hpp"
#include "sim/cli/machine.hpp"
#include "sim/error.hpp"
#include "tests/support/paths.hpp"

namespace tinyscope {
namespace {

const std::string kAnyFirmware =
    TINYSCOPE_SOURCE_DIR "/firmware-samples/kws/prebuilt/kws-verify-dsp.elf";

std::vector<std::string> parts(const std::string& board) {
  std::vector<std::string> names;
  for (const DeviceDescription& device : load_board(board).devices) names.push_back(device.name);
  return names;
}

// Documentation of the two boards: Rev2 has BMI270, BMM150 and HS3003 instead of LSM9DS1 and
// HTS221.
TEST(BoardParts, BothRevisionsOfTheSenseHaveTheirOwnSensors) {
  using ::testing::IsSupersetOf;
  const auto first = parts("nano33ble-sense");
  EXPECT_THAT(first, IsSupersetOf({"lsm9ds1", "hts221", "lps22hb", "apds9960", "microphone"}));
  const auto second = parts("nano33ble-sense-rev2");
  EXPECT_THAT(second,
              IsSupersetOf({"bmi270", "bmm150", "hs3003", "lps22hb", "apds9960", "microphone"}));
  EXPECT_THAT(second, ::testing::Not(::testing::Contains("lsm9ds1")));
  EXPECT_THAT(second, ::testing::Not(::testing::Contains("hts221")));
}

// Builds the machine of a board whose UART or microphone has a GPS receiver.
std::string connected(const std::string& chip_port) {
  const std::string text =
      "extends = \"nano33ble\"\nname = \"tracker\"\ntitle = \"Tracker\"\n"
      "[[device]]\nname = \"gps\"\ntype = \"gps_nmea\"\nconnect = { \"" +
      chip_port + "\" = \"uart\" }\n";
  try {
    const FirmwareImage image = load_image(kAnyFirmware, "");
    Machine machine(read_board(TomlTable::from_text(text, "tracker.toml"), "tracker.toml"), image,
                    {});
    machine.power_on();
    return "built";
  } catch (const InputError& error) {
    return error.what();
  }
}

TEST(BoardParts, AUartTakesAPartThatSpeaksOverIt) {
  EXPECT_EQ(connected("uarte0.uart"), "built");
  EXPECT_THAT(connected("pdm.audio"),
              ::testing::HasSubstr("cannot connect 'pdm.audio' with 'uart' of device 'gps'"));
}

}  // namespace
}  // namespace tinyscope
