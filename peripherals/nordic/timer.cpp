// TIMER: timer and counter with capture and compare registers.
// nRF52840 PS, chapter "TIMER — Timer/counter".
//
// The counter is never stepped: it is computed from the time that has passed, and one event is
// scheduled for the next match. Task and synchronisation delays of a few PCLK16M cycles are left
// out. Low-power counter mode behaves as counter mode, as PS says for this chip.
#include <algorithm>
#include <array>
#include <bit>

#include "peripherals/nordic/nordic_block.hpp"
#include "sim/error.hpp"

namespace tinyscope::nordic {
namespace {

constexpr Address kStart = 0x000;
constexpr Address kStop = 0x004;
constexpr Address kCount = 0x008;
constexpr Address kClear = 0x00C;
constexpr Address kShutdown = 0x010;
constexpr Address kCapture = 0x040;
constexpr Address kCompare = 0x140;
constexpr Address kMode = 0x504;
constexpr Address kBitmode = 0x508;
constexpr Address kPrescaler = 0x510;
constexpr Address kCc = 0x540;

constexpr std::uint32_t kModeTimer = 0;
constexpr std::uint64_t kPclk16mHz = 16'000'000;
constexpr unsigned kMaxPrescaler = 9;
constexpr unsigned kMaxChannels = 6;

class Timer final : public NordicBlock {
 public:
  explicit Timer(PeripheralContext& context)
      : NordicBlock(context, Interrupts::kSetClear),
        channels_(context.params.u32("cc").value_or(4)),
        match_(context.scheduler, [this] { on_match(); }) {
    if (channels_ < 1 || channels_ > kMaxChannels) {
      context.params.fail("cc", "expected 1 to 6 capture/compare registers");
    }
    add_task(kStart, "TASKS_START", [this] { start(); });
    add_task(kStop, "TASKS_STOP", [this] { stop(); });
    add_task(kCount, "TASKS_COUNT", [this] { count(); });
    add_task(kClear, "TASKS_CLEAR", [this] { set_counter(0); });
    add_task(kShutdown, "TASKS_SHUTDOWN", [this] { stop(); });
    for (unsigned i = 0; i < channels_; ++i) {
      add_task(kCapture + 4 * i, fmt::format("TASKS_CAPTURE[{}]", i), [this, i] {
        cc_[i]->set(counter());
        schedule_match();
      });
      add_event(kCompare + 4 * i, fmt::format("EVENTS_COMPARE[{}]", i));
      cc_[i] =
          &registers_.add(kCc + 4 * i, fmt::format("CC[{}]", i)).on_write([this](std::uint32_t) {
            schedule_match();
          });
    }
    for (unsigned i = 0; i < channels_; ++i) {
      add_short(i, fmt::format("COMPARE{}_CLEAR", i), kCompare + 4 * i, kClear);
      add_short(8 + i, fmt::format("COMPARE{}_STOP", i), kCompare + 4 * i, kStop);
    }
    const auto reconfigure = [this](std::uint32_t) { set_counter(counter()); };
    mode_ = &registers_.add(kMode, "MODE").field(0, 2, "MODE").on_write(reconfigure);
    bitmode_ = &registers_.add(kBitmode, "BITMODE").field(0, 2, "BITMODE").on_write(reconfigure);
    prescaler_ = &registers_.add(kPrescaler, "PRESCALER")
                      .reset(4)
                      .field(0, 4, "PRESCALER")
                      .on_write(reconfigure);
  }

 private:
  bool timer_mode() const { return mode_->value() == kModeTimer; }
  bool ticking() const { return running_ && timer_mode(); }
  std::uint32_t counter_mask() const {
    constexpr std::array<std::uint32_t, 4> kMasks{0xFFFF, 0xFF, 0xFF'FFFF, 0xFFFF'FFFF};
    return kMasks[bitmode_->value()];
  }
  std::uint64_t tick_hz() const {
    return kPclk16mHz >> std::min(prescaler_->value(), kMaxPrescaler);
  }
  // `clock_` counts ticks while the timer ticks; otherwise `held_` has the value.
  std::uint32_t counter() const {
    const std::uint64_t ticks = clock_was_ticking_ ? clock_.tick_at(now()) : held_;
    return static_cast<std::uint32_t>(ticks) & counter_mask();
  }

  // The counter continues from `value` with the present configuration.
  void set_counter(std::uint32_t value) {
    held_ = value;
    clock_was_ticking_ = ticking();
    clock_ = ClockDomain(tick_hz(), now(), value);
    schedule_match();
  }

  void start() {
    if (running_) return;
    const std::uint32_t value = counter();
    running_ = true;
    draw(true);
    set_counter(value);
  }

  void stop() {
    const std::uint32_t value = counter();
    running_ = false;
    draw(false);
    set_counter(value);
  }

  void count() {
    if (!running_ || timer_mode()) return;
    held_ = (held_ + 1) & counter_mask();
    raise_matches(held_);
  }

  void schedule_match() {
    match_.cancel();
    if (!ticking()) return;
    const std::uint64_t tick = clock_.tick_at(now());
    const std::uint32_t mask = counter_mask();
    std::uint64_t nearest = std::uint64_t{mask} + 1;  // equal now: matches again after a full turn
    for (unsigned i = 0; i < channels_; ++i) {
      const std::uint32_t distance = (cc_[i]->value() - static_cast<std::uint32_t>(tick)) & mask;
      if (distance != 0) nearest = std::min<std::uint64_t>(nearest, distance);
    }
    match_.at(clock_.time_of(tick + nearest));
  }

  void on_match() {
    raise_matches(counter());
    schedule_match();
  }

  void raise_matches(std::uint32_t value) {
    // All channels that match do so at once: collect them before a shortcut clears the counter.
    std::uint32_t matching = 0;
    for (unsigned i = 0; i < channels_; ++i) {
      if ((cc_[i]->value() & counter_mask()) == value) matching |= 1u << i;
    }
    for (; matching != 0; matching &= matching - 1) {
      raise(kCompare + 4 * static_cast<Address>(std::countr_zero(matching)));
    }
  }

  void reset_state(ResetKind) override {
    running_ = false;
    clock_was_ticking_ = false;
    held_ = 0;
    match_.cancel();
    draw(false);
  }

  void snapshot_state(StateArchive& archive) override {
    archive(running_, clock_was_ticking_, held_);
    clock_.snapshot(archive);
    match_.snapshot(archive);
  }

  unsigned channels_;
  RegisterFile::Register* mode_ = nullptr;
  RegisterFile::Register* bitmode_ = nullptr;
  RegisterFile::Register* prescaler_ = nullptr;
  std::array<RegisterFile::Register*, kMaxChannels> cc_{};
  bool running_ = false;
  bool clock_was_ticking_ = false;  // the counter's value is in clock_, not in held_
  std::uint32_t held_ = 0;
  ClockDomain clock_{kPclk16mHz};
  Event match_;
};

const PeripheralType kType("nordic.timer", [](PeripheralContext& context) {
  return std::make_unique<Timer>(context);
});

}  // namespace
}  // namespace tinyscope::nordic
