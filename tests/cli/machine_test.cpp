// A whole board: stops change nothing.
#include "sim/cli/machine.hpp"

#include <gtest/gtest.h>

#include <string>

#include "sim/cli/firmware.hpp"
#include "tests/support/paths.hpp"

namespace tinyscope {
namespace {

const std::string kVerifyDsp =
    TINYSCOPE_SOURCE_DIR "/firmware-samples/kws/prebuilt/kws-verify-dsp.elf";

struct Board {
  FirmwareImage image = load_image(kVerifyDsp, "");
  Machine machine{load_board("nano33ble-sense"), image, {}};
  std::string printed;

  Board() {
    machine.consoles().at(0)->on_transmit(
        [this](std::uint8_t byte, TimePoint) { printed += static_cast<char>(byte); });
    machine.power_on();
  }
  void run_to(std::uint64_t cycle) {
    machine.core().set_cycle_limit({cycle});
    machine.core().run();
  }
};

constexpr std::uint64_t kEnd = 30'000'000;

TEST(Machine, StoppingManyTimesGivesTheSameRunAsRunningThrough) {
  Board through;
  through.run_to(kEnd);
  Board stopping;
  for (std::uint64_t cycle = 7919; cycle < kEnd; cycle += 77'773) stopping.run_to(cycle);
  stopping.run_to(kEnd);
  EXPECT_EQ(stopping.printed, through.printed);
  EXPECT_EQ(stopping.machine.core().counts().instructions,
            through.machine.core().counts().instructions);
  EXPECT_EQ(stopping.machine.core().cycles().count, through.machine.core().cycles().count);
}

}  // namespace
}  // namespace tinyscope
