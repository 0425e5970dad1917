// PWM: pulses on up to four pads from sequences of duty cycles in RAM.
// nRF52840 PS, chapter "PWM — Pulse width modulation".
//
// One event ends each PWM period. Edges on a pad become events only where somebody waits for them:
// the pad is handed a signal (PadNode::set_output) that its GPIO port asks when it needs the level.
// A period begins in the instant of its SEQSTART; the time that the first load of RAM takes is left
// out. SEQEND comes when the last value has been played for its periods, LOOPSDONE after the delay
// that follows it: PS shows the order, not the cycle. While it does not play, the block leaves the
// pads to GPIO. COUNTERTOP below 3, which PS excludes, counts as 3.
#include <algorithm>
#include <array>
#include <utility>

#include "peripherals/nordic/easy_dma.hpp"
#include "peripherals/nordic/lines.hpp"
#include "peripherals/nordic/nordic_block.hpp"
#include "peripherals/nordic/pwm_output.hpp"

namespace tinyscope::nordic {
namespace {

constexpr Address kStop = 0x004;
constexpr Address kSeqStart = 0x008;  // of sequence 0; 4 bytes further that of 1
constexpr Address kNextStep = 0x010;
constexpr Address kStopped = 0x104;
constexpr Address kSeqStarted = 0x108;
constexpr Address kSeqEnd = 0x110;
constexpr Address kPwmPeriodEnd = 0x118;
constexpr Address kLoopsDone = 0x11C;
constexpr Address kEnable = 0x500;
constexpr Address kMode = 0x504;
constexpr Address kCounterTop = 0x508;
constexpr Address kPrescaler = 0x50C;
constexpr Address kDecoder = 0x510;
constexpr Address kLoop = 0x514;
constexpr Address kSeq = 0x520;  // 32 bytes each
constexpr Address kPselOut = 0x560;

constexpr unsigned kChannels = 4;
constexpr unsigned kSequences = 2;
constexpr unsigned kNone = 0xFFFF'FFFF;  // no pad, no sequence
constexpr Duration kClock{62'500};       // 16 MHz
constexpr std::uint32_t kLowestTop = 3;
constexpr std::uint32_t kTopMask = 0x7FFF;
constexpr std::uint32_t kDisconnected = 0xFFFF'FFFF;
constexpr std::uint32_t kNextStepMode = 1u << 8;  // DECODER.MODE

enum class Load : std::uint32_t { kCommon, kGrouped, kIndividual, kWaveForm };  // DECODER.LOAD
enum class Phase : std::uint8_t { kPlaying, kDelay, kHolding };

class Pwm final : public NordicBlock {
 public:
  explicit Pwm(PeripheralContext& context)
      : NordicBlock(context, Interrupts::kWithInten),
        dma_(context),
        boundary_(context.scheduler, [this] { period_over(); }) {
    add_task(kStop, "TASKS_STOP", [this] { stop_requested_ = playing_; });
    add_task(kNextStep, "TASKS_NEXTSTEP", [this] { next_step_ = true; });
    add_event(kStopped, "EVENTS_STOPPED");
    add_event(kPwmPeriodEnd, "EVENTS_PWMPERIODEND");
    add_event(kLoopsDone, "EVENTS_LOOPSDONE");
    for (unsigned n = 0; n < kSequences; ++n) define_sequence(n);
    add_short(0, "SEQEND0_STOP", kSeqEnd, kStop);
    add_short(1, "SEQEND1_STOP", kSeqEnd + 4, kStop);
    add_short(2, "LOOPSDONE_SEQSTART0", kLoopsDone, kSeqStart);
    add_short(3, "LOOPSDONE_SEQSTART1", kLoopsDone, kSeqStart + 4);
    add_short(4, "LOOPSDONE_STOP", kLoopsDone, kStop);
    enable_ = &registers_.add(kEnable, "ENABLE").flag(0, "ENABLE").on_write([this](std::uint32_t) {
      if (enable_->value() == 0) halt();
    });
    mode_ = &registers_.add(kMode, "MODE").flag(0, "UPDOWN");
    countertop_ =
        &registers_.add(kCounterTop, "COUNTERTOP").reset(0x3FF).field(0, 15, "COUNTERTOP");
    prescaler_ = &registers_.add(kPrescaler, "PRESCALER").field(0, 3, "PRESCALER");
    decoder_ = &registers_.add(kDecoder, "DECODER").field(0, 2, "LOAD").flag(8, "MODE");
    loop_ = &registers_.add(kLoop, "LOOP").field(0, 16, "CNT");
    registers_.array(kPselOut, kChannels, 4, "PSEL.OUT",
                     [this](RegisterFile::Register& added, unsigned i) {
                       psel_[i] = &added.reset(kDisconnected);
                     });
  }

 private:
  struct Sequence {
    RegisterFile::Register* ptr;
    RegisterFile::Register* cnt;
    RegisterFile::Register* refresh;
    RegisterFile::Register* enddelay;
  };

  void define_sequence(unsigned n) {
    add_task(kSeqStart + 4 * n, fmt::format("TASKS_SEQSTART[{}]", n), [this, n] { seqstart(n); });
    add_event(kSeqStarted + 4 * n, fmt::format("EVENTS_SEQSTARTED[{}]", n));
    add_event(kSeqEnd + 4 * n, fmt::format("EVENTS_SEQEND[{}]", n));
    const Address base = kSeq + 32 * n;
    const auto name = [n](std::string_view part) { return fmt::format("SEQ[{}].{}", n, part); };
    sequence_[n] = {&registers_.add(base, name("PTR")),
                    &registers_.add(base + 4, name("CNT")).field(0, 15, "CNT"),
                    &registers_.add(base + 8, name("REFRESH")).reset(1).field(0, 24, "CNT"),
                    &registers_.add(base + 12, name("ENDDELAY")).field(0, 24, "CNT")};
  }

  Load load_mode() const { return Load{decoder_->value() & 3u}; }
  unsigned values_per_load() const {
    switch (load_mode()) {
      case Load::kCommon: return 1;
      case Load::kGrouped: return 2;
      case Load::kIndividual:
      case Load::kWaveForm: break;
    }
    return 4;
  }
  bool empty(unsigned n) const { return sequence_[n].cnt->value() < values_per_load(); }

  void seqstart(unsigned n) {
    if (enable_->value() == 0) return;
    if (empty(n)) {
      notes_.unmodelled(name_, "SEQSTART of a sequence without values", kSeq + 32 * n + 4, true,
                        sequence_[n].cnt->value());
      return;
    }
    pending_ = n;
    if (!playing_) start();
  }

  // At the start of the first period, or between two.
  void start() {
    playing_ = true;
    draw(true);
    for (unsigned i = 0; i < kChannels; ++i)
      pads_[i] = selected_pad(psel_[i]->value()).value_or(kNone);
    if (load_mode() == Load::kWaveForm) pads_[3] = kNone;
    take_pending();
    begin_period();
    for (const unsigned pad : pads_) {
      if (pad != kNone) events_.line(pad_claimed_line(pad)).set(true);
    }
  }

  void take_pending() {
    const unsigned n = std::exchange(pending_, kNone);
    loops_left_ = loop_->value();
    begin_sequence(n);
  }

  void begin_sequence(unsigned n) {
    current_ = n;
    buffer_ = sequence_[n].ptr->value();
    steps_ = sequence_[n].cnt->value() / values_per_load();
    refresh_ = sequence_[n].refresh->value();
    delay_ = sequence_[n].enddelay->value();
    step_ = 0;
    phase_ = Phase::kPlaying;
    load();
    raise(kSeqStarted + 4 * n);
  }

  void load() {
    const unsigned count = values_per_load();
    std::array<std::uint8_t, 2 * kChannels> bytes{};
    dma_.read(buffer_, std::span(bytes).first(std::size_t{2} * count), 2 * count * step_);
    for (unsigned i = 0; i < kChannels; ++i) {
      values_[i] = static_cast<std::uint16_t>(bytes[2 * i] | bytes[2 * i + 1] << 8);
    }
    top_ = load_mode() == Load::kWaveForm ? values_[3] & kTopMask : countertop_->value();
    repeats_left_ = refresh_;
  }

  std::uint16_t value_of(unsigned channel) const {
    switch (load_mode()) {
      case Load::kCommon: return values_[0];
      case Load::kGrouped: return values_[channel / 2];
      case Load::kIndividual:
      case Load::kWaveForm: break;
    }
    return values_[channel];
  }

  void begin_period() {
    const PwmOutput::Period period{now(), kClock * (std::uint64_t{1} << prescaler_->value()),
                                   std::max(top_, kLowestTop), mode_->value() != 0};
    boundary_.after(period.length());
    for (unsigned i = 0; i < kChannels; ++i) {
      outputs_[i].begin(period, value_of(i));
      if (pads_[i] == kNone) continue;
      PadNode& node = events_.pad(pad_name(pads_[i]));
      node.set_output(&outputs_[i], outputs_[i].duty());
      node.set_clock_hz(outputs_[i].toggles() ? 1 / period.length().seconds() : 0);
    }
  }

  void period_over() {
    raise(kPwmPeriodEnd);
    if (!stop_requested_) advance();
    if (stop_requested_) {
      const unsigned restart = pending_;
      halt();
      raise(kStopped);
      if (restart != kNone && !playing_) {
        pending_ = restart;
        start();
      }
      return;
    }
    begin_period();
  }

  // To the value of the next period.
  void advance() {
    if (pending_ != kNone) return take_pending();
    if (phase_ == Phase::kHolding) return;
    if (phase_ == Phase::kPlaying) {
      if (!value_is_over()) return;
      if (++step_ < steps_) return load();
      phase_ = Phase::kDelay;
      raise(kSeqEnd + 4 * current_);
      if (pending_ != kNone) return take_pending();
    }
    if (delay_ > 0) {
      --delay_;
      return;
    }
    sequence_over();
  }

  bool value_is_over() {
    if ((decoder_->value() & kNextStepMode) != 0) return std::exchange(next_step_, false);
    if (repeats_left_ == 0) return true;
    --repeats_left_;
    return false;
  }

  // LOOP counts pairs of sequences 0 and 1; a start with 1 makes the first pair a half.
  void sequence_over() {
    phase_ = Phase::kHolding;
    if (loops_left_ == 0) return;
    if (current_ == 1 && --loops_left_ == 0) {
      raise(kLoopsDone);
      if (pending_ != kNone) take_pending();
      return;
    }
    const unsigned next = 1 - current_;
    if (!empty(next)) return begin_sequence(next);
    notes_.unmodelled(name_, "LOOP over a sequence without values", kSeq + 32 * next + 4, true,
                      sequence_[next].cnt->value());
  }

  void halt() {
    boundary_.cancel();
    for (unsigned& pad : pads_) {
      if (pad == kNone) continue;
      PadNode& node = events_.pad(pad_name(pad));
      events_.line(pad_claimed_line(pad)).set(false);
      node.set_output(nullptr);
      node.set_clock_hz(0);
      pad = kNone;
    }
    pending_ = kNone;
    playing_ = stop_requested_ = next_step_ = false;
    phase_ = Phase::kHolding;
    draw(false);
  }

  void reset_state(ResetKind) override { halt(); }

  void snapshot_state(StateArchive& archive) override {
    if (archive.is_loading()) show_outputs(nullptr);
    archive(playing_, stop_requested_, next_step_, phase_, pending_, current_, buffer_, steps_,
            step_, refresh_, repeats_left_, delay_, loops_left_, values_, top_, pads_);
    boundary_.snapshot(archive);
    for (PwmOutput& output : outputs_) output.snapshot(archive);
    for (const unsigned pad : pads_) {
      if (pad != kNone) events_.line(pad_claimed_line(pad)).snapshot(archive);
    }
    if (archive.is_loading()) show_outputs(outputs_.data());
  }
  // Without telling anybody; null: none.
  void show_outputs(PwmOutput* outputs) {
    for (unsigned i = 0; i < kChannels; ++i) {
      if (pads_[i] == kNone) continue;
      PwmOutput* const output = outputs == nullptr ? nullptr : outputs + i;
      events_.pad(pad_name(pads_[i]))
          .restore_output(output, output == nullptr ? 0 : output->duty());
    }
  }

  EasyDma dma_;
  RegisterFile::Register* enable_ = nullptr;
  RegisterFile::Register* mode_ = nullptr;
  RegisterFile::Register* countertop_ = nullptr;
  RegisterFile::Register* prescaler_ = nullptr;
  RegisterFile::Register* decoder_ = nullptr;
  RegisterFile::Register* loop_ = nullptr;
  std::array<Sequence, kSequences> sequence_{};
  std::array<RegisterFile::Register*, kChannels> psel_{};

  bool playing_ = false;
  bool stop_requested_ = false;
  bool next_step_ = false;
  Phase phase_ = Phase::kHolding;
  unsigned pending_ = kNone;  // SEQSTART takes effect at the next period
  unsigned current_ = 0;      // sequence
  Address buffer_ = 0;        // these are taken over at its start
  std::uint32_t steps_ = 0;
  std::uint32_t refresh_ = 0;
  std::uint32_t delay_ = 0;  // periods left after the last value
  std::uint32_t step_ = 0;
  std::uint32_t repeats_left_ = 0;
  std::uint32_t loops_left_ = 0;
  std::array<std::uint16_t, kChannels> values_{};  // as loaded last
  std::uint32_t top_ = 0;
  std::array<unsigned, kChannels> pads_{kNone, kNone, kNone, kNone};  // while it plays
  std::array<PwmOutput, kChannels> outputs_{};
  Event boundary_;
};

const PeripheralType kType("nordic.pwm", [](PeripheralContext& context) {
  return std::make_unique<Pwm>(context);
});

}  // namespace
}  // namespace tinyscope::nordic
