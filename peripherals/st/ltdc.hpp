// LTDC: the LCD-TFT display controller of the STM32F42x, F7 and H7. RM0385, chapter "LCD-TFT
// display controller (LTDC)".
//
// A frame is composed when somebody asks for one (port "frame"). Between that, time is kept: the
// position follows the pixel clock, and an event is scheduled for the next line interrupt or the
// next vertical blanking only. Composition: ltdc_frame.cpp.
//
// Not modelled: reads of the frame buffer cost nobody time, the FIFO never runs empty (FUIF), and
// dithering (GCR.DEN) and the polarities of the pins change nothing that can be seen.
#pragma once

#include <array>
#include <functional>
#include <optional>

#include "peripherals/common/frame_output.hpp"
#include "peripherals/st/pixel_format.hpp"
#include "peripherals/st/wired_block.hpp"
#include "sim/time.hpp"

namespace tinyscope::st {

class Ltdc final : public WiredBlock {
 public:
  explicit Ltdc(PeripheralContext& context);
  Port* port(std::string_view name) override { return name == "frame" ? &output_ : nullptr; }

 private:
  using Register = RegisterFile::Register;
  // Registers of a layer that take effect at a reload: RM0385, "Layer programmable parameters".
  enum Shadowed : std::size_t {
    kLcr,
    kWhpcr,
    kWvpcr,
    kCkcr,
    kPfcr,
    kCacr,
    kDccr,
    kBfcr,
    kCfbar,
    kCfblr,
    kCfblnr,
    kShadowed,
  };
  struct Layer {
    std::array<std::uint32_t, kShadowed> active{};
    std::array<std::uint32_t, kShadowed> written{};
    Clut clut{};
  };
  // One row of a layer while a frame is composed.
  struct Row {
    bool shown = false;
    std::vector<std::uint8_t> bytes;
  };

  void define_layer(unsigned index);
  void reload();
  void reload_requested(std::uint32_t value);
  void enabled_changed();
  void require_frame_buffers();

  // --- time ---
  bool running() const;
  std::uint64_t total_width() const { return (twcr_->value() >> 16 & 0xFFFu) + 1; }
  std::uint64_t total_lines() const { return (twcr_->value() & 0x7FFu) + 1; }
  std::uint64_t frame_ticks() const { return total_width() * total_lines(); }
  // The first line after the active area.
  std::uint64_t blanking_line() const { return (awcr_->value() & 0x7FFu) + 1; }
  std::uint64_t tick() const { return clock_.tick_at(now()); }
  std::uint64_t line() const { return tick() % frame_ticks() / total_width(); }
  std::uint64_t column() const { return tick() % total_width(); }
  std::uint32_t position() const;
  std::uint32_t display_status() const;
  std::uint64_t next_tick_of_line(std::uint64_t line, std::uint64_t after) const;
  void schedule();
  void on_event();
  void clock_changed(std::uint64_t hz);
  void timing_changed();

  // --- what is seen: ltdc_frame.cpp ---
  std::optional<Picture> compose() const;
  Row fetch(const Layer& layer, unsigned y) const;
  std::optional<Colour> layer_pixel(const Layer& layer, const Row& row, unsigned x) const;

  void raise(std::uint32_t flag);
  void update_interrupt();
  void reset_state(ResetKind kind) override;
  void snapshot_state(StateArchive& archive) override;

  ClockSignal& pixel_clock_;
  ClockDomain clock_;
  Event event_;
  FrameOutput output_;
  std::function<void(TimePoint)> frame_listener_;

  Register* sscr_ = nullptr;
  Register* bpcr_ = nullptr;
  Register* awcr_ = nullptr;
  Register* twcr_ = nullptr;
  Register* gcr_ = nullptr;
  Register* srcr_ = nullptr;
  Register* bccr_ = nullptr;
  Register* ier_ = nullptr;
  Register* lipcr_ = nullptr;
  Wire* irq_ = nullptr;
  Wire* error_irq_ = nullptr;

  std::array<Layer, 2> layer_;
  std::uint32_t flags_ = 0;      // ISR
  std::uint64_t done_tick_ = 0;  // events up to here have been served
  bool enabled_ = false;         // GCR.LTDCEN as last seen
  bool reload_at_blanking_ = false;
};

}  // namespace tinyscope::st
