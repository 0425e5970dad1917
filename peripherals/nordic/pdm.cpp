// PDM: digital microphone interface that fills sample buffers in RAM.
// nRF52840 PS, chapter "PDM — Pulse density modulation interface".
//
// A buffer appears in RAM when the time of its last sample has come. The bit stream and the
// decimation filter are not modelled: the audio source delivers samples at the rate that
// PDMCLKCTRL and RATIO give, and the filter's settling time is left out. One microphone drives one
// half of the clock and leaves the line as it was for the other, so in stereo mode both channels
// carry the same sound, and MODE.EDGE changes nothing.
#include <algorithm>
#include <array>
#include <cmath>
#include <vector>

#include "peripherals/nordic/easy_dma.hpp"
#include "peripherals/nordic/lines.hpp"
#include "peripherals/nordic/nordic_block.hpp"
#include "peripherals/nordic/pclk32m.hpp"

namespace tinyscope::nordic {
namespace {

constexpr Address kStart = 0x000;
constexpr Address kStop = 0x004;
constexpr Address kStarted = 0x100;
constexpr Address kStopped = 0x104;
constexpr Address kEnd = 0x108;
constexpr Address kEnable = 0x500;
constexpr Address kPdmClkCtrl = 0x504;
constexpr Address kMode = 0x508;
constexpr Address kGainL = 0x518;
constexpr Address kGainR = 0x51C;
constexpr Address kRatio = 0x520;
constexpr Address kPselClk = 0x540;
constexpr Address kPselDin = 0x544;
constexpr Address kSamplePtr = 0x560;
constexpr Address kSampleMaxCnt = 0x564;

constexpr std::uint32_t kModeMono = 1u << 0;
constexpr std::uint32_t kDefaultGain = 0x28;  // 0 dB
constexpr std::uint32_t kMaxGain = 0x50;      // +20 dB

// Gain of a code in 0.5 dB steps as a factor with 16 fractional bits.
std::int64_t gain_factor(std::uint32_t code) {
  const double decibel = 0.5 * (static_cast<double>(std::min(code, kMaxGain)) - kDefaultGain);
  return std::llround(std::pow(10.0, decibel / 20.0) * 65536.0);
}

std::int16_t apply_gain(std::int16_t sample, std::int64_t factor) {
  const std::int64_t scaled = (sample * factor + (sample < 0 ? -32768 : 32768)) / 65536;
  return static_cast<std::int16_t>(std::clamp<std::int64_t>(scaled, INT16_MIN, INT16_MAX));
}

class Pdm final : public NordicBlock {
 public:
  explicit Pdm(PeripheralContext& context)
      : NordicBlock(context, Interrupts::kWithInten),
        dma_(context),
        buffer_end_(context.scheduler, [this] { buffer_complete(); }),
        stop_(context.scheduler, [this] { stop(); }) {
    add_task(kStart, "TASKS_START", [this] { start(); });
    add_task(kStop, "TASKS_STOP", [this] { request_stop(); });
    add_event(kStarted, "EVENTS_STARTED");
    add_event(kStopped, "EVENTS_STOPPED");
    add_event(kEnd, "EVENTS_END");
    enable_ = &registers_.add(kEnable, "ENABLE").flag(0, "ENABLE").on_write([this](std::uint32_t) {
      if (enable_->value() == 0) halt();
    });
    clkctrl_ = &registers_.add(kPdmClkCtrl, "PDMCLKCTRL").reset(0x0840'0000);
    mode_ = &registers_.add(kMode, "MODE").flag(0, "OPERATION").flag(1, "EDGE");
    gain_l_ = &registers_.add(kGainL, "GAINL").reset(kDefaultGain).field(0, 7, "GAINL");
    gain_r_ = &registers_.add(kGainR, "GAINR").reset(kDefaultGain).field(0, 7, "GAINR");
    ratio_ = &registers_.add(kRatio, "RATIO").flag(0, "RATIO");
    psel_clk_ = &registers_.add(kPselClk, "PSEL.CLK").reset(0xFFFF'FFFF);
    registers_.add(kPselDin, "PSEL.DIN").reset(0xFFFF'FFFF);
    ptr_ = &registers_.add(kSamplePtr, "SAMPLE.PTR");
    maxcnt_ = &registers_.add(kSampleMaxCnt, "SAMPLE.MAXCNT").field(0, 15, "BUFFSIZE");
  }

  Port* port(std::string_view name) override { return name == "audio" ? &audio_ : nullptr; }

 private:
  std::uint64_t clock_divider() const { return pclk32m_divider(clkctrl_->value()); }
  std::uint64_t decimation() const { return ratio_->value() == 0 ? 64 : 80; }
  bool mono() const { return (mode_->value() & kModeMono) != 0; }

  void start() {
    if (enable_->value() == 0 || running_) return;
    running_ = true;
    // Configuration is fixed while the interface runs.
    frame_time_ = Duration{kPclk32mPs} * (clock_divider() * decimation());
    channels_ = mono() ? 1 : 2;
    draw(true);
    clock_pad_ = selected_pad(psel_clk_->value()).value_or(kNoPad);
    show_clock(kPclk32mHz / static_cast<double>(clock_divider()));
    if (audio_.source != nullptr) {
      const double clocks = static_cast<double>(clock_divider() * decimation());
      audio_.source->start(kPclk32mHz / clocks, now());
    }
    next_buffer();
  }

  // SAMPLE.PTR and MAXCNT are taken over here, and STARTED tells the firmware that it may write the
  // next pair.
  void next_buffer() {
    buffer_ = ptr_->value();
    frames_ = maxcnt_->value() / channels_;
    buffer_start_ = now();
    if (frames_ == 0) {
      // Arduino's PDM library starts so and sets the first buffer when it hears STARTED.
      notes_.assume({name_ + ".empty_buffer",
                     "a buffer without room for a sample is over when the first sample has come",
                     "estimate"});
    }
    buffer_end_.after(frame_time_ * std::max(frames_, 1u));
    raise(kStarted);
  }

  void buffer_complete() {
    if (stop_.scheduled() && stop_.when() == now()) return;  // stop() delivers this buffer
    deliver(frames_);
    raise(kEnd);
    if (running_) next_buffer();
  }

  // STOP takes effect after the sample under way; what has been sampled so far is written.
  void request_stop() {
    if (!running_ || stop_.scheduled()) return;
    const std::uint64_t complete = (now() - buffer_start_).ps / frame_time_.ps;
    stop_.at(buffer_start_ + frame_time_ * (complete + 1));
  }

  void stop() {
    const std::uint64_t complete = (now() - buffer_start_).ps / frame_time_.ps;
    const bool delivers = frames_ != 0;
    if (delivers) deliver(std::min<std::uint64_t>(complete, frames_));
    halt();
    if (delivers) raise(kEnd);
    raise(kStopped);
  }

  void deliver(std::uint64_t frames) {
    std::vector<std::int16_t> sound(frames, 0);
    if (audio_.source != nullptr) audio_.source->read(sound);
    const std::array<std::int64_t, 2> gain{gain_factor(gain_l_->value()),
                                           gain_factor(gain_r_->value())};
    std::vector<std::uint8_t> bytes;
    bytes.reserve(2 * channels_ * frames);
    for (const std::int16_t sample : sound) {
      for (unsigned channel = 0; channel < channels_; ++channel) {
        const auto value = static_cast<std::uint16_t>(apply_gain(sample, gain[channel]));
        bytes.push_back(static_cast<std::uint8_t>(value & 0xFF));
        bytes.push_back(static_cast<std::uint8_t>(value >> 8));
      }
    }
    dma_.write(buffer_, bytes);
  }

  void halt() {
    if (running_ && audio_.source != nullptr) audio_.source->stop(now());
    show_clock(0);
    clock_pad_ = kNoPad;
    running_ = false;
    buffer_end_.cancel();
    stop_.cancel();
    draw(false);
  }

  // On the microphone's clock pad, for parts on the board that listen.
  void show_clock(double hz) {
    if (clock_pad_ != kNoPad) events_.pad(pad_name(clock_pad_)).set_clock_hz(hz);
  }

  void reset_state(ResetKind) override { halt(); }

  void snapshot_state(StateArchive& archive) override {
    archive(running_, frame_time_.ps, channels_, buffer_, frames_, buffer_start_.ps, clock_pad_);
    buffer_end_.snapshot(archive);
    stop_.snapshot(archive);
    if (archive.is_loading() && running_) {
      show_clock(kPclk32mHz / static_cast<double>(clock_divider()));
    }
  }

  EasyDma dma_;
  AudioInput audio_;
  RegisterFile::Register* enable_ = nullptr;
  RegisterFile::Register* clkctrl_ = nullptr;
  RegisterFile::Register* mode_ = nullptr;
  RegisterFile::Register* gain_l_ = nullptr;
  RegisterFile::Register* gain_r_ = nullptr;
  RegisterFile::Register* ratio_ = nullptr;
  RegisterFile::Register* psel_clk_ = nullptr;
  RegisterFile::Register* ptr_ = nullptr;
  RegisterFile::Register* maxcnt_ = nullptr;
  bool running_ = false;
  Duration frame_time_{};
  unsigned channels_ = 1;
  Address buffer_ = 0;
  std::uint32_t frames_ = 0;  // one sample of each channel
  TimePoint buffer_start_{};
  unsigned clock_pad_ = kNoPad;  // while it runs
  Event buffer_end_;
  Event stop_;
};

const PeripheralType kType("nordic.pdm", [](PeripheralContext& context) {
  return std::make_unique<Pdm>(context);
});

}  // namespace
}  // namespace tinyscope::nordic
