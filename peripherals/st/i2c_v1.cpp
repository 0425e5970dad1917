// I2C of the STM32F4 ("v1": SR1, SR2, CCR). RM0090 and RM0390, chapter "Inter-integrated circuit
// (I2C) interface".
//
// Master with 7-bit addresses, with the flags and the reads and writes that clear them as in the
// manual's figures "Transfer sequence diagram for master transmitter" and "… receiver", POS, DMA
// with LAST. RM0090, CCR: SCL is high and low for multiples of PCLK1; edges come on top.
//
// A DMA stream tells the block over "dma_last" that one item is left (the manual's EOT_1). Nobody
// on the board is a master, so the slave addresses never match. Reported when used: SMBus, PEC,
// 10-bit addresses. PE = 0 lets go of the wires at once; the chip ends a transfer first.
// Parameters: `clock` (PCLK1); `scl`, `sda` (signal_pads.hpp); `edges_ns`.
// Wires: "irq_ev", "irq_er", "dma_rx", "dma_tx"; input "dma_last".
#include "peripherals/common/assumed_parameter.hpp"
#include "peripherals/st/i2c_wires.hpp"
#include "peripherals/st/wired_block.hpp"

namespace tinyscope::st {
namespace {

constexpr Address kCr1 = 0x00;
constexpr Address kCr2 = 0x04;
constexpr Address kOar1 = 0x08;
constexpr Address kOar2 = 0x0C;
constexpr Address kDr = 0x10;
constexpr Address kSr1 = 0x14;
constexpr Address kSr2 = 0x18;
constexpr Address kCcr = 0x1C;
constexpr Address kTrise = 0x20;
constexpr Address kFltr = 0x24;

namespace cr1 {
constexpr std::uint32_t kPe = 1u << 0;
constexpr std::uint32_t kStart = 1u << 8;
constexpr std::uint32_t kStop = 1u << 9;
constexpr std::uint32_t kAck = 1u << 10;
constexpr std::uint32_t kPos = 1u << 11;
constexpr std::uint32_t kSwrst = 1u << 15;
}  // namespace cr1

namespace cr2 {
constexpr std::uint32_t kIterren = 1u << 8;
constexpr std::uint32_t kItevten = 1u << 9;
constexpr std::uint32_t kItbufen = 1u << 10;
constexpr std::uint32_t kDmaen = 1u << 11;
constexpr std::uint32_t kLast = 1u << 12;
}  // namespace cr2

namespace sr1 {
constexpr std::uint32_t kSb = 1u << 0;
constexpr std::uint32_t kAddr = 1u << 1;
constexpr std::uint32_t kBtf = 1u << 2;
constexpr std::uint32_t kRxne = 1u << 6;
constexpr std::uint32_t kTxe = 1u << 7;
constexpr std::uint32_t kAf = 1u << 10;
}  // namespace sr1

namespace sr2 {
constexpr std::uint32_t kMsl = 1u << 0;
constexpr std::uint32_t kBusy = 1u << 1;
constexpr std::uint32_t kTra = 1u << 2;
}  // namespace sr2

namespace ccr {
constexpr std::uint32_t kDuty = 1u << 14;
constexpr std::uint32_t kFs = 1u << 15;
}  // namespace ccr

class I2cV1 final : public WiredBlock {
 public:
  explicit I2cV1(PeripheralContext& context)
      : WiredBlock(context),
        irq_event_(add_wire("irq_ev")),
        irq_error_(add_wire("irq_er")),
        dma_rx_(add_wire("dma_rx")),
        dma_tx_(add_wire("dma_tx")),
        clock_(context.clocks.signal(context.params.require_string("clock"))),
        edges_{1000 * assumed_parameter(context, "edges_ns", 110,
                                        "rise and fall time of SCL together, nanoseconds")},
        wires_(context, [this](Step step, bool acknowledged) { step_done(step, acknowledged); }) {
    add_wire("dma_last").connect([this](bool level) {
      if (level && cr2(cr2::kDmaen) && cr2(cr2::kLast)) nack_next_ = true;
    });
    define_registers();
    clock_.on_change([this](std::uint64_t) { proceed(); });
  }

 private:
  using Step = I2cWires::Step;

  void define_registers() {
    cr1_ = &registers_.add(kCr1, "CR1")
                .flag(0, "PE")
                .unimplemented(1, 1, "SMBUS")
                .field(3, 2, "SMBTYPE, ENARP")
                .unimplemented(5, 1, "ENPEC")
                .field(6, 6, "ENGC, NOSTRETCH, START, STOP, ACK, POS")
                .unimplemented(12, 1, "PEC")
                .unimplemented(13, 1, "ALERT")
                .flag(15, "SWRST")
                .on_write([this](std::uint32_t) { control_changed(); });
    cr2_ = &registers_.add(kCr2, "CR2")
                .field(0, 6, "FREQ")
                .field(8, 5, "ITERREN, ITEVTEN, ITBUFEN, DMAEN, LAST")
                .on_write([this](std::uint32_t) { update_outputs(); });
    registers_.add(kOar1, "OAR1").field(0, 10, "ADD").field(14, 2, "bit 14, ADDMODE");
    registers_.add(kOar2, "OAR2").field(0, 8, "ENDUAL, ADD2");
    registers_.add(kDr, "DR")
        .field(0, 8, "DR")
        .on_read([this] { return read_data(); })
        .on_write([this](std::uint32_t value) { write_data(static_cast<std::uint8_t>(value)); });
    registers_.add(kSr1, "SR1")
        .trigger()
        .on_read([this] {
          status_was_read_ = true;
          return status();
        })
        .on_write([this](std::uint32_t value) {  // errors are cleared by writing 0
          if ((value & sr1::kAf) == 0) failed_ = false;
          update_outputs();
        });
    registers_.add(kSr2, "SR2").read_only().on_read([this] { return read_sr2(); });
    ccr_ = &registers_.add(kCcr, "CCR").field(0, 12, "CCR").field(14, 2, "DUTY, F/S");
    registers_.add(kTrise, "TRISE").reset(2).field(0, 6, "TRISE");
    registers_.add(kFltr, "FLTR").field(0, 5, "DNF, ANOFF");
  }

  bool cr1(std::uint32_t bit) const { return (cr1_->value() & bit) != 0; }
  bool cr2(std::uint32_t bit) const { return (cr2_->value() & bit) != 0; }
  void clear_cr1(std::uint32_t bits) { cr1_->set(cr1_->value() & ~bits); }

  void control_changed() {
    if (!cr1(cr1::kPe) || cr1(cr1::kSwrst)) switch_off();
    draw(cr1(cr1::kPe));
    proceed();
    update_outputs();
  }

  void switch_off() {
    wires_.abort();
    clear_cr1(cr1::kStart | cr1::kStop | cr1::kAck);
    phase_ = Phase::kIdle;
    failed_ = nacked_ = nack_next_ = transmit_full_ = receive_full_ = shift_full_ = moved_ = false;
    status_was_read_ = false;
  }

  // RM0090, CCR.
  Duration bit_time() const {
    const std::uint64_t value = ccr_->value() & 0xFFFu;
    const bool fast = (ccr_->value() & ccr::kFs) != 0;
    const std::uint64_t cycles = !fast                               ? 2 * value
                                 : (ccr_->value() & ccr::kDuty) != 0 ? 25 * value
                                                                     : 3 * value;
    return Duration{cycles * 1'000'000'000'000u / clock_.hz()} + edges_;
  }

  // Goes on where nothing is on the wires, if everything is there that the next step needs.
  void proceed() {
    if (!cr1(cr1::kPe) || wires_.step() != Step::kNone || clock_.hz() == 0) return;
    wires_.set_bit_time(bit_time());
    switch (phase_) {
      case Phase::kIdle:
        if (cr1(cr1::kStart)) wires_.start();
        return;
      case Phase::kStarted:
        if (cr1(cr1::kStop)) wires_.stop();
        return;
      case Phase::kAddressed: return;  // SCL is low until firmware has read SR2
      case Phase::kRefused: leave(); return;
      case Phase::kSending:
        if (leave() || failed_ || !transmit_full_) return;
        transmit_full_ = false;
        return wires_.write(data_);
      case Phase::kReceiving:
        // STOP and START act after a byte: one is received first even if STOP came before it.
        if (moved_ && leave()) return;
        if (!nacked_ && !shift_full_) wires_.read();
        return;
    }
  }
  // STOP or a repeated START, if firmware wants one. False: neither.
  bool leave() {
    if (cr1(cr1::kStop)) {
      wires_.stop();
    } else if (cr1(cr1::kStart)) {
      wires_.start();
    } else {
      return false;
    }
    return true;
  }

  void step_done(Step step, bool acknowledged) {
    switch (step) {
      case Step::kStart:
        clear_cr1(cr1::kStart);
        phase_ = Phase::kStarted;
        transmit_full_ = moved_ = nacked_ = false;
        break;
      case Step::kAddress:
        failed_ = !acknowledged;
        phase_ = acknowledged ? Phase::kAddressed : Phase::kRefused;
        status_was_read_ = false;  // only reads from here on clear ADDR
        next_acknowledge_ = cr1(cr1::kAck);
        break;
      case Step::kWrite:
        moved_ = true;
        failed_ = !acknowledged;
        break;
      case Step::kRead: wires_.acknowledge(); break;
      case Step::kAcknowledge: byte_received(); break;
      case Step::kStop:
        clear_cr1(cr1::kStop);
        phase_ = Phase::kIdle;
        transmit_full_ = moved_ = nacked_ = nack_next_ = false;
        break;
      case Step::kNone: break;
    }
    proceed();
    update_outputs();
  }

  // RM0090, CR1.POS: ACK is for the byte that comes in, or for the next one.
  void byte_received() {
    const bool acknowledge = cr1(cr1::kPos) ? next_acknowledge_ : cr1(cr1::kAck);
    next_acknowledge_ = cr1(cr1::kAck);
    nacked_ = !acknowledge || nack_next_;
    moved_ = true;
    if (receive_full_) {
      shift_full_ = true;
      shift_ = wires_.byte();
      return;
    }
    receive_full_ = true;
    received_ = wires_.byte();
  }

  std::uint32_t read_data() {
    const std::uint32_t value = received_;
    receive_full_ = shift_full_;
    if (shift_full_) received_ = shift_;
    shift_full_ = false;
    proceed();
    update_outputs();
    return value;
  }

  void write_data(std::uint8_t byte) {
    if (phase_ == Phase::kStarted) {
      if ((byte & 0xF8u) == 0xF0u) report_unmodelled("10-bit address", kDr, byte);
      reading_ = (byte & 1u) != 0;
      if (wires_.step() == Step::kNone) wires_.address(byte >> 1, reading_);
    } else if (phase_ == Phase::kSending) {
      data_ = byte;
      transmit_full_ = true;
      proceed();
    }
    update_outputs();
  }

  std::uint32_t status() const {
    std::uint32_t value = failed_ ? sr1::kAf : 0;
    const bool waits = wires_.step() == Step::kNone;
    if (phase_ == Phase::kStarted && waits) value |= sr1::kSb;
    if (phase_ == Phase::kAddressed) value |= sr1::kAddr;
    if (receive_full_) value |= sr1::kRxne;
    if (phase_ == Phase::kSending && !transmit_full_ && !failed_) {
      value |= sr1::kTxe;
      if (moved_ && waits) value |= sr1::kBtf;
    }
    if (shift_full_) value |= sr1::kBtf;
    return value;
  }

  // RM0090, SR1.ADDR: cleared by reading SR1, then SR2.
  std::uint32_t read_sr2() {
    std::uint32_t value = 0;
    if (wires_.busy()) value |= sr2::kBusy;
    if (phase_ != Phase::kIdle) value |= sr2::kMsl;
    const bool sends = (phase_ == Phase::kAddressed && !reading_) || phase_ == Phase::kSending;
    if (sends) value |= sr2::kTra;
    if (phase_ == Phase::kAddressed && status_was_read_) {
      phase_ = reading_ ? Phase::kReceiving : Phase::kSending;
      proceed();
      update_outputs();
    }
    status_was_read_ = false;
    return value;
  }

  void update_outputs() {
    const std::uint32_t now = status();
    const std::uint32_t buffers = now & (sr1::kTxe | sr1::kRxne);
    const std::uint32_t events = now & (sr1::kSb | sr1::kAddr | sr1::kBtf);
    irq_event_.set(cr2(cr2::kItevten) && (events != 0 || (buffers != 0 && cr2(cr2::kItbufen))));
    irq_error_.set(cr2(cr2::kIterren) && (now & sr1::kAf) != 0);
    dma_rx_.set(cr2(cr2::kDmaen) && (now & sr1::kRxne) != 0);
    dma_tx_.set(cr2(cr2::kDmaen) && (now & sr1::kTxe) != 0);
  }

  void reset_state(ResetKind) override {
    switch_off();
    received_ = data_ = 0;
    draw(false);
    update_outputs();
  }

  void snapshot_state(StateArchive& archive) override {
    archive(phase_, reading_, failed_, nacked_, nack_next_, next_acknowledge_, transmit_full_,
            receive_full_, shift_full_, moved_, status_was_read_, data_, received_, shift_);
    wires_.snapshot(archive);
  }

  // kStarted: SB, kAddressed: ADDR, kRefused: the address was not acknowledged.
  enum class Phase : std::uint8_t { kIdle, kStarted, kAddressed, kRefused, kSending, kReceiving };

  Wire& irq_event_;
  Wire& irq_error_;
  Wire& dma_rx_;
  Wire& dma_tx_;
  ClockSignal& clock_;
  const Duration edges_;
  I2cWires wires_;
  RegisterFile::Register* cr1_ = nullptr;
  RegisterFile::Register* cr2_ = nullptr;
  RegisterFile::Register* ccr_ = nullptr;

  Phase phase_ = Phase::kIdle;
  bool reading_ = false;
  bool failed_ = false;            // AF
  bool nacked_ = false;            // the last byte was not acknowledged: no more are clocked in
  bool nack_next_ = false;         // LAST, and DMA has one item left
  bool next_acknowledge_ = false;  // with POS
  bool transmit_full_ = false;     // DR holds a byte to send
  bool receive_full_ = false;      // DR holds a byte that came in
  bool shift_full_ = false;        // and so does the shift register: SCL is low
  bool moved_ = false;             // a byte has passed since the address
  bool status_was_read_ = false;   // SR1, and SR2 not since
  std::uint8_t data_ = 0;
  std::uint8_t received_ = 0;
  std::uint8_t shift_ = 0;
};

const PeripheralType kType("st.i2c_v1", [](PeripheralContext& context) {
  return std::make_unique<I2cV1>(context);
});

}  // namespace
}  // namespace tinyscope::st
