// I2S: digital audio to and from RAM, and a master clock for parts on the board.
// nRF52840 PS, chapter "I2S — Inter-IC sound interface".
//
// MCK is 32 MHz / floor(2^32 / MCKFREQ), which gives each frequency that PS lists; MCK, SCK and
// LRCK appear on their pads as frequencies (PadNode::set_clock_hz). As slave the block takes its
// frame rate from the frequency that another block of the chip puts on the LRCK pad, at START.
// Ports: "audio" is heard on SDIN, in both channels; "sound" gets what leaves on SDOUT.
// Memory mapping: PS, "Mapping of left and right samples in memory". A buffer is read and written
// when its last word has passed, or at STOP. The bits on the wire are not modelled, so FORMAT and
// ALIGN change nothing, nor is the empty first frame of a master. With MAXCNT 0 only clocks run.
#include <algorithm>
#include <array>
#include <vector>

#include "peripherals/nordic/easy_dma.hpp"
#include "peripherals/nordic/lines.hpp"
#include "peripherals/nordic/nordic_block.hpp"
#include "peripherals/nordic/pclk32m.hpp"

namespace tinyscope::nordic {
namespace {

constexpr Address kStart = 0x000;
constexpr Address kStop = 0x004;
constexpr Address kRxPtrUpd = 0x104;
constexpr Address kStopped = 0x108;
constexpr Address kTxPtrUpd = 0x114;
constexpr Address kEnable = 0x500;
constexpr Address kConfigMode = 0x504;
constexpr Address kConfigRxEn = 0x508;
constexpr Address kConfigTxEn = 0x50C;
constexpr Address kConfigMckEn = 0x510;
constexpr Address kConfigMckFreq = 0x514;
constexpr Address kConfigRatio = 0x518;
constexpr Address kConfigSWidth = 0x51C;
constexpr Address kConfigAlign = 0x520;
constexpr Address kConfigFormat = 0x524;
constexpr Address kConfigChannels = 0x528;
constexpr Address kRxdPtr = 0x538;
constexpr Address kTxdPtr = 0x540;
constexpr Address kMaxCnt = 0x550;
constexpr Address kPselMck = 0x560;
constexpr Address kPselSck = 0x564;
constexpr Address kPselLrck = 0x568;
constexpr Address kPselSdin = 0x56C;
constexpr Address kPselSdout = 0x570;

constexpr std::uint32_t kDisconnected = 0xFFFF'FFFF;

class I2s final : public NordicBlock {
 public:
  explicit I2s(PeripheralContext& context)
      : NordicBlock(context, Interrupts::kWithInten),
        dma_(context),
        buffer_end_(context.scheduler, [this] { buffer_complete(); }),
        stop_(context.scheduler, [this] { stop(); }) {
    add_task(kStart, "TASKS_START", [this] { start(); });
    add_task(kStop, "TASKS_STOP", [this] { request_stop(); });
    add_event(kRxPtrUpd, "EVENTS_RXPTRUPD");
    add_event(kStopped, "EVENTS_STOPPED");
    add_event(kTxPtrUpd, "EVENTS_TXPTRUPD");
    enable_ = &registers_.add(kEnable, "ENABLE").flag(0, "ENABLE").on_write([this](std::uint32_t) {
      if (enable_->value() == 0) halt();
    });
    mode_ = &registers_.add(kConfigMode, "CONFIG.MODE").flag(0, "MODE");
    rxen_ = &registers_.add(kConfigRxEn, "CONFIG.RXEN").flag(0, "RXEN");
    txen_ = &registers_.add(kConfigTxEn, "CONFIG.TXEN").reset(1).flag(0, "TXEN");
    mcken_ = &registers_.add(kConfigMckEn, "CONFIG.MCKEN").reset(1).flag(0, "MCKEN");
    mckfreq_ = &registers_.add(kConfigMckFreq, "CONFIG.MCKFREQ").reset(0x2000'0000);
    ratio_ = &registers_.add(kConfigRatio, "CONFIG.RATIO").reset(6).field(0, 4, "RATIO");
    swidth_ = &registers_.add(kConfigSWidth, "CONFIG.SWIDTH").reset(1).field(0, 2, "SWIDTH");
    registers_.add(kConfigAlign, "CONFIG.ALIGN").flag(0, "ALIGN");
    registers_.add(kConfigFormat, "CONFIG.FORMAT").flag(0, "FORMAT");
    channels_reg_ = &registers_.add(kConfigChannels, "CONFIG.CHANNELS").field(0, 2, "CHANNELS");
    rxptr_ = &registers_.add(kRxdPtr, "RXD.PTR");
    txptr_ = &registers_.add(kTxdPtr, "TXD.PTR");
    maxcnt_ = &registers_.add(kMaxCnt, "RXTXD.MAXCNT").field(0, 14, "MAXCNT");
    psel_mck_ = &registers_.add(kPselMck, "PSEL.MCK").reset(kDisconnected);
    psel_sck_ = &registers_.add(kPselSck, "PSEL.SCK").reset(kDisconnected);
    psel_lrck_ = &registers_.add(kPselLrck, "PSEL.LRCK").reset(kDisconnected);
    registers_.add(kPselSdin, "PSEL.SDIN").reset(kDisconnected);
    registers_.add(kPselSdout, "PSEL.SDOUT").reset(kDisconnected);
  }

  Port* port(std::string_view name) override {
    if (name == "audio") return &audio_;
    return name == "sound" ? &sound_ : nullptr;
  }

 private:
  struct Clock {
    unsigned pad = kNoPad;
    double hz = 0;
  };

  bool slave() const { return mode_->value() != 0; }
  unsigned bits() const {
    constexpr std::array<unsigned, 4> kBits{8, 16, 24, 24};
    return kBits[swidth_->value()];
  }
  std::uint64_t mck_divider() const { return pclk32m_divider(mckfreq_->value()); }
  std::uint64_t ratio() const {
    constexpr std::array<std::uint64_t, 9> kRatios{32, 48, 64, 96, 128, 192, 256, 384, 512};
    return kRatios[std::min<std::size_t>(ratio_->value(), kRatios.size() - 1)];
  }

  void start() {
    if (enable_->value() == 0 || running_) return;
    running_ = true;
    draw(true);
    bits_ = bits();
    channels_ = channels_reg_->value() == 0 ? 2 : 1;
    if (slave()) {
      frame_time_ = slave_frame_time();
    } else {
      frame_time_ = Duration{kPclk32mPs} * (mck_divider() * ratio());
      start_clocks();
    }
    if (frame_time_.ps == 0) return;
    if (rxen_->value() != 0 && audio_.source != nullptr && maxcnt_->value() != 0) {
      audio_.source->start(1 / frame_time_.seconds(), now());
      listening_ = true;
    }
    next_buffer();
  }

  Duration slave_frame_time() {
    const auto pad = selected_pad(psel_lrck_->value());
    const double hz = pad ? events_.pad(pad_name(*pad)).clock_hz() : 0;
    if (hz > 0) return {static_cast<std::uint64_t>(1e12 / hz)};
    notes_.unmodelled(name_, "CONFIG.MODE slave without a clock of the chip's on LRCK", kConfigMode,
                      true, mode_->value());
    return {};
  }

  // PS: RATIO must be a whole multiple of two samples.
  void start_clocks() {
    if (maxcnt_->value() != 0 && ratio() % (2 * bits_) != 0) {
      notes_.unmodelled(name_, "CONFIG.RATIO that two samples of SWIDTH do not divide",
                        kConfigRatio, true, ratio_->value());
    }
    const double frame_hz = 1 / frame_time_.seconds();
    const double mck_hz = kPclk32mHz / static_cast<double>(mck_divider());
    clocks_ = {Clock{mcken_->value() != 0 ? pad_of(*psel_mck_) : kNoPad, mck_hz},
               Clock{pad_of(*psel_sck_), frame_hz * 2 * bits_},
               Clock{pad_of(*psel_lrck_), frame_hz}};
    show_clocks();
  }
  static unsigned pad_of(const RegisterFile::Register& psel) {
    return selected_pad(psel.value()).value_or(kNoPad);
  }
  void show_clocks() {
    for (const Clock& clock : clocks_) {
      if (clock.pad != kNoPad) events_.pad(pad_name(clock.pad)).set_clock_hz(clock.hz);
    }
  }

  // Pointers and length are taken over here, and the events tell the firmware that it may write
  // the next ones.
  void next_buffer() {
    words_ = maxcnt_->value();
    if (words_ == 0) return;  // also when a running stream is given none: it ends
    receives_ = rxen_->value() != 0;
    sends_ = txen_->value() != 0;
    rx_buffer_ = rxptr_->value();
    tx_buffer_ = txptr_->value();
    buffer_start_ = now();
    buffer_end_.after(frame_time_ * std::max<std::uint64_t>(1, frames()));
    if (receives_) raise(kRxPtrUpd);
    if (sends_) raise(kTxPtrUpd);
  }

  // Words hold four, two or one sample; a sample of 24 bits is sign-extended.
  unsigned bytes_per_sample() const { return bits_ == 24 ? 4 : bits_ / 8; }
  std::uint64_t frames() const {
    return std::uint64_t{4} * words_ / (std::uint64_t{bytes_per_sample()} * channels_);
  }

  void buffer_complete() {
    if (stop_.scheduled() && stop_.when() == now()) return;  // stop() moves this buffer
    transfer(frames());
    next_buffer();
  }

  void transfer(std::uint64_t frames) {
    if (sends_) send(frames);
    if (receives_) receive(frames);
  }

  void send(std::uint64_t frames) {
    const unsigned size = bytes_per_sample();
    std::vector<std::uint8_t> bytes(frames * channels_ * size);
    dma_.read(tx_buffer_, bytes);
    if (!sound_.listener) return;
    std::vector<std::int32_t> samples(frames * channels_);
    for (std::size_t i = 0; i < samples.size(); ++i) {
      std::uint32_t word = 0;
      for (unsigned k = 0; k < size; ++k) word |= std::uint32_t{bytes[i * size + k]} << 8 * k;
      samples[i] = static_cast<std::int32_t>(word << (32 - bits_)) >> (32 - bits_);
    }
    sound_.listener(samples, {1 / frame_time_.seconds(), channels_, bits_}, buffer_start_);
  }

  void receive(std::uint64_t frames) {
    std::vector<std::int16_t> heard(frames, 0);
    if (listening_) audio_.source->read(heard);
    const unsigned size = bytes_per_sample();
    std::vector<std::uint8_t> bytes;
    bytes.reserve(frames * channels_ * size);
    for (const std::int16_t sample : heard) {
      const std::int32_t scaled = bits_ == 8 ? sample >> 8 : bits_ == 24 ? sample * 256 : sample;
      for (unsigned k = 0; k < channels_ * size; ++k) {
        bytes.push_back(static_cast<std::uint8_t>(scaled >> 8 * (k % size) & 0xFF));
      }
    }
    dma_.write(rx_buffer_, bytes);
  }

  // Takes effect at the end of the frame: estimate.
  void request_stop() {
    if (!running_ || stop_.scheduled()) return;
    stop_.at(buffer_end_.scheduled() ? buffer_start_ + frame_time_ * (frames_so_far() + 1) : now());
  }
  std::uint64_t frames_so_far() const { return (now() - buffer_start_).ps / frame_time_.ps; }

  void stop() {
    if (words_ != 0) transfer(std::min(frames_so_far(), frames()));
    halt();
    raise(kStopped);
  }

  void halt() {
    if (listening_ && audio_.source != nullptr) audio_.source->stop(now());
    for (Clock& clock : clocks_) clock.hz = 0;
    show_clocks();
    clocks_ = {};
    running_ = listening_ = false;
    words_ = 0;
    buffer_end_.cancel();
    stop_.cancel();
    draw(false);
  }

  void reset_state(ResetKind) override { halt(); }

  void snapshot_state(StateArchive& archive) override {
    archive(running_, listening_, receives_, sends_, frame_time_.ps, bits_, channels_, rx_buffer_,
            tx_buffer_, words_, buffer_start_.ps);
    for (Clock& clock : clocks_) archive(clock.pad, clock.hz);
    buffer_end_.snapshot(archive);
    stop_.snapshot(archive);
    if (archive.is_loading()) show_clocks();
  }

  EasyDma dma_;
  AudioInput audio_;
  AudioOutput sound_;
  RegisterFile::Register* enable_ = nullptr;
  RegisterFile::Register* mode_ = nullptr;
  RegisterFile::Register* rxen_ = nullptr;
  RegisterFile::Register* txen_ = nullptr;
  RegisterFile::Register* mcken_ = nullptr;
  RegisterFile::Register* mckfreq_ = nullptr;
  RegisterFile::Register* ratio_ = nullptr;
  RegisterFile::Register* swidth_ = nullptr;
  RegisterFile::Register* channels_reg_ = nullptr;
  RegisterFile::Register* rxptr_ = nullptr;
  RegisterFile::Register* txptr_ = nullptr;
  RegisterFile::Register* maxcnt_ = nullptr;
  RegisterFile::Register* psel_mck_ = nullptr;
  RegisterFile::Register* psel_sck_ = nullptr;
  RegisterFile::Register* psel_lrck_ = nullptr;

  bool running_ = false;
  bool listening_ = false;  // to the source on "audio"
  Duration frame_time_{};   // of one sample of each channel; taken over at START, as these two
  unsigned bits_ = 16;
  unsigned channels_ = 2;
  bool receives_ = false;  // in this buffer
  bool sends_ = false;
  Address rx_buffer_ = 0;
  Address tx_buffer_ = 0;
  std::uint32_t words_ = 0;  // of the buffer; 0: none
  TimePoint buffer_start_{};
  std::array<Clock, 3> clocks_{};  // MCK, SCK and LRCK while they run
  Event buffer_end_;
  Event stop_;
};

const PeripheralType kType("nordic.i2s", [](PeripheralContext& context) {
  return std::make_unique<I2s>(context);
});

}  // namespace
}  // namespace tinyscope::nordic
