#include "peripherals/st/dma2d.hpp"

#include <fmt/format.h>

#include "peripherals/common/assumed_parameter.hpp"

namespace tinyscope::st {

using namespace dma2d;

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

namespace {
const PeripheralType kType("st.dma2d", [](PeripheralContext& context) {
  return std::make_unique<Dma2d>(context);
});

}  // namespace
}  // namespace tinyscope::st
