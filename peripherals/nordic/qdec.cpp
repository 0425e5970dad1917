// QDEC: decoder of the two phases of a rotary encoder.
// nRF52840 PS, chapter "QDEC — Quadrature decoder".
//
// A and B are sampled every SAMPLEPER, first one period after START; what they are at START is the
// pair that the first sample is compared with. With PSEL.LED the LED's pad is driven from LEDPRE
// microseconds before each sample until it. The debounce filter is not modelled: DBFEN is reported.
#include <algorithm>
#include <array>
#include <utility>

#include "peripherals/nordic/lines.hpp"
#include "peripherals/nordic/nordic_block.hpp"

namespace tinyscope::nordic {
namespace {

constexpr Address kStart = 0x000;
constexpr Address kStop = 0x004;
constexpr Address kReadClrAcc = 0x008;
constexpr Address kRdClrAcc = 0x00C;
constexpr Address kRdClrDbl = 0x010;
constexpr Address kSampleRdy = 0x100;
constexpr Address kReportRdy = 0x104;
constexpr Address kAccOf = 0x108;
constexpr Address kDblRdy = 0x10C;
constexpr Address kStopped = 0x110;
constexpr Address kEnable = 0x500;
constexpr Address kLedPol = 0x504;
constexpr Address kSamplePer = 0x508;
constexpr Address kSample = 0x50C;
constexpr Address kReportPer = 0x510;
constexpr Address kAcc = 0x514;
constexpr Address kAccRead = 0x518;
constexpr Address kPselLed = 0x51C;
constexpr Address kPselA = 0x520;
constexpr Address kPselB = 0x524;
constexpr Address kDbfEn = 0x528;
constexpr Address kLedPre = 0x540;
constexpr Address kAccDbl = 0x544;
constexpr Address kAccDblRead = 0x548;

constexpr std::uint32_t kDisconnected = 0xFFFF'FFFF;
constexpr std::int32_t kHighestAcc = 1023;  // PS, ACC: -1024 to 1023
constexpr std::int32_t kLowestAcc = -1024;
constexpr std::uint32_t kHighestDbl = 15;
constexpr std::int32_t kDoubleTransition = 2;

// PS, table "Sampled value encoding": what a step from one pair to the next means, pairs being
// A * 2 + B.
constexpr std::array<std::array<std::int32_t, 4>, 4> kSteps{{
    {0, 1, -1, 2},
    {-1, 0, 2, 1},
    {1, 2, 0, -1},
    {2, -1, 1, 0},
}};

class Qdec final : public NordicBlock {
 public:
  explicit Qdec(PeripheralContext& context)
      : NordicBlock(context, Interrupts::kSetClear),
        sample_due_(context.scheduler, [this] { take_sample(); }),
        led_due_(context.scheduler, [this] { light(true); }) {
    add_task(kStart, "TASKS_START", [this] { start(); });
    add_task(kStop, "TASKS_STOP", [this] { stop(); });
    add_task(kReadClrAcc, "TASKS_READCLRACC", [this] {
      read_clear_acc();
      read_clear_dbl();
    });
    add_task(kRdClrAcc, "TASKS_RDCLRACC", [this] { read_clear_acc(); });
    add_task(kRdClrDbl, "TASKS_RDCLRDBL", [this] { read_clear_dbl(); });
    add_event(kSampleRdy, "EVENTS_SAMPLERDY");
    add_event(kReportRdy, "EVENTS_REPORTRDY");
    add_event(kAccOf, "EVENTS_ACCOF");
    add_event(kDblRdy, "EVENTS_DBLRDY");
    add_event(kStopped, "EVENTS_STOPPED");
    add_short(0, "REPORTRDY_READCLRACC", kReportRdy, kReadClrAcc);
    add_short(1, "SAMPLERDY_STOP", kSampleRdy, kStop);
    add_short(2, "REPORTRDY_RDCLRACC", kReportRdy, kRdClrAcc);
    add_short(3, "REPORTRDY_STOP", kReportRdy, kStop);
    add_short(4, "DBLRDY_RDCLRDBL", kDblRdy, kRdClrDbl);
    add_short(5, "DBLRDY_STOP", kDblRdy, kStop);
    add_short(6, "SAMPLERDY_READCLRACC", kSampleRdy, kReadClrAcc);
    define_registers();
  }

 private:
  void define_registers() {
    enable_ = &registers_.add(kEnable, "ENABLE").flag(0, "ENABLE").on_write([this](std::uint32_t) {
      if (enable_->value() == 0) halt();
    });
    ledpol_ = &registers_.add(kLedPol, "LEDPOL").flag(0, "LEDPOL");
    sampleper_ = &registers_.add(kSamplePer, "SAMPLEPER").field(0, 4, "SAMPLEPER");
    reportper_ = &registers_.add(kReportPer, "REPORTPER").field(0, 4, "REPORTPER");
    const auto result = [this](Address offset, std::string_view name, auto& from) {
      registers_.add(offset, name).read_only().on_read([&from] {
        return static_cast<std::uint32_t>(from);
      });
    };
    result(kSample, "SAMPLE", sample_);
    result(kAcc, "ACC", acc_);
    result(kAccRead, "ACCREAD", accread_);
    result(kAccDbl, "ACCDBL", accdbl_);
    result(kAccDblRead, "ACCDBLREAD", accdblread_);
    psel_led_ = &registers_.add(kPselLed, "PSEL.LED").reset(kDisconnected);
    psel_a_ = &registers_.add(kPselA, "PSEL.A").reset(kDisconnected);
    psel_b_ = &registers_.add(kPselB, "PSEL.B").reset(kDisconnected);
    registers_.add(kDbfEn, "DBFEN").unimplemented(0, 1, "DBFEN");
    ledpre_ = &registers_.add(kLedPre, "LEDPRE").reset(0x10).field(0, 9, "LEDPRE");
  }

  Duration sample_period() const {
    constexpr std::uint32_t kSlowest = 10;  // 131 ms
    return Duration::from_us(std::uint64_t{128} << std::min(sampleper_->value(), kSlowest));
  }
  std::uint32_t samples_per_report() const {
    constexpr std::array<std::uint32_t, 9> kSamples{10, 40, 80, 120, 160, 200, 240, 280, 1};
    return kSamples[std::min<std::size_t>(reportper_->value(), kSamples.size() - 1)];
  }

  // 0 from a pad that is not connected.
  bool level(const RegisterFile::Register& psel) const {
    const auto pad = selected_pad(psel.value());
    if (!pad) return false;
    const PadNode& node = events_.pad(pad_name(*pad));
    return node.level_now ? node.level_now() : events_.line(pad_level_line(*pad)).level();
  }
  unsigned pair() const { return (level(*psel_a_) ? 2u : 0u) + (level(*psel_b_) ? 1u : 0u); }

  void start() {
    if (enable_->value() == 0 || running_) return;
    running_ = true;
    draw(true);
    previous_ = pair();
    samples_ = 0;
    led_pad_ = selected_pad(psel_led_->value()).value_or(kNoPad);
    if (led_pad_ != kNoPad) {
      light(false);
      events_.line(pad_claimed_line(led_pad_)).set(true);
    }
    plan();
  }

  void plan() {
    const TimePoint due = now() + sample_period();
    sample_due_.at(due);
    const Duration lead = Duration::from_us(ledpre_->value());
    if (led_pad_ != kNoPad)
      led_due_.at(lead < sample_period() ? TimePoint{due.ps - lead.ps} : now());
  }
  void light(bool on) {
    if (led_pad_ != kNoPad)
      events_.line(pad_output_line(led_pad_)).set(on == (ledpol_->value() != 0));
  }

  void take_sample() {
    const unsigned current = pair();
    sample_ = kSteps[previous_][current];
    previous_ = current;
    light(false);
    plan();
    count();
    raise(kSampleRdy);
    if (!running_ || ++samples_ < samples_per_report()) return;
    samples_ = 0;
    const bool moved = acc_ != 0;
    const bool doubled = accdbl_ != 0;
    if (moved) raise(kReportRdy);
    if (doubled) raise(kDblRdy);
  }

  // A step that does not fit is lost, and ACCOF says so.
  void count() {
    if (sample_ == kDoubleTransition) {
      if (accdbl_ < kHighestDbl) {
        ++accdbl_;
      } else {
        raise(kAccOf);
      }
      return;
    }
    const std::int32_t sum = acc_ + sample_;
    if (sum >= kLowestAcc && sum <= kHighestAcc) {
      acc_ = sum;
    } else {
      raise(kAccOf);
    }
  }

  void read_clear_acc() { accread_ = std::exchange(acc_, 0); }
  void read_clear_dbl() { accdblread_ = std::exchange(accdbl_, 0u); }

  void stop() {
    if (!running_) return;
    halt();
    raise(kStopped);
  }

  void halt() {
    running_ = false;
    sample_due_.cancel();
    led_due_.cancel();
    if (led_pad_ != kNoPad) events_.line(pad_claimed_line(led_pad_)).set(false);
    led_pad_ = kNoPad;
    draw(false);
  }

  void reset_state(ResetKind) override {
    halt();
    sample_ = acc_ = accread_ = 0;
    accdbl_ = accdblread_ = 0;
  }

  void snapshot_state(StateArchive& archive) override {
    archive(running_, previous_, samples_, led_pad_, sample_, acc_, accread_, accdbl_, accdblread_);
    sample_due_.snapshot(archive);
    led_due_.snapshot(archive);
    if (led_pad_ == kNoPad) return;
    events_.line(pad_claimed_line(led_pad_)).snapshot(archive);
    events_.line(pad_output_line(led_pad_)).snapshot(archive);
  }

  RegisterFile::Register* enable_ = nullptr;
  RegisterFile::Register* ledpol_ = nullptr;
  RegisterFile::Register* sampleper_ = nullptr;
  RegisterFile::Register* reportper_ = nullptr;
  RegisterFile::Register* psel_led_ = nullptr;
  RegisterFile::Register* psel_a_ = nullptr;
  RegisterFile::Register* psel_b_ = nullptr;
  RegisterFile::Register* ledpre_ = nullptr;
  bool running_ = false;
  unsigned previous_ = 0;      // pair
  std::uint32_t samples_ = 0;  // since the last report
  unsigned led_pad_ = kNoPad;  // while it runs
  std::int32_t sample_ = 0;
  std::int32_t acc_ = 0;
  std::int32_t accread_ = 0;
  std::uint32_t accdbl_ = 0;
  std::uint32_t accdblread_ = 0;
  Event sample_due_;
  Event led_due_;
};

const PeripheralType kType("nordic.qdec", [](PeripheralContext& context) {
  return std::make_unique<Qdec>(context);
});

}  // namespace
}  // namespace tinyscope::nordic
