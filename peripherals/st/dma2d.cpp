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
#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <vector>

#include "peripherals/common/assumed_parameter.hpp"
#include "peripherals/st/dma2d_registers.hpp"
#include "peripherals/st/pixel_format.hpp"
#include "peripherals/st/wired_block.hpp"
#include "sim/time.hpp"

namespace tinyscope::st {
namespace {

using namespace dma2d;

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
  void update_interrupt() { irq_->set((flags_ & cr_->value() >> 8 & kAllFlags) != 0); }
  void reset_state(ResetKind kind) override;
  void snapshot_state(StateArchive& archive) override;

  std::uint32_t mode() const { return cr_->value() >> 16 & 7u; }
  bool reads_foreground() const {
    return mode() != kRegisterToMemory && mode() != kFixedForeground;
  }
  bool reads_background() const { return mode() == kBlending || mode() == kFixedForeground; }
  bool has_background() const { return reads_background() || mode() == kFixedBackground; }
  std::uint32_t pixels() const { return nlr_->value() >> 16 & 0x3FFFu; }
  std::uint32_t lines() const { return nlr_->value() & 0xFFFFu; }
  PixelFormat format(const Layer& layer) const {
    return static_cast<PixelFormat>(
        std::min<std::uint32_t>(layer.pfccr->value() & 0xFu, kPixelFormats - 1));
  }
  // Copies keep the format of the foreground (RM0385, CR.MODE 00).
  PixelFormat output_format() const {
    return mode() == kMemoryToMemory ? format(layer_[0])
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

Dma2d::Dma2d(PeripheralContext& context)
    : WiredBlock(context),
      variant_(context.params.string("variant").value_or("f7")),
      bytes_per_cycle_(assumed_parameter(context, "bytes_per_cycle", 4,
                                         "bytes that DMA2D moves in an HCLK cycle, at least one "
                                         "cycle for each pixel")),
      hclk_(context.clocks.signal(context.params.string("clock").value_or("hclk"))),
      clock_(hclk_.hz()),
      step_event_(context.scheduler, [this] { step(); }) {
  if (variant_ != "f7" && variant_ != "l4plus" && variant_ != "h7") {
    context.params.fail("variant", "expected \"f7\", \"l4plus\" or \"h7\"");
  }
  if (bytes_per_cycle_ == 0) context.params.fail("bytes_per_cycle", "expected at least 1");
  const bool h7 = variant_ == "h7";
  cr_ = &registers_.add(kCr, "CR")
             .field(0, 3, "START, SUSP, ABORT")
             .field(8, 6, "TEIE, TCIE, TWIE, CAEIE, CTCIE, CEIE")
             .field(16, h7 ? 3 : 2, "MODE");
  if (h7) cr_->flag(6, "LOM");
  cr_->on_write([this](std::uint32_t value) { control(value); });
  registers_.add(kIsr, "ISR").read_only().on_read([this] { return flags_; });
  registers_.add(kIfcr, "IFCR").trigger().on_write([this](std::uint32_t bits) {
    flags_ &= ~bits;
    update_interrupt();
  });
  define_layer(0, "FG", kFgmar, kFgor, kFgpfccr);
  define_layer(1, "BG", kBgmar, kBgor, kBgpfccr);
  opfccr_ = &registers_.add(kOpfccr, "OPFCCR").field(0, 3, "CM");
  if (variant_ != "f7") opfccr_->field(20, 2, "AI, RBS");
  if (h7) opfccr_->flag(8, "SB");
  ocolr_ = &registers_.add(kOcolr, "OCOLR");
  omar_ = &registers_.add(kOmar, "OMAR");
  oor_ = &registers_.add(kOor, "OOR").field(0, h7 ? 16 : 14, "LO");
  nlr_ = &registers_.add(kNlr, "NLR").field(0, 30, "NL, PL");
  lwr_ = &registers_.add(kLwr, "LWR").field(0, 16, "LW");
  amtcr_ = &registers_.add(kAmtcr, "AMTCR").flag(0, "EN").field(8, 8, "DT");
  irq_ = &add_wire("irq");
  hclk_.on_change([this](std::uint64_t hz) { clock_changed(hz); });
}

void Dma2d::define_layer(unsigned index, std::string_view prefix, Address mar, Address offset,
                         Address pfccr) {
  Layer& layer = layer_[index];
  const auto name = [&](std::string_view rest) { return fmt::format("{}{}", prefix, rest); };
  layer.mar = &registers_.add(mar, name("MAR"));
  layer.offset = &registers_.add(offset, name("OR")).field(0, variant_ == "h7" ? 16 : 14, "LO");
  layer.pfccr = &registers_.add(pfccr, name("PFCCR"))
                     .field(0, 6, "CM, CCM, START")
                     .field(8, 10, "CS, AM")
                     .field(24, 8, "ALPHA");
  if (variant_ != "f7") layer.pfccr->field(20, 2, "AI, RBS");
  if (variant_ == "h7" && index == 0) layer.pfccr->field(18, 2, "CSS");
  layer.pfccr->on_write([this, index](std::uint32_t value) {
    if ((value & kPfccrStart) != 0) begin_clut(index);
  });
  layer.color = &registers_.add(pfccr + 4, name("COLR")).field(0, 24, "RED, GREEN, BLUE");
  layer.cmar = &registers_.add(index == 0 ? kFgcmar : kBgcmar, name("CMAR"));
  registers_.array(index == 0 ? kFgclut : kBgclut, 256, 4, name("CLUT"),
                   [&layer](Register& entry, unsigned i) {
                     entry.on_read([&layer, i] { return layer.clut[i]; })
                         .on_write([&layer, i](std::uint32_t value) { layer.clut[i] = value; });
                   });
}

// RM0385: while a transfer is under way its registers are read-only.
void Dma2d::write(const BusAccess& access, std::uint32_t value) {
  const bool clut = access.offset >= kFgclut;
  if (job_ != Job::kNone && !access.debug) {
    if (clut) return raise(kCaeif);
    if (access.offset > kIfcr + 3) return;
  }
  WiredBlock::write(access, value);
}

void Dma2d::control(std::uint32_t value) {
  const auto keep = [this](std::uint32_t bits, bool set) {
    cr_->set(set ? cr_->value() | bits : cr_->value() & ~bits);
  };
  keep(kAbort, false);
  if ((value & kAbort) != 0 && job_ != Job::kNone) return stop(0);
  if (job_ == Job::kPixels) {
    keep(kStart, true);
    if ((value & kSusp) != 0) {
      step_event_.cancel();
    } else if (!step_event_.scheduled()) {
      schedule_step();
    }
  } else if ((value & kStart) != 0 && job_ == Job::kNone) {
    begin();
  }
  update_interrupt();
}

// RM0385, "DMA2D configuration": what sets CEIF and starts nothing.
bool Dma2d::layer_well_configured(const Layer& layer) const {
  const std::uint32_t cm = layer.pfccr->value() & 0xFu;
  if (cm >= kPixelFormats) return false;
  const unsigned bits = bits_per_pixel(format(layer));
  if (bits == 4 && (pixels() % 2 != 0 || layer.offset->value() % 2 != 0)) return false;
  const std::uint32_t step = bits == 32 ? 4 : bits == 16 ? 2 : 1;
  return layer.mar->value() % step == 0;
}

bool Dma2d::well_configured() const {
  if (lines() == 0 || pixels() == 0) return false;
  if (reads_foreground() && !layer_well_configured(layer_[0])) return false;
  if (reads_background() && !layer_well_configured(layer_[1])) return false;
  if (mode() == kMemoryToMemory) return true;
  if ((opfccr_->value() & 7u) > static_cast<std::uint32_t>(PixelFormat::kArgb4444)) return false;
  const unsigned bits = bits_per_pixel(output_format());
  return omar_->value() % (bits == 32 ? 4 : bits == 16 ? 2 : 1) == 0;
}

void Dma2d::begin() {
  if (variant_ == "h7" && reads_foreground() && (layer_[0].pfccr->value() & 0xFu) == 11) {
    report_unmodelled("YCbCr input", kFgpfccr, layer_[0].pfccr->value());
  }
  if (!well_configured()) {
    cr_->set(cr_->value() & ~kStart);
    return raise(kCeif);
  }
  job_ = Job::kPixels;
  line_ = 0;
  draw(true);
  schedule_step();
}

void Dma2d::begin_clut(unsigned index) {
  if (job_ != Job::kNone) return;
  job_ = index == 0 ? Job::kForegroundClut : Job::kBackgroundClut;
  draw(true);
  schedule_step();
}

std::uint64_t Dma2d::step_cycles() const {
  std::uint64_t bytes = 0;
  std::uint64_t items = 0;
  if (job_ == Job::kPixels) {
    const auto row = [this](PixelFormat of) {
      return (std::uint64_t{pixels()} * bits_per_pixel(of) + 7) / 8;
    };
    bytes = row(output_format());
    if (reads_foreground()) bytes += row(format(layer_[0]));
    if (reads_background()) bytes += row(format(layer_[1]));
    items = pixels();
  } else {
    const std::uint32_t pfccr = layer_[job_ == Job::kForegroundClut ? 0 : 1].pfccr->value();
    items = (pfccr >> 8 & 0xFFu) + 1;
    bytes = items * ((pfccr & kCcm) != 0 ? 3 : 4);
  }
  std::uint64_t cycles = std::max(items, (bytes + bytes_per_cycle_ - 1) / bytes_per_cycle_);
  // AMTCR: cycles between two accesses to the bus, taken as of a word each.
  if ((amtcr_->value() & 1u) != 0) cycles += (bytes + 3) / 4 * (amtcr_->value() >> 8);
  return cycles;
}

void Dma2d::schedule_step() {
  if (clock_.hz() == 0) return;
  end_tick_ = clock_.tick_at(now()) + step_cycles();
  step_event_.at(clock_.time_of(end_tick_));
}

void Dma2d::clock_changed(std::uint64_t hz) {
  clock_.set_hz(hz, now());
  if (hz == 0) {
    step_event_.cancel();
  } else if (job_ != Job::kNone && (cr_->value() & kSusp) == 0) {
    step_event_.at(clock_.time_of(std::max(end_tick_, clock_.tick_at(now()))));
  }
}

void Dma2d::step() {
  if (job_ != Job::kPixels) return load_clut(job_ == Job::kForegroundClut ? 0 : 1);
  if (!move_line()) return stop(kTeif);
  ++line_;
  if (line_ == lwr_->value()) raise(kTwif);
  if (line_ == lines()) return stop(kTcif);
  schedule_step();
}

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
         bus_.copy_in(to, row);
}

void Dma2d::stop(std::uint32_t flag) {
  step_event_.cancel();
  for (Layer& layer : layer_) layer.pfccr->set(layer.pfccr->value() & ~kPfccrStart);
  cr_->set(cr_->value() & ~(kStart | kSusp | kAbort));
  job_ = Job::kNone;
  draw(false);
  raise(flag);
}

void Dma2d::raise(std::uint32_t flag) {
  flags_ |= flag;
  update_interrupt();
}

void Dma2d::reset_state(ResetKind) {
  step_event_.cancel();
  job_ = Job::kNone;
  flags_ = 0;
  draw(false);
  update_interrupt();
}

void Dma2d::snapshot_state(StateArchive& archive) {
  clock_.snapshot(archive);
  archive(layer_[0].clut, layer_[1].clut, job_, line_, end_tick_, flags_);
  step_event_.snapshot(archive);
}

const PeripheralType kType("st.dma2d", [](PeripheralContext& context) {
  return std::make_unique<Dma2d>(context);
});

}  // namespace
}  // namespace tinyscope::st
