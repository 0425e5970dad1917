#include "peripherals/st/ltdc.hpp"

#include <fmt/format.h>

#include <algorithm>

namespace tinyscope::st {
namespace {

constexpr Address kSscr = 0x08;
constexpr Address kBpcr = 0x0C;
constexpr Address kAwcr = 0x10;
constexpr Address kTwcr = 0x14;
constexpr Address kGcr = 0x18;
constexpr Address kSrcr = 0x24;
constexpr Address kBccr = 0x2C;
constexpr Address kIer = 0x34;
constexpr Address kIsr = 0x38;
constexpr Address kIcr = 0x3C;
constexpr Address kLipcr = 0x40;
constexpr Address kCpsr = 0x44;
constexpr Address kCdsr = 0x48;
constexpr Address kLayer1 = 0x84;
constexpr Address kLayerStride = 0x80;
constexpr Address kClutwr = 0x40;  // from the layer's first register

constexpr std::uint32_t kLtdcen = 1u << 0;
constexpr std::uint32_t kImr = 1u << 0;
constexpr std::uint32_t kVbr = 1u << 1;
constexpr std::uint32_t kLif = 1u << 0;
constexpr std::uint32_t kTerrif = 1u << 2;
constexpr std::uint32_t kFuif = 1u << 1;
constexpr std::uint32_t kRrif = 1u << 3;
constexpr std::uint32_t kLen = 1u << 0;  // LxCR

// The layer's registers from LxCR on, in the order of Ltdc::Shadowed. SVD: values at reset.
struct LayerRegister {
  Address offset;
  const char* name;
  std::uint32_t reset;
  std::uint32_t mask;
};
constexpr std::array<LayerRegister, 11> kLayerRegisters = {{
    {0x00, "CR", 0, 0x13},
    {0x04, "WHPCR", 0, 0x0FFF'0FFF},
    {0x08, "WVPCR", 0, 0x07FF'07FF},
    {0x0C, "CKCR", 0, 0x00FF'FFFF},
    {0x10, "PFCR", 0, 0x7},
    {0x14, "CACR", 0xFF, 0xFF},
    {0x18, "DCCR", 0, 0xFFFF'FFFF},
    {0x1C, "BFCR", 0x607, 0x707},
    {0x28, "CFBAR", 0, 0xFFFF'FFFF},
    {0x2C, "CFBLR", 0, 0x1FFF'1FFF},
    {0x30, "CFBLNR", 0, 0x7FF},
}};

}  // namespace

Ltdc::Ltdc(PeripheralContext& context)
    : WiredBlock(context),
      pixel_clock_(context.clocks.signal(context.params.string("clock").value_or("ltdc_ker"))),
      clock_(pixel_clock_.hz()),
      event_(context.scheduler, [this] { on_event(); }) {
  const auto timing = [this](Address offset, std::string_view name, std::string_view low,
                             std::string_view high) {
    return &registers_.add(offset, name)
                .field(0, 11, low)
                .field(16, 12, high)
                .on_write([this](std::uint32_t) { timing_changed(); });
  };
  sscr_ = timing(kSscr, "SSCR", "VSH", "HSW");
  bpcr_ = timing(kBpcr, "BPCR", "AVBP", "AHBP");
  awcr_ = timing(kAwcr, "AWCR", "AAH", "AAW");
  twcr_ = timing(kTwcr, "TWCR", "TOTALH", "TOTALW");
  // DBW, DGW and DRW read as two bits each of the dither's width.
  gcr_ = &registers_.add(kGcr, "GCR")
              .reset(0x2220)
              .flag(0, "LTDCEN")
              .flag(16, "DEN")
              .field(28, 4, "PCPOL, DEPOL, VSPOL, HSPOL")
              .on_write([this](std::uint32_t) { enabled_changed(); });
  srcr_ = &registers_.add(kSrcr, "SRCR").trigger().on_write([this](std::uint32_t value) {
    reload_requested(value);
  });
  bccr_ = &registers_.add(kBccr, "BCCR").field(0, 24, "BCBLUE, BCGREEN, BCRED");
  ier_ = &registers_.add(kIer, "IER")
              .field(0, 4, "LIE, FUIE, TERRIE, RRIE")
              .on_write([this](std::uint32_t) { update_interrupt(); });
  registers_.add(kIsr, "ISR").read_only().on_read([this] { return flags_; });
  registers_.add(kIcr, "ICR").trigger().on_write([this](std::uint32_t bits) {
    flags_ &= ~bits;
    update_interrupt();
  });
  lipcr_ = &registers_.add(kLipcr, "LIPCR").field(0, 11, "LIPOS").on_write([this](std::uint32_t) {
    schedule();
  });
  registers_.add(kCpsr, "CPSR").read_only().on_read([this] { return position(); });
  registers_.add(kCdsr, "CDSR").read_only().on_read([this] { return display_status(); });
  define_layer(0);
  define_layer(1);
  irq_ = &add_wire("irq");
  error_irq_ = &add_wire("error");
  output_.frame = [this] { return compose(); };
  output_.on_frame = [this](std::function<void(TimePoint)> listener) {
    frame_listener_ = std::move(listener);
    schedule();
  };
  pixel_clock_.on_change([this](std::uint64_t hz) { clock_changed(hz); });
}

// RM0385, "Layer programmable parameters": a read returns the active value, what was written shows
// after the reload.
void Ltdc::define_layer(unsigned index) {
  static_assert(kLayerRegisters.size() == kShadowed);
  Layer& layer = layer_[index];
  const Address base = kLayer1 + index * kLayerStride;
  const auto name = [index](std::string_view rest) {
    return fmt::format("L{}{}", index + 1, rest);
  };
  for (std::size_t i = 0; i < kShadowed; ++i) {
    registers_.add(base + kLayerRegisters[i].offset, name(kLayerRegisters[i].name))
        .trigger()
        .on_read([&layer, i] { return layer.active[i]; })
        .on_write([&layer, i](std::uint32_t value) {
          layer.written[i] = value & kLayerRegisters[i].mask;
        });
  }
  registers_.add(base + kClutwr, name("CLUTWR"))
      .write_only()
      .on_write([&layer](std::uint32_t value) { layer.clut[value >> 24] = value | 0xFF00'0000u; });
}

void Ltdc::reload_requested(std::uint32_t value) {
  if ((value & kImr) != 0) reload();
  reload_at_blanking_ = (value & kVbr) != 0;
  srcr_->set(reload_at_blanking_ ? kVbr : 0);  // IMR is cleared when it is done: at once
  schedule();
}

void Ltdc::reload() {
  for (Layer& layer : layer_) layer.active = layer.written;
  if (enabled_) require_frame_buffers();
}

void Ltdc::enabled_changed() {
  const bool enabled = (gcr_->value() & kLtdcen) != 0;
  if (enabled == enabled_) return;
  enabled_ = enabled;
  draw(enabled);
  if (enabled) {
    notes_.assume({name_ + ".bus",
                   "the display controller's reads of its frame buffer slow nobody down",
                   "estimate"});
    require_frame_buffers();
  }
  timing_changed();
}

// The first read of a frame buffer that nothing answers: TERRIF.
void Ltdc::require_frame_buffers() {
  for (const Layer& layer : layer_) {
    if ((layer.active[kLcr] & kLen) == 0) continue;
    if (bus_.name_at(layer.active[kCfbar]).empty()) raise(kTerrif);
  }
}

bool Ltdc::running() const { return enabled_ && clock_.hz() != 0 && frame_ticks() > 1; }

// A new frame begins with a new timing.
void Ltdc::timing_changed() {
  clock_.restart(now());
  done_tick_ = 0;
  schedule();
}

void Ltdc::clock_changed(std::uint64_t hz) {
  clock_.set_hz(hz, now());
  schedule();
}

std::uint32_t Ltdc::position() const {
  if (!running()) return 0;
  return static_cast<std::uint32_t>(column() << 16 | line());
}

std::uint32_t Ltdc::display_status() const {
  if (!running()) return 0xF;  // at reset: SVD
  const auto within = [](std::uint64_t at, std::uint32_t last) { return at <= last; };
  const std::uint64_t x = column();
  const std::uint64_t y = line();
  std::uint32_t status = 0;
  if (within(x, sscr_->value() >> 16)) status |= 1u << 3;     // HSYNCS
  if (within(y, sscr_->value() & 0x7FFu)) status |= 1u << 2;  // VSYNCS
  if (!within(x, bpcr_->value() >> 16) && within(x, awcr_->value() >> 16)) status |= 1u << 1;
  if (!within(y, bpcr_->value() & 0x7FFu) && within(y, awcr_->value() & 0x7FFu)) status |= 1u << 0;
  return status;
}

// The first beginning of that line later than `after`.
std::uint64_t Ltdc::next_tick_of_line(std::uint64_t line, std::uint64_t after) const {
  const std::uint64_t within = line * total_width();
  const std::uint64_t frame = after / frame_ticks();
  const std::uint64_t candidate = frame * frame_ticks() + within;
  return candidate > after ? candidate : candidate + frame_ticks();
}

void Ltdc::schedule() {
  event_.cancel();
  if (!running()) return;
  const std::uint64_t after = std::max(done_tick_, tick());
  std::optional<std::uint64_t> next;
  if (const std::uint64_t line = lipcr_->value(); line < total_lines()) {
    next = next_tick_of_line(line, after);
  }
  if (reload_at_blanking_ || frame_listener_) {
    const std::uint64_t blanking = next_tick_of_line(blanking_line() % total_lines(), after);
    next = std::min(next.value_or(blanking), blanking);
  }
  if (next) event_.at(clock_.time_of(*next));
}

void Ltdc::on_event() {
  done_tick_ = tick();
  const std::uint64_t line = this->line();
  if (line == lipcr_->value()) raise(kLif);
  if (line == blanking_line() % total_lines()) {
    if (frame_listener_) frame_listener_(now());
    if (reload_at_blanking_) {
      reload_at_blanking_ = false;
      srcr_->set(0);
      reload();
      raise(kRrif);
    }
  }
  schedule();
}

void Ltdc::raise(std::uint32_t flag) {
  flags_ |= flag;
  update_interrupt();
}

// RM0385, "LTDC interrupts": line and reload on one, the errors on the other.
void Ltdc::update_interrupt() {
  const std::uint32_t pending = flags_ & ier_->value();
  irq_->set((pending & (kLif | kRrif)) != 0);
  error_irq_->set((pending & (kFuif | kTerrif)) != 0);
}

void Ltdc::reset_state(ResetKind) {
  event_.cancel();
  for (Layer& layer : layer_) {
    for (std::size_t i = 0; i < kShadowed; ++i) {
      layer.active[i] = layer.written[i] = kLayerRegisters[i].reset;
    }
  }
  flags_ = 0;
  done_tick_ = 0;
  enabled_ = reload_at_blanking_ = false;
  draw(false);
  update_interrupt();
}

void Ltdc::snapshot_state(StateArchive& archive) {
  clock_.snapshot(archive);
  for (Layer& layer : layer_) archive(layer.active, layer.written, layer.clut);
  archive(flags_, done_tick_, enabled_, reload_at_blanking_);
  event_.snapshot(archive);
}

namespace {
const PeripheralType kType("st.ltdc", [](PeripheralContext& context) {
  return std::make_unique<Ltdc>(context);
});
}  // namespace

}  // namespace tinyscope::st
