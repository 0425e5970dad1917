#include "peripherals/st/pixel_format.hpp"

namespace tinyscope::st {
namespace {

constexpr std::uint8_t widen4(std::uint32_t value) {
  return static_cast<std::uint8_t>((value & 0xFu) * 0x11u);
}
constexpr std::uint8_t widen5(std::uint32_t value) {
  value &= 0x1Fu;
  return static_cast<std::uint8_t>(value << 3 | value >> 2);
}
constexpr std::uint8_t widen6(std::uint32_t value) {
  value &= 0x3Fu;
  return static_cast<std::uint8_t>(value << 2 | value >> 4);
}

Colour with_alpha(Colour colour, std::uint8_t alpha) {
  colour.alpha = alpha;
  return colour;
}

}  // namespace

unsigned bits_per_pixel(PixelFormat format) {
  switch (format) {
    case PixelFormat::kArgb8888: return 32;
    case PixelFormat::kRgb888: return 24;
    case PixelFormat::kRgb565:
    case PixelFormat::kArgb1555:
    case PixelFormat::kArgb4444:
    case PixelFormat::kAl88: return 16;
    case PixelFormat::kL8:
    case PixelFormat::kAl44:
    case PixelFormat::kA8: return 8;
    case PixelFormat::kL4:
    case PixelFormat::kA4: return 4;
  }
  return 32;
}

Colour colour_of(std::uint32_t argb) {
  return {static_cast<std::uint8_t>(argb >> 24), static_cast<std::uint8_t>(argb >> 16),
          static_cast<std::uint8_t>(argb >> 8), static_cast<std::uint8_t>(argb)};
}

std::uint32_t pixel_at(std::span<const std::uint8_t> row, std::size_t index, PixelFormat format) {
  const unsigned bits = bits_per_pixel(format);
  if (bits == 4) return row[index / 2] >> 4 * (index % 2) & 0xFu;
  const std::size_t bytes = bits / 8;
  std::uint32_t raw = 0;
  for (std::size_t i = 0; i < bytes; ++i) {
    raw |= std::uint32_t{row[index * bytes + i]} << 8 * i;
  }
  return raw;
}

Colour decode(PixelFormat format, std::uint32_t raw, const Clut& clut, Colour plain) {
  switch (format) {
    case PixelFormat::kArgb8888: return colour_of(raw);
    case PixelFormat::kRgb888: return colour_of(raw | 0xFF00'0000u);
    case PixelFormat::kRgb565: return {0xFF, widen5(raw >> 11), widen6(raw >> 5), widen5(raw)};
    case PixelFormat::kArgb1555:
      return {(raw >> 15 & 1u) != 0 ? std::uint8_t{0xFF} : std::uint8_t{0}, widen5(raw >> 10),
              widen5(raw >> 5), widen5(raw)};
    case PixelFormat::kArgb4444:
      return {widen4(raw >> 12), widen4(raw >> 8), widen4(raw >> 4), widen4(raw)};
    case PixelFormat::kL8: return colour_of(clut[raw & 0xFFu]);
    case PixelFormat::kL4: return colour_of(clut[raw & 0xFu]);
    case PixelFormat::kAl44: return with_alpha(colour_of(clut[raw & 0xFu]), widen4(raw >> 4));
    case PixelFormat::kAl88:
      return with_alpha(colour_of(clut[raw & 0xFFu]), static_cast<std::uint8_t>(raw >> 8));
    case PixelFormat::kA8: return with_alpha(plain, static_cast<std::uint8_t>(raw));
    case PixelFormat::kA4: return with_alpha(plain, widen4(raw));
  }
  return {};
}

std::uint32_t encode(PixelFormat format, Colour c) {
  const std::uint32_t alpha = c.alpha;
  const std::uint32_t red = c.red;
  const std::uint32_t green = c.green;
  const std::uint32_t blue = c.blue;
  switch (format) {
    case PixelFormat::kRgb888: return red << 16 | green << 8 | blue;
    case PixelFormat::kRgb565: return red >> 3 << 11 | green >> 2 << 5 | blue >> 3;
    case PixelFormat::kArgb1555:
      return alpha >> 7 << 15 | red >> 3 << 10 | green >> 3 << 5 | blue >> 3;
    case PixelFormat::kArgb4444:
      return alpha >> 4 << 12 | red >> 4 << 8 | green >> 4 << 4 | blue >> 4;
    default: return alpha << 24 | red << 16 | green << 8 | blue;
  }
}

Colour blend(Colour foreground, Colour background) {
  const std::uint32_t front = foreground.alpha;
  const std::uint32_t back = background.alpha;
  const std::uint32_t product = front * back / 255;
  const std::uint32_t alpha = front + back - product;
  if (alpha == 0) return {0, 0, 0, 0};
  const auto mix = [&](std::uint32_t over, std::uint32_t under) {
    return static_cast<std::uint8_t>((over * front + under * back - under * product) / alpha);
  };
  return {static_cast<std::uint8_t>(alpha), mix(foreground.red, background.red),
          mix(foreground.green, background.green), mix(foreground.blue, background.blue)};
}

bool read_block(Bus& bus, Address address, std::span<std::uint8_t> to, TimePoint now) {
  if (bus.master_copy_out(address, to)) return true;
  for (std::size_t i = 0; i < to.size(); ++i) {
    const BusReply reply = bus.read(address + static_cast<Address>(i), AccessSize::kByte, now);
    if (!reply.ok) return false;
    to[i] = static_cast<std::uint8_t>(reply.value);
  }
  return true;
}

}  // namespace tinyscope::st
