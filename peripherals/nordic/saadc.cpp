// SAADC: successive approximation analogue-to-digital converter with eight channels.
// nRF52840 PS, chapter "SAADC — Successive approximation analog-to-digital converter".
//
// An ideal converter: RESULT = (V(P) - V(N)) * GAIN / REFERENCE * 2^(RESOLUTION - m), with m = 0 in
// single-ended and 1 in differential mode, rounded to the nearest and limited to what the
// resolution can express. The voltage is that at the end of the acquisition time. Noise, offset
// (so calibration changes nothing), gain error and the resistance of the source are left out. An
// input that nobody drives is at 0 V, or where the resistor in CONFIG.RESP or RESN pulls it.
//
// Parameters: `vdd_volts`; `vddh_volts` (default: vdd_volts); `conversion_ns`, `calibration_ns`.
#include <algorithm>
#include <array>
#include <cmath>

#include "peripherals/nordic/analog_inputs.hpp"
#include "peripherals/nordic/easy_dma.hpp"
#include "peripherals/nordic/nordic_block.hpp"

namespace tinyscope::nordic {
namespace {

constexpr Address kStart = 0x000;
constexpr Address kSample = 0x004;
constexpr Address kStop = 0x008;
constexpr Address kCalibrateOffset = 0x00C;
constexpr Address kStarted = 0x100;
constexpr Address kEnd = 0x104;
constexpr Address kDone = 0x108;
constexpr Address kResultDone = 0x10C;
constexpr Address kCalibrateDone = 0x110;
constexpr Address kStopped = 0x114;
constexpr Address kLimitH = 0x118;  // of channel 0; 8 bytes from channel to channel
constexpr Address kLimitL = 0x11C;
constexpr Address kStatus = 0x400;
constexpr Address kEnable = 0x500;
constexpr Address kChannel = 0x510;  // 16 bytes each
constexpr Address kResolution = 0x5F0;
constexpr Address kOversample = 0x5F4;
constexpr Address kSampleRate = 0x5F8;
constexpr Address kResultPtr = 0x62C;
constexpr Address kResultMaxCnt = 0x630;
constexpr Address kResultAmount = 0x634;

constexpr unsigned kChannels = 8;
constexpr std::uint32_t kConfigReset = 0x0002'0000;
constexpr std::uint32_t kLimitReset = 0x7FFF'8000;
constexpr std::uint32_t kSelectVdd = 9;
constexpr std::uint32_t kSelectVddhDiv5 = 0x0D;
constexpr double kInternalReference = 0.6;  // volts
constexpr std::uint32_t kRateTimer = 1u << 12;
constexpr std::uint32_t kLowestRateCc = 80;  // PS, SAMPLERATE: 80 to 2047
constexpr Duration kRateTick{62'500};        // 16 MHz
constexpr std::uint32_t kMostOversampling = 8;

// CONFIG
enum class Resistor : std::uint32_t { kBypass, kPulldown, kPullup, kHalfVdd };
constexpr Resistor resp(std::uint32_t config) { return Resistor{config & 3u}; }
constexpr Resistor resn(std::uint32_t config) { return Resistor{config >> 4 & 3u}; }
constexpr bool refers_to_vdd(std::uint32_t config) { return (config >> 12 & 1u) != 0; }
constexpr bool differential(std::uint32_t config) { return (config >> 20 & 1u) != 0; }
constexpr bool burst(std::uint32_t config) { return (config >> 24 & 1u) != 0; }
double gain(std::uint32_t config) {
  constexpr std::array<double, 8> kGains{1.0 / 6, 1.0 / 5, 1.0 / 4, 1.0 / 3, 1.0 / 2, 1, 2, 4};
  return kGains[config >> 8 & 7u];
}
Duration acquisition(std::uint32_t config) {
  constexpr std::array<std::uint64_t, 8> kMicroseconds{3, 5, 10, 15, 20, 40, 40, 40};
  return Duration::from_us(kMicroseconds[config >> 16 & 7u]);
}

class Saadc final : public NordicBlock {
 public:
  explicit Saadc(PeripheralContext& context)
      : NordicBlock(context, Interrupts::kWithInten),
        inputs_(context),
        vddh_(context.params.number("vddh_volts").value_or(inputs_.vdd())),
        conversion_time_{1000 * assumed_parameter(context, "conversion_ns", 2000,
                                                  "conversion after acquisition",
                                                  "PS from memory: less than 2 us")},
        calibration_time_{
            1000 * assumed_parameter(context, "calibration_ns", 20'000, "offset calibration")},
        dma_(context),
        conversion_(context.scheduler, [this] { converted(); }),
        rate_(context.scheduler, [this] { rate_tick(); }),
        calibration_(context.scheduler, [this] { raise(kCalibrateDone); }) {
    add_task(kStart, "TASKS_START", [this] { start(); });
    add_task(kSample, "TASKS_SAMPLE", [this] { sample_task(); });
    add_task(kStop, "TASKS_STOP", [this] { stop(); });
    add_task(kCalibrateOffset, "TASKS_CALIBRATEOFFSET", [this] {
      if (enabled() && !busy()) calibration_.after(calibration_time_);
    });
    add_event(kStarted, "EVENTS_STARTED");
    add_event(kEnd, "EVENTS_END");
    add_event(kDone, "EVENTS_DONE");
    add_event(kResultDone, "EVENTS_RESULTDONE");
    add_event(kCalibrateDone, "EVENTS_CALIBRATEDONE");
    add_event(kStopped, "EVENTS_STOPPED");
    for (unsigned i = 0; i < kChannels; ++i) define_channel(i);
    registers_.add(kStatus, "STATUS").read_only().on_read([this] { return busy() ? 1u : 0u; });
    enable_ = &registers_.add(kEnable, "ENABLE").flag(0, "ENABLE").on_write([this](std::uint32_t) {
      if (!enabled()) halt();
    });
    resolution_ = &registers_.add(kResolution, "RESOLUTION").reset(1).field(0, 3, "VAL");
    oversample_ = &registers_.add(kOversample, "OVERSAMPLE").field(0, 4, "OVERSAMPLE");
    samplerate_ = &registers_.add(kSampleRate, "SAMPLERATE").field(0, 11, "CC").flag(12, "MODE");
    ptr_ = &registers_.add(kResultPtr, "RESULT.PTR");
    maxcnt_ = &registers_.add(kResultMaxCnt, "RESULT.MAXCNT").field(0, 15, "MAXCNT");
    registers_.add(kResultAmount, "RESULT.AMOUNT").read_only().on_read([this] { return amount_; });
  }

 private:
  struct Channel {
    RegisterFile::Register* pselp;
    RegisterFile::Register* pseln;
    RegisterFile::Register* config;
    RegisterFile::Register* limit;
  };

  void define_channel(unsigned i) {
    add_event(kLimitH + 8 * i, fmt::format("EVENTS_CH[{}].LIMITH", i));
    add_event(kLimitL + 8 * i, fmt::format("EVENTS_CH[{}].LIMITL", i));
    const Address base = kChannel + 16 * i;
    const auto name = [i](std::string_view part) { return fmt::format("CH[{}].{}", i, part); };
    channel_[i] = {&registers_.add(base, name("PSELP")).field(0, 5, "PSELP"),
                   &registers_.add(base + 4, name("PSELN")).field(0, 5, "PSELN"),
                   &registers_.add(base + 8, name("CONFIG"))
                        .reset(kConfigReset)
                        .field(0, 2, "RESP")
                        .field(4, 2, "RESN")
                        .field(8, 3, "GAIN")
                        .flag(12, "REFSEL")
                        .field(16, 3, "TACQ")
                        .flag(20, "MODE")
                        .flag(24, "BURST"),
                   &registers_.add(base + 12, name("LIMIT")).reset(kLimitReset)};
  }

  bool enabled() const { return enable_->value() != 0; }
  bool busy() const { return conversion_.scheduled() || calibration_.scheduled(); }
  bool in_use(unsigned i) const { return channel_[i].pselp->value() != 0; }
  bool full() const { return amount_ == size_; }

  void start() {
    if (!enabled()) return;
    buffer_ = ptr_->value();
    size_ = maxcnt_->value();
    amount_ = 0;
    started_ = true;
    draw(true);
    raise(kStarted);
  }

  void sample_task() {
    if (!enabled()) return;
    if ((samplerate_->value() & kRateTimer) != 0 && !rate_.scheduled()) {
      rate_.after(rate_period());
      if (std::count_if(channel_.begin(), channel_.end(),
                        [](const Channel& each) { return each.pselp->value() != 0; }) > 1) {
        notes_.unmodelled(name_, "SAMPLERATE timer with several channels", kSampleRate, true,
                          samplerate_->value());
      }
    }
    scan();
  }

  Duration rate_period() const {
    return kRateTick * std::max(samplerate_->value() & 0x7FFu, kLowestRateCc);
  }
  void rate_tick() {
    if ((samplerate_->value() & kRateTimer) == 0) return;
    rate_.after(rate_period());
    scan();
  }

  // Converts each channel in use, lowest first. A task that comes meanwhile is lost.
  void scan() {
    if (!busy()) convert_from(0);
  }
  void convert_from(unsigned first) {
    for (unsigned i = first; i < kChannels; ++i) {
      if (!in_use(i)) continue;
      current_ = i;
      convert();
      return;
    }
  }
  void convert() {
    acquired_ = now() + acquisition(channel_[current_].config->value());
    conversion_.at(acquired_ + conversion_time_);
  }

  // Oversampling averages 2^OVERSAMPLE conversions, of one SAMPLE task each or, with BURST, all of
  // one task. PS: it averages over all enabled channels, so without BURST only one makes sense.
  void converted() {
    const unsigned channel = current_;
    const std::uint32_t config = channel_[channel].config->value();
    sum_ += result(channel);
    ++conversions_;
    const std::uint32_t wanted = 1u << std::min(oversample_->value(), kMostOversampling);
    const bool complete = conversions_ >= wanted;
    const auto average = static_cast<std::int32_t>(std::lround(sum_ / conversions_));
    if (complete) {
      sum_ = 0;
      conversions_ = 0;
    }
    if (!complete && burst(config)) {
      convert();
    } else {
      convert_from(channel + 1);
    }
    raise(kDone);
    if (complete) deliver(channel, average);
  }

  void deliver(unsigned channel, std::int32_t result) {
    const std::uint32_t limit = channel_[channel].limit->value();
    const bool last = started_ && amount_ + 1 == size_;
    if (started_ && !full()) {
      const auto bits = static_cast<std::uint16_t>(result);
      const std::array<std::uint8_t, 2> bytes{static_cast<std::uint8_t>(bits & 0xFF),
                                              static_cast<std::uint8_t>(bits >> 8)};
      dma_.write(buffer_, bytes, 2 * amount_);
      ++amount_;
    }
    raise(kResultDone);
    if (result >= static_cast<std::int16_t>(limit >> 16)) raise(kLimitH + 8 * channel);
    if (result <= static_cast<std::int16_t>(limit & 0xFFFF)) raise(kLimitL + 8 * channel);
    if (!last) return;
    started_ = false;
    draw(false);
    raise(kEnd);
  }

  double result(unsigned channel) const {
    const Channel& set = channel_[channel];
    const std::uint32_t config = set.config->value();
    const double reference = refers_to_vdd(config) ? inputs_.vdd() / 4 : kInternalReference;
    const int bits = 8 + 2 * static_cast<int>(std::min(resolution_->value(), 3u));
    const int m = differential(config) ? 1 : 0;
    double volts = voltage(set.pselp->value(), resp(config));
    if (m != 0) volts -= voltage(set.pseln->value(), resn(config));
    const double scale = std::ldexp(1.0, bits - m);
    return std::clamp(std::round(volts * gain(config) / reference * scale), -scale, scale - 1);
  }

  double voltage(std::uint32_t select, Resistor resistor) const {
    if (select == kSelectVdd) return inputs_.vdd();
    if (select == kSelectVddhDiv5) return vddh_ / 5;
    if (select >= 1 && select <= kAnalogInputs) {
      if (const auto driven = inputs_.volts(select - 1, acquired_)) return *driven;
    }
    switch (resistor) {
      case Resistor::kPullup: return inputs_.vdd();
      case Resistor::kHalfVdd: return inputs_.vdd() / 2;
      case Resistor::kBypass:
      case Resistor::kPulldown: break;
    }
    return 0;
  }

  void stop() {
    if (!enabled()) return;
    const bool ends = started_;
    halt();
    if (ends) raise(kEnd);
    raise(kStopped);
  }

  void halt() {
    started_ = false;
    sum_ = 0;
    conversions_ = 0;
    conversion_.cancel();
    rate_.cancel();
    calibration_.cancel();
    draw(false);
  }

  void reset_state(ResetKind) override {
    halt();
    buffer_ = size_ = amount_ = 0;
  }

  void snapshot_state(StateArchive& archive) override {
    archive(started_, buffer_, size_, amount_, current_, acquired_.ps, sum_, conversions_);
    conversion_.snapshot(archive);
    rate_.snapshot(archive);
    calibration_.snapshot(archive);
  }

  const AnalogInputs inputs_;
  const double vddh_;
  const Duration conversion_time_;
  const Duration calibration_time_;
  EasyDma dma_;
  std::array<Channel, kChannels> channel_{};
  RegisterFile::Register* enable_ = nullptr;
  RegisterFile::Register* resolution_ = nullptr;
  RegisterFile::Register* oversample_ = nullptr;
  RegisterFile::Register* samplerate_ = nullptr;
  RegisterFile::Register* ptr_ = nullptr;
  RegisterFile::Register* maxcnt_ = nullptr;
  bool started_ = false;  // between START and the last result that fits
  Address buffer_ = 0;    // taken over by START
  std::uint32_t size_ = 0;
  std::uint32_t amount_ = 0;
  unsigned current_ = 0;  // channel under conversion
  TimePoint acquired_{};  // end of its acquisition
  double sum_ = 0;        // of the conversions for one result
  std::uint32_t conversions_ = 0;
  Event conversion_;
  Event rate_;
  Event calibration_;
};

const PeripheralType kType("nordic.saadc", [](PeripheralContext& context) {
  return std::make_unique<Saadc>(context);
});

}  // namespace
}  // namespace tinyscope::nordic
