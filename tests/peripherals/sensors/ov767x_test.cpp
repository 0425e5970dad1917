// OV7670 and OV7675: SCCB, clock, power and the course of signals in time.
// Names and reset values: data sheet of the OV7670; what drivers do: Arduino_OV767X (e5dd28f).
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>

#include "sim/error.hpp"
#include "tests/peripherals/sensors/camera_bench.hpp"

namespace tinyscope::test {
namespace {

using ::testing::HasSubstr;

constexpr std::uint8_t kCom2 = 0x09;
constexpr std::uint8_t kClkrc = 0x11;
constexpr std::uint8_t kCom7 = 0x12;
constexpr std::uint8_t kCom10 = 0x15;
constexpr std::uint8_t kDblv = 0x6B;

// SCCB reads in two transfers with a stop between them.
std::uint8_t sccb_read(CameraBench& camera, std::uint8_t reg) {
  EXPECT_TRUE(camera.sccb.write({reg}));
  EXPECT_TRUE(camera.sccb.bus.start(0x21, true));
  const std::uint8_t value = camera.sccb.bus.read();
  camera.sccb.bus.stop();
  return value;
}

TEST(Ov767xSccb, DoesNotAnswerWithoutAClock) {
  CameraBench camera;
  EXPECT_FALSE(camera.sccb.write({0x0A}));
  camera.clock(16e6);
  EXPECT_TRUE(camera.sccb.write({0x0A}));
  camera.clock(0);
  EXPECT_FALSE(camera.sccb.write({0x0A}));
}

// ov7670_detect() of the driver asks for these.
TEST(Ov767xSccb, TellsWhoItIs) {
  CameraBench camera;
  camera.clock(16e6);
  EXPECT_EQ(sccb_read(camera, 0x1C), 0x7F);  // MIDH
  EXPECT_EQ(sccb_read(camera, 0x1D), 0xA2);  // MIDL
  EXPECT_EQ(sccb_read(camera, 0x0A), 0x76);  // PID
  EXPECT_EQ(sccb_read(camera, 0x0B), 0x73);  // VER
}

TEST(Ov767xSccb, KeepsWhatIsWrittenAndReadsOneRegisterAgainAndAgain) {
  CameraBench camera;
  camera.clock(16e6);
  camera.write({{0x24, 0x95}, {0x25, 0x33}});  // AEW, AEB
  EXPECT_EQ(camera.sccb.read(0x24, 3), (std::vector<std::uint8_t>{0x95, 0x95, 0x95}));
  EXPECT_EQ(sccb_read(camera, 0x25), 0x33);
  camera.write({{0x0A, 0x12}});
  EXPECT_EQ(sccb_read(camera, 0x0A), 0x76);
}

TEST(Ov767xSccb, ResetsAllRegistersByCom7) {
  CameraBench camera;
  camera.clock(16e6);
  camera.write({{0x24, 0x95}, {kClkrc, 0x3F}, {kCom7, 0x80}});
  EXPECT_EQ(sccb_read(camera, 0x24), 0x75);
  EXPECT_EQ(sccb_read(camera, kClkrc), 0x80);
  EXPECT_EQ(sccb_read(camera, kCom7), 0x00);
  EXPECT_EQ(sccb_read(camera, 0x17), 0x11);  // HSTART
  EXPECT_EQ(sccb_read(camera, 0x3A), 0x0D);  // TSLB
}

TEST(Ov767xSccb, SaysWhatIsLeftOut) {
  CameraBench camera;
  camera.clock(16e6);
  camera.write({{0x3B, 0x12}});  // COM11 as the driver has it
  EXPECT_FALSE(camera.bench.reported("night mode"));
  camera.write({{0x3B, 0x92}, {0x55, 0x10}});
  EXPECT_TRUE(camera.bench.reported("night mode"));
  EXPECT_TRUE(camera.bench.reported("BRIGHT"));
  EXPECT_TRUE(camera.bench.assumed("camera.image"));
}

TEST(Ov767xPins, AreLetGoWithoutAClock) {
  CameraBench camera;
  EXPECT_FALSE(camera.pads["vsync"].driven);
  camera.clock(16e6);
  EXPECT_TRUE(camera.pads["vsync"].driven);
  EXPECT_TRUE(camera.pads["d7"].driven);
  camera.clock(0);
  EXPECT_FALSE(camera.pads["vsync"].driven);
}

TEST(Ov767xPins, AreKnownByName) {
  PeripheralBench bench;
  FakePad pad;
  Device& camera = bench.add_device("camera", "ov767x");
  EXPECT_FALSE(camera.connect_pin("d8", pad));
  EXPECT_FALSE(camera.connect_pin("sda", pad));
}

TEST(Ov767xPower, IsActiveOnlyWithAClockAndAwake) {
  CameraBench camera;
  EXPECT_EQ(camera.bench.power_state("camera"), "standby");
  camera.clock(16e6);
  EXPECT_EQ(camera.bench.power_state("camera"), "ov7675_active");
  camera.write({{kCom2, 0x11}});
  EXPECT_EQ(camera.bench.power_state("camera"), "standby");
  CameraBench other("", "model = \"ov7670\"");
  other.clock(16e6);
  EXPECT_EQ(other.bench.power_state("camera"), "ov7670_active");
}

TEST(Ov767xPower, SleepsByCom2) {
  CameraBench camera;
  camera.set_up();
  camera.write({{kCom2, 0x11}});
  EXPECT_FALSE(camera.pads["pclk"].driven);
  EXPECT_EQ(sccb_read(camera, kCom2), 0x11);
  camera.write({{kCom2, 0x01}});
  EXPECT_TRUE(camera.pads["pclk"].driven);
  EXPECT_NEAR(camera.frame_seconds(), 0.79968, 1e-6);
}

// fps = 5/4 of PCLK in MHz; PCLK = 16 MHz * 4 / 64 = 1 MHz (ov7675_set_framerate).
TEST(Ov767xTiming, GivesTheFrameRateOfTheDriver) {
  CameraBench camera;
  camera.set_up();
  EXPECT_NEAR(camera.frame_seconds(), 784 * 510 * 2 / 1e6, 1e-9);
  camera.write({{kClkrc, 15}});  // what it sets for 5 frames a second
  EXPECT_NEAR(1 / camera.frame_seconds(), 5.0, 0.01);
}

TEST(Ov767xTiming, FollowsThePllAndThePrescaler) {
  CameraBench camera;
  camera.set_up();
  const double clocks = 784 * 510 * 2;
  struct Case {
    std::uint8_t dblv;
    std::uint8_t clkrc;
    double hz;  // of PCLK
  };
  for (const Case& c :
       {Case{0x0A, 0x01, 8e6}, Case{0x8A, 0x05, 16e6}, Case{0xCA, 0x3F, 2e6},
        Case{0x4A, 0x02, 64e6 / 3}, Case{0x0A, 0x40, 16e6}, Case{0x0A, 0x00, 8e6}}) {
    camera.write({{kDblv, c.dblv}, {kClkrc, c.clkrc}});
    EXPECT_NEAR(camera.frame_seconds(), clocks / c.hz, 1e-8) << int{c.dblv} << " " << int{c.clkrc};
  }
}

TEST(Ov767xTiming, FollowsXclk) {
  CameraBench camera;
  camera.set_up(16e6);
  const double slow = camera.frame_seconds();
  camera.bench.run_until(camera.at);
  camera.clock(8e6);
  EXPECT_NEAR(camera.frame_seconds(), 2 * slow, 1e-9);
}

// Data sheet of the OV7670, VGA frame timing: VSYNC high for 3 lines of 784 pixels, 17 lines until
// HREF rises, 640 pixels of HREF and 144 without.
TEST(Ov767xTiming, HasTheLinesOfTheDataSheet) {
  CameraBench camera("", "model = \"ov7670\"");
  camera.clock(16e6);
  camera.write({{kDblv, 0x4A}, {kClkrc, 0x3F}, {0x3A, 0x0C}});  // reset value of the window
  const double pixel = 2e-6;
  const double line = 784 * pixel;
  camera.wait("vsync", true);
  const TimePoint begin = camera.at;
  camera.wait("vsync", false);
  EXPECT_NEAR((camera.at - begin).seconds(), 3 * line, 1e-9);
  camera.wait("href", true);
  EXPECT_NEAR((camera.at - begin).seconds(), 20 * line, 1e-9);
  const TimePoint row = camera.at;
  camera.wait("href", false);
  EXPECT_NEAR((camera.at - row).seconds(), 640 * pixel, 1e-9);
  camera.wait("href", true);
  EXPECT_NEAR((camera.at - row).seconds(), line, 1e-9);
}

TEST(Ov767xTiming, PutsOutPclkOnlyWithHrefIfAsked) {
  CameraBench camera;
  camera.set_up();
  camera.wait("href", true);
  camera.wait("href", false);
  EXPECT_FALSE(camera.level("pclk"));
  const TimePoint next_row = *camera.pads["href"].signal->next_edge(camera.at);
  EXPECT_GT(*camera.pads["pclk"].signal->next_edge(camera.at), next_row);
  camera.write({{kCom10, 0x00}});
  EXPECT_LT(*camera.pads["pclk"].signal->next_edge(camera.at), next_row);
  // 144 pixels of two clocks each
  int rises = 0;
  while (camera.wait("pclk", true) && camera.at < next_row) ++rises;
  EXPECT_EQ(rises, 288);
}

TEST(Ov767xTiming, ChangesDataWherePclkFallsAndHrefRisesThere) {
  const auto folder = picture_folder("edges");
  const Picture stripes = paint(640, 480, [](unsigned x, unsigned) {
    return x % 2 == 0 ? Rgb{255, 255, 255} : Rgb{};
  });
  CameraBench camera(save(folder / "stripes.png", png_of(stripes)));
  camera.set_up();
  camera.write({{kCom10, 0x00}, {kCom7, 0x04}, {0x40, 0xD0}});  // RGB565
  camera.wait("href", true);
  EXPECT_FALSE(camera.level("pclk"));
  EXPECT_EQ(camera.data(), 0xFF);
  for (int i = 0; i < 10; ++i) {
    camera.wait("d3", i % 2 != 0);
    EXPECT_FALSE(camera.level("pclk"));
    const TimePoint change = camera.at;
    camera.wait("pclk", true);
    EXPECT_NEAR((camera.at - change).seconds(), 0.5e-6, 1e-10);
    EXPECT_EQ(camera.level("d3"), i % 2 != 0);
  }
}

// Arduino_OV767X's loop for QCIF needs more than half a divided PCLK from HREF to the first byte.
TEST(Ov767xTiming, ADividedPclkThatBeginsWithHrefLeavesTimeForTheFirstByte) {
  CameraBench camera;
  camera.set_up();
  camera.write({{kCom10, 0x20}, {0x3E, 0x19}});  // PCLK only with HREF; COM14: half of it
  camera.wait("href", true);
  const TimePoint row = camera.at;
  EXPECT_FALSE(camera.level("pclk"));
  const std::uint8_t first = camera.data();
  camera.wait("pclk", true);
  EXPECT_NEAR((camera.at - row).seconds(), 2e-6, 1e-9);  // 1 us of it as before
  EXPECT_EQ(camera.data(), first);
  camera.wait("pclk", false);
  EXPECT_NEAR((camera.at - row).seconds(), 3e-6, 1e-9);
}

TEST(Ov767xTiming, ReversesSignalsByCom10) {
  CameraBench camera;
  camera.set_up();
  camera.at = TimePoint{1};
  ASSERT_TRUE(camera.level("vsync"));
  ASSERT_FALSE(camera.level("href"));
  ASSERT_FALSE(camera.level("pclk"));
  camera.write({{kCom10, 0x20 | 0x10 | 0x08 | 0x02}});
  EXPECT_FALSE(camera.level("vsync"));
  EXPECT_TRUE(camera.level("href"));
  EXPECT_TRUE(camera.level("pclk"));
}

TEST(Ov767xTiming, InsertsDummyLinesAndPixels) {
  CameraBench camera;
  camera.set_up();
  camera.write({{0x2D, 0x10}, {0x2E, 0x01}});  // ADVFL, ADVFH: 272 lines
  EXPECT_NEAR(camera.frame_seconds(), 784 * (510 + 272) * 2e-6, 1e-9);
  camera.write({{0x2D, 0}, {0x2E, 0}, {0x2A, 0x10}, {0x2B, 0x08}});  // EXHCH, EXHCL: 264 pixels
  EXPECT_NEAR(camera.frame_seconds(), (784 + 264) * 510 * 2e-6, 1e-9);
}

// What a program sees that polls, against what next_edge() says.
TEST(Ov767xTiming, HasNoEdgeThatNextEdgeDoesNotSay) {
  CameraBench camera;
  camera.set_up();
  camera.qvga();
  for (const char* pin : {"vsync", "href", "pclk"}) {
    camera.at = TimePoint{};
    PadSignal& signal = *camera.pads[pin].signal;
    auto next = signal.next_edge(camera.at);
    bool level = signal.level(camera.at);
    for (int i = 0; i < 1'000'000; ++i) {
      camera.at = camera.at + Duration::from_ns(120);
      if (signal.level(camera.at) == level) {
        if (next) {
          ASSERT_LT(camera.at, *next) << pin;
        }
        continue;
      }
      ASSERT_TRUE(next) << pin;
      ASSERT_GE(camera.at, *next) << pin;
      ASSERT_LT((camera.at - *next).ps, 120'000u) << pin;
      level = !level;
      next = signal.next_edge(camera.at);
    }
  }
}

TEST(Ov767x, GoesOnTheSameAfterASnapshot) {
  CameraBench one;
  one.set_up();
  one.qvga();
  one.bench.run_for(Duration::from_ms(123));
  const auto state = one.bench.save();
  CameraBench two;
  two.bench.restore(state);
  EXPECT_EQ(sccb_read(two, kCom7), 0x10);
  one.at = two.at = one.bench.now();
  for (int i = 0; i < 5; ++i) {
    one.wait("href", true);
    two.wait("href", true);
    EXPECT_EQ(one.at, two.at);
  }
}

TEST(Ov767x, RefusesParametersItDoesNotKnow) {
  PeripheralBench bench;
  EXPECT_THROW(bench.add_device("a", "ov767x", {}, "model = \"ov2640\""), InputError);
  EXPECT_THROW(bench.add_device("b", "ov767x", {}, "fps = 0"), InputError);
  EXPECT_THROW(bench.add_device("c", "ov767x", "/no/such/picture.png"), InputError);
}

}  // namespace
}  // namespace tinyscope::test
