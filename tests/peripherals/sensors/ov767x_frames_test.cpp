// What an OV7670 or OV7675 shows: sizes, formats, windows, test patterns and pictures in a row.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/peripherals/sensors/camera_bench.hpp"

namespace tinyscope::test {
namespace {

using ::testing::Each;
using ::testing::ElementsAre;

constexpr std::uint8_t kCom7 = 0x12;
constexpr std::uint8_t kCom13 = 0x3D;
constexpr std::uint8_t kCom15 = 0x40;
constexpr std::uint8_t kMvfp = 0x1E;
constexpr std::uint8_t kTslb = 0x3A;
constexpr std::uint8_t kXsc = 0x70;
constexpr std::uint8_t kYsc = 0x71;
constexpr std::uint8_t kRgb444 = 0x8C;

// Blocks of 4 x 4 pixels of one colour: no two of 16 x 16 blocks are alike.
Rgb block(unsigned x, unsigned y) {
  const unsigned i = x / 4;
  const unsigned j = y / 4;
  return {static_cast<std::uint8_t>(i * 37 % 256), static_cast<std::uint8_t>(j * 53 % 256),
          static_cast<std::uint8_t>((i + j) * 11 % 256)};
}
std::string blocks_file() {
  return save(picture_folder("blocks") / "blocks.png", png_of(paint(640, 480, block)));
}
std::string plain_file(Rgb color) {
  return save(picture_folder("plain") / "plain.png", png_of(plain(640, 480, color)));
}
std::vector<std::uint8_t> rgb565(Rgb c) {
  return {static_cast<std::uint8_t>((c.red & 0xF8) | c.green >> 5),
          static_cast<std::uint8_t>((c.green << 3 & 0xE0) | c.blue >> 3)};
}

// Compares a whole frame in RGB565 with the blocks, `scale` pixels of the scene to one of the
// frame, from (left, top) of the scene on.
void expect_blocks(const std::vector<std::vector<std::uint8_t>>& frame, unsigned width,
                   unsigned height, unsigned scale, unsigned left = 0, unsigned top = 0) {
  ASSERT_EQ(frame.size(), height);
  for (unsigned y = 0; y < height; ++y) {
    ASSERT_EQ(frame[y].size(), width * 2) << "row " << y;
    for (unsigned x = 0; x < width; ++x) {
      const auto expected = rgb565(block(left + x * scale, top + y * scale));
      ASSERT_EQ(frame[y][2 * x], expected[0]) << x << ", " << y;
      ASSERT_EQ(frame[y][2 * x + 1], expected[1]) << x << ", " << y;
    }
  }
}

TEST(Ov767xFrame, ShowsVga) {
  CameraBench camera(blocks_file(), "model = \"ov7670\"");
  camera.set_up();
  camera.write({{kCom7, 0x04}, {kCom15, 0xD0}});
  expect_blocks(camera.frame(), 640, 480, 1);
}

TEST(Ov767xFrame, ShowsQvga) {
  CameraBench camera(blocks_file(), "model = \"ov7670\"");
  camera.set_up();
  camera.write({{kCom15, 0xD0}});
  camera.qvga(0x04);
  expect_blocks(camera.frame(), 320, 240, 2);
  EXPECT_NEAR(camera.frame_seconds(), 784 * 510 * 2e-6, 1e-9);  // as VGA
}

TEST(Ov767xFrame, ShowsQqvga) {
  CameraBench camera(blocks_file(), "model = \"ov7670\"");
  camera.set_up();
  camera.write({{kCom7, 0x04}, {kCom15, 0xD0}});
  camera.qqvga();
  expect_blocks(camera.frame(), 160, 120, 4);
}

// The driver's QCIF is VGA at half the size with a window of 352 columns, of which it takes the
// first 144 rows.
TEST(Ov767xFrame, ShowsTheDriversQcif) {
  CameraBench camera(blocks_file(), "model = \"ov7670\"");
  camera.set_up();
  camera.write({{kCom7, 0x04}, {kCom15, 0xD0}});
  camera.window(456, 24, 14, 494);
  camera.write({{0x0C, 0x04}, {0x3E, 0x11}, {0x73, 0xF1}, {0xA2, 0x52}});
  auto frame = camera.frame();
  EXPECT_GE(frame.size(), 144u);
  frame.resize(144);
  for (auto& row : frame) EXPECT_EQ(row.size(), 176u * 2);
  expect_blocks(frame, 176, 144, 2, 456 - 168, 14 - 12);
}

// With its window for the OV7675 it takes the middle.
TEST(Ov767xFrame, ShowsTheDriversQcifOnTheOv7675) {
  CameraBench camera(blocks_file());
  camera.set_up();
  camera.write({{kCom7, 0x04}, {kCom15, 0xD0}});
  camera.window(250, 24, 120, 180);
  camera.write({{0x0C, 0x04}, {0x3E, 0x11}, {0x73, 0xF1}, {0xA2, 0x52}});
  auto frame = camera.frame();
  ASSERT_GE(frame.size(), 144u);
  frame.resize(144);
  for (auto& row : frame) row.resize(176 * 2);
  expect_blocks(frame, 176, 144, 2, 250 - 168, 120 - 12);
}

TEST(Ov767xFrame, ShowsCifWithTheDriversWindow) {
  CameraBench camera(plain_file({10, 20, 30}), "model = \"ov7670\"");
  camera.set_up();
  camera.write({{kCom7, 0x24}, {kCom15, 0xD0}});
  camera.window(170, 90, 14, 494);
  const auto frame = camera.frame();
  EXPECT_EQ(frame.size(), 288u);
  EXPECT_EQ(frame[0].size(), 352u * 2);
  EXPECT_EQ(frame[100][200], rgb565({10, 20, 30})[0]);
}

TEST(Ov767xFrame, SetsTheWindowByItselfIfTslbSaysSo) {
  CameraBench camera(plain_file({10, 20, 30}));
  camera.set_up();
  camera.write({{kTslb, 0x05}});
  struct Size {
    std::uint8_t com7;
    std::size_t width;
    std::size_t height;
  };
  for (const Size& size :
       {Size{0x00, 640, 480}, Size{0x20, 352, 288}, Size{0x10, 320, 240}, Size{0x08, 176, 144}}) {
    camera.write({{kCom7, size.com7}});
    const auto frame = camera.frame();
    EXPECT_EQ(frame.size(), size.height);
    EXPECT_EQ(frame[0].size(), size.width * 2);
  }
}

TEST(Ov767xFrame, ShowsAWindow) {
  CameraBench camera(blocks_file(), "model = \"ov7670\"");
  camera.set_up();
  camera.write({{kCom7, 0x04}, {kCom15, 0xD0}});
  camera.window(158 + 40, 158 + 40 + 100, 10 + 20, 10 + 20 + 50);
  expect_blocks(camera.frame(), 100, 50, 1, 40, 20);
}

TEST(Ov767xFrame, MirrorsAndFlips) {
  CameraBench camera(blocks_file(), "model = \"ov7670\"");
  camera.set_up();
  camera.write({{kCom15, 0xD0}});
  camera.qvga(0x04);
  camera.write({{kMvfp, 0x21}});
  auto row = camera.frame(1).at(0);
  row.resize(2);
  EXPECT_EQ(row, rgb565(block(638, 0)));
  camera.write({{kMvfp, 0x11}});
  row = camera.frame(1).at(0);
  row.resize(2);
  EXPECT_EQ(row, rgb565(block(0, 478)));
}

TEST(Ov767xFormat, PacksRgb) {
  CameraBench camera(plain_file({0b1011'0111, 0b0110'1011, 0b1101'0010}));
  camera.set_up();
  const auto pixel = [&camera] {
    auto row = camera.frame(1).at(0);
    row.resize(2);
    return row;
  };
  camera.write({{kCom7, 0x04}, {kCom15, 0xD0}});
  EXPECT_THAT(pixel(), ElementsAre(0b10110'011, 0b010'11010));
  camera.write({{kCom15, 0xF0}});  // RGB555
  EXPECT_THAT(pixel(), ElementsAre(0b0'10110'01, 0b101'11010));
  camera.write({{kCom15, 0xD0}, {kRgb444, 0x02}});
  EXPECT_THAT(pixel(), ElementsAre(0b0000'1011, 0b0110'1101));
  camera.write({{kRgb444, 0x03}});
  EXPECT_THAT(pixel(), ElementsAre(0b1011'0110, 0b1101'0000));
}

// ITU-R BT.601, full range: Y 84.16, U 128 + 0.564 (50 - Y), V 128 + 0.713 (180 - Y).
TEST(Ov767xFormat, OrdersYuvByTslbAndCom13) {
  CameraBench camera(plain_file({180, 42, 50}));
  camera.set_up();
  const std::uint8_t y = 84;
  const std::uint8_t u = 109;
  const std::uint8_t v = 196;
  const auto pixels = [&camera] {
    auto row = camera.frame(1).at(0);
    row.resize(4);
    return row;
  };
  camera.write({{kCom7, 0x00}});
  EXPECT_THAT(pixels(), ElementsAre(y, u, y, v));
  camera.write({{kCom13, 0xC1}});
  EXPECT_THAT(pixels(), ElementsAre(y, v, y, u));
  camera.write({{kTslb, 0x0C}});
  EXPECT_THAT(pixels(), ElementsAre(v, y, u, y));
  camera.write({{kCom13, 0xC0}});
  EXPECT_THAT(pixels(), ElementsAre(u, y, v, y));
}

// The driver's GRAYSCALE: each first byte of two.
TEST(Ov767xFormat, ShowsGreyPicturesAsY) {
  const Picture ramp = paint(640, 480, [](unsigned x, unsigned) {
    const auto level = static_cast<std::uint8_t>(x * 255 / 639);
    return Rgb{level, level, level};
  });
  CameraBench camera(save(picture_folder("ramp") / "ramp.png", png_of(ramp)));
  camera.set_up();
  const auto row = camera.frame(1).at(0);
  for (unsigned x = 0; x < 640; ++x) {
    ASSERT_EQ(row[2 * x], x * 255 / 639) << x;
    ASSERT_EQ(row[2 * x + 1], 128) << x;
  }
}

TEST(Ov767xFormat, LimitsTheRangeByCom15) {
  CameraBench camera(plain_file({255, 255, 255}));
  camera.set_up();
  EXPECT_EQ(camera.frame(1)[0][0], 0xFF);
  camera.write({{kCom15, 0x80}});
  EXPECT_EQ(camera.frame(1)[0][0], 0xFE);
  camera.write({{kCom15, 0x00}});
  EXPECT_EQ(camera.frame(1)[0][0], 0xF0);
}

// Raw pixels last one PCLK each; SBGGR8 in Linux's driver.
TEST(Ov767xFormat, ShowsRawPixels) {
  CameraBench camera(plain_file({11, 22, 33}), "model = \"ov7670\"");
  camera.set_up();
  camera.write({{kCom7, 0x01}});
  const auto frame = camera.frame(2);
  ASSERT_EQ(frame[0].size(), 640u);
  EXPECT_EQ(frame[0][0], 33);
  EXPECT_EQ(frame[0][1], 22);
  EXPECT_EQ(frame[1][0], 22);
  EXPECT_EQ(frame[1][1], 11);
  EXPECT_NEAR(camera.frame_seconds(), 784 * 510 * 1e-6, 1e-9);
}

// Values 1 to 3 of the driver's testPattern(): bit 0 is in SCALING_XSC, bit 1 in SCALING_YSC.
TEST(Ov767xTestPattern, ShowsEightBars) {
  CameraBench camera;
  camera.set_up();
  camera.write({{kCom15, 0xD0}, {kXsc, 0x3A}, {kYsc, 0xB5}});
  camera.qvga(0x04);
  const Rgb bars[] = {{255, 255, 255}, {255, 255, 0}, {0, 255, 255}, {0, 255, 0},
                      {255, 0, 255},   {255, 0, 0},   {0, 0, 255},   {0, 0, 0}};
  for (const auto& row : camera.frame()) {
    for (unsigned x = 0; x < 320; ++x) {
      const auto expected = rgb565(bars[x / 40]);
      ASSERT_EQ(row[2 * x], expected[0]) << x;
      ASSERT_EQ(row[2 * x + 1], expected[1]) << x;
    }
  }
}

TEST(Ov767xTestPattern, FadesToGrey) {
  CameraBench camera;
  camera.set_up();
  camera.write({{kXsc, 0xBA}, {kYsc, 0xB5}});
  const auto frame = camera.frame();
  EXPECT_EQ(frame.front()[0], 255);
  EXPECT_EQ(frame.front()[2 * 639], 0);
  EXPECT_EQ(frame.back()[0], 128);
  EXPECT_EQ(frame.back()[2 * 639], 128);
}

TEST(Ov767xTestPattern, ShiftsAOne) {
  CameraBench camera;
  camera.set_up();
  camera.write({{kXsc, 0xBA}, {kYsc, 0x35}});
  auto row = camera.frame(1).at(0);
  row.resize(9);
  EXPECT_THAT(row, ElementsAre(1, 2, 4, 8, 16, 32, 64, 128, 1));
}

TEST(Ov767xPictures, AreBlackWithoutAny) {
  CameraBench camera;
  camera.set_up();
  camera.qvga(0x04);
  camera.write({{kCom15, 0xD0}});
  EXPECT_THAT(camera.frame(1).at(0), Each(0));
}

TEST(Ov767xPictures, FollowEachOtherFrameByFrame) {
  const auto folder = picture_folder("sequence");
  for (std::uint8_t i = 1; i <= 3; ++i) {
    const auto level = static_cast<std::uint8_t>(i * 50);
    save(folder / ("f" + std::to_string(i) + ".png"), png_of(plain(8, 6, {level, level, level})));
  }
  CameraBench camera(folder.string());
  camera.set_up();
  // The first frame begins with the last change of the clock: VSYNC is high already.
  camera.wait("vsync", false);
  std::vector<int> levels;
  for (int i = 0; i < 4; ++i) {
    camera.wait("href", true);
    levels.push_back(camera.data());
    camera.wait("vsync", true);
  }
  EXPECT_THAT(levels, ElementsAre(50, 100, 150, 50));

  CameraBench slow(folder.string(), "fps = 0.63\nloop = false");  // half the camera's rate
  slow.set_up();
  slow.wait("vsync", false);
  levels.clear();
  for (int i = 0; i < 7; ++i) {
    slow.wait("href", true);
    levels.push_back(slow.data());
    slow.wait("vsync", true);
  }
  EXPECT_THAT(levels, ElementsAre(50, 50, 100, 100, 150, 150, 150));
}

}  // namespace
}  // namespace tinyscope::test
