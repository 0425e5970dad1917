#include "peripherals/stimulus/picture.hpp"

#include <algorithm>
#include <span>

namespace tinyscope {
namespace {

// The part of a source pixel that a result pixel covers, in 1 / step_denominator of a pixel.
struct Share {
  std::size_t pixel;
  std::uint64_t weight;
};

std::int64_t floor_divide(std::int64_t a, std::int64_t b) {
  return a >= 0 ? a / b : -((-a + b - 1) / b);
}

// The shares of result pixel i; their weights add up to step_numerator.
void find_shares(const PictureAxis& axis, unsigned i, unsigned size, std::vector<Share>& shares) {
  shares.clear();
  const std::int64_t begin =
      axis.origin * axis.step_denominator + (axis.first + i) * axis.step_numerator;
  const std::int64_t end = begin + axis.step_numerator;
  for (std::int64_t at = begin; at < end;) {
    const std::int64_t pixel = floor_divide(at, axis.step_denominator);
    const std::int64_t next = std::min(end, (pixel + 1) * axis.step_denominator);
    const auto inside = static_cast<std::size_t>(
        std::clamp<std::int64_t>(pixel, 0, static_cast<std::int64_t>(size) - 1));
    shares.push_back({inside, static_cast<std::uint64_t>(next - at)});
    at = next;
  }
}

}  // namespace

Picture resample(const Picture& source, const PictureAxis& x, const PictureAxis& y) {
  Picture result{x.count, y.count, {}};
  result.rgb.reserve(std::size_t{x.count} * y.count * 3);
  std::vector<Share> shares;
  std::vector<Share> columns;     // of all result pixels of a row
  std::vector<std::size_t> ends;  // of each one's shares in `columns`
  for (unsigned i = 0; i < x.count; ++i) {
    find_shares(x, i, source.width, shares);
    columns.insert(columns.end(), shares.begin(), shares.end());
    ends.push_back(columns.size());
  }
  const auto area = static_cast<std::uint64_t>(x.step_numerator * y.step_numerator);
  std::vector<std::uint64_t> sums(std::size_t{source.width} * 3);  // of the rows that one covers
  for (unsigned row = 0; row < y.count; ++row) {
    find_shares(y, row, source.height, shares);
    std::fill(sums.begin(), sums.end(), 0);
    for (const Share& share : shares) {
      const std::uint8_t* const pixels = source.pixel(0, static_cast<unsigned>(share.pixel));
      for (std::size_t i = 0; i < sums.size(); ++i) sums[i] += share.weight * pixels[i];
    }
    std::size_t next = 0;
    for (const std::size_t end : ends) {
      std::uint64_t total[3] = {area / 2, area / 2, area / 2};
      for (; next < end; ++next) {
        const Share& share = columns[next];
        for (std::size_t c = 0; c < 3; ++c) total[c] += share.weight * sums[share.pixel * 3 + c];
      }
      for (const std::uint64_t sum : total) {
        result.rgb.push_back(static_cast<std::uint8_t>(sum / area));
      }
    }
  }
  return result;
}

FieldOfView field_of_view(const Picture& source, unsigned width, unsigned height) {
  FieldOfView view{0, 0, source.width, source.height};
  const auto wide = std::uint64_t{source.width} * height;
  const auto high = std::uint64_t{source.height} * width;
  if (wide > high) view.width = std::max(1u, static_cast<unsigned>(high / height));
  if (wide < high) view.height = std::max(1u, static_cast<unsigned>(wide / width));
  view.x = (source.width - view.width) / 2;
  view.y = (source.height - view.height) / 2;
  return view;
}

Picture fit(const Picture& source, unsigned width, unsigned height) {
  const FieldOfView view = field_of_view(source, width, height);
  const PictureAxis x{view.x, 0, view.width, width, width};
  const PictureAxis y{view.y, 0, view.height, height, height};
  return resample(source, x, y);
}

}  // namespace tinyscope
