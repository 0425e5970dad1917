// IWDG: resets the chip unless it is reloaded in time and not too early. Runs from LSI, which it
// keeps on. RM0432 (STM32L4+), chapter "Independent watchdog (IWDG)"; without a window in RM0090
// and RM0390 (STM32F4).
//
// Wire "reset" pulses when the chip is to be reset. Lines: rcc_lines.hpp. Clocks: follows "lsi".
// Not modelled: the hardware watchdog (option IWDG_SW = 0), freezing in Stop, Standby and debug.
#include <algorithm>

#include "peripherals/st/rcc_lines.hpp"
#include "peripherals/st/wired_block.hpp"

namespace tinyscope::st {
namespace {

constexpr Address kKr = 0x00;
constexpr Address kPr = 0x04;
constexpr Address kRlr = 0x08;
constexpr Address kSr = 0x0C;
constexpr Address kWinr = 0x10;

constexpr std::uint32_t kKeyReload = 0xAAAA;
constexpr std::uint32_t kKeyAccess = 0x5555;
constexpr std::uint32_t kKeyStart = 0xCCCC;
constexpr std::uint32_t kPvu = 1u << 0;
constexpr std::uint32_t kRvu = 1u << 1;
constexpr std::uint32_t kWvu = 1u << 2;
constexpr std::uint32_t kWidest = 0xFFF;
// RM0432, IWDG_SR: an update takes up to five cycles of LSI.
constexpr std::uint64_t kUpdateCycles = 5;
constexpr std::uint64_t kPicosecondsPerSecond = 1'000'000'000'000;

class Iwdg final : public WiredBlock {
 public:
  enum class Window { kNone, kWindow };
  Iwdg(PeripheralContext& context, Window window)
      : WiredBlock(context),
        reset_request_(add_wire("reset")),
        needs_lsi_(context.events.line(kWatchdogNeedsLsiLine)),
        reset_line_(context.events.line(kIwdgResetLine)),
        lsi_(context.clocks.signal("lsi")),
        timeout_(context.scheduler, [this] { bite(); }),
        updated_(context.scheduler, [this] { take_over(); }) {
    registers_.add(kKr, "KR").write_only().on_write([this](std::uint32_t key) { write_key(key); });
    define(kPr, "PR", 3, kPvu, pr_, 0);
    define(kRlr, "RLR", 12, kRvu, rlr_, kWidest);
    if (window == Window::kWindow) define(kWinr, "WINR", 12, kWvu, winr_, kWidest);
    sr_ = &registers_.add(kSr, "SR").read_only();
    lsi_.on_change([this](std::uint64_t hz) { clock_changed(hz); });
  }

 private:
  using Register = RegisterFile::Register;
  struct Setting {
    Register* shown = nullptr;         // as written; null: there is no such register
    std::uint32_t in_force = kWidest;  // after the update
    std::uint32_t accepted = kWidest;  // written while access was enabled
  };

  void define(Address offset, std::string_view name, unsigned width, std::uint32_t busy,
              Setting& setting, std::uint32_t initial) {
    setting.shown =
        &registers_.add(offset, name)
             .reset(initial)
             .field(0, width, name)
             .on_write([this, busy, &setting](std::uint32_t) { write_setting(setting, busy); });
  }

  // RM0432: the registers are write-protected until 0x5555, and one update at a time is possible.
  void write_setting(Setting& setting, std::uint32_t busy) {
    if (!access_ || (sr_->value() & busy) != 0) {
      setting.shown->set(setting.accepted);
      return;
    }
    setting.accepted = setting.shown->value();
    sr_->set(sr_->value() | busy);
    if (lsi_hz_ != 0) updated_.after(cycles(kUpdateCycles));
  }

  void take_over() {
    const bool window_written = (sr_->value() & kWvu) != 0;
    elapse();
    for (Setting* const setting : {&pr_, &rlr_, &winr_}) setting->in_force = setting->accepted;
    sr_->set(0);
    if (window_written) elapsed_ = 0;  // RM0432: changing WINR reloads the counter
    schedule_timeout();
  }

  void write_key(std::uint32_t key) {
    access_ = key == kKeyAccess;
    if (key == kKeyStart && !running_) {
      running_ = true;
      draw(true);
      elapsed_ = 0;
      since_ = now();
      needs_lsi_.set(true);
      schedule_timeout();
    } else if (key == kKeyReload && running_) {
      elapse();
      if (counter() > winr_.in_force) return bite();  // too early
      elapsed_ = 0;
      schedule_timeout();
    }
  }

  Duration cycles(std::uint64_t count) const {
    const auto ps = static_cast<unsigned __int128>(count) * kPicosecondsPerSecond + lsi_hz_ - 1;
    return {static_cast<std::uint64_t>(ps / lsi_hz_)};
  }

  // PR: LSI divided by 4 to 256.
  std::uint64_t divider() const { return 4ull << std::min<std::uint32_t>(pr_.in_force, 6); }
  std::uint64_t period() const { return (std::uint64_t{rlr_.in_force} + 1) * divider(); }
  std::uint64_t counter() const {
    const std::uint64_t steps = elapsed_ / divider();
    return steps > rlr_.in_force ? 0 : rlr_.in_force - steps;
  }

  // Counts what has gone by since the last call.
  void elapse() {
    if (running_ && lsi_hz_ != 0) {
      const auto ps = static_cast<unsigned __int128>((now() - since_).ps);
      elapsed_ += static_cast<std::uint64_t>(ps * lsi_hz_ / kPicosecondsPerSecond);
    }
    since_ = now();
  }

  void schedule_timeout() {
    timeout_.cancel();
    if (!running_ || lsi_hz_ == 0) return;
    timeout_.after(cycles(elapsed_ >= period() ? 0 : period() - elapsed_));
  }

  void clock_changed(std::uint64_t hz) {
    elapse();
    lsi_hz_ = hz;
    schedule_timeout();
    updated_.cancel();
    if (hz != 0 && sr_->value() != 0) updated_.after(cycles(kUpdateCycles));
  }

  void bite() {
    reset_line_.pulse();
    reset_request_.pulse();
  }

  void reset_state(ResetKind) override {
    for (Setting* const setting : {&pr_, &rlr_, &winr_}) {
      if (setting->shown == nullptr) continue;
      setting->in_force = setting->accepted = setting->shown->value();
    }
    access_ = running_ = false;
    elapsed_ = 0;
    since_ = now();
    lsi_hz_ = lsi_.hz();
    timeout_.cancel();
    updated_.cancel();
    needs_lsi_.set(false);
    draw(false);
  }

  void snapshot_state(StateArchive& archive) override {
    for (Setting* const setting : {&pr_, &rlr_, &winr_}) {
      archive(setting->in_force, setting->accepted);
    }
    archive(access_, running_, elapsed_, since_.ps, lsi_hz_);
    needs_lsi_.snapshot(archive);
    timeout_.snapshot(archive);
    updated_.snapshot(archive);
  }

  Wire& reset_request_;
  Wire& needs_lsi_;
  Wire& reset_line_;
  ClockSignal& lsi_;
  Setting pr_, rlr_, winr_;
  Register* sr_ = nullptr;
  bool access_ = false;
  bool running_ = false;
  std::uint64_t elapsed_ = 0;  // LSI cycles since the last reload, up to since_
  TimePoint since_{};
  std::uint64_t lsi_hz_ = 0;
  Event timeout_;
  Event updated_;
};

const PeripheralType kType("st.iwdg", [](PeripheralContext& context) {
  return std::make_unique<Iwdg>(context, Iwdg::Window::kWindow);
});
const PeripheralType kF4Type("st.iwdg_f4", [](PeripheralContext& context) {
  return std::make_unique<Iwdg>(context, Iwdg::Window::kNone);
});

}  // namespace
}  // namespace tinyscope::st
