#include "peripherals/st/spi_wires.hpp"

#include <fmt/format.h>

namespace tinyscope::st {

namespace {

std::uint8_t reversed(std::uint8_t byte) {
  unsigned result = 0;
  for (unsigned i = 0; i < 8; ++i) result |= (byte >> i & 1u) << (7 - i);
  return static_cast<std::uint8_t>(result);
}

}  // namespace

SpiWires::SpiWires(PeripheralContext& context, std::function<void(std::uint32_t)> done)
    : name_(context.name),
      notes_(context.notes),
      events_(context.events),
      sck_(context, "sck"),
      mosi_(context, "mosi"),
      miso_(context, "miso"),
      done_(std::move(done)),
      end_(context.scheduler, [this] { finish(); }) {}

void SpiWires::find_bus() {
  looked_ = true;
  bus_ = nullptr;
  const auto clocks = sck_.selected();
  const auto outputs = mosi_.selected();
  const auto inputs = miso_.selected();
  heard_ = !inputs.empty();
  if (clocks.empty()) {
    notes_.assume({fmt::format("{}.pads", name_),
                   "frames without SCK on a pad in its alternate function reach nobody",
                   "reference manual, GPIO alternate functions"});
    return;
  }
  for (const std::string_view sck : clocks) {
    for (const std::string_view mosi : outputs.empty() ? mosi_.all() : outputs) {
      for (const std::string_view miso : inputs.empty() ? miso_.all() : inputs) {
        bus_ = dynamic_cast<SpiBus*>(events_.at_pads(spi_key(sck, mosi, miso)));
        if (bus_ != nullptr) return;
      }
    }
  }
}

void SpiWires::exchange(const Frame& frame, std::uint64_t bit_cycles, std::uint64_t clock_hz) {
  if (!looked_) find_bus();
  if (frame.bits % 8 != 0) {
    notes_.unmodelled(name_, fmt::format("frames of {} bits: parts see whole bytes", frame.bits), 0,
                      true, frame.data);
  }
  frame_ = frame;
  end_.after({frame.bits * bit_cycles * 1'000'000'000'000u / clock_hz});
}

std::uint8_t SpiWires::transfer(std::uint32_t byte) {
  const auto out = static_cast<std::uint8_t>(byte & 0xFF);
  const std::uint8_t in = bus_->transfer(frame_.lsb_first ? reversed(out) : out);
  return frame_.lsb_first ? reversed(in) : in;
}

void SpiWires::finish() {
  const unsigned bytes = (frame_.bits + 7) / 8;
  const std::uint32_t all = frame_.bits >= 32 ? 0xFFFF'FFFF : (1u << frame_.bits) - 1;
  std::uint32_t received = 0;
  if (bus_ != nullptr) {
    for (unsigned i = 0; i < bytes; ++i) {
      const unsigned place = 8 * (frame_.lsb_first ? i : bytes - 1 - i);
      received |= std::uint32_t{transfer(frame_.data >> place)} << place;
    }
  }
  done_(bus_ != nullptr && heard_ ? received & all : all);
}

void SpiWires::abort() {
  end_.cancel();
  looked_ = false;
}

void SpiWires::snapshot(StateArchive& archive) {
  archive(frame_.data, frame_.bits, frame_.lsb_first, looked_);
  end_.snapshot(archive);
  if (archive.is_loading() && looked_) find_bus();
}

}  // namespace tinyscope::st
