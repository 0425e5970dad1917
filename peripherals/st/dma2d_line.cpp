// DMA2D: how a line of pixels, and a colour table, moves.
#include "peripherals/st/dma2d.hpp"

namespace tinyscope::st {

using namespace dma2d;

void Dma2d::load_clut(unsigned index) {
  Layer& layer = layer_[index];
  const std::uint32_t pfccr = layer.pfccr->value();
  const std::size_t entries = (pfccr >> 8 & 0xFFu) + 1;
  const PixelFormat format = (pfccr & kCcm) != 0 ? PixelFormat::kRgb888 : PixelFormat::kArgb8888;
  std::vector<std::uint8_t> table(entries * bits_per_pixel(format) / 8);
  if (!read_block(bus_, layer.cmar->value(), table, now())) return stop(kTeif);
  bus_.tell_master_transfer(
      {layer.cmar->value(), static_cast<std::uint32_t>(table.size()), AccessType::kRead, now()});
  for (std::size_t i = 0; i < entries; ++i) {
    const std::uint32_t raw = pixel_at(table, i, format);
    layer.clut[i] = format == PixelFormat::kRgb888 ? raw | 0xFF00'0000u : raw;
  }
  stop(kCtcif);
}

// Where the line in hand begins: lines follow each other at PL pixels and the offset.
Address Dma2d::line_address(Address base, std::uint32_t offset, unsigned bits) const {
  const bool in_bytes = (cr_->value() & kLom) != 0;
  const std::uint64_t stride = in_bytes ? std::uint64_t{pixels()} * bits / 8 + offset
                                        : std::uint64_t{pixels() + offset} * bits / 8;
  return base + static_cast<Address>(stride * line_);
}

bool Dma2d::read_row(Layer& layer) {
  const unsigned bits = bits_per_pixel(format(layer));
  const Address from = line_address(layer.mar->value(), layer.offset->value(), bits);
  layer.row.resize((std::size_t{pixels()} * bits + 7) / 8);
  if (!read_block(bus_, from, layer.row, now())) return false;
  bus_.tell_master_transfer(
      {from, static_cast<std::uint32_t>(layer.row.size()), AccessType::kRead, now()});
  return true;
}

Colour Dma2d::input(const Layer& layer, std::size_t pixel) const {
  const std::uint32_t pfccr = layer.pfccr->value();
  Colour plain = colour_of(layer.color->value() | 0xFF00'0000u);
  Colour colour =
      layer.row.empty()
          ? plain
          : decode(format(layer), pixel_at(layer.row, pixel, format(layer)), layer.clut, plain);
  const std::uint32_t alpha = pfccr >> 24;
  switch (pfccr >> 16 & 3u) {
    case 1: colour.alpha = static_cast<std::uint8_t>(alpha); break;
    case 2: colour.alpha = static_cast<std::uint8_t>(colour.alpha * alpha / 255); break;
    default: break;
  }
  if ((pfccr & kAi) != 0) colour.alpha = static_cast<std::uint8_t>(~colour.alpha);
  if ((pfccr & kRbs) != 0) std::swap(colour.red, colour.blue);
  return colour;
}

bool Dma2d::move_line() {
  for (Layer& layer : layer_) layer.row.clear();
  if (reads_foreground() && !read_row(layer_[0])) return false;
  if (reads_background() && !read_row(layer_[1])) return false;
  const bool done = write_row();
  for (Layer& layer : layer_) layer.row.clear();
  return done;
}

bool Dma2d::write_row() {
  const PixelFormat format = output_format();
  const unsigned bits = bits_per_pixel(format);
  std::vector<std::uint8_t> row((std::size_t{pixels()} * bits + 7) / 8);
  if (mode() == kMemoryToMemory) {
    row = layer_[0].row;
  } else {
    const std::uint32_t opfccr = opfccr_->value();
    for (std::size_t i = 0; i < pixels(); ++i) {
      std::uint32_t raw = ocolr_->value();
      if (mode() != kRegisterToMemory) {
        Colour colour = input(layer_[0], i);
        if (has_background()) colour = blend(colour, input(layer_[1], i));
        if ((opfccr & kAi) != 0) colour.alpha = static_cast<std::uint8_t>(~colour.alpha);
        if ((opfccr & kRbs) != 0) std::swap(colour.red, colour.blue);
        raw = encode(format, colour);
      }
      for (unsigned byte = 0; byte < bits / 8; ++byte) {
        row[i * bits / 8 + byte] = static_cast<std::uint8_t>(raw >> 8 * byte);
      }
    }
  }
  if ((opfccr_->value() & kSb) != 0) {
    for (std::size_t i = 0; i + 1 < row.size(); i += 2) std::swap(row[i], row[i + 1]);
  }
  const Address to = line_address(omar_->value(), oor_->value(), bits);
  bus_.tell_master_transfer(
      {to, static_cast<std::uint32_t>(row.size()), AccessType::kWrite, now()});
  const auto place = bus_.memory_at(to);
  return place.memory != nullptr && place.memory->kind() == MemoryKind::kRam &&
         bus_.master_copy_in(to, row);
}

}  // namespace tinyscope::st
