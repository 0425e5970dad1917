// SPIM: the master with EasyDMA. nRF52840 PS, chapter "SPIM — Serial peripheral interface master
// with EasyDMA". SPIM3 has in addition 16 and 32 Mbps, a chip select of its own, and DCX.
//
// IFTIMING.RXDELAY has no effect, since parts exchange whole bytes. STALLSTAT never reports a
// stall: EasyDMA always gets the bus.
#include <algorithm>

#include "peripherals/nordic/spi_master.hpp"

namespace tinyscope::nordic {

using namespace serial;

namespace {

constexpr std::uint32_t kDisconnected = 0xFFFF'FFFF;
constexpr std::uint32_t kAllCommand = 0xF;  // DCXCNT

// A pad that the block drives: CSN, DCX.
class DrivenPad {
 public:
  void claim(const EventPort& events, std::optional<unsigned> pad, bool level) {
    release(events);
    if (!pad || *pad >= kPads) return;
    pad_ = *pad;
    set(events, level);
    events.line(pad_claimed_line(pad_)).set(true);
  }
  void release(const EventPort& events) {
    if (pad_ != kNone) events.line(pad_claimed_line(pad_)).set(false);
    pad_ = kNone;
  }
  void set(const EventPort& events, bool level) {
    if (pad_ != kNone) events.line(pad_output_line(pad_)).set(level);
  }
  bool claimed() const { return pad_ != kNone; }
  void snapshot(const EventPort& events, StateArchive& archive) {
    if (archive.is_loading()) release(events);
    archive(pad_);
    if (pad_ == kNone) return;
    events.line(pad_claimed_line(pad_)).snapshot(archive);
    events.line(pad_output_line(pad_)).snapshot(archive);
  }

 private:
  static constexpr unsigned kNone = kPads;
  unsigned pad_ = kNone;
};

class Spim final : public SpiMaster {
 public:
  Spim(SerialWindow& window, bool extended)
      : SpiMaster(window), next_(window.scheduler(), [this] { on_next(); }) {
    if (!extended) return;
    RegisterFile& registers = window.registers();
    registers.add(kRxDelay, "IFTIMING.RXDELAY").reset(2).field(0, 3, "RXDELAY");
    csndur_ = &registers.add(kCsnDur, "IFTIMING.CSNDUR").reset(2).field(0, 8, "CSNDUR");
    csnpol_ = &registers.add(kCsnPol, "CSNPOL").flag(0, "CSNPOL");
    pseldcx_ = &registers.add(kPselDcx, "PSELDCX").reset(kDisconnected);
    dcxcnt_ = &registers.add(kDcxCnt, "DCXCNT").field(0, 4, "DCXCNT");
  }

  void task(Address task) override {
    switch (task) {
      case kStart:
        if (phase_ == Phase::kIdle) begin();
        return;
      case kStop: return stop();
      case kSuspend: suspended_ = phase_ != Phase::kIdle; return;
      case kResume:
        suspended_ = false;
        if (phase_ == Phase::kHeld) next_byte();
        return;
      default: return;
    }
  }
  void enable() override {
    if (extended()) csn_.claim(events(), window_.pad_number(3), !active_level());
  }
  void disable() override {
    next_.cancel();
    phase_ = Phase::kIdle;
    suspended_ = stopping_ = false;
    csn_.release(events());
    dcx_.release(events());
    window_.draw(false);
  }
  void snapshot(StateArchive& archive) override {
    archive(phase_, suspended_, stopping_, tx_ended_, rx_ended_, out_, sent_);
    next_.snapshot(archive);
    csn_.snapshot(events(), archive);
    dcx_.snapshot(events(), archive);
  }

 private:
  // kLead, kTrail: chip select is active and the clock rests. kHeld: suspended between bytes.
  enum class Phase : std::uint32_t { kIdle, kLead, kByte, kHeld, kTrail };

  const EventPort& events() const { return window_.events(); }
  bool extended() const { return csndur_ != nullptr; }
  bool active_level() const { return csnpol_->value() != 0; }
  // CSNDUR counts cycles of 64 MHz.
  Duration csn_time() const {
    return csn_.claimed() ? Duration{csndur_->value() * std::uint64_t{15'625}} : Duration{};
  }

  void begin() {
    window_.rxd.begin();
    window_.txd.begin();
    tx_ended_ = rx_ended_ = stopping_ = false;
    sent_ = 0;
    phase_ = Phase::kLead;
    window_.draw(true);
    if (extended()) {
      csn_.set(events(), active_level());
      dcx_.claim(events(), selected_pad(pseldcx_->value()), dcxcnt_->value() == 0);
    }
    window_.raise(kRxStarted);
    next_.after(csn_time());
  }

  void stop() {
    switch (phase_) {
      case Phase::kIdle:
        window_.assume("stop_while_idle", "the task STOP of an idle SPIM raises STOPPED");
        return window_.raise(kStopped);
      case Phase::kHeld: stopping_ = true; return release_csn();
      default: stopping_ = true;
    }
  }

  bool done() const { return window_.txd.left() == 0 && window_.rxd.left() == 0; }

  // PS: bytes beyond TXD.MAXCNT are ORC, received ones beyond RXD.MAXCNT are discarded.
  void next_byte() {
    report_ends(false);
    if (done() || stopping_) return release_csn();
    if (suspended_) {
      phase_ = Phase::kHeld;
      return;
    }
    phase_ = Phase::kByte;
    out_ = window_.txd.left() != 0 ? window_.txd.take(window_.dma())
                                   : static_cast<std::uint8_t>(window_.orc->value());
    if (extended()) {
      const std::uint32_t commands = dcxcnt_->value();
      dcx_.set(events(), commands != kAllCommand && sent_ >= commands);
    }
    ++sent_;
    next_.after(window_.bits(8));
  }

  void on_next() {
    switch (phase_) {
      case Phase::kByte: {
        const std::uint8_t in = exchange(out_);
        if (window_.rxd.left() != 0) window_.rxd.put(window_.dma(), in);
        return next_byte();
      }
      case Phase::kLead: return next_byte();
      case Phase::kTrail: return finish();
      case Phase::kIdle:
      case Phase::kHeld: return;
    }
  }

  void release_csn() {
    phase_ = Phase::kTrail;
    next_.after(csn_time());
  }

  // PS: when STOP cuts a transfer short, ENDTX and ENDRX come nevertheless. Whether END does is
  // not said: here it does not, so that END_START does not undo STOP.
  void finish() {
    report_ends(true);
    const bool complete = done();
    const bool stopping = stopping_;
    phase_ = Phase::kIdle;
    suspended_ = stopping_ = false;
    if (extended()) csn_.set(events(), !active_level());
    dcx_.release(events());
    window_.draw(false);
    if (complete) {
      window_.raise(kEnd);
    } else {
      window_.assume("spim_stop", "a transfer that STOP cuts short raises no END");
    }
    if (stopping) window_.raise(kStopped);
  }

  void report_ends(bool all) {
    if (!tx_ended_ && (all || window_.txd.left() == 0)) {
      tx_ended_ = true;
      window_.txd.end();
      window_.raise(kEndTx);
    }
    if (!rx_ended_ && (all || window_.rxd.left() == 0)) {
      rx_ended_ = true;
      window_.rxd.end();
      window_.raise(kEndRx);
    }
  }

  RegisterFile::Register* csndur_ = nullptr;
  RegisterFile::Register* csnpol_ = nullptr;
  RegisterFile::Register* pseldcx_ = nullptr;
  RegisterFile::Register* dcxcnt_ = nullptr;
  Phase phase_ = Phase::kIdle;
  bool suspended_ = false;
  bool stopping_ = false;
  bool tx_ended_ = false;
  bool rx_ended_ = false;
  std::uint8_t out_ = 0;
  std::uint32_t sent_ = 0;
  DrivenPad csn_;
  DrivenPad dcx_;
  Event next_;
};

}  // namespace

std::unique_ptr<SerialRole> make_spim(SerialWindow& window) {
  return std::make_unique<Spim>(window, false);
}
std::unique_ptr<SerialRole> make_spim3(SerialWindow& window) {
  return std::make_unique<Spim>(window, true);
}

}  // namespace tinyscope::nordic
