#include "peripherals/sensors/ov767x_pixels.hpp"

#include <algorithm>
#include <cstdlib>

namespace tinyscope::ov767x {
namespace {

struct Color {
  int red;
  int green;
  int blue;
};

constexpr Color kBars[] = {{255, 255, 255}, {255, 255, 0}, {0, 255, 255}, {0, 255, 0},
                           {255, 0, 255},   {255, 0, 0},   {0, 0, 255},   {0, 0, 0}};

Picture black() {
  Picture picture{kArrayWidth, kArrayHeight, {}};
  picture.rgb.resize(std::size_t{kArrayWidth} * kArrayHeight * 3);
  return picture;
}

// Eight bars from white to black; with `fading` they turn into grey towards the bottom.
Picture color_bars(bool fading) {
  Picture picture = black();
  std::uint8_t* at = picture.rgb.data();
  for (int y = 0; y < static_cast<int>(kArrayHeight); ++y) {
    const int gray = fading ? y : 0;
    constexpr int kBottom = static_cast<int>(kArrayHeight) - 1;
    for (unsigned x = 0; x < kArrayWidth; ++x) {
      const Color& bar = kBars[x * std::size(kBars) / kArrayWidth];
      for (const int value : {bar.red, bar.green, bar.blue}) {
        *at++ = static_cast<std::uint8_t>(value + (128 - value) * gray / kBottom);
      }
    }
  }
  return picture;
}

void mirror(Picture& picture) {
  for (unsigned y = 0; y < picture.height; ++y) {
    std::uint8_t* const row = &picture.rgb[std::size_t{y} * picture.width * 3];
    for (unsigned left = 0, right = picture.width - 1; left < right; ++left, --right) {
      std::swap_ranges(row + left * 3, row + left * 3 + 3, row + right * 3);
    }
  }
}

void flip(Picture& picture) {
  const std::size_t row = std::size_t{picture.width} * 3;
  for (unsigned top = 0, bottom = picture.height - 1; top < bottom; ++top, --bottom) {
    const auto begin = picture.rgb.begin();
    std::swap_ranges(begin + static_cast<std::ptrdiff_t>(top * row),
                     begin + static_cast<std::ptrdiff_t>((top + 1) * row),
                     begin + static_cast<std::ptrdiff_t>(bottom * row));
  }
}

Color color_of(const std::uint8_t* pixel) { return {pixel[0], pixel[1], pixel[2]}; }

// In thousandths, rounded.
int thousandths(int value) { return (value + (value < 0 ? -500 : 500)) / 1000; }
int luma(const Color& c) { return thousandths(299 * c.red + 587 * c.green + 114 * c.blue); }

}  // namespace

void Pixels::set_mode(const PixelMode& mode) {
  mode_ = mode;
  switch (mode.test_pattern) {
    case TestPattern::kColorBar: pattern_ = color_bars(false); break;
    case TestPattern::kFadingColorBar: pattern_ = color_bars(true); break;
    case TestPattern::kNone:
    case TestPattern::kShiftingOne:
      if (pictures_.empty()) {
        pattern_ = black();
      } else {
        pattern_ = {};
      }
  }
  frame_.reset();
  picture_index_.reset();
  row_.reset();
}

const Picture& Pixels::scene(std::uint64_t frame, Duration since) {
  if (!pattern_.rgb.empty()) return pattern_;
  return pictures_.picture(pictures_.index(frame, since));
}

std::span<const std::uint8_t> Pixels::row(std::uint64_t frame, Duration since, std::uint64_t row) {
  if (frame_ != frame) {
    const std::size_t index = pattern_.rgb.empty() ? pictures_.index(frame, since) : 0;
    if (picture_index_ != index) {
      if (mode_.mirror || mode_.flip) {
        Picture turned = scene(frame, since);
        if (mode_.mirror) mirror(turned);
        if (mode_.flip) flip(turned);
        scaled_ = resample(turned, mode_.x, mode_.y);
      } else {
        scaled_ = resample(scene(frame, since), mode_.x, mode_.y);
      }
      picture_index_ = index;
      row_.reset();
    }
    frame_ = frame;
  }
  if (row_ != row) {
    render(static_cast<unsigned>(row));
    row_ = row;
  }
  return bytes_;
}

void Pixels::render(unsigned row) {
  bytes_.clear();
  const auto limit = [this](int value) {
    return std::clamp(value, int{mode_.lowest}, int{mode_.highest});
  };
  const auto put = [this](int value) { bytes_.push_back(static_cast<std::uint8_t>(value)); };
  if (mode_.test_pattern == TestPattern::kShiftingOne) {
    for (unsigned i = 0; i < scaled_.width * mode_.bytes_per_pixel(); ++i) put(1 << i % 8);
    return;
  }
  for (unsigned x = 0; x < scaled_.width; ++x) {
    const Color full = color_of(scaled_.pixel(x, row));
    const Color c{limit(full.red), limit(full.green), limit(full.blue)};
    switch (mode_.format) {
      case PixelFormat::kRgb565:
        put((c.red & 0xF8) | c.green >> 5);
        put((c.green & 0x1C) << 3 | c.blue >> 3);
        break;
      case PixelFormat::kRgb555:
        put(c.red >> 3 << 2 | c.green >> 6);
        put((c.green & 0x38) << 2 | c.blue >> 3);
        break;
      case PixelFormat::kXrgb444:
        put(c.red >> 4);
        put((c.green & 0xF0) | c.blue >> 4);
        break;
      case PixelFormat::kRgbx444:
        put((c.red & 0xF0) | c.green >> 4);
        put(c.blue & 0xF0);
        break;
      case PixelFormat::kRaw:
        put(row % 2 == 0 ? (x % 2 == 0 ? c.blue : c.green) : (x % 2 == 0 ? c.green : c.red));
        break;
      case PixelFormat::kYuv: {
        const Color left = color_of(scaled_.pixel(x & ~1u, row));
        const Color right = color_of(scaled_.pixel(std::min(x | 1u, scaled_.width - 1), row));
        const int y = luma(full);
        const int twice_y =
            luma({left.red + right.red, left.green + right.green, left.blue + right.blue});
        const bool u = (x % 2 == 0) != mode_.uv_swap;
        const int difference =
            u ? 564 * (left.blue + right.blue - twice_y) : 713 * (left.red + right.red - twice_y);
        const int chroma = limit(128 + thousandths(difference / 2));
        put(mode_.uv_first ? chroma : limit(y));
        put(mode_.uv_first ? limit(y) : chroma);
        break;
      }
    }
  }
}

}  // namespace tinyscope::ov767x
