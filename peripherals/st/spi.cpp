// SPI of the STM32F4 ("st.spi_v1": one word each way) and of the STM32L4, L4+, F7 ("st.spi_v2": two
// FIFOs of 32 bits, 4 to 16 data bits, packing). RM0090, RM0432 and RM0385, chapter "Serial
// peripheral interface (SPI)".
//
// Master: full duplex, transmit only, receive only (RXONLY, BIDIMODE), interrupts, DMA, overrun.
// Frames follow one another without a gap while there is data. Reported when used: slave mode, NSS
// as output or input (a chip select is a pin of GPIO), CRC, TI frames, I2S, LDMA_RX and LDMA_TX.
//
// Parameters: `clock` (PCLK of its bus); `sck`, `mosi`, `miso` (signal_pads.hpp).
// Wires: "irq", "dma_rx", "dma_tx".
#include <algorithm>
#include <memory>

#include "peripherals/st/spi_fifo.hpp"
#include "peripherals/st/spi_wires.hpp"
#include "peripherals/st/wired_block.hpp"

namespace tinyscope::st {
namespace {

constexpr Address kCr1 = 0x00;
constexpr Address kCr2 = 0x04;
constexpr Address kSr = 0x08;
constexpr Address kDr = 0x0C;
constexpr Address kCrcpr = 0x10;
constexpr Address kRxcrcr = 0x14;
constexpr Address kTxcrcr = 0x18;
constexpr Address kI2scfgr = 0x1C;
constexpr Address kI2spr = 0x20;

namespace cr1 {
constexpr std::uint32_t kMstr = 1u << 2;
constexpr unsigned kBrBit = 3;
constexpr std::uint32_t kSpe = 1u << 6;
constexpr std::uint32_t kLsbfirst = 1u << 7;
constexpr std::uint32_t kRxonly = 1u << 10;
constexpr std::uint32_t kDff = 1u << 11;
constexpr std::uint32_t kBidioe = 1u << 14;
constexpr std::uint32_t kBidimode = 1u << 15;
}  // namespace cr1

namespace cr2 {
constexpr std::uint32_t kRxdmaen = 1u << 0;
constexpr std::uint32_t kTxdmaen = 1u << 1;
constexpr std::uint32_t kErrie = 1u << 5;
constexpr std::uint32_t kRxneie = 1u << 6;
constexpr std::uint32_t kTxeie = 1u << 7;
constexpr unsigned kDsBit = 8;
constexpr std::uint32_t kFrxth = 1u << 12;
}  // namespace cr2

namespace sr {
constexpr std::uint32_t kRxne = 1u << 0;
constexpr std::uint32_t kTxe = 1u << 1;
constexpr std::uint32_t kOvr = 1u << 6;
constexpr std::uint32_t kBsy = 1u << 7;
constexpr unsigned kFrlvlBit = 9;
constexpr unsigned kFtlvlBit = 11;
}  // namespace sr

class Spi final : public WiredBlock {
 public:
  enum class Generation { kV1, kV2 };

  Spi(PeripheralContext& context, Generation generation)
      : WiredBlock(context),
        fifos_(generation == Generation::kV2),
        irq_(add_wire("irq")),
        dma_rx_(add_wire("dma_rx")),
        dma_tx_(add_wire("dma_tx")),
        clock_(context.clocks.signal(context.params.require_string("clock"))),
        wires_(context, [this](std::uint32_t received) { frame_done(received); }) {
    define_registers();
    clock_.on_change([this](std::uint64_t) { next_frame(); });
  }

  // DR acts by the width of the access: RM0432, "Data packing".
  std::uint32_t read(const BusAccess& access) override {
    if (access.offset != kDr || access.debug) return WiredBlock::read(access);
    return read_data(static_cast<unsigned>(access.size));
  }
  void write(const BusAccess& access, std::uint32_t value) override {
    if (access.offset != kDr || access.debug) return WiredBlock::write(access, value);
    write_data(value, static_cast<unsigned>(access.size));
  }

 private:
  void define_registers() {
    const auto changed = [this](std::uint32_t) { control_changed(); };
    cr1_ = &registers_.add(kCr1, "CR1")
                .field(0, 12, "CPHA, CPOL, MSTR, BR, SPE, LSBFIRST, SSI, SSM, RXONLY, DFF or CRCL")
                .flag(12, "CRCNEXT")
                .unimplemented(13, 1, "CRCEN")
                .field(14, 2, "BIDIOE, BIDIMODE")
                .on_write(changed);
    cr2_ = &registers_.add(kCr2, "CR2")
                .field(0, 2, "RXDMAEN, TXDMAEN")
                .unimplemented(2, 1, "SSOE")
                .unimplemented(4, 1, "FRF")
                .field(5, 3, "ERRIE, RXNEIE, TXEIE")
                .on_write(changed);
    if (fifos_) {
      cr2_->reset(0x0700)
          .flag(3, "NSSP")
          .field(cr2::kDsBit, 4, "DS")
          .flag(12, "FRXTH")
          .unimplemented(13, 1, "LDMA_RX")
          .unimplemented(14, 1, "LDMA_TX");
    }
    registers_.add(kSr, "SR").read_only().on_read([this] { return read_status(); });
    registers_.add(kDr, "DR");
    registers_.add(kCrcpr, "CRCPR").reset(7).field(0, 16, "CRCPOLY");
    registers_.add(kRxcrcr, "RXCRCR").read_only();
    registers_.add(kTxcrcr, "TXCRCR").read_only();
    registers_.add(kI2scfgr, "I2SCFGR").field(0, 11, "I2S settings").unimplemented(11, 1, "I2SMOD");
    registers_.add(kI2spr, "I2SPR").reset(2).field(0, 10, "I2SDIV, ODD, MCKOE");
  }

  bool cr1(std::uint32_t bit) const { return (cr1_->value() & bit) != 0; }
  bool cr2(std::uint32_t bit) const { return (cr2_->value() & bit) != 0; }

  // RM0432, CR2.DS: values below 3 mean 8 bits.
  unsigned frame_bits() const {
    if (!fifos_) return cr1(cr1::kDff) ? 16 : 8;
    const std::uint32_t ds = cr2_->value() >> cr2::kDsBit & 0xFu;
    return ds < 3 ? 8 : ds + 1;
  }
  unsigned frame_bytes() const { return frame_bits() > 8 ? 2 : 1; }
  // Of the transmit and of the receive side, in bytes.
  unsigned room() const { return fifos_ ? 4 : frame_bytes(); }
  bool receives_only() const {
    return cr1(cr1::kBidimode) ? !cr1(cr1::kBidioe) : cr1(cr1::kRxonly);
  }
  bool receives() const { return !cr1(cr1::kBidimode) || !cr1(cr1::kBidioe); }

  void control_changed() {
    const bool on = cr1(cr1::kSpe);
    if (on && !on_ && !cr1(cr1::kMstr)) {
      report_unmodelled("slave mode (MSTR = 0)", kCr1, cr1_->value());
    }
    if (!on && on_) {
      // RM0432, "Procedure for disabling the SPI": a transfer under way is cut short, and the
      // transmit FIFO is emptied when the SPI is next enabled. What was received stays.
      wires_.abort();
      transmit_.clear();
    }
    on_ = on;
    draw(on);
    next_frame();
    update_outputs();
  }

  void next_frame() {
    if (!cr1(cr1::kSpe) || !cr1(cr1::kMstr) || wires_.busy() || clock_.hz() == 0) return;
    if (!receives_only() && transmit_.size() < frame_bytes()) return;
    const std::uint32_t data = receives_only() ? 0xFFFF : transmit_.pop(frame_bytes());
    const std::uint64_t divider = 2u << (cr1_->value() >> cr1::kBrBit & 7u);
    wires_.exchange({data, frame_bits(), cr1(cr1::kLsbfirst)}, divider, clock_.hz());
  }

  void frame_done(std::uint32_t received) {
    if (receives()) {
      if (receive_.size() + frame_bytes() > room()) {
        overrun_ = true;  // RM0432, "Overrun flag": the new data is lost
      } else {
        receive_.push(received, frame_bytes());
      }
    }
    next_frame();
    update_outputs();
  }

  std::uint32_t read_data(unsigned bytes) {
    // Without FIFOs, and for frames of more than 8 bits, an access takes one frame.
    const unsigned wanted = fifos_ && bytes > 1 && frame_bytes() == 1 ? 2 : frame_bytes();
    if (!receive_.empty()) last_read_ = receive_.pop(wanted);
    data_was_read_ = true;
    update_outputs();
    return last_read_;
  }

  void write_data(std::uint32_t value, unsigned bytes) {
    const unsigned given = fifos_ && bytes > 1 && frame_bytes() == 1 ? 2 : frame_bytes();
    if (transmit_.size() + given > room()) {
      if (fifos_) return;  // the FIFO is full: lost
      transmit_.clear();   // the word before it never left the data register
    }
    transmit_.push(value, given);
    data_was_read_ = false;
    next_frame();
    update_outputs();
  }

  std::uint32_t status() const {
    std::uint32_t value = overrun_ ? sr::kOvr : 0;
    if (wires_.busy() || (cr1(cr1::kSpe) && !transmit_.empty())) value |= sr::kBsy;
    if (!fifos_) {
      if (!receive_.empty()) value |= sr::kRxne;
      if (transmit_.empty()) value |= sr::kTxe;
      return value;
    }
    // RM0432, FRXTH: RXNE from a quarter or a half of the FIFO on. TXE up to a half.
    if (receive_.size() >= (cr2(cr2::kFrxth) ? 1u : 2u)) value |= sr::kRxne;
    if (transmit_.size() <= 2) value |= sr::kTxe;
    value |= std::min(receive_.size(), 3u) << sr::kFrlvlBit;
    value |= std::min(transmit_.size(), 3u) << sr::kFtlvlBit;
    return value;
  }

  // RM0432: OVR is cleared by reading DR, then SR.
  std::uint32_t read_status() {
    const std::uint32_t value = status();
    if (overrun_ && data_was_read_) {
      overrun_ = false;
      update_outputs();
    }
    data_was_read_ = false;
    return value;
  }

  void update_outputs() {
    const std::uint32_t now = status();
    const bool receive = (now & sr::kRxne) != 0;
    const bool transmit = (now & sr::kTxe) != 0;
    irq_.set((receive && cr2(cr2::kRxneie)) || (transmit && cr2(cr2::kTxeie)) ||
             (overrun_ && cr2(cr2::kErrie)));
    dma_rx_.set(receive && cr2(cr2::kRxdmaen));
    dma_tx_.set(transmit && cr2(cr2::kTxdmaen));
  }

  void reset_state(ResetKind) override {
    wires_.abort();
    transmit_.clear();
    receive_.clear();
    overrun_ = data_was_read_ = on_ = false;
    last_read_ = 0;
    draw(false);
    update_outputs();
  }

  void snapshot_state(StateArchive& archive) override {
    transmit_.snapshot(archive);
    receive_.snapshot(archive);
    archive(overrun_, data_was_read_, on_, last_read_);
    wires_.snapshot(archive);
  }

  const bool fifos_;
  Wire& irq_;
  Wire& dma_rx_;
  Wire& dma_tx_;
  ClockSignal& clock_;
  SpiWires wires_;
  RegisterFile::Register* cr1_ = nullptr;
  RegisterFile::Register* cr2_ = nullptr;
  SpiFifo transmit_;
  SpiFifo receive_;
  bool overrun_ = false;
  bool data_was_read_ = false;  // since the last read of SR
  bool on_ = false;             // SPE as last seen
  std::uint32_t last_read_ = 0;
};

const PeripheralType kV1("st.spi_v1", [](PeripheralContext& context) {
  return std::make_unique<Spi>(context, Spi::Generation::kV1);
});
const PeripheralType kV2("st.spi_v2", [](PeripheralContext& context) {
  return std::make_unique<Spi>(context, Spi::Generation::kV2);
});

}  // namespace
}  // namespace tinyscope::st
