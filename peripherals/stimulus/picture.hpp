// A picture in memory, and how it is scaled: by area averaging in whole numbers, so that each
// machine gives the same bytes.
#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

namespace tinyscope {

struct Picture {
  unsigned width = 0;  // pixels
  unsigned height = 0;
  std::vector<std::uint8_t> rgb;  // width * height * 3: red, green, blue, row by row from the top

  const std::uint8_t* pixel(unsigned x, unsigned y) const {
    return &rgb[(std::size_t{y} * width + x) * 3];
  }
};

// How one axis of the result lies on one axis of the source: result pixel i covers the span from
// origin + (first + i) * step to origin + (first + i + 1) * step of the source, in its pixels;
// step = step_numerator / step_denominator. Beyond its edge the source goes on as at its edge.
struct PictureAxis {
  std::int64_t origin = 0;
  std::int64_t first = 0;
  std::int64_t step_numerator = 1;    // 1 to 2^20
  std::int64_t step_denominator = 1;  // likewise
  unsigned count = 0;                 // pixels of the result
};

// Each pixel of the result is the mean of what it covers, weighted by area, rounded.
// The source must not be empty.
Picture resample(const Picture& source, const PictureAxis& x, const PictureAxis& y);

// What a lens shows to a sensor of width x height pixels: the largest part of the middle of the
// picture that has the sensor's proportions, scaled to its size.
struct FieldOfView {
  unsigned x = 0;  // of the part within the source
  unsigned y = 0;
  unsigned width = 0;
  unsigned height = 0;
};
FieldOfView field_of_view(const Picture& source, unsigned width, unsigned height);
Picture fit(const Picture& source, unsigned width, unsigned height);

}  // namespace tinyscope
