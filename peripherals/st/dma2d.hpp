// DMA2D, the Chrom-ART Accelerator: fills, copies, converts and blends rectangles of pixels. RM0385
// (STM32F75x and F74x), chapter of that name; RM0432 (STM32L4+); the STM32H7A3's by its CMSIS
// header.
//
// A line at a time: its pixels move when the time of the line is over. What that takes is an
// estimate, by the bytes that the line moves and at least a cycle for each pixel: parameters
// `bytes_per_cycle` and `clock`. Waits for other masters are left out; the bus hears of each line.
//
// Parameter `variant`: "f7"; "l4plus", which adds inverted alpha (AI) and swapped red and blue
// (RBS); "h7", which adds to that blending with a fixed colour on one side, offsets in bytes (LOM)
// and swapped bytes (SB). Not modelled, and reported: YCbCr.
#pragma once

#include <algorithm>
#include <array>
#include <string>
#include <string_view>
#include <vector>

#include "peripherals/st/dma2d_registers.hpp"
#include "peripherals/st/pixel_format.hpp"
#include "peripherals/st/wired_block.hpp"
#include "sim/time.hpp"

namespace tinyscope::st {

class Dma2d final : public WiredBlock {
 public:
  explicit Dma2d(PeripheralContext& context);

  void write(const BusAccess& access, std::uint32_t value) override;

 private:
  using Register = RegisterFile::Register;
  // One of the two inputs.
  struct Layer {
    Register* mar = nullptr;
    Register* offset = nullptr;
    Register* pfccr = nullptr;
    Register* color = nullptr;
    Register* cmar = nullptr;
    Clut clut{};
    std::vector<std::uint8_t> row{};  // of the line in hand; empty between lines
  };
  enum class Job : std::uint32_t { kNone, kPixels, kForegroundClut, kBackgroundClut };

  void define_layer(unsigned index, std::string_view prefix, Address mar, Address offset,
                    Address pfccr);
  void control(std::uint32_t value);
  void begin();
  bool well_configured() const;
  bool layer_well_configured(const Layer& layer) const;
  void begin_clut(unsigned index);
  void schedule_step();
  std::uint64_t step_cycles() const;
  void clock_changed(std::uint64_t hz);
  void step();
  void load_clut(unsigned index);
  bool move_line();
  bool read_row(Layer& layer);
  Colour input(const Layer& layer, std::size_t pixel) const;
  Address line_address(Address base, std::uint32_t offset, unsigned bits) const;
  bool write_row();
  void stop(std::uint32_t flag);
  void raise(std::uint32_t flag);
  void update_interrupt() { irq_->set((flags_ & cr_->value() >> 8 & dma2d::kAllFlags) != 0); }
  void reset_state(ResetKind kind) override;
  void snapshot_state(StateArchive& archive) override;

  std::uint32_t mode() const { return cr_->value() >> 16 & 7u; }
  bool reads_foreground() const {
    return mode() != dma2d::kRegisterToMemory && mode() != dma2d::kFixedForeground;
  }
  bool reads_background() const {
    return mode() == dma2d::kBlending || mode() == dma2d::kFixedForeground;
  }
  bool has_background() const { return reads_background() || mode() == dma2d::kFixedBackground; }
  std::uint32_t pixels() const { return nlr_->value() >> 16 & 0x3FFFu; }
  std::uint32_t lines() const { return nlr_->value() & 0xFFFFu; }
  PixelFormat format(const Layer& layer) const {
    return static_cast<PixelFormat>(
        std::min<std::uint32_t>(layer.pfccr->value() & 0xFu, kPixelFormats - 1));
  }
  // Copies keep the format of the foreground (RM0385, CR.MODE 00).
  PixelFormat output_format() const {
    return mode() == dma2d::kMemoryToMemory ? format(layer_[0])
                                            : static_cast<PixelFormat>(opfccr_->value() & 7u);
  }

  const std::string variant_;
  const std::uint64_t bytes_per_cycle_;
  ClockSignal& hclk_;
  ClockDomain clock_;
  Event step_event_;
  std::array<Layer, 2> layer_;  // foreground, background
  Register* cr_ = nullptr;
  Register* opfccr_ = nullptr;
  Register* ocolr_ = nullptr;
  Register* omar_ = nullptr;
  Register* oor_ = nullptr;
  Register* nlr_ = nullptr;
  Register* lwr_ = nullptr;
  Register* amtcr_ = nullptr;
  Wire* irq_ = nullptr;

  Job job_ = Job::kNone;
  std::uint32_t line_ = 0;  // lines done
  std::uint64_t end_tick_ = 0;
  std::uint32_t flags_ = 0;  // ISR
};

}  // namespace tinyscope::st
