// What an OV7670 or OV7675 sees, as the bytes that it puts out.
//
// The scene is a picture of 640 x 480 pixels, or a test pattern. Colours are those of the picture:
// what gain, exposure, white balance, gamma, colour matrix, brightness and the like would make of
// them is left out. Each pixel that is put out is the mean of the area that it stands for.
//   YUV  Y = 0.299 R + 0.587 G + 0.114 B, U = 128 + 0.564 (B - Y), V = 128 + 0.713 (R - Y)
//        (ITU-R BT.601, full range); U and V are those of the mean of both pixels of a pair
//   RGB  565: RRRRRGGG GGGBBBBB; 555: 0RRRRRGG GGGBBBBB; 444: 0000RRRR GGGGBBBB or
//        RRRRGGGG BBBB0000
//   raw  one colour of each pixel: B G in even rows, G R in odd ones
// The output range of COM15 limits 8-bit values before they are packed (estimate: data sheets do
// not say whether the sensor limits or scales them).
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "peripherals/sensors/ov767x_mode.hpp"
#include "peripherals/stimulus/frame_source.hpp"

namespace tinyscope::ov767x {

class Pixels {
 public:
  // Without pictures the lens is covered: all is black.
  explicit Pixels(FrameSource pictures) : pictures_(std::move(pictures)) {}

  void set_fed(const Stimulus& stimulus) {
    pictures_.set_fed(stimulus);
    set_mode(mode_);  // nothing that was prepared holds any more
  }

  void set_mode(const PixelMode& mode);
  // The bytes of a row of a frame that began `since` the first one. Valid until the next call.
  std::span<const std::uint8_t> row(std::uint64_t frame, Duration since, std::uint64_t row);

 private:
  const Picture& scene(std::uint64_t frame, Duration since);
  void render(unsigned row);

  FrameSource pictures_;
  PixelMode mode_;
  Picture pattern_;                           // the scene without pictures, or the test pattern
  Picture scaled_;                            // what is put out
  std::optional<std::uint64_t> frame_;        // whose picture scaled_ shows
  std::optional<std::size_t> picture_index_;  // which picture that is
  std::optional<std::uint64_t> row_;          // which row bytes_ is
  std::vector<std::uint8_t> bytes_;
};

}  // namespace tinyscope::ov767x
