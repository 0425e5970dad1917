// COMP and LPCOMP: the two comparators, which share one window and one interrupt. ENABLE says which
// of them the registers are: 1 is LPCOMP, 2 is COMP.
// nRF52840 PS, chapters "COMP — Comparator" and "LPCOMP — Low-power comparator".
//
// Ideal comparators: no offset, no noise, no propagation delay. A voltage that changes all the time
// is looked at every `look_us`; one that jumps at known times (PadNode::volts_change), and a logic
// level, are followed exactly. Hysteresis of 50 mV is 25 mV to each side. What ANADETECT of LPCOMP
// selects goes to POWER on the line "anadetect" and ends System OFF.
// Parameters: `vdd_volts`; `comp_start_ns`, `lpcomp_start_ns`, `look_us`.
#include <algorithm>
#include <array>

#include "peripherals/nordic/analog_inputs.hpp"
#include "peripherals/nordic/nordic_block.hpp"

namespace tinyscope::nordic {
namespace {

constexpr Address kStart = 0x000;
constexpr Address kStop = 0x004;
constexpr Address kSample = 0x008;
constexpr Address kReady = 0x100;
constexpr Address kDown = 0x104;
constexpr Address kUp = 0x108;
constexpr Address kCross = 0x10C;
constexpr Address kResult = 0x400;
constexpr Address kEnable = 0x500;
constexpr Address kPsel = 0x504;
constexpr Address kRefSel = 0x508;
constexpr Address kExtRefSel = 0x50C;
constexpr Address kAnaDetect = 0x520;  // LPCOMP
constexpr Address kTh = 0x530;         // COMP
constexpr Address kMode = 0x534;       // COMP
constexpr Address kHyst = 0x538;

constexpr std::uint32_t kLpcomp = 1;  // ENABLE
constexpr std::uint32_t kComp = 2;
constexpr std::uint32_t kDifferential = 1u << 8;  // MODE.MAIN
constexpr std::uint32_t kCompARef = 5;
constexpr std::uint32_t kLpcompARef = 7;
constexpr double kHalfHysteresis = 0.025;  // volts
enum class Detect : std::uint32_t { kEither, kUpward, kDownward };

class Comp final : public NordicBlock {
 public:
  explicit Comp(PeripheralContext& context)
      : NordicBlock(context, Interrupts::kWithInten),
        inputs_(context),
        comp_start_{1000 * assumed_parameter(context, "comp_start_ns", 50'000, "start of COMP",
                                             "PS v1.1 from memory: internal reference, 50 us")},
        lpcomp_start_{1000 * assumed_parameter(context, "lpcomp_start_ns", 140'000,
                                               "start of LPCOMP", "PS v1.1 from memory: 140 us")},
        look_(Duration::from_us(std::max<std::uint64_t>(
            1, assumed_parameter(context, "look_us", 10,
                                 "how often a changing voltage is compared, microseconds")))),
        anadetect_(context.events.line(kAnadetectLine)),
        ready_(context.scheduler, [this] { started(); }),
        next_look_(context.scheduler, [this] { look(); }) {
    add_task(kStart, "TASKS_START", [this] { start(); });
    add_task(kStop, "TASKS_STOP", [this] { halt(); });
    add_task(kSample, "TASKS_SAMPLE", [this] {
      if (comparing_) follow();
      result_ = above_ ? 1 : 0;
    });
    add_event(kReady, "EVENTS_READY");
    add_event(kDown, "EVENTS_DOWN");
    add_event(kUp, "EVENTS_UP");
    add_event(kCross, "EVENTS_CROSS");
    add_short(0, "READY_SAMPLE", kReady, kSample);
    add_short(1, "READY_STOP", kReady, kStop);
    add_short(2, "DOWN_STOP", kDown, kStop);
    add_short(3, "UP_STOP", kUp, kStop);
    add_short(4, "CROSS_STOP", kCross, kStop);
    registers_.add(kResult, "RESULT").read_only().on_read([this] { return result_; });
    enable_ =
        &registers_.add(kEnable, "ENABLE").field(0, 2, "ENABLE").on_write([this](std::uint32_t) {
          if (enable_->value() != kLpcomp && enable_->value() != kComp) halt();
        });
    psel_ = &registers_.add(kPsel, "PSEL").field(0, 3, "PSEL");
    refsel_ = &registers_.add(kRefSel, "REFSEL").reset(4).field(0, 4, "REFSEL");
    extrefsel_ = &registers_.add(kExtRefSel, "EXTREFSEL").field(0, 3, "EXTREFSEL");
    anadetect_reg_ = &registers_.add(kAnaDetect, "ANADETECT").field(0, 2, "ANADETECT");
    th_ = &registers_.add(kTh, "TH").field(0, 6, "THDOWN").field(8, 6, "THUP");
    mode_ = &registers_.add(kMode, "MODE").field(0, 2, "SP").flag(8, "MAIN");
    hyst_ = &registers_.add(kHyst, "HYST").flag(0, "HYST");
    for (unsigned n = 0; n < kAnalogInputs; ++n) {
      inputs_.level(n).connect([this](bool) {
        if (comparing_) look();
      });
    }
  }

 private:
  struct Thresholds {
    double up;
    double down;
  };

  bool low_power() const { return enable_->value() == kLpcomp; }
  double volts(unsigned n) const { return inputs_.volts(n, now()).value_or(0); }

  void start() {
    if ((enable_->value() != kLpcomp && enable_->value() != kComp) || running_) return;
    running_ = true;
    constexpr std::array<const char*, 4> kSpeeds{"comp_low", "comp_normal", "comp_high",
                                                 "comp_high"};
    power_.set(name_, low_power() ? "lpcomp" : kSpeeds[mode_->value() & 3u], now());
    ready_.after(low_power() ? lpcomp_start_ : comp_start_);
  }

  // The first comparison is no crossing.
  void started() {
    above_ = compare();
    comparing_ = true;
    plan();
    raise(kReady);
  }

  void look() {
    follow();
    if (comparing_) plan();
  }

  void follow() {
    const bool above = compare();
    if (above == above_) return;
    above_ = above;
    if (low_power() && detects(above)) anadetect_.pulse();
    raise(above ? kUp : kDown);
    raise(kCross);
  }
  bool detects(bool upward) const {
    switch (Detect{anadetect_reg_->value()}) {
      case Detect::kUpward: return upward;
      case Detect::kDownward: return !upward;
      case Detect::kEither: break;
    }
    return true;
  }

  bool compare() const {
    const double in = volts(psel_->value());
    const Thresholds limits = thresholds();
    if (in > limits.up) return true;
    if (in < limits.down) return false;
    return above_;
  }

  Thresholds thresholds() const {
    const double reference = reference_volts();
    if (low_power() || (mode_->value() & kDifferential) != 0) {
      const double half = hyst_->value() != 0 ? kHalfHysteresis : 0;
      return {reference + half, reference - half};
    }
    // PS, TH: VUP = (THUP + 1) / 64 * VREF, VDOWN likewise.
    const std::uint32_t th = th_->value();
    return {((th >> 8 & 0x3Fu) + 1) / 64.0 * reference, ((th & 0x3Fu) + 1) / 64.0 * reference};
  }

  double reference_volts() const {
    if (const auto pin = reference_input(); pin) return volts(*pin);
    const std::uint32_t select = refsel_->value();
    if (low_power()) {
      const double share = select < 8 ? (select + 1) / 8.0 : (2 * (select - 8) + 1) / 16.0;
      return share * inputs_.vdd();
    }
    constexpr std::array<double, 3> kInternal{1.2, 1.8, 2.4};
    return select < kInternal.size() ? kInternal[select] : inputs_.vdd();
  }
  std::optional<unsigned> reference_input() const {
    const bool pin = low_power()
                         ? refsel_->value() == kLpcompARef
                         : (mode_->value() & kDifferential) != 0 || refsel_->value() == kCompARef;
    if (!pin) return std::nullopt;
    return extrefsel_->value() & (low_power() ? 1u : 7u);
  }

  // When to look again.
  void plan() {
    std::optional<TimePoint> next = inputs_.next_change(psel_->value(), now());
    if (const auto pin = reference_input(); pin) {
      const auto other = inputs_.next_change(*pin, now());
      if (other) next = next ? std::min(*next, *other) : other;
    }
    if (!next) return next_look_.cancel();
    next_look_.at(*next > now() ? *next : now() + look_);
  }

  void halt() {
    running_ = comparing_ = above_ = false;
    ready_.cancel();
    next_look_.cancel();
    power_.set(name_, "", now());
  }

  void reset_state(ResetKind) override {
    halt();
    result_ = 0;
  }

  void snapshot_state(StateArchive& archive) override {
    archive(running_, comparing_, above_, result_);
    ready_.snapshot(archive);
    next_look_.snapshot(archive);
  }

  const AnalogInputs inputs_;
  const Duration comp_start_;
  const Duration lpcomp_start_;
  const Duration look_;
  Wire& anadetect_;
  RegisterFile::Register* enable_ = nullptr;
  RegisterFile::Register* psel_ = nullptr;
  RegisterFile::Register* refsel_ = nullptr;
  RegisterFile::Register* extrefsel_ = nullptr;
  RegisterFile::Register* anadetect_reg_ = nullptr;
  RegisterFile::Register* th_ = nullptr;
  RegisterFile::Register* mode_ = nullptr;
  RegisterFile::Register* hyst_ = nullptr;
  bool running_ = false;    // from START on
  bool comparing_ = false;  // from READY on
  bool above_ = false;
  std::uint32_t result_ = 0;
  Event ready_;
  Event next_look_;
};

const PeripheralType kType("nordic.comp", [](PeripheralContext& context) {
  return std::make_unique<Comp>(context);
});

}  // namespace
}  // namespace tinyscope::nordic
