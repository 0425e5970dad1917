// I2C of the STM32L4, L4+, F7 and H7 ("v2": TIMINGR, NBYTES). RM0432, chapter "Inter-integrated
// circuit interface (I2C)"; the same block in RM0385 (F746) and RM0455 (H7A3).
//
// Master with 7-bit addresses. A bit lasts SCLL + SCLH periods of the prescaled kernel clock and
// the two synchronisation times that RM0432, "I2C timings", describes (see bit_time()). The kernel
// clock and TIMINGR are looked at when a step on the wires begins. RM0432, "Software reset": PE = 0
// lets go of the wires.
//
// Nobody on the board is a master, so OAR1 and OAR2 never match; listening (ADDRIE) is reported.
// Reported as well: 10-bit addresses, SMBus time-outs, alerts and PEC, wake-up from Stop, SBC.
// Parameters: `clock`; `scl`, `sda` (signal_pads.hpp); `edges_ns`, `filter_ns`.
// Wires: "irq_ev", "irq_er", "dma_rx", "dma_tx".
#include "peripherals/common/assumed_parameter.hpp"
#include "peripherals/st/i2c_wires.hpp"
#include "peripherals/st/wired_block.hpp"

namespace tinyscope::st {
namespace {

constexpr Address kCr1 = 0x00;
constexpr Address kCr2 = 0x04;
constexpr Address kOar1 = 0x08;
constexpr Address kOar2 = 0x0C;
constexpr Address kTimingr = 0x10;
constexpr Address kTimeoutr = 0x14;
constexpr Address kIsr = 0x18;
constexpr Address kIcr = 0x1C;
constexpr Address kPecr = 0x20;
constexpr Address kRxdr = 0x24;
constexpr Address kTxdr = 0x28;

namespace cr1 {
constexpr std::uint32_t kPe = 1u << 0;
constexpr std::uint32_t kTxie = 1u << 1;
constexpr std::uint32_t kRxie = 1u << 2;
constexpr std::uint32_t kNackie = 1u << 4;
constexpr std::uint32_t kStopie = 1u << 5;
constexpr std::uint32_t kTcie = 1u << 6;
constexpr unsigned kDnfBit = 8;
constexpr std::uint32_t kAnfoff = 1u << 12;
constexpr std::uint32_t kTxdmaen = 1u << 14;
constexpr std::uint32_t kRxdmaen = 1u << 15;
}  // namespace cr1

namespace cr2 {
constexpr std::uint32_t kRdWrn = 1u << 10;
constexpr std::uint32_t kAdd10 = 1u << 11;
constexpr std::uint32_t kStart = 1u << 13;
constexpr std::uint32_t kStop = 1u << 14;
constexpr std::uint32_t kNack = 1u << 15;
constexpr unsigned kNbytesBit = 16;
constexpr std::uint32_t kReload = 1u << 24;
constexpr std::uint32_t kAutoend = 1u << 25;
}  // namespace cr2

namespace isr {
constexpr std::uint32_t kTxe = 1u << 0;
constexpr std::uint32_t kTxis = 1u << 1;
constexpr std::uint32_t kRxne = 1u << 2;
constexpr std::uint32_t kNackf = 1u << 4;
constexpr std::uint32_t kStopf = 1u << 5;
constexpr std::uint32_t kTc = 1u << 6;
constexpr std::uint32_t kTcr = 1u << 7;
constexpr std::uint32_t kBusy = 1u << 15;
constexpr std::uint32_t kClearable = kNackf | kStopf;  // and errors that do not occur here
}  // namespace isr

class I2cV2 final : public WiredBlock {
 public:
  explicit I2cV2(PeripheralContext& context)
      : WiredBlock(context),
        irq_event_(add_wire("irq_ev")),
        irq_error_(add_wire("irq_er")),
        dma_rx_(add_wire("dma_rx")),
        dma_tx_(add_wire("dma_tx")),
        kernel_clock_(context.clocks.signal(context.params.require_string("clock"))),
        edges_{1000 * assumed_parameter(context, "edges_ns", 110,
                                        "rise and fall time of SCL together, nanoseconds")},
        filter_{1000 * assumed_parameter(context, "filter_ns", 50,
                                         "delay of the analog filter, nanoseconds",
                                         "data sheets, I2C analog filter, minimum: from memory")},
        wires_(context,
               [this](I2cWires::Step step, bool acknowledged) { step_done(step, acknowledged); }) {
    define_registers();
    kernel_clock_.on_change([this](std::uint64_t) { proceed(); });
  }

 private:
  using Step = I2cWires::Step;
  void define_registers() {
    cr1_ = &registers_.add(kCr1, "CR1")
                .field(0, 3, "PE, TXIE, RXIE")
                .unimplemented(3, 1, "ADDRIE")
                .field(4, 4, "NACKIE, STOPIE, TCIE, ERRIE")
                .field(cr1::kDnfBit, 4, "DNF")
                .flag(12, "ANFOFF")
                .field(14, 2, "TXDMAEN, RXDMAEN")
                .unimplemented(16, 1, "SBC")
                .flag(17, "NOSTRETCH")  // concerns slaves
                .unimplemented(18, 1, "WUPEN")
                .flag(19, "GCEN")
                .unimplemented(20, 1, "SMBHEN")
                .unimplemented(21, 1, "SMBDEN")
                .unimplemented(22, 1, "ALERTEN")
                .unimplemented(23, 1, "PECEN")
                .on_write([this](std::uint32_t) { control_changed(); });
    cr2_ = &registers_.add(kCr2, "CR2")
                .field(0, 10, "SADD")
                .flag(10, "RD_WRN")
                .unimplemented(11, 1, "ADD10")
                .flag(12, "HEAD10R")
                .field(13, 3, "START, STOP, NACK")
                .field(cr2::kNbytesBit, 8, "NBYTES")
                .field(24, 2, "RELOAD, AUTOEND")
                .unimplemented(26, 1, "PECBYTE")
                .on_write([this](std::uint32_t value) { transfer_written(value); });
    registers_.add(kOar1, "OAR1").field(0, 11, "OA1, OA1MODE").flag(15, "OA1EN");
    registers_.add(kOar2, "OAR2").field(1, 10, "OA2, OA2MSK").flag(15, "OA2EN");
    timingr_ = &registers_.add(kTimingr, "TIMINGR")
                    .field(0, 24, "SCLL, SCLH, SDADEL, SCLDEL")
                    .field(28, 4, "PRESC");
    registers_.add(kTimeoutr, "TIMEOUTR")
        .field(0, 13, "TIMEOUTA, TIDLE")
        .unimplemented(15, 1, "TIMOUTEN")
        .field(16, 12, "TIMEOUTB")
        .unimplemented(31, 1, "TEXTEN");
    registers_.add(kIsr, "ISR")
        .reset(isr::kTxe)
        .trigger()
        .on_write([this](std::uint32_t bits) { flush(bits); })
        .on_read([this] { return status(); });
    registers_.add(kIcr, "ICR").write_only().trigger().on_write([this](std::uint32_t bits) {
      flags_ &= ~(bits & isr::kClearable);
      update_outputs();
    });
    registers_.add(kPecr, "PECR").read_only();
    registers_.add(kRxdr, "RXDR").read_only().on_read([this] { return read_rxdr(); });
    txdr_ = &registers_.add(kTxdr, "TXDR").field(0, 8, "TXDATA").on_write([this](std::uint32_t) {
      write_txdr();
    });
  }

  bool cr1(std::uint32_t bit) const { return (cr1_->value() & bit) != 0; }
  bool cr2(std::uint32_t bit) const { return (cr2_->value() & bit) != 0; }
  std::uint32_t nbytes() const { return cr2_->value() >> cr2::kNbytesBit & 0xFFu; }

  void control_changed() {
    if (!cr1(cr1::kPe)) switch_off();
    draw(cr1(cr1::kPe));
    update_outputs();
  }

  // RM0432, "Software reset".
  void switch_off() {
    wires_.abort();
    active_ = false;
    flags_ = requests_ = left_ = 0;
    transmit_full_ = receive_full_ = read_pending_ = failed_ = addressed_ = false;
    cr2_->set(cr2_->value() & ~(cr2::kStart | cr2::kStop | cr2::kNack));
  }

  // Bits that hardware clears are only ever set by firmware: RM0432, CR2.START, "writing 0 to this
  // bit has no effect"; likewise STOP and NACK.
  void transfer_written(std::uint32_t value) {
    if (!cr1(cr1::kPe)) {
      cr2_->set(cr2_->value() & ~(cr2::kStart | cr2::kStop | cr2::kNack));
      return;
    }
    requests_ |= value & (cr2::kStart | cr2::kStop);
    show_requests();
    if (requests_ != 0) flags_ &= ~isr::kTc;
    // RM0432, TCR: cleared when NBYTES is written to a value that is not 0.
    if ((flags_ & isr::kTcr) != 0 && nbytes() != 0) {
      flags_ &= ~isr::kTcr;
      left_ = nbytes();
    }
    proceed();
    update_outputs();
  }
  void show_requests() { cr2_->set((cr2_->value() & ~(cr2::kStart | cr2::kStop)) | requests_); }
  void done_with(std::uint32_t request) {
    requests_ &= ~request;
    show_requests();
  }

  // RM0432, "I2C timings": tSCL = tSYNC1 + tSYNC2 + {[(SCLH+1) + (SCLL+1)] * (PRESC+1)} * tI2CCLK.
  // Each tSYNC holds an edge of SCL, the delay of the filters, and two to three cycles in which the
  // input is synchronised; the least that the manual gives for both is 4 cycles.
  Duration bit_time() const {
    const std::uint32_t timing = timingr_->value();
    const std::uint64_t prescaler = (timing >> 28) + 1;
    const std::uint64_t counted = ((timing & 0xFFu) + 1) + ((timing >> 8 & 0xFFu) + 1);
    const std::uint64_t digital = cr1_->value() >> cr1::kDnfBit & 0xFu;
    const std::uint64_t cycles = counted * prescaler + 2 * digital + 4;
    const std::uint64_t ps = cycles * 1'000'000'000'000u / kernel_clock_.hz();
    const std::uint64_t filter = cr1(cr1::kAnfoff) ? 0 : 2 * filter_.ps;
    return {ps + edges_.ps + filter};
  }

  // Goes on where nothing is on the wires, if everything is there that the next step needs.
  void proceed() {
    if (!cr1(cr1::kPe) || wires_.step() != Step::kNone || kernel_clock_.hz() == 0) return;
    wires_.set_bit_time(bit_time());
    if (!active_) {
      if ((requests_ & cr2::kStart) != 0) begin_start();
      if ((requests_ & cr2::kStart) == 0 && (requests_ & cr2::kStop) != 0) done_with(cr2::kStop);
      return;
    }
    if (read_pending_) {
      if (receive_full_) return;  // RM0432: SCL is stretched before the ninth pulse
      take_received();
      return wires_.acknowledge();
    }
    if (failed_ || (requests_ & cr2::kStop) != 0) return wires_.stop();
    if (left_ != 0) {
      if (cr2(cr2::kRdWrn)) return wires_.read();
      if (!transmit_full_) return;
      transmit_full_ = false;
      return wires_.write(static_cast<std::uint8_t>(txdr_->value()));
    }
    if ((flags_ & isr::kTcr) != 0) return;
    if ((requests_ & cr2::kStart) != 0) return begin_start();
    bytes_complete();
  }

  void begin_start() {
    if (cr2(cr2::kAdd10)) report_unmodelled("10-bit address", kCr2, cr2_->value());
    active_ = true;
    addressed_ = false;
    wires_.start();
  }

  // RM0432, "Master communication initialization": NBYTES have passed.
  void bytes_complete() {
    if (cr2(cr2::kReload)) {
      flags_ |= isr::kTcr;
    } else if (cr2(cr2::kAutoend)) {
      wires_.stop();
    } else {
      flags_ |= isr::kTc;
    }
  }

  void step_done(Step step, bool acknowledged) {
    switch (step) {
      case Step::kStart: {
        const auto address = static_cast<std::uint8_t>(cr2_->value() >> 1 & 0x7Fu);
        left_ = nbytes();
        wires_.address(address, cr2(cr2::kRdWrn));
        break;
      }
      case Step::kAddress:
        done_with(cr2::kStart);
        addressed_ = acknowledged;
        if (!acknowledged) fail();
        break;
      case Step::kWrite:
        --left_;
        if (!acknowledged) fail();
        break;
      case Step::kRead: read_pending_ = true; break;
      case Step::kAcknowledge: --left_; break;
      case Step::kStop:
        // RM0432: STOPF is set when a STOP has been detected, START and STOP are cleared.
        active_ = false;
        flags_ |= isr::kStopf;
        flags_ &= ~(isr::kTc | isr::kTcr);
        left_ = 0;
        failed_ = addressed_ = false;
        done_with(cr2::kStop);
        break;
      case Step::kNone: break;
    }
    proceed();
    update_outputs();
  }

  // RM0432: after a NACK in master mode a STOP is sent by itself.
  void fail() {
    flags_ |= isr::kNackf;
    failed_ = true;
  }

  void take_received() {
    read_pending_ = false;
    received_ = wires_.byte();
    receive_full_ = true;
  }

  std::uint32_t read_rxdr() {
    const std::uint32_t value = received_;
    if (receive_full_) {
      receive_full_ = false;
      proceed();
      update_outputs();
    }
    return value;
  }

  void write_txdr() {
    transmit_full_ = true;
    proceed();
    update_outputs();
  }

  // RM0432, ISR.TXE: writing 1 flushes TXDR.
  void flush(std::uint32_t bits) {
    if ((bits & isr::kTxe) != 0) transmit_full_ = false;
    update_outputs();
  }

  // RM0432, TXIS: TXDR is empty and a byte of this transfer has to be written to it; one event for
  // each of NBYTES.
  bool transmit_wanted() const {
    const std::uint32_t on_wires = wires_.step() == Step::kWrite ? 1 : 0;
    return addressed_ && !failed_ && !cr2(cr2::kRdWrn) && !transmit_full_ && left_ > on_wires;
  }

  std::uint32_t status() const {
    std::uint32_t value = flags_;
    if (!transmit_full_) value |= isr::kTxe;
    if (transmit_wanted()) value |= isr::kTxis;
    if (receive_full_) value |= isr::kRxne;
    if (wires_.busy()) value |= isr::kBusy;
    return value;
  }

  void update_outputs() {
    const std::uint32_t now = status();
    const bool on = cr1(cr1::kPe);
    const bool transmit = on && (now & isr::kTxis) != 0;
    const bool receive = on && (now & isr::kRxne) != 0;
    irq_event_.set((cr1(cr1::kTxie) && transmit) || (cr1(cr1::kRxie) && receive) ||
                   (cr1(cr1::kNackie) && (now & isr::kNackf) != 0) ||
                   (cr1(cr1::kStopie) && (now & isr::kStopf) != 0) ||
                   (cr1(cr1::kTcie) && (now & (isr::kTc | isr::kTcr)) != 0));
    dma_tx_.set(cr1(cr1::kTxdmaen) && transmit);
    dma_rx_.set(cr1(cr1::kRxdmaen) && receive);
  }

  void reset_state(ResetKind) override {
    received_ = 0;
    switch_off();
    draw(false);
    update_outputs();
  }

  void snapshot_state(StateArchive& archive) override {
    archive(active_, flags_, requests_, left_, transmit_full_, receive_full_, read_pending_,
            failed_, addressed_, received_);
    wires_.snapshot(archive);
  }

  Wire& irq_event_;
  Wire& irq_error_;  // no error that it tells of occurs here
  Wire& dma_rx_;
  Wire& dma_tx_;
  ClockSignal& kernel_clock_;
  const Duration edges_;
  const Duration filter_;
  I2cWires wires_;
  RegisterFile::Register* cr1_ = nullptr;
  RegisterFile::Register* cr2_ = nullptr;
  RegisterFile::Register* timingr_ = nullptr;
  RegisterFile::Register* txdr_ = nullptr;

  bool active_ = false;         // from START to STOP; between two steps SCL is held low
  std::uint32_t flags_ = 0;     // of ISR, those that are stored rather than computed
  std::uint32_t requests_ = 0;  // START and STOP of CR2 that have not been carried out
  std::uint32_t left_ = 0;      // of NBYTES, bytes that have not passed yet
  bool transmit_full_ = false;  // TXDR holds a byte
  bool receive_full_ = false;   // RXDR holds one
  bool read_pending_ = false;   // eight bits have come and wait for RXDR
  bool failed_ = false;         // not acknowledged: STOP follows
  bool addressed_ = false;      // the part has acknowledged its address
  std::uint8_t received_ = 0;
};

const PeripheralType kType("st.i2c_v2", [](PeripheralContext& context) {
  return std::make_unique<I2cV2>(context);
});

}  // namespace
}  // namespace tinyscope::st
