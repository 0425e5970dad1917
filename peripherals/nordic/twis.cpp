// TWIS: answers on two wires. nRF52840 PS, chapter "TWIS — I2C compatible two-wire interface slave
// with EasyDMA".
//
// Not modelled: stretching the clock, by which the chip waits for PREPARERX, PREPARETX and RESUME:
// a transfer that is not prepared when it begins is not acknowledged, and reported.
#include "peripherals/nordic/serial_window.hpp"

namespace tinyscope::nordic {

using namespace serial;

namespace {

constexpr std::uint32_t kOverflow = 1u << 0;
constexpr std::uint32_t kDataNack = 1u << 2;
constexpr std::uint32_t kOverread = 1u << 3;

class Twis final : public SerialRole, private I2cTarget {
 public:
  explicit Twis(SerialWindow& window) : SerialRole(window) {
    RegisterFile& registers = window.registers();
    errorsrc_ = &registers.add(kTwisErrorSrc, "ERRORSRC")
                     .flag(0, "OVERFLOW")
                     .flag(2, "DNACK")
                     .flag(3, "OVERREAD")
                     .write_one_to_clear();
    match_ = &registers.add(kMatch, "MATCH").read_only();
    config_ = &registers.add(kTwisConfig, "CONFIG").reset(1).field(0, 2, "ADDRESS");
  }

  void task(Address task) override {
    switch (task) {
      case kPrepareRx: rx_prepared_ = true; return;
      case kPrepareTx: tx_prepared_ = true; return;
      case kStop:
        end();
        rx_prepared_ = tx_prepared_ = false;
        return window_.raise(kStopped);
      case kSuspend:
        return window_.notes().unmodelled(window_.name(), "TWIS: SUSPEND", kSuspend, true, 1);
      default: return;
    }
  }
  void enable() override { enabled_ = true; }
  void disable() override {
    enabled_ = rx_prepared_ = tx_prepared_ = false;
    phase_ = Phase::kIdle;
    window_.draw(false);
  }
  Port* port() override { return static_cast<I2cTarget*>(this); }
  void snapshot(StateArchive& archive) override {
    archive(enabled_, rx_prepared_, tx_prepared_, phase_, overread_);
  }

 private:
  enum class Phase : std::uint32_t { kIdle, kWrite, kRead };

  bool start(std::uint8_t address, bool read) override {
    end();  // a repeated START
    const auto matched = matching(address);
    if (!enabled_ || !matched) return false;
    match_->set(*matched);
    window_.raise(read ? kRead : kWrite);
    if (!(read ? tx_prepared_ : rx_prepared_)) {
      window_.notes().unmodelled(window_.name(), "TWIS: a transfer that was not prepared",
                                 read ? kPrepareTx : kPrepareRx, false, 0);
      return false;
    }
    (read ? tx_prepared_ : rx_prepared_) = false;
    phase_ = read ? Phase::kRead : Phase::kWrite;
    overread_ = false;
    window_.draw(true);
    buffer().begin();
    window_.raise(read ? kTxStarted : kRxStarted);
    return true;
  }
  // PS: bytes beyond RXD.MAXCNT are discarded and not acknowledged.
  bool write(std::uint8_t byte) override {
    if (phase_ != Phase::kWrite) return false;
    if (window_.rxd.left() != 0) {
      window_.rxd.put(window_.dma(), byte);
      return true;
    }
    error(kOverflow | kDataNack);
    return false;
  }
  // PS: beyond TXD.MAXCNT the over-read character is sent.
  std::uint8_t read() override {
    if (phase_ != Phase::kRead) return 0xFF;
    if (window_.txd.left() != 0) return window_.txd.take(window_.dma());
    if (!overread_) error(kOverread);
    overread_ = true;
    return static_cast<std::uint8_t>(window_.orc->value());
  }
  void stop() override {
    if (phase_ == Phase::kIdle) return;
    end();
    window_.raise(kStopped);
  }

  std::optional<std::uint32_t> matching(std::uint8_t address) const {
    for (std::uint32_t i = 0; i < window_.address.size(); ++i) {
      const bool enabled = (config_->value() >> i & 1u) != 0;
      if (enabled && window_.address[i]->value() == address) return i;
    }
    return std::nullopt;
  }
  SerialDma& buffer() { return phase_ == Phase::kRead ? window_.txd : window_.rxd; }
  void end() {
    if (phase_ == Phase::kIdle) return;
    buffer().end();
    phase_ = Phase::kIdle;
    window_.draw(false);
  }
  void error(std::uint32_t bits) {
    errorsrc_->set(errorsrc_->value() | bits);
    window_.raise(kError);
  }

  RegisterFile::Register* errorsrc_ = nullptr;
  RegisterFile::Register* match_ = nullptr;
  RegisterFile::Register* config_ = nullptr;
  bool enabled_ = false;
  bool rx_prepared_ = false;
  bool tx_prepared_ = false;
  Phase phase_ = Phase::kIdle;
  bool overread_ = false;
};

}  // namespace

std::unique_ptr<SerialRole> make_twis(SerialWindow& window) {
  return std::make_unique<Twis>(window);
}

}  // namespace tinyscope::nordic
