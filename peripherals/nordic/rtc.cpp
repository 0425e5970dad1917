// RTC: 24-bit counter of the 32.768 kHz clock with prescaler, compare, tick and overflow.
// nRF52840 PS, chapter "RTC — Real-time counter".
//
// LFCLK edges lie on one grid of 1/32768 s from power-on. The counter stands still while LFCLK is
// not running. After START or CLEAR the first step comes 0.5 to 1.5 LFCLK cycles later (PS, table
// "RTC jitter magnitudes on tasks"); STOP, CLEAR and TRIGOVRFLW otherwise act at once. A CC value
// of COUNTER+1 always matches, where PS leaves it open.
#include <algorithm>
#include <array>

#include "peripherals/nordic/lines.hpp"
#include "peripherals/nordic/nordic_block.hpp"

namespace tinyscope::nordic {
namespace {

constexpr Address kStart = 0x000;
constexpr Address kStop = 0x004;
constexpr Address kClear = 0x008;
constexpr Address kTrigOvrflw = 0x00C;
constexpr Address kTick = 0x100;
constexpr Address kOvrflw = 0x104;
constexpr Address kCompare = 0x140;
constexpr Address kEvten = 0x340;
constexpr Address kEvtenSet = 0x344;
constexpr Address kEvtenClr = 0x348;
constexpr Address kCounter = 0x504;
constexpr Address kPrescaler = 0x508;
constexpr Address kCc = 0x540;

constexpr std::uint64_t kLfclkHz = 32'768;
constexpr Duration kHalfLfclk{15'258'789};  // 0.5 / 32768 s in ps
constexpr std::uint32_t kCounterMask = 0xFF'FFFF;
constexpr std::uint32_t kNearOverflow = 0xFF'FFF0;
constexpr unsigned kMaxChannels = 4;
constexpr std::uint32_t kTickBit = 1u << 0;
constexpr std::uint32_t kOvrflwBit = 1u << 1;
constexpr std::uint32_t kCompareBit = 1u << 16;

class Rtc final : public NordicBlock {
 public:
  explicit Rtc(PeripheralContext& context)
      : NordicBlock(context, Interrupts::kSetClear),
        channels_(context.params.u32("cc").value_or(4)),
        lfclk_line_(context.events.line(kLfclkLine)),
        step_(context.scheduler, [this] { on_step(); }) {
    if (channels_ < 1 || channels_ > kMaxChannels) {
      context.params.fail("cc", "expected 1 to 4 compare registers");
    }
    lfclk_line_.connect([this](bool) { set_counter(counter()); });
    add_task(kStart, "TASKS_START", [this] { set_running(true); });
    add_task(kStop, "TASKS_STOP", [this] { set_running(false); });
    add_task(kClear, "TASKS_CLEAR", [this] { set_counter(0); });
    add_task(kTrigOvrflw, "TASKS_TRIGOVRFLW", [this] { set_counter(kNearOverflow); });
    add_event(kTick, "EVENTS_TICK");
    add_event(kOvrflw, "EVENTS_OVRFLW");
    std::uint32_t valid = kTickBit | kOvrflwBit;
    for (unsigned i = 0; i < channels_; ++i) {
      add_event(kCompare + 4 * i, fmt::format("EVENTS_COMPARE[{}]", i));
      valid |= kCompareBit << i;
      cc_[i] = &registers_.add(kCc + 4 * i, fmt::format("CC[{}]", i))
                    .field(0, 24, "COMPARE")
                    .on_write([this](std::uint32_t) { schedule_step(); });
    }
    add_set_clear(kEvten, "EVTEN", kEvtenSet, kEvtenClr, valid, evten_,
                  [this] { schedule_step(); });
    registers_.add(kCounter, "COUNTER").read_only().on_read([this] { return counter(); });
    // PS: PRESCALER can only be written while the RTC is stopped.
    registers_.add(kPrescaler, "PRESCALER")
        .on_read([this] { return prescaler_; })
        .on_write([this](std::uint32_t value) {
          if (!running_) prescaler_ = value & 0xFFF;
        });
  }

 private:
  std::uint64_t lfclk_edge() const { return lfclk_.tick_at(now()); }
  std::uint32_t divider() const { return prescaler_ + 1; }

  // Steps taken since the counter was set to `base_`.
  std::uint64_t steps() const {
    const std::uint64_t edge = lfclk_edge();
    return counting_ && edge > anchor_edge_ ? (edge - anchor_edge_) / divider() : 0;
  }
  std::uint32_t counter() const {
    return static_cast<std::uint32_t>(base_ + steps()) & kCounterMask;
  }

  void set_counter(std::uint32_t value) {
    base_ = value;
    counting_ = running_ && lfclk_line_.level();
    // The first step falls on the first edge that is at least half a cycle away (prescaler 0).
    anchor_edge_ = lfclk_.tick_at(now() + kHalfLfclk);
    schedule_step();
  }

  void set_running(bool running) {
    if (running == running_) return;
    const std::uint32_t value = counter();
    running_ = running;
    set_counter(value);
    draw(running);
  }

  bool wanted(Address event, std::uint32_t bit) const {
    return (evten_ & bit) != 0 || interrupt_enabled(event);
  }

  // Events that nobody enabled do not occur: PS, "Event control feature".
  void schedule_step() {
    step_.cancel();
    if (!counting_) return;
    const std::uint32_t value = counter();
    std::uint64_t nearest = kCounterMask + 2ull;
    const auto consider = [&](bool enabled, std::uint32_t target) {
      if (!enabled) return;
      const std::uint32_t distance = (target - value) & kCounterMask;
      nearest = std::min<std::uint64_t>(nearest, distance == 0 ? kCounterMask + 1ull : distance);
    };
    consider(wanted(kTick, kTickBit), value + 1);
    consider(wanted(kOvrflw, kOvrflwBit), 0);
    for (unsigned i = 0; i < channels_; ++i) {
      consider(wanted(kCompare + 4 * i, kCompareBit << i), cc_[i]->value());
    }
    if (nearest > kCounterMask + 1ull) return;
    step_.at(lfclk_.time_of(anchor_edge_ + (steps() + nearest) * divider()));
  }

  void happen(Address event, std::uint32_t bit) {
    if ((evten_ & bit) != 0) {
      raise(event);
    } else if (interrupt_enabled(event)) {
      set_event(event);  // without EVTEN the event does not reach PPI
    }
  }

  void on_step() {
    const std::uint32_t value = counter();
    std::uint32_t matching = 0;
    for (unsigned i = 0; i < channels_; ++i) {
      if (cc_[i]->value() == value) matching |= 1u << i;
    }
    happen(kTick, kTickBit);
    if (value == 0) happen(kOvrflw, kOvrflwBit);
    for (unsigned i = 0; i < channels_; ++i) {
      if ((matching >> i & 1u) != 0) happen(kCompare + 4 * i, kCompareBit << i);
    }
    schedule_step();
  }

  void interrupts_changed() override { schedule_step(); }

  void reset_state(ResetKind) override {
    running_ = false;
    counting_ = false;
    base_ = 0;
    prescaler_ = 0;
    evten_ = 0;
    step_.cancel();
    draw(false);
  }

  void snapshot_state(StateArchive& archive) override {
    archive(running_, counting_, base_, anchor_edge_, prescaler_, evten_);
    step_.snapshot(archive);
  }

  unsigned channels_;
  Wire& lfclk_line_;
  std::array<RegisterFile::Register*, kMaxChannels> cc_{};
  const ClockDomain lfclk_{kLfclkHz};
  bool running_ = false;   // between START and STOP
  bool counting_ = false;  // running, and LFCLK runs too
  std::uint32_t base_ = 0;
  std::uint64_t anchor_edge_ = 0;
  std::uint32_t prescaler_ = 0;
  std::uint32_t evten_ = 0;
  Event step_;
};

const PeripheralType kType("nordic.rtc", [](PeripheralContext& context) {
  return std::make_unique<Rtc>(context);
});

}  // namespace
}  // namespace tinyscope::nordic
