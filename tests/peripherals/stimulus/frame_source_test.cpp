// Which picture a camera sees: one file, or a folder in the order of the names.
#include "peripherals/stimulus/frame_source.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "sim/error.hpp"
#include "tests/peripherals/picture_bytes.hpp"

namespace tinyscope::test {
namespace {

using ::testing::AllOf;
using ::testing::HasSubstr;

constexpr Duration kSecond = Duration::from_ms(1'000);

std::vector<std::uint8_t> grey_png(std::uint8_t level) {
  return png_of(plain(4, 3, {level, level, level}));
}

std::string refusal(const std::filesystem::path& path) {
  RunNotes notes;
  try {
    FrameSource source("camera", path, {}, notes);
  } catch (const InputError& error) {
    return error.what();
  }
  return "accepted";
}

std::string field_of_view_note(const std::filesystem::path& path) {
  RunNotes notes;
  FrameSource source("camera", path, {}, notes);
  for (const Assumption& assumption : notes.assumptions()) {
    if (assumption.topic == "camera.field_of_view") return assumption.text;
  }
  return "";
}

TEST(FrameSource, ShowsOneFileForEver) {
  const auto folder = picture_folder("one");
  RunNotes notes;
  FrameSource source("camera", save(folder / "a.png", grey_png(9)), {}, notes);
  EXPECT_EQ(source.count(), 1u);
  EXPECT_EQ(source.index(0, {}), 0u);
  EXPECT_EQ(source.index(1'000, kSecond), 0u);
  EXPECT_EQ(source.picture(0).width, 640u);
  EXPECT_EQ(source.picture(0).pixel(639, 479)[1], 9);
}

TEST(FrameSource, TakesTheFilesOfAFolderInTheOrderOfTheirNames) {
  const auto folder = picture_folder("order");
  save(folder / "frame10.png", grey_png(10));
  save(folder / "frame2.PNG", grey_png(2));
  save(folder / "frame002b.jpeg", jpeg_of(plain(8, 8, {3, 3, 3})));
  save(folder / "frame1.jpg", jpeg_of(plain(8, 8, {1, 1, 1})));
  save(folder / "notes.txt", {'x'});
  RunNotes notes;
  FrameSource source("camera", folder, {}, notes);
  ASSERT_EQ(source.count(), 4u);
  const int expected[] = {1, 2, 3, 10};
  for (std::size_t i = 0; i < 4; ++i) {
    EXPECT_NEAR(source.picture(i).pixel(0, 0)[0], expected[i], 1) << i;
  }
}

TEST(FrameSource, ShowsTheNextPictureInEachFrameAndBeginsAgain) {
  const auto folder = picture_folder("next");
  for (const char* name : {"a.png", "b.png", "c.png"}) save(folder / name, grey_png(1));
  RunNotes notes;
  FrameSource source("camera", folder, {}, notes);
  EXPECT_EQ(source.index(0, {}), 0u);
  EXPECT_EQ(source.index(2, {}), 2u);
  EXPECT_EQ(source.index(3, {}), 0u);
}

TEST(FrameSource, HoldsTheLastPictureIfItDoesNotLoop) {
  const auto folder = picture_folder("hold");
  for (const char* name : {"a.png", "b.png"}) save(folder / name, grey_png(1));
  FrameSource::Options options;
  options.loop = false;
  RunNotes notes;
  FrameSource source("camera", folder, options, notes);
  EXPECT_EQ(source.index(1, {}), 1u);
  EXPECT_EQ(source.index(7, {}), 1u);
}

TEST(FrameSource, PlaysAtAFrameRateOfItsOwn) {
  const auto folder = picture_folder("fps");
  for (const char* name : {"a.png", "b.png", "c.png"}) save(folder / name, grey_png(1));
  FrameSource::Options options;
  options.fps = 10;
  RunNotes notes;
  FrameSource source("camera", folder, options, notes);
  EXPECT_EQ(source.index(5, Duration::from_ms(0)), 0u);
  EXPECT_EQ(source.index(5, Duration::from_ms(99)), 0u);
  EXPECT_EQ(source.index(5, Duration::from_ms(100)), 1u);
  EXPECT_EQ(source.index(5, Duration::from_ms(310)), 0u);
}

TEST(FrameSource, SaysHowPicturesWereCroppedAndScaled) {
  const auto folder = picture_folder("notes");
  EXPECT_THAT(field_of_view_note(save(folder / "a.png", png_of(plain(1'000, 300, {})))),
              AllOf(HasSubstr("1000 x 300"), HasSubstr("400 x 300 in the middle"),
                    HasSubstr("640 x 480"), HasSubstr("area averaging")));
  EXPECT_EQ(field_of_view_note(save(folder / "b.png", png_of(plain(640, 480, {})))), "");
}

TEST(FrameSourceRefuses, AFolderWithoutPictures) {
  const auto folder = picture_folder("empty");
  save(folder / "readme.txt", {'x'});
  EXPECT_THAT(refusal(folder),
              AllOf(HasSubstr("empty"), HasSubstr("no picture"), HasSubstr(".png, .jpg or .jpeg")));
}

TEST(FrameSourceRefuses, AFolderWithABadPictureAndNamesIt) {
  const auto folder = picture_folder("bad");
  save(folder / "1.png", grey_png(1));
  save(folder / "2.png", {'n', 'o'});
  EXPECT_THAT(refusal(folder), HasSubstr("2.png"));
}

TEST(FrameSourceRefuses, AMissingFile) {
  EXPECT_THAT(refusal(picture_folder("missing") / "x.png"),
              AllOf(HasSubstr("x.png"), HasSubstr("is not a file")));
}

}  // namespace
}  // namespace tinyscope::test
