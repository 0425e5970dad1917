// What the registers of an OV7670 or OV7675 ask for: the clock, the frame's geometry in time, which
// part of the scene it shows, and how pixels become bytes.
//
// VGA timing (OV7670 data sheet, figures of VGA timing): a frame has 510 lines of 784 pixels; VSYNC
// is high for three lines, the first line of pixels begins 17 lines later, HREF is high for 640
// pixels; a pixel lasts two PCLK, in raw format one. So fps = 5/4 of PCLK in MHz, as
// Arduino_OV767X has it (src/utility/ov7670.c, ov7675_set_framerate). Smaller pictures keep the
// time of the frame: PCLK is divided and only some lines have pixels.
#pragma once

#include <cstdint>

#include "peripherals/sensors/ov767x_registers.hpp"
#include "peripherals/stimulus/picture.hpp"

namespace tinyscope::ov767x {

enum class Model { kOv7670, kOv7675 };

constexpr unsigned kArrayWidth = 640;  // pixels that see the scene
constexpr unsigned kArrayHeight = 480;

// PCLK before its last division = XCLK * multiplier / divider.
struct ClockRatio {
  unsigned multiplier = 1;
  unsigned divider = 1;
  friend bool operator==(const ClockRatio&, const ClockRatio&) = default;
};

// Times within a frame, in ticks of half a PCLK before its last division. Lines count from the
// rising edge of VSYNC.
struct FrameTime {
  std::uint64_t line = 0;        // ticks of a line
  std::uint64_t lines = 0;       // of a frame
  std::uint64_t vsync = 0;       // VSYNC is active from 0 on for this long
  std::uint64_t begin = 0;       // where in a line HREF begins
  std::uint64_t active = 0;      // HREF is active for this long; at most a line
  std::uint64_t first_line = 0;  // first one with pixels
  std::uint64_t rows = 0;        // lines with pixels
  // Row r is in line first_line + r * row_step_numerator / row_step_denominator, rounded down.
  std::uint64_t row_step_numerator = 1;
  std::uint64_t row_step_denominator = 1;
  unsigned half_pclk = 1;  // ticks
  std::uint64_t href_lead =
      0;  // HREF rises so many ticks before PCLK begins with a row's first byte

  std::uint64_t frame() const { return line * lines; }
  std::uint64_t bytes_per_row() const { return active / (2 * half_pclk); }
  friend bool operator==(const FrameTime&, const FrameTime&) = default;
};

enum class TestPattern { kNone, kShiftingOne, kColorBar, kFadingColorBar };
enum class PixelFormat { kYuv, kRgb565, kRgb555, kXrgb444, kRgbx444, kRaw };

// How the picture is made of the scene.
struct PixelMode {
  PixelFormat format = PixelFormat::kYuv;
  bool uv_first = false;       // U Y V Y instead of Y U Y V
  bool uv_swap = false;        // V before U
  std::uint8_t lowest = 0x00;  // output range
  std::uint8_t highest = 0xFF;
  TestPattern test_pattern = TestPattern::kNone;
  bool mirror = false;
  bool flip = false;
  // Which pixels of the array make up those of a row, and of a column.
  PictureAxis x;
  PictureAxis y;

  unsigned bytes_per_pixel() const { return format == PixelFormat::kRaw ? 1 : 2; }
};

struct Mode {
  ClockRatio clock;
  FrameTime time;
  PixelMode pixels;
  bool pclk_gated = false;  // PCLK stays low while HREF is inactive
  bool pclk_reverse = false;
  bool href_reverse = false;
  bool vsync_negative = false;
  bool sleeping = false;
};

Mode read_mode(const Registers& registers, Model model);

}  // namespace tinyscope::ov767x
