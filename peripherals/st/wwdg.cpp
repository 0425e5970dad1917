// WWDG: resets the chip unless its counter is refreshed within a window.
// RM0432 (STM32L4+), chapter "System window watchdog (WWDG)".
//
// The 7-bit counter steps down every 4096 * 2^WDGTB cycles of PCLK1; the reset comes when it goes
// from 0x40 to 0x3F, or when CR is written while the counter is above CFR.W. EWIF rises at 0x40.
// Wires: "irq"; "reset" pulses when the chip is to be reset. Clocks: follows that of its bus,
// parameter `clock` (default "pclk1").
// Lines: rcc_lines.hpp. While WDGA is 0 the counter stands still here; on the chip it runs freely.
#include "peripherals/st/rcc_lines.hpp"
#include "peripherals/st/wired_block.hpp"

namespace tinyscope::st {
namespace {

constexpr Address kCr = 0x00;
constexpr Address kCfr = 0x04;
constexpr Address kSr = 0x08;

constexpr std::uint32_t kCounter = 0x7F;
constexpr std::uint32_t kT6 = 0x40;
constexpr std::uint32_t kWdga = 1u << 7;
constexpr unsigned kWdgtb = 7;
constexpr std::uint32_t kEwi = 1u << 9;
constexpr std::uint64_t kPrescaler = 4096;
constexpr std::uint64_t kPicosecondsPerSecond = 1'000'000'000'000;

class Wwdg final : public WiredBlock {
 public:
  explicit Wwdg(PeripheralContext& context)
      : WiredBlock(context),
        irq_(add_wire("irq")),
        reset_request_(add_wire("reset")),
        reset_line_(context.events.line(kWwdgResetLine)),
        pclk_(context.clocks.signal(context.params.string("clock").value_or("pclk1"))),
        step_(context.scheduler, [this] { on_step(); }) {
    cr_ = &registers_.add(kCr, "CR")
               .reset(kCounter)
               .field(0, 7, "T")
               .flag(7, "WDGA")
               .on_read([this] { return (running_ ? kWdga : 0u) | counter(); })
               .on_write([this](std::uint32_t value) { write_cr(value); });
    cfr_ = &registers_.add(kCfr, "CFR")
                .reset(kCounter)
                .field(0, 7, "W")
                .field(kWdgtb, 2, "WDGTB")
                .flag(9, "EWI")
                .on_write([this](std::uint32_t) { write_cfr(); });
    sr_ = &registers_.add(kSr, "SR").flag(0, "EWIF").on_write([this](std::uint32_t value) {
      sr_->set(ewif_ && (value & 1u) != 0 ? 1u : 0u);  // written with 0 it clears, 1 does nothing
      ewif_ = sr_->value() != 0;
      update_interrupt();
    });
    pclk_.on_change([this](std::uint64_t hz) {
      settle();
      pclk_hz_ = hz;
      schedule_step();
    });
  }

 private:
  std::uint64_t step_cycles() const { return kPrescaler << wdgtb_; }

  std::uint64_t cycles_since() const {
    if (!running_ || pclk_hz_ == 0) return 0;
    const auto ps = static_cast<unsigned __int128>((now() - since_).ps);
    return static_cast<std::uint64_t>(ps * pclk_hz_ / kPicosecondsPerSecond);
  }
  std::uint32_t counter() const {
    const std::uint64_t steps = (phase_ + cycles_since()) / step_cycles();
    return steps > counter_ ? 0 : counter_ - static_cast<std::uint32_t>(steps);
  }
  // Moves the anchor to now.
  void settle() {
    const std::uint32_t value = counter();
    phase_ = (phase_ + cycles_since()) % step_cycles();
    counter_ = value;
    since_ = now();
  }

  void write_cr(std::uint32_t value) {
    const bool was_running = running_;
    if (was_running && counter() > (cfr_->value() & kCounter)) return bite();  // before the window
    running_ = running_ || (value & kWdga) != 0;
    settle();
    if (!was_running) phase_ = 0;
    counter_ = value & kCounter;
    draw(running_);
    if (running_ && (counter_ & kT6) == 0) return bite();
    schedule_step();
  }

  void write_cfr() {
    settle();
    wdgtb_ = cfr_->value() >> kWdgtb & 3u;
    if ((cfr_->value() & kEwi) != 0) ewi_ = true;  // RM0432: cleared by a reset only
    if (ewi_) cfr_->set(cfr_->value() | kEwi);
    update_interrupt();
    schedule_step();
  }

  // The next of two visible changes: the counter reaches 0x40, then 0x3F.
  void schedule_step() {
    step_.cancel();
    if (!running_ || pclk_hz_ == 0) return;
    const std::uint32_t target = counter_ > kT6 ? kT6 : kT6 - 1;
    const std::uint64_t cycles = (counter_ - target) * step_cycles() - phase_;
    const auto ps =
        (static_cast<unsigned __int128>(cycles) * kPicosecondsPerSecond + pclk_hz_ - 1) / pclk_hz_;
    step_.at(since_ + Duration{static_cast<std::uint64_t>(ps)});
  }

  void on_step() {
    settle();
    if (counter_ == kT6) {
      ewif_ = true;
      sr_->set(1);
      update_interrupt();
      schedule_step();
    } else {
      bite();
    }
  }

  void update_interrupt() { irq_.set(ewif_ && ewi_); }

  void bite() {
    step_.cancel();
    reset_line_.pulse();
    reset_request_.pulse();
  }

  void reset_state(ResetKind) override {
    running_ = ewi_ = ewif_ = false;
    counter_ = kCounter;
    phase_ = 0;
    wdgtb_ = 0;
    since_ = now();
    pclk_hz_ = pclk_.hz();
    step_.cancel();
    update_interrupt();
    draw(false);
  }

  void snapshot_state(StateArchive& archive) override {
    archive(running_, ewi_, ewif_, counter_, phase_, wdgtb_, since_.ps, pclk_hz_);
    step_.snapshot(archive);
  }

  Wire& irq_;
  Wire& reset_request_;
  Wire& reset_line_;
  ClockSignal& pclk_;
  RegisterFile::Register* cr_ = nullptr;
  RegisterFile::Register* cfr_ = nullptr;
  RegisterFile::Register* sr_ = nullptr;
  bool running_ = false;
  bool ewi_ = false;
  bool ewif_ = false;
  std::uint32_t counter_ = kCounter;  // at since_
  std::uint64_t phase_ = 0;           // PCLK1 cycles into the step, at since_
  std::uint32_t wdgtb_ = 0;
  TimePoint since_{};
  std::uint64_t pclk_hz_ = 0;
  Event step_;
};

const PeripheralType kType("st.wwdg", [](PeripheralContext& context) {
  return std::make_unique<Wwdg>(context);
});

}  // namespace
}  // namespace tinyscope::st
