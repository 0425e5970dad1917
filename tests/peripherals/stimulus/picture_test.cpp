// Pictures: scaling by area, PNG and JPEG files, and hostile files.
#include "peripherals/stimulus/picture.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <random>

#include "peripherals/stimulus/picture_file.hpp"
#include "sim/error.hpp"
#include "tests/peripherals/picture_bytes.hpp"

namespace tinyscope::test {
namespace {

using ::testing::AllOf;
using ::testing::ElementsAre;
using ::testing::HasSubstr;

// The red values of a row.
std::vector<int> reds(const Picture& picture, unsigned y = 0) {
  std::vector<int> values;
  for (unsigned x = 0; x < picture.width; ++x) values.push_back(picture.pixel(x, y)[0]);
  return values;
}
Picture row_of(std::vector<int> reds) {
  return paint(static_cast<unsigned>(reds.size()), 1, [&reds](unsigned x, unsigned) {
    return Rgb{static_cast<std::uint8_t>(reds[x]), 0, 0};
  });
}

std::string refusal(std::span<const std::uint8_t> bytes) {
  try {
    decode_picture(bytes, "picture.file");
  } catch (const InputError& error) {
    return error.what();
  }
  return "accepted";
}

TEST(Resample, AveragesWhatAPixelCovers) {
  const Picture source = row_of({10, 20, 30, 50});
  EXPECT_THAT(reds(resample(source, {0, 0, 2, 1, 2}, {0, 0, 1, 1, 1})), ElementsAre(15, 40));
  // 4 pixels into 3: each covers 4/3: 10 and a third of 20, ...
  EXPECT_THAT(reds(resample(source, {0, 0, 4, 3, 3}, {0, 0, 1, 1, 1})),
              ElementsAre(13 /* 12.5 */, 25, 45));
}

TEST(Resample, WeighsRowsAsColumns) {
  const Picture source = paint(1, 4, [](unsigned, unsigned y) {
    return Rgb{0, static_cast<std::uint8_t>(10 * (y + 1)), 0};
  });
  const Picture half = resample(source, {0, 0, 1, 1, 1}, {0, 0, 2, 1, 2});
  EXPECT_EQ(half.pixel(0, 0)[1], 15);
  EXPECT_EQ(half.pixel(0, 1)[1], 35);
}

TEST(Resample, GoesOnBeyondTheEdgeAsAtTheEdge) {
  const Picture source = row_of({10, 20});
  EXPECT_THAT(reds(resample(source, {-2, 0, 1, 1, 6}, {5, 0, 1, 1, 1})),
              ElementsAre(10, 10, 10, 20, 20, 20));
}

TEST(Fit, ShowsTheMiddleInTheProportionsOfTheSensor) {
  const Picture wide = paint(1'000, 300, [](unsigned x, unsigned) {
    return Rgb{static_cast<std::uint8_t>(x < 300 || x >= 700 ? 255 : 7), 0, 0};
  });
  const FieldOfView view = field_of_view(wide, 640, 480);
  EXPECT_EQ(view.x, 300u);
  EXPECT_EQ(view.width, 400u);
  EXPECT_EQ(view.height, 300u);
  const Picture shown = fit(wide, 640, 480);
  EXPECT_EQ(shown.width, 640u);
  EXPECT_EQ(shown.height, 480u);
  EXPECT_EQ(shown.pixel(0, 0)[0], 7);
  EXPECT_EQ(shown.pixel(639, 479)[0], 7);

  const FieldOfView high = field_of_view(plain(480, 640, {}), 640, 480);
  EXPECT_EQ(high.y, 140u);
  EXPECT_EQ(high.height, 360u);
}

TEST(Fit, EnlargesASinglePixel) {
  const Picture shown = fit(plain(1, 1, {1, 2, 3}), 640, 480);
  EXPECT_EQ(shown.pixel(639, 479)[2], 3);
}

TEST(PictureFile, ReadsPngExactly) {
  const Picture picture = paint(37, 21, [](unsigned x, unsigned y) {
    return Rgb{static_cast<std::uint8_t>(x), static_cast<std::uint8_t>(y), 200};
  });
  const Picture read = decode_picture(png_of(picture), "a.png");
  EXPECT_EQ(read.width, 37u);
  EXPECT_EQ(read.height, 21u);
  EXPECT_EQ(read.rgb, picture.rgb);
}

TEST(PictureFile, MakesGreyOfGreyPng) {
  const std::vector<std::uint8_t> grey{0, 100, 200, 255};
  const Picture read = decode_picture(png_of(2, 2, PNG_FORMAT_GRAY, grey.data()), "g.png");
  EXPECT_THAT(read.rgb, ElementsAre(0, 0, 0, 100, 100, 100, 200, 200, 200, 255, 255, 255));
}

TEST(PictureFile, ShowsTransparentPartsOnBlack) {
  const std::vector<std::uint8_t> rgba{90, 80, 70, 0, 90, 80, 70, 255};
  const Picture read = decode_picture(png_of(2, 1, PNG_FORMAT_RGBA, rgba.data()), "t.png");
  EXPECT_THAT(read.rgb, ElementsAre(0, 0, 0, 90, 80, 70));
}

TEST(PictureFile, ReadsJpegNearly) {
  const Picture picture = plain(33, 17, {200, 100, 50});
  const Picture read = decode_picture(jpeg_of(picture), "a.jpg");
  ASSERT_EQ(read.rgb.size(), picture.rgb.size());
  for (std::size_t i = 0; i < read.rgb.size(); ++i) {
    ASSERT_NEAR(read.rgb[i], picture.rgb[i], 3) << i;
  }
}

TEST(PictureFile, MakesGreyOfGreyJpeg) {
  const std::vector<std::uint8_t> grey(64, 123);
  const Picture read = decode_picture(jpeg_of(8, 8, 1, grey.data()), "g.jpg");
  EXPECT_EQ(read.rgb[0], read.rgb[1]);
  EXPECT_EQ(read.rgb[1], read.rgb[2]);
  EXPECT_NEAR(read.rgb[0], 123, 1);
}

TEST(PictureFileRefuses, WhatIsNoPicture) {
  const std::vector<std::uint8_t> text{'h', 'e', 'l', 'l', 'o'};
  EXPECT_THAT(refusal(text),
              AllOf(HasSubstr("picture.file"), HasSubstr("PNG or JPEG"), HasSubstr("ffmpeg")));
  EXPECT_THAT(refusal({}), HasSubstr("not a picture"));
}

TEST(PictureFileRefuses, EveryTruncation) {
  const Picture picture = paint(24, 16, [](unsigned x, unsigned y) {
    return Rgb{static_cast<std::uint8_t>(x * y), static_cast<std::uint8_t>(x * 7), 9};
  });
  const std::vector<std::uint8_t> png = png_of(picture);
  // The last 16 bytes are the check sum of the data and the empty last chunk: all pixels are there.
  for (std::size_t size = 0; size + 16 < png.size(); ++size) {
    EXPECT_NE(refusal(std::span(png).first(size)), "accepted") << size << " of " << png.size();
  }
  const std::vector<std::uint8_t> jpeg = jpeg_of(picture);
  for (std::size_t size = 0; size + 2 < jpeg.size(); ++size) {
    EXPECT_NE(refusal(std::span(jpeg).first(size)), "accepted") << size << " of " << jpeg.size();
  }
}

TEST(PictureFileRefuses, AbsurdSizesBeforeItTakesMemoryForThem) {
  std::vector<std::uint8_t> png = png_of(plain(4, 4, {}));
  // PNG specification, 11.2.2 IHDR: width and height, big-endian, at offset 16; its CRC at 29 is
  // wrong then, which is another reason to refuse.
  png[16] = 0x7F;
  EXPECT_NE(refusal(png), "accepted");
  std::vector<std::uint8_t> jpeg = jpeg_of(plain(8, 8, {}));
  // ITU-T T.81, B.2.2 frame header: marker FFC0, length, precision, height, width.
  for (std::size_t i = 0; i + 9 < jpeg.size(); ++i) {
    if (jpeg[i] == 0xFF && jpeg[i + 1] == 0xC0) jpeg[i + 5] = jpeg[i + 7] = 0xF0;
  }
  EXPECT_THAT(refusal(jpeg), HasSubstr("too large"));
}

TEST(PictureFileRefuses, AnEmptyFileAndAMissingOne) {
  const auto folder = picture_folder("picture_file");
  const std::string empty = save(folder / "empty.png", {});
  EXPECT_THROW(read_picture_file(empty), InputError);
  EXPECT_THROW(read_picture_file(folder / "missing.png"), InputError);
  EXPECT_THROW(read_picture_file(folder), InputError);
}

// Damaged files are shown or refused; anything else, such as a crash, is a bug.
TEST(PictureFile, SurvivesDamage) {
  const Picture picture = paint(40, 30, [](unsigned x, unsigned y) {
    return Rgb{static_cast<std::uint8_t>(x * 6), static_cast<std::uint8_t>(y * 8),
               static_cast<std::uint8_t>(x ^ y)};
  });
  std::mt19937 random(1);
  for (const auto& whole : {png_of(picture), jpeg_of(picture)}) {
    for (int run = 0; run < 2'000; ++run) {
      std::vector<std::uint8_t> bytes = whole;
      for (unsigned changes = 1 + random() % 4; changes > 0; --changes) {
        bytes[random() % bytes.size()] = static_cast<std::uint8_t>(random());
      }
      if (random() % 8 == 0) bytes.resize(random() % bytes.size());
      try {
        const Picture read = decode_picture(bytes, "damaged");
        EXPECT_EQ(read.rgb.size(), std::size_t{read.width} * read.height * 3);
      } catch (const InputError&) {
      }
    }
  }
}

}  // namespace
}  // namespace tinyscope::test
