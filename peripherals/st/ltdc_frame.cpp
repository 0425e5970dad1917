// What a panel on LTDC shows. RM0385, chapter "LCD-TFT display controller (LTDC)": windowing, pixel
// input format, colour keying, constant alpha, blending of the layers over the background.
#include <algorithm>

#include "peripherals/st/ltdc.hpp"

namespace tinyscope::st {
namespace {

constexpr std::uint32_t kLen = 1u << 0;  // LxCR
constexpr std::uint32_t kColken = 1u << 1;
constexpr std::uint32_t kCluten = 1u << 4;

// LxBFCR. Each factor is the constant alpha, or that times the pixel's.
bool by_pixel_alpha(std::uint32_t bfcr, unsigned low) { return (bfcr >> low & 2u) != 0; }

std::uint32_t of_255(std::uint32_t a, std::uint32_t b) { return (a * b + 127) / 255; }

std::uint8_t mix(std::uint32_t over, std::uint32_t factor1, std::uint32_t under,
                 std::uint32_t factor2) {
  return static_cast<std::uint8_t>(
      std::min<std::uint32_t>((over * factor1 + under * factor2 + 127) / 255, 0xFF));
}

}  // namespace

// The bytes of the frame buffer behind line y of the visible area.
Ltdc::Row Ltdc::fetch(const Layer& layer, unsigned y) const {
  Row row;
  if ((layer.active[kLcr] & kLen) == 0) return row;
  const std::uint32_t first_line = (bpcr_->value() & 0x7FFu) + 1;
  const std::uint32_t start = layer.active[kWvpcr] & 0x7FFu;
  const std::uint32_t stop = layer.active[kWvpcr] >> 16;
  const std::uint32_t at = y + first_line;
  if (at < start || at > stop) return row;
  const std::uint32_t left = layer.active[kWhpcr] & 0xFFFu;
  const std::uint32_t right = layer.active[kWhpcr] >> 16;
  if (right < left) return row;
  const auto format = static_cast<PixelFormat>(layer.active[kPfcr]);
  row.bytes.resize(std::size_t{right - left + 1} * bits_per_pixel(format) / 8);
  const std::uint32_t pitch = layer.active[kCfblr] >> 16;
  row.shown = read_block(bus_, layer.active[kCfbar] + (at - start) * pitch, row.bytes, now());
  return row;
}

// nullopt: the layer lets what lies below through.
std::optional<Colour> Ltdc::layer_pixel(const Layer& layer, const Row& row, unsigned x) const {
  const std::uint32_t left = layer.active[kWhpcr] & 0xFFFu;
  const std::uint32_t right = layer.active[kWhpcr] >> 16;
  const std::uint32_t at = x + (bpcr_->value() >> 16) + 1;
  if (!row.shown || at < left || at > right) {
    // RM0385: outside its window, or switched off, a layer shows its default colour.
    const Colour colour = colour_of(layer.active[kDccr]);
    return colour.alpha == 0 ? std::nullopt : std::optional(colour);
  }
  const auto format = static_cast<PixelFormat>(layer.active[kPfcr]);
  std::uint32_t raw = pixel_at(row.bytes, at - left, format);
  // RM0385: four bits of luminance select entry 0x00, 0x11, 0x22 … of the table.
  std::optional<Colour> colour;
  const bool indexed =
      format == PixelFormat::kL8 || format == PixelFormat::kAl44 || format == PixelFormat::kAl88;
  if (indexed) {
    const std::uint32_t index = format == PixelFormat::kAl44 ? (raw & 0xFu) * 0x11 : raw & 0xFFu;
    // Without a table luminance is grey.
    colour = colour_of((layer.active[kLcr] & kCluten) != 0 ? layer.clut[index]
                                                           : 0xFF00'0000u | index * 0x01'0101u);
    if (format == PixelFormat::kAl44) colour->alpha = static_cast<std::uint8_t>((raw >> 4) * 0x11);
    if (format == PixelFormat::kAl88) colour->alpha = static_cast<std::uint8_t>(raw >> 8);
  } else {
    colour = decode(format, raw, layer.clut, {});
  }
  if ((layer.active[kLcr] & kColken) != 0) {
    const Colour key = colour_of(layer.active[kCkcr] | std::uint32_t{colour->alpha} << 24);
    if (*colour == key) colour = Colour{0, 0, 0, 0};
  }
  return colour;
}

std::optional<Picture> Ltdc::compose() const {
  const auto extent = [](std::uint32_t last, std::uint32_t before) {
    return last > before ? last - before : 0;
  };
  const unsigned width = extent(awcr_->value() >> 16, bpcr_->value() >> 16);
  const unsigned height = extent(awcr_->value() & 0x7FFu, bpcr_->value() & 0x7FFu);
  if (!enabled_ || width == 0 || height == 0) return std::nullopt;
  Picture picture{width, height, {}};
  picture.rgb.reserve(std::size_t{width} * height * 3);
  for (unsigned y = 0; y < height; ++y) {
    const std::array<Row, 2> rows = {fetch(layer_[0], y), fetch(layer_[1], y)};
    for (unsigned x = 0; x < width; ++x) {
      Colour shown = colour_of(bccr_->value() | 0xFF00'0000u);
      for (unsigned i = 0; i < 2; ++i) {
        const Layer& layer = layer_[i];
        const auto colour = layer_pixel(layer, rows[i], x);
        if (!colour) continue;
        const std::uint32_t constant = layer.active[kCacr];
        const std::uint32_t product = of_255(colour->alpha, constant);
        const std::uint32_t bfcr = layer.active[kBfcr];
        const std::uint32_t factor1 = by_pixel_alpha(bfcr, 8) ? product : constant;
        const std::uint32_t factor2 = 255 - (by_pixel_alpha(bfcr, 0) ? product : constant);
        shown.red = mix(colour->red, factor1, shown.red, factor2);
        shown.green = mix(colour->green, factor1, shown.green, factor2);
        shown.blue = mix(colour->blue, factor1, shown.blue, factor2);
      }
      picture.rgb.insert(picture.rgb.end(), {shown.red, shown.green, shown.blue});
    }
  }
  return picture;
}

}  // namespace tinyscope::st
