// Pixels as DMA2D and LTDC know them. RM0385, chapters "Chrom-ART Accelerator controller (DMA2D)"
// and "LCD-TFT display controller (LTDC)": both number formats alike.
#pragma once

#include <array>
#include <cstdint>
#include <span>

#include "sim/bus.hpp"

namespace tinyscope::st {

enum class PixelFormat : std::uint8_t {
  kArgb8888 = 0,
  kRgb888 = 1,
  kRgb565 = 2,
  kArgb1555 = 3,
  kArgb4444 = 4,
  kL8 = 5,
  kAl44 = 6,
  kAl88 = 7,
  kL4 = 8,  // from here on DMA2D only
  kA8 = 9,
  kA4 = 10,
};
inline constexpr unsigned kPixelFormats = 11;

struct Colour {
  std::uint8_t alpha = 0xFF;
  std::uint8_t red = 0;
  std::uint8_t green = 0;
  std::uint8_t blue = 0;
  friend bool operator==(const Colour&, const Colour&) = default;
};

// A colour look-up table, each entry as 0xAARRGGBB.
using Clut = std::array<std::uint32_t, 256>;

unsigned bits_per_pixel(PixelFormat format);
Colour colour_of(std::uint32_t argb);

// Pixel `index` of a row whose first one begins `row`. Two pixels in a byte: the first is in its
// low half.
std::uint32_t pixel_at(std::span<const std::uint8_t> row, std::size_t index, PixelFormat format);

// What `raw` means. Channels of fewer than eight bits are widened by repeating their upper bits.
// Formats without colour of their own (A8, A4) take that of `plain`.
Colour decode(PixelFormat format, std::uint32_t raw, const Clut& clut, Colour plain);
// The other way round, for the first five formats: lower bits are dropped.
std::uint32_t encode(PixelFormat format, Colour colour);

// RM0385, DMA2D blender: alphas by product over 255, quotients rounded down.
Colour blend(Colour foreground, Colour background);

// Block reads of a bus master from memory, or from a window such as memory-mapped flash. False:
// part of it does not answer.
bool read_block(Bus& bus, Address address, std::span<std::uint8_t> to, TimePoint now);

}  // namespace tinyscope::st
