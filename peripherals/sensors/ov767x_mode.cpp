#include "peripherals/sensors/ov767x_mode.hpp"

#include <algorithm>

namespace tinyscope::ov767x {
namespace {

constexpr int kLinePixels = 784;
constexpr int kFrameLines = 510;
constexpr int kVsyncLines = 3;
// With the window's reset value, VSTRT = 12, HREF first rises 17 lines after VSYNC falls, where a
// line begins, HSTART = 136.
constexpr int kLineOfRow0 = kVsyncLines + 17 - 12;
constexpr int kLineBegin = 136;

// How much of the array becomes one pixel, and by what PCLK is divided.
struct Scaling {
  int x_numerator = 1;
  int x_denominator = 1;
  int y_numerator = 1;
  int y_denominator = 1;
  int pclk_divider = 1;
};

// COM7's sizes divide PCLK like COM14 does for the same scale (estimate: at 5 frames a second the
// loop of Arduino_OV767X could not follow QVGA otherwise). CIF is 11/20 and 3/5 of VGA, at half the
// clock, which makes 352 pixels of the 704 that the driver's window is wide; QCIF is half of that.
Scaling preset(std::uint8_t com7) {
  if ((com7 & kCom7Cif) != 0) return {20, 11, 5, 3, 2};
  if ((com7 & kCom7Qvga) != 0) return {2, 1, 2, 1, 2};
  if ((com7 & kCom7Qcif) != 0) return {40, 11, 10, 3, 4};
  return {};
}

Scaling read_scaling(const Registers& registers) {
  Scaling scaling = preset(registers[kCom7]);
  const std::uint8_t com3 = registers[kCom3];
  if ((com3 & kCom3DcwEnable) != 0) {
    scaling.x_numerator <<= registers[kScalingDcwctr] & 3;
    scaling.y_numerator <<= registers[kScalingDcwctr] >> 4 & 3;
  }
  // 0x20 is 1.0 and 0x40 is a half: Adafruit_OV7670, src/arch/ov7670.c, OV7670_frame_control.
  if ((com3 & kCom3ScaleEnable) != 0) {
    scaling.x_numerator *= std::max(registers[kScalingXsc] & 0x7F, 0x20);
    scaling.x_denominator *= 0x20;
    scaling.y_numerator *= std::max(registers[kScalingYsc] & 0x7F, 0x20);
    scaling.y_denominator *= 0x20;
  }
  if ((registers[kCom14] & kCom14DcwEnable) != 0) {
    scaling.pclk_divider = 1 << std::min(registers[kCom14] & 7, 4);
  }
  return scaling;
}

ClockRatio read_clock(const Registers& registers) {
  constexpr unsigned kPll[] = {1, 4, 6, 8};
  ClockRatio clock{kPll[registers[kDblv] >> 6], 1};
  const std::uint8_t clkrc = registers[kClkrc];
  // A scale of 0 divides by 2, other than the data sheet says: seen with an oscilloscope, says
  // Arduino_OV767X, src/utility/ov7670.c, ov7675_set_framerate.
  if ((clkrc & kClkrcExternal) == 0) clock.divider = std::max(2, (clkrc & kClkrcScale) + 1);
  return clock;
}

// Of the array's counters. `columns` may be as many as a line has.
struct Window {
  int column = 0;
  int columns = 0;
  int row = 0;
  int rows = 0;
};

// Where in the counters' terms the scene begins. The data sheet does not say how long pixels take
// through the scaler, so this is where drivers let the window begin that shows all of the scene:
// Arduino_OV767X for VGA, QVGA and QQVGA; an eighth, as much later as with Adafruit_OV7670.
Window scene(const Scaling& scaling, Model model) {
  const int scale = scaling.x_numerator / scaling.x_denominator;
  Window window{158, kArrayWidth, model == Model::kOv7675 ? 14 : 10, kArrayHeight};
  if (scale >= 2) window = {168, kArrayWidth, 12, kArrayHeight};
  if (scale >= 4) window = {180, kArrayWidth, 10, kArrayHeight};
  if (scale >= 8) window = {204, kArrayWidth, 10, kArrayHeight};
  return window;
}

Window read_window(const Registers& registers, const Scaling& scaling, Model model) {
  const Window whole = scene(scaling, model);
  if ((registers[kTslb] & kTslbAutoWindow) != 0) {
    Window window = whole;
    window.columns =
        kArrayWidth * scaling.x_denominator * scaling.pclk_divider / scaling.x_numerator;
    window.columns = std::min(window.columns, kLinePixels);
    return window;
  }
  const int hstart = registers[kHstart] << 3 | (registers[kHref] & 7);
  const int hstop = registers[kHstop] << 3 | (registers[kHref] >> 3 & 7);
  const int vstart = registers[kVstrt] << 2 | (registers[kVref] & 3);
  int vstop = registers[kVstop] << 2 | (registers[kVref] >> 2 & 3);
  // The OV7675 seems to end with its last row: Arduino_OV767X lets it stop 60 rows after the start
  // and takes 144 in QCIF, the middle of the scene.
  if (model == Model::kOv7675) vstop = 494;
  Window window;
  window.column = hstart % kLinePixels;
  window.columns = (hstop % kLinePixels - window.column + kLinePixels) % kLinePixels;
  window.row = vstart;
  window.rows = std::max(0, std::min(vstop, kFrameLines - kLineOfRow0) - vstart);
  return window;
}

PixelFormat read_format(const Registers& registers) {
  const std::uint8_t com7 = registers[kCom7];
  if ((com7 & kCom7Raw) != 0) return PixelFormat::kRaw;
  if ((com7 & kCom7Rgb) == 0) return PixelFormat::kYuv;
  const std::uint8_t rgb444 = registers[kRgb444];
  if ((rgb444 & kRgb444Enable) != 0) {
    return (rgb444 & kRgb444Rgbx) != 0 ? PixelFormat::kRgbx444 : PixelFormat::kXrgb444;
  }
  return (registers[kCom15] & kCom15Rgb555) != 0 ? PixelFormat::kRgb555 : PixelFormat::kRgb565;
}

TestPattern read_test_pattern(const Registers& registers) {
  const bool x = (registers[kScalingXsc] & kScalingTestPattern) != 0;
  const bool y = (registers[kScalingYsc] & kScalingTestPattern) != 0;
  if (x) return y ? TestPattern::kFadingColorBar : TestPattern::kShiftingOne;
  const bool bar =
      (registers[kCom7] & kCom7ColorBar) != 0 || (registers[kCom17] & kCom17ColorBar) != 0;
  return y || bar ? TestPattern::kColorBar : TestPattern::kNone;
}

}  // namespace

Mode read_mode(const Registers& registers, Model model) {
  const Scaling scaling = read_scaling(registers);
  const Window window = read_window(registers, scaling, model);
  const Window whole = scene(scaling, model);
  Mode mode;
  mode.clock = read_clock(registers);

  PixelMode& pixels = mode.pixels;
  pixels.format = read_format(registers);
  pixels.uv_first = (registers[kTslb] & kTslbUvFirst) != 0;
  pixels.uv_swap = (registers[kCom13] & kCom13UvSwap) != 0;
  const unsigned range = registers[kCom15] >> 6;
  if (range < 2) pixels.lowest = 0x10, pixels.highest = 0xF0;
  if (range == 2) pixels.lowest = 0x01, pixels.highest = 0xFE;
  pixels.test_pattern = read_test_pattern(registers);
  pixels.mirror = (registers[kMvfp] & kMvfpMirror) != 0;
  pixels.flip = (registers[kMvfp] & kMvfpFlip) != 0;

  FrameTime& time = mode.time;
  const unsigned ticks = 2 * pixels.bytes_per_pixel();  // of a pixel of the array
  const auto dummy_pixels = (registers[kExhch] & 0xF0) << 4 | registers[kExhcl];
  const auto dummy_lines = registers[kAdvfh] << 8 | registers[kAdvfl];
  time.line = static_cast<std::uint64_t>(kLinePixels + dummy_pixels) * ticks;
  time.lines = static_cast<std::uint64_t>(kFrameLines + dummy_lines);
  time.vsync = kVsyncLines * time.line;
  const int begin = (window.column - kLineBegin + kLinePixels) % kLinePixels;
  time.begin = static_cast<std::uint64_t>(begin) * ticks;
  time.half_pclk = static_cast<unsigned>(scaling.pclk_divider);
  // A divider that starts anew with each row sees its HREF first, one undivided PCLK early
  // (estimate: Arduino_OV767X reads QCIF at 5 frames a second. Its loop looks at PCLK up to 19
  // cycles of the nRF52840 after HREF rose and must find it low, whose half is 16.)
  mode.pclk_gated = (registers[kCom10] & kCom10PclkGated) != 0;
  time.href_lead = mode.pclk_gated && scaling.pclk_divider > 1 ? 2 : 0;
  const int columns = window.columns / scaling.pclk_divider;
  time.active = static_cast<std::uint64_t>(columns * scaling.pclk_divider) * ticks;
  time.first_line = static_cast<std::uint64_t>(kLineOfRow0 + window.row);
  time.rows = static_cast<std::uint64_t>(window.rows * scaling.y_denominator / scaling.y_numerator);
  time.row_step_numerator = static_cast<std::uint64_t>(scaling.y_numerator);
  time.row_step_denominator = static_cast<std::uint64_t>(scaling.y_denominator);

  int from_scene = window.column - whole.column;  // the counter may have begun anew
  if (from_scene < -kLinePixels / 2) from_scene += kLinePixels;
  pixels.x = {0, from_scene / scaling.pclk_divider, scaling.x_numerator, scaling.x_denominator,
              static_cast<unsigned>(columns)};
  pixels.y = {window.row - whole.row, 0, scaling.y_numerator, scaling.y_denominator,
              static_cast<unsigned>(time.rows)};

  const std::uint8_t com10 = registers[kCom10];
  mode.pclk_reverse = (com10 & kCom10PclkReverse) != 0;
  mode.href_reverse = (com10 & kCom10HrefReverse) != 0;
  mode.vsync_negative = (com10 & kCom10VsyncNegative) != 0;
  mode.sleeping = (registers[kCom2] & kCom2SoftSleep) != 0;
  return mode;
}

}  // namespace tinyscope::ov767x
