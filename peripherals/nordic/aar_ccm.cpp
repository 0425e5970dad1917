// CCM and AAR: encryption of link-layer packets and resolution of private addresses. They share
// window, interrupt and most registers; ENABLE says which is at work.
// nRF52840 PS, chapters "CCM — AES CCM mode encryption" and "AAR — Accelerated address resolver".
//
// CCM goes along with the radio: encryption writes the header at once and the rest by the time that
// the payload would have left; decryption reads the length when the radio has received it and the
// payload when that has come, at the rate of MODE.DATARATE. The area at SCRATCHPTR is not written.
// Parameters: `keystream_ns`, `per_irk_ns`, `latency_ns`.
#include <algorithm>
#include <optional>

#include "peripherals/common/aes128.hpp"
#include "peripherals/nordic/easy_dma.hpp"
#include "peripherals/nordic/le_ccm.hpp"
#include "peripherals/nordic/nordic_block.hpp"

namespace tinyscope::nordic {
namespace {

// CCM's names; AAR's: START, STOP; END, RESOLVED, NOTRESOLVED; STATUS; NIRK, IRKPTR, ADDRPTR.
constexpr Address kKsGen = 0x000;
constexpr Address kCrypt = 0x004;
constexpr Address kStop = 0x008;
constexpr Address kRateOverrideTask = 0x00C;
constexpr Address kEndKsGen = 0x100;
constexpr Address kEndCrypt = 0x104;
constexpr Address kError = 0x108;
constexpr Address kAarEnd = kEndKsGen;
constexpr Address kAarResolved = kEndCrypt;
constexpr Address kAarNotResolved = kError;
constexpr Address kMicStatus = 0x400;
constexpr Address kEnable = 0x500;
constexpr Address kMode = 0x504;
constexpr Address kCnfPtr = 0x508;
constexpr Address kInPtr = 0x50C;
constexpr Address kOutPtr = 0x510;
constexpr Address kScratchPtr = 0x514;
constexpr Address kMaxPacketSize = 0x518;
constexpr Address kRateOverride = 0x51C;

constexpr std::uint32_t kEnableCcm = 2;
constexpr std::uint32_t kEnableAar = 3;
constexpr std::uint32_t kModeDecryption = 1u << 0;
constexpr std::uint32_t kModeExtended = 1u << 24;

// PS, "Encrypted packet data structure": HEADER, LENGTH, RFU, payload.
constexpr std::uint32_t kPayloadOffset = 3;
constexpr std::size_t kMaxPayload = 255;
constexpr std::size_t kDefaultMaxPayload = 27 + kMicBytes;
// PS, "Resolving a resolvable address": ADDRPTR points to S0, LENGTH and S1 before the address.
constexpr std::uint32_t kAddressOffset = 3;
constexpr std::uint32_t kMaxIrks = 16;

class AarCcm final : public NordicBlock {
 public:
  explicit AarCcm(PeripheralContext& context)
      : NordicBlock(context, Interrupts::kSetClear),
        dma_(context),
        done_(context.scheduler, [this] { on_done(); }) {
    const auto ns = [&](std::string_view key, std::uint64_t fallback, std::string_view meaning,
                        std::string_view source) {
      return Duration::from_ns(assumed_parameter(context, key, fallback, meaning, source));
    };
    keystream_time_ = ns("keystream_ns", 50'000, "generating a key stream, ns",
                         "PS v1.1, electrical specification of CCM, from memory: estimate");
    irk_time_ = ns("per_irk_ns", 6'100, "trying one identity resolving key, ns",
                   "nRF5340 PS, AAR electrical specification: estimate for this chip");
    latency_ =
        ns("latency_ns", 1'000, "CCM and AAR behind the last byte they need, ns", "estimate");
    define_registers();
  }

 private:
  enum class Work : std::uint32_t { kNone, kKeyStream, kHeader, kPayload, kResolve };

  void define_registers() {
    add_task(kKsGen, "TASKS_KSGEN", [this] { begin(); });
    add_task(kCrypt, "TASKS_CRYPT", [this] { crypt(); });
    add_task(kStop, "TASKS_STOP", [this] { stop(); });
    add_task(kRateOverrideTask, "TASKS_RATEOVERRIDE", [this] { override_rate(); });
    add_event(kEndKsGen, "EVENTS_ENDKSGEN");
    add_event(kEndCrypt, "EVENTS_ENDCRYPT");
    add_event(kError, "EVENTS_ERROR");
    add_short(0, "ENDKSGEN_CRYPT", kEndKsGen, kCrypt);
    status_ = &registers_.add(kMicStatus, "MICSTATUS").read_only();
    enable_ =
        &registers_.add(kEnable, "ENABLE").field(0, 2, "ENABLE").on_write([this](std::uint32_t) {
          stop();
        });
    mode_ = &registers_.add(kMode, "MODE")
                 .reset(1)
                 .field(0, 5, "MODE or NIRK")
                 .field(16, 2, "DATARATE")
                 .flag(24, "LENGTH");
    cnfptr_ = &registers_.add(kCnfPtr, "CNFPTR");
    inptr_ = &registers_.add(kInPtr, "INPTR");
    outptr_ = &registers_.add(kOutPtr, "OUTPTR");
    registers_.add(kScratchPtr, "SCRATCHPTR");
    registers_.add(kMaxPacketSize, "MAXPACKETSIZE").reset(0xFB).field(0, 8, "MAXPACKETSIZE");
    override_ = &registers_.add(kRateOverride, "RATEOVERRIDE").field(0, 2, "RATEOVERRIDE");
  }

  bool ccm() const { return enable_->value() == kEnableCcm; }
  bool decrypting() const { return (mode_->value() & kModeDecryption) != 0; }
  std::size_t length_limit() const {
    return (mode_->value() & kModeExtended) != 0 ? kMaxPayload : kDefaultMaxPayload;
  }
  static Duration byte_time(std::uint32_t rate) {
    constexpr std::uint64_t kNanoseconds[] = {8'000, 4'000, 64'000, 16'000};
    return Duration::from_ns(kNanoseconds[rate & 3u]);
  }

  void work(Work what, Duration time) {
    work_ = what;
    draw(true);
    done_.after(time);
  }
  void stop() {
    work_ = Work::kNone;
    keystream_ready_ = false;
    done_.cancel();
    draw(false);
  }

  void begin() {
    if (ccm()) {
      stop();
      work(Work::kKeyStream, keystream_time_);
    } else if (enable_->value() == kEnableAar) {
      begin_resolving();
    }
  }

  void crypt() {
    if (!ccm()) return;
    if (!keystream_ready_) return raise(kError);
    rate_ = mode_->value() >> 16 & 3u;
    if (decrypting()) {
      // Long range has CI and TERM1 between address and header.
      const Duration before = rate_ >= 2 ? Duration::from_us(40) : Duration{};
      work(Work::kHeader, before + byte_time(rate_) * 2 + latency_);
    } else {
      read_header();
      std::array<std::uint8_t, 3> header = {header_[0], output_length(), header_[2]};
      dma_.write(outptr_->value(), header);
      work(Work::kPayload, byte_time(rate_) * output_length() + latency_);
    }
  }

  void read_header() { dma_.read(inptr_->value(), header_); }
  std::size_t input_length() const { return std::min<std::size_t>(header_[1], length_limit()); }
  // An empty packet has no MIC: PS, "Encryption".
  std::uint8_t output_length() const {
    const std::size_t in = input_length();
    if (in == 0) return 0;
    const std::size_t out = decrypting() ? in - std::min(in, kMicBytes) : in + kMicBytes;
    return static_cast<std::uint8_t>(std::min(out, kMaxPayload));
  }

  void override_rate() {
    if (!ccm() || work_ != Work::kPayload) return;
    const Duration left = done_.when() - now();
    const Duration before = byte_time(rate_);
    rate_ = override_->value() & 3u;
    done_.after({left.ps / before.ps * byte_time(rate_).ps + latency_.ps});
  }

  void on_done() {
    const Work finished = work_;
    work_ = Work::kNone;
    draw(false);
    switch (finished) {
      case Work::kNone: return;
      case Work::kKeyStream: keystream_ready_ = true; return raise(kEndKsGen);
      case Work::kHeader:
        read_header();
        return work(Work::kPayload, byte_time(rate_) * input_length() + latency_);
      case Work::kPayload: return finish_packet();
      case Work::kResolve: return finish_resolving();
    }
  }

  // PS, "CCM data structure": KEY, packet counter of 39 bits, three ignored bytes, direction, IV.
  CcmKey read_key() {
    std::array<std::uint8_t, 33> data{};
    dma_.read(cnfptr_->value(), data);
    CcmKey key;
    std::copy_n(data.begin(), 16, key.key.begin());
    std::copy_n(data.begin() + 16, 5, key.nonce.begin());
    key.nonce[4] = static_cast<std::uint8_t>((key.nonce[4] & 0x7F) | (data[24] & 1) << 7);
    std::copy_n(data.begin() + 25, 8, key.nonce.begin() + 5);
    return key;
  }

  void finish_packet() {
    keystream_ready_ = false;
    std::vector<std::uint8_t> in(input_length());
    dma_.read(inptr_->value(), in, kPayloadOffset);
    std::vector<std::uint8_t> out;
    bool authentic = true;
    if (!in.empty()) {
      const CcmKey key = read_key();
      if (decrypting()) {
        LeDecrypted plain = le_decrypt(key, header_[0], in);
        out = std::move(plain.payload);
        authentic = plain.authentic;
      } else {
        out = le_encrypt(key, header_[0], in);
        out.resize(std::min(out.size(), kMaxPayload));
      }
    }
    if (decrypting()) {
      std::array<std::uint8_t, 3> header = {header_[0], static_cast<std::uint8_t>(out.size()),
                                            header_[2]};
      dma_.write(outptr_->value(), header);
      status_->set(authentic ? 1 : 0);
    }
    dma_.write(outptr_->value(), out, kPayloadOffset);
    raise(kEndCrypt);
  }

  // PS, AAR: keys are tried in order; END comes with either outcome.
  void begin_resolving() {
    const std::uint32_t keys = std::min(mode_->value() & 0x1Fu, kMaxIrks);
    std::array<std::uint8_t, 6> address{};
    dma_.read(outptr_->value(), address, kAddressOffset);
    resolved_ = kMaxIrks;
    std::uint32_t tried = 0;
    while (tried < keys && resolved_ == kMaxIrks) {
      AesBlock irk{};
      dma_.read(cnfptr_->value(), irk, 16 * tried);
      if (resolves(irk, address)) resolved_ = tried;
      ++tried;
    }
    work(Work::kResolve, latency_ + irk_time_ * tried);
  }

  // Bluetooth Core Specification, Vol 3 Part H, section 2.2.2: hash = e(IRK, prand) mod 2^24.
  static bool resolves(const AesBlock& irk, const std::array<std::uint8_t, 6>& address) {
    AesBlock prand{};
    for (unsigned i = 0; i < 3; ++i) prand[15 - i] = address[3 + i];
    const AesBlock hash = aes128_encrypt(irk, prand);
    return hash[15] == address[0] && hash[14] == address[1] && hash[13] == address[2];
  }

  void finish_resolving() {
    const bool found = resolved_ != kMaxIrks;
    if (found) status_->set(resolved_);
    raise(kAarEnd);
    raise(found ? kAarResolved : kAarNotResolved);
  }

  void reset_state(ResetKind) override {
    stop();
    header_ = {};
    rate_ = resolved_ = 0;
  }
  void snapshot_state(StateArchive& archive) override {
    archive(work_, keystream_ready_, header_, rate_, resolved_);
    done_.snapshot(archive);
  }

  EasyDma dma_;
  Duration keystream_time_{};
  Duration irk_time_{};
  Duration latency_{};
  RegisterFile::Register* status_ = nullptr;
  RegisterFile::Register* enable_ = nullptr;
  RegisterFile::Register* mode_ = nullptr;
  RegisterFile::Register* cnfptr_ = nullptr;
  RegisterFile::Register* inptr_ = nullptr;
  RegisterFile::Register* outptr_ = nullptr;
  RegisterFile::Register* override_ = nullptr;
  Work work_ = Work::kNone;
  bool keystream_ready_ = false;
  std::array<std::uint8_t, 3> header_{};
  std::uint32_t rate_ = 0;
  std::uint32_t resolved_ = 0;
  Event done_;
};

const PeripheralType kType("nordic.aar_ccm", [](PeripheralContext& context) {
  return std::make_unique<AarCcm>(context);
});

}  // namespace
}  // namespace tinyscope::nordic
