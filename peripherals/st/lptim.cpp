// LPTIM: 16-bit timer with a clock of its own that runs on in Stop modes.
// RM0432, chapter "Low-power timer (LPTIM)".
//
// Writes to ARR and CMP take effect, and raise ARROK and CMPOK, after they have crossed into the
// kernel clock domain; how long that takes is no figure of the manual (parameter "write_cycles").
// Not modelled, and reported when used: external clock and counter input, hardware triggers,
// time-out and encoder modes. OUT is the wire "out".
#include <algorithm>
#include <array>
#include <limits>

#include "peripherals/common/assumed_parameter.hpp"
#include "peripherals/st/wired_block.hpp"
#include "sim/time.hpp"

namespace tinyscope::st {
namespace {

constexpr Address kIsr = 0x00;
constexpr Address kIcr = 0x04;
constexpr Address kIer = 0x08;
constexpr Address kCfgr = 0x0C;
constexpr Address kCr = 0x10;
constexpr Address kCmp = 0x14;
constexpr Address kArr = 0x18;
constexpr Address kCnt = 0x1C;
constexpr Address kOr = 0x20;

// ISR, ICR, IER.
constexpr std::uint32_t kCmpm = 1u << 0;
constexpr std::uint32_t kArrm = 1u << 1;
constexpr std::uint32_t kCmpok = 1u << 3;
constexpr std::uint32_t kArrok = 1u << 4;

// CFGR.
constexpr unsigned kPrescBit = 9;
constexpr std::uint32_t kWave = 1u << 20;
constexpr std::uint32_t kWavpol = 1u << 21;
constexpr std::uint32_t kPreload = 1u << 22;

// CR.
constexpr std::uint32_t kEnable = 1u << 0;
constexpr std::uint32_t kSngstrt = 1u << 1;
constexpr std::uint32_t kCntstrt = 1u << 2;
constexpr std::uint32_t kCountrst = 1u << 3;
constexpr std::uint32_t kRstare = 1u << 4;

constexpr std::uint64_t kNever = std::numeric_limits<std::uint64_t>::max();

class Lptim final : public WiredBlock {
 public:
  explicit Lptim(PeripheralContext& context)
      : WiredBlock(context),
        write_cycles_(assumed_parameter(context, "write_cycles", 3,
                                        "kernel clock cycles until a write to ARR or CMP acts")),
        kernel_clock_(context.clocks.signal(context.params.require_string("clock"))),
        clock_(kernel_clock_.hz()),
        irq_(add_wire("irq")),
        out_(add_wire("out")),
        next_(context.scheduler, [this] { catch_up(); }) {
    registers_.add(kIsr, "ISR").read_only().on_read([this] { return flags_; });
    registers_.add(kIcr, "ICR").write_only().trigger().on_write([this](std::uint32_t bits) {
      flags_ &= ~bits;
    });
    ier_ = &registers_.add(kIer, "IER").field(0, 7, "IE");
    cfgr_ = &registers_.add(kCfgr, "CFGR")
                 .unimplemented(0, 1, "CKSEL")
                 .field(1, 4, "CKPOL, CKFLT")
                 .field(6, 2, "TRGFLT")
                 .field(kPrescBit, 3, "PRESC")
                 .field(13, 3, "TRIGSEL")
                 .unimplemented(17, 2, "TRIGEN")
                 .unimplemented(19, 1, "TIMOUT")
                 .field(20, 3, "WAVE, WAVPOL, PRELOAD")
                 .unimplemented(23, 1, "COUNTMODE")
                 .unimplemented(24, 1, "ENC");
    registers_.add(kCr, "CR")
        .trigger()
        .on_read([this] { return read_cr(); })
        .on_write([this](std::uint32_t bits) { write_cr(bits); });
    for (unsigned i = 0; i < 2; ++i) {
      Limit& limit = limits_[i];
      limit.written = &registers_.add(i == 0 ? kCmp : kArr, i == 0 ? "CMP" : "ARR")
                           .field(0, 16, "value")
                           .reset(i)
                           .on_write([this, &limit](std::uint32_t) {
                             if (!enabled_) return;
                             limit.crossed_at = clock_.tick_at(now()) + write_cycles_;
                           });
    }
    // Two equal readings make a reliable one (RM0432, CNT): here the first is as good.
    registers_.add(kCnt, "CNT").read_only().on_read([this] { return count_; });
    registers_.add(kOr, "OR").field(0, 2, "OR");
    kernel_clock_.on_change([this](std::uint64_t hz) {
      catch_up();
      clock_.set_hz(hz, now());
      schedule();
    });
  }

  std::uint32_t read(const BusAccess& access) override {
    if (access.debug) return WiredBlock::read(access);
    catch_up();
    const std::uint32_t value = WiredBlock::read(access);
    // RM0432, CR.RSTARE: reading CNT resets the counter.
    if (access.offset == kCnt && reset_after_read_) restart();
    return value;
  }
  void write(const BusAccess& access, std::uint32_t value) override {
    if (!access.debug) catch_up();
    WiredBlock::write(access, value);
    if (!access.debug) settle();
  }

 private:
  // CMP and ARR: the value written, the one in force, and when it crosses over.
  struct Limit {
    RegisterFile::Register* written = nullptr;
    std::uint32_t value = 0;
    std::uint32_t waiting = 0;  // crossed, but preloaded
    std::uint64_t crossed_at = kNever;
  };
  Limit& cmp() { return limits_[0]; }
  Limit& arr() { return limits_[1]; }

  std::uint64_t divisor() const { return std::uint64_t{1} << (cfgr_->value() >> kPrescBit & 7u); }

  std::uint32_t read_cr() const {
    std::uint32_t value = enabled_ ? kEnable : 0u;
    if (running_) value |= single_ ? kSngstrt : kCntstrt;
    return value | (reset_after_read_ ? kRstare : 0u);
  }

  void write_cr(std::uint32_t bits) {
    const bool enable = (bits & kEnable) != 0;
    if (!enable) {
      running_ = enabled_ = false;
      count_ = 0;
      for (Limit& limit : limits_) limit.crossed_at = kNever;
      draw(false);
      return;
    }
    if (!enabled_) draw(true);
    reset_after_read_ = (bits & kRstare) != 0;
    if ((bits & kCountrst) != 0) restart();
    const bool was_enabled = enabled_;
    enabled_ = true;
    // RM0432: SNGSTRT and CNTSTRT can only be set while the timer is enabled.
    if (!was_enabled || (bits & (kSngstrt | kCntstrt)) == 0) return;
    const bool single = (bits & kSngstrt) != 0;
    if (!running_) {
      restart();
      counted_until_ = clock_.tick_at(now());
      output_ = false;
      running_ = true;
    }
    single_ = single;
  }

  void restart() {
    count_ = 0;
    prescale_ = 0;
  }

  void catch_up() {
    const std::uint64_t tick = clock_.tick_at(now());
    while (true) {
      Limit& first = cmp().crossed_at <= arr().crossed_at ? cmp() : arr();
      if (first.crossed_at > tick) break;
      count_until(first.crossed_at);
      first.crossed_at = kNever;
      first.waiting = first.written->value();
      flags_ |= &first == &cmp() ? kCmpok : kArrok;
      if ((cfgr_->value() & kPreload) == 0 || !running_) first.value = first.waiting;
    }
    count_until(tick);
    settle();
  }

  void count_until(std::uint64_t tick) {
    if (tick <= counted_until_) return;
    const std::uint64_t ticks = prescale_ + (tick - counted_until_);
    counted_until_ = tick;
    if (!running_) return;
    prescale_ = ticks % divisor();
    count(ticks / divisor());
  }

  std::uint64_t counts_to(std::uint32_t value) const {
    return value > count_ ? value - count_ : kNever;
  }
  std::uint64_t counts_to_wrap() const {
    const std::uint32_t top = limits_[1].value;
    return count_ <= top ? std::uint64_t{top} - count_ + 1 : 0x1'0000u - std::uint64_t{count_};
  }

  void count(std::uint64_t counts) {
    unsigned wraps = 0;
    while (counts != 0 && running_) {
      const std::uint64_t step =
          std::min({counts, counts_to_wrap(), counts_to(cmp().value), counts_to(arr().value)});
      const bool wrapped = step == counts_to_wrap();
      counts -= step;
      count_ = wrapped ? 0 : count_ + static_cast<std::uint32_t>(step);
      if (wrapped) end_period();
      if (count_ == cmp().value) {
        flags_ |= kCmpm;
        output_ = true;
      }
      // RM0432, "Waveform generation": OUT falls at the match with ARR, except in Set-once mode.
      if (count_ == arr().value) {
        flags_ |= kArrm;
        if ((cfgr_->value() & kWave) == 0) output_ = false;
      }
      // All flags are up and nobody listens, or an event would have stopped at each of them.
      if (wrapped && ++wraps == 3) counts %= std::uint64_t{arr().value} + 1;
    }
  }

  void end_period() {
    if ((cfgr_->value() & kPreload) != 0) {
      for (Limit& limit : limits_) limit.value = limit.waiting;
    }
    if (single_) running_ = false;
  }

  // Brings outputs and the next event up to date.
  void settle() {
    irq_.set((flags_ & ier_->value()) != 0);
    out_.set(enabled_ && output_ != ((cfgr_->value() & kWavpol) != 0));
    schedule();
  }

  void schedule() {
    next_.cancel();
    if (clock_.hz() == 0) return;
    std::uint64_t tick = kNever;
    for (const Limit& limit : limits_) tick = std::min(tick, limit.crossed_at);
    if (running_) {
      const std::uint32_t waited_for = ier_->value() & ~flags_;
      std::uint64_t counts = kNever;
      if ((waited_for & kCmpm) != 0 || out_.connected()) counts = counts_to(cmp().value);
      if ((waited_for & kArrm) != 0 || out_.connected()) {
        counts = std::min(counts, counts_to(arr().value));
      }
      // A match that lies behind is looked for anew from the start of the next period on.
      if ((waited_for & (kCmpm | kArrm)) != 0 || out_.connected()) {
        counts = std::min(counts, counts_to_wrap());
      }
      if (counts != kNever) {
        tick = std::min(tick, counted_until_ + counts * divisor() - prescale_);
      }
    }
    if (tick != kNever) next_.at(clock_.time_of(tick));
  }

  void reset_state(ResetKind) override {
    next_.cancel();
    enabled_ = running_ = single_ = reset_after_read_ = output_ = false;
    flags_ = count_ = 0;
    prescale_ = 0;
    for (Limit& limit : limits_) {
      limit.value = limit.waiting = limit.written->value();
      limit.crossed_at = kNever;
    }
    draw(false);
    irq_.set(false);
    out_.set(false);
  }

  void snapshot_state(StateArchive& archive) override {
    clock_.snapshot(archive);
    archive(flags_, enabled_, running_, single_, reset_after_read_, output_, count_, prescale_,
            counted_until_);
    for (Limit& limit : limits_) archive(limit.value, limit.waiting, limit.crossed_at);
    next_.snapshot(archive);
  }

  const std::uint64_t write_cycles_;
  ClockSignal& kernel_clock_;
  ClockDomain clock_;
  Wire& irq_;
  Wire& out_;
  RegisterFile::Register* ier_ = nullptr;
  RegisterFile::Register* cfgr_ = nullptr;
  std::array<Limit, 2> limits_;

  std::uint32_t flags_ = 0;
  bool enabled_ = false;
  bool running_ = false;
  bool single_ = false;
  bool reset_after_read_ = false;
  bool output_ = false;
  std::uint32_t count_ = 0;
  std::uint64_t prescale_ = 0;       // kernel clock cycles since the last count
  std::uint64_t counted_until_ = 0;  // tick of clock_
  Event next_;
};

const PeripheralType kType("st.lptim", [](PeripheralContext& context) {
  return std::make_unique<Lptim>(context);
});

}  // namespace
}  // namespace tinyscope::st
