// A light-emitting diode on a pad of the nRF52840. GPIO registers: PS, chapter "GPIO".
#include <gtest/gtest.h>

#include "tests/support/peripheral_bench.hpp"

namespace tinyscope::test {
namespace {

constexpr Address kP0 = 0x5000'0000;
constexpr Address kOutSet = kP0 + 0x508;
constexpr Address kOutClr = kP0 + 0x50C;
constexpr Address kDirSet = kP0 + 0x518;
constexpr Address kDirClr = kP0 + 0x51C;
constexpr std::uint32_t kPin = 1u << 24;

class Led : public ::testing::TestWithParam<bool> {
 protected:
  Led() {
    bench.add("p0", "nordic.gpio", kP0 + 0x500, "port = 0", 0x300);
    auto& pad = dynamic_cast<PadPort&>(*bench.peripheral("p0").port("P0.24"));
    Device& led = bench.add_device("led", "led", "", active_high ? "" : "active = \"low\"");
    EXPECT_TRUE(led.connect_pin("out", pad));
    led.reset(ResetKind::kPowerOn);
  }
  void drive(bool light) { bench.write(light == active_high ? kOutSet : kOutClr, kPin); }
  std::string state() { return bench.power_state("led"); }

  const bool active_high = GetParam();
  PeripheralBench bench;
};

TEST_P(Led, IsDarkUntilItsPinIsDriven) {
  EXPECT_EQ(state(), "");
  drive(true);
  EXPECT_EQ(state(), "");  // PIN_CNF still says input
  bench.write(kDirSet, kPin);
  EXPECT_EQ(state(), "on");
  drive(false);
  EXPECT_EQ(state(), "");
}

TEST_P(Led, GoesOutWhenItsPinIsLetGo) {
  drive(true);
  bench.write(kDirSet, kPin);
  bench.write(kDirClr, kPin);
  EXPECT_EQ(state(), "");
}

INSTANTIATE_TEST_SUITE_P(Active, Led, ::testing::Bool(),
                         [](const auto& active) { return active.param ? "High" : "Low"; });

}  // namespace
}  // namespace tinyscope::test
