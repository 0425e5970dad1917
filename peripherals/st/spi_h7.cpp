// SPI of the STM32H7: CR1, CR2, CFG1, CFG2, FIFOs and a transfer counter. RM0455 (H7A3), chapter
// "Serial peripheral interface (SPI)".
//
// Master: full duplex, transmit only, receive only, half duplex; transfers of TSIZE frames or
// without end, suspension, interrupts, DMA, overrun. A master whose transmit FIFO runs empty waits.
// Reported when used: slave mode, NSS as output (SSOE), CRC, TI frames, TSER, I2S. MSSI (no NSS)
// has no effect; MIDI, the pause between frames, has.
//
// Parameters: `clock` (kernel clock), `fifo_bytes` (16; 8 in SPI4, 5 and 6); `sck`, `mosi`, `miso`
// (signal_pads.hpp). Wires: "irq", "dma_rx", "dma_tx".
#include <algorithm>
#include <memory>

#include "peripherals/st/spi_fifo.hpp"
#include "peripherals/st/spi_wires.hpp"
#include "peripherals/st/wired_block.hpp"

namespace tinyscope::st {
namespace {

constexpr Address kCr1 = 0x00;
constexpr Address kCr2 = 0x04;
constexpr Address kCfg1 = 0x08;
constexpr Address kCfg2 = 0x0C;
constexpr Address kIer = 0x10;
constexpr Address kSr = 0x14;
constexpr Address kIfcr = 0x18;
constexpr Address kTxdr = 0x20;
constexpr Address kRxdr = 0x30;
constexpr Address kCrcpoly = 0x40;
constexpr Address kTxcrc = 0x44;
constexpr Address kRxcrc = 0x48;
constexpr Address kUdrdr = 0x4C;
constexpr Address kI2scfgr = 0x50;

namespace cr1 {
constexpr std::uint32_t kSpe = 1u << 0;
constexpr std::uint32_t kMasrx = 1u << 8;
constexpr std::uint32_t kCstart = 1u << 9;
constexpr std::uint32_t kCsusp = 1u << 10;
constexpr std::uint32_t kHddir = 1u << 11;
}  // namespace cr1

namespace cfg1 {
constexpr std::uint32_t kRxdmaen = 1u << 14;
constexpr std::uint32_t kTxdmaen = 1u << 15;
}  // namespace cfg1

namespace cfg2 {
constexpr std::uint32_t kMaster = 1u << 22;
constexpr std::uint32_t kLsbfrst = 1u << 23;
}  // namespace cfg2

namespace sr {
constexpr std::uint32_t kRxp = 1u << 0;
constexpr std::uint32_t kTxp = 1u << 1;
constexpr std::uint32_t kDxp = 1u << 2;
constexpr std::uint32_t kEot = 1u << 3;
constexpr std::uint32_t kTxtf = 1u << 4;
constexpr std::uint32_t kOvr = 1u << 6;
constexpr std::uint32_t kSusp = 1u << 11;
constexpr std::uint32_t kTxc = 1u << 12;
constexpr unsigned kRxplvlBit = 13;
constexpr std::uint32_t kRxwne = 1u << 15;
constexpr unsigned kCtsizeBit = 16;
constexpr std::uint32_t kClearable = 0xFF8;
}  // namespace sr

enum class Communication : std::uint32_t { kFullDuplex, kTransmit, kReceive, kHalfDuplex };

class SpiH7 final : public WiredBlock {
 public:
  explicit SpiH7(PeripheralContext& context)
      : WiredBlock(context),
        fifo_bytes_(context.params.u32("fifo_bytes").value_or(SpiFifo::kMost)),
        irq_(add_wire("irq")),
        dma_rx_(add_wire("dma_rx")),
        dma_tx_(add_wire("dma_tx")),
        clock_(context.clocks.signal(context.params.require_string("clock"))),
        wires_(context, [this](std::uint32_t received) { frame_done(received); }),
        pause_(context.scheduler, [this] { next_frame(); }) {
    if (fifo_bytes_ != 8 && fifo_bytes_ != 16)
      context.params.fail("fifo_bytes", "expected 8 or 16");
    define_registers();
    clock_.on_change([this](std::uint64_t) { next_frame(); });
  }

  // TXDR and RXDR act by the width of the access: RM0455, "Data packing".
  std::uint32_t read(const BusAccess& access) override {
    if (access.offset != kRxdr || access.debug) return WiredBlock::read(access);
    const std::uint32_t value = receive_.pop(std::max(bytes(access.size), frame_bytes()));
    next_frame();
    update_outputs();
    return value;
  }
  void write(const BusAccess& access, std::uint32_t value) override {
    if (access.offset != kTxdr || access.debug) return WiredBlock::write(access, value);
    const unsigned given = std::max(bytes(access.size), frame_bytes());
    if (!cr1(cr1::kSpe) || transmit_.size() + given > fifo_bytes_) return;
    transmit_.push(value, given);
    submitted_ += given / frame_bytes();
    if (tsize() != 0 && submitted_ >= tsize()) flags_ |= sr::kTxtf;
    next_frame();
    update_outputs();
  }

 private:
  void define_registers() {
    const auto changed = [this](std::uint32_t) { update_outputs(); };
    cr1_ = &registers_.add(kCr1, "CR1")
                .flag(0, "SPE")
                .field(8, 5, "MASRX, CSTART, CSUSP, HDDIR, SSI")
                .field(13, 4, "CRC33_17, RCRCINI, TCRCINI, IOLOCK")
                .on_write([this](std::uint32_t value) { control_written(value); });
    cr2_ = &registers_.add(kCr2, "CR2").field(0, 16, "TSIZE").unimplemented(16, 16, "TSER");
    cfg1_ = &registers_.add(kCfg1, "CFG1")
                 .reset(0x0007'0007)
                 .field(0, 9, "DSIZE, FTHLV")
                 .field(9, 4, "UDRCFG, UDRDET")
                 .field(14, 7, "RXDMAEN, TXDMAEN, CRCSIZE")
                 .unimplemented(22, 1, "CRCEN")
                 .field(28, 3, "MBR")
                 .on_write(changed);
    cfg2_ = &registers_.add(kCfg2, "CFG2")
                 .field(0, 8, "MSSI, MIDI")
                 .flag(15, "IOSWP")
                 .field(17, 2, "COMM")
                 .unimplemented(19, 3, "SP")
                 .field(22, 5, "MASTER, LSBFRST, CPHA, CPOL, SSM")
                 .flag(28, "SSIOP")
                 .unimplemented(29, 1, "SSOE")
                 .field(30, 2, "SSOM, AFCNTR");
    ier_ = &registers_.add(kIer, "IER").field(0, 11, "RXPIE to TSERFIE").on_write(changed);
    registers_.add(kSr, "SR").read_only().on_read([this] { return status(); });
    registers_.add(kIfcr, "IFCR").write_only().trigger().on_write([this](std::uint32_t bits) {
      flags_ &= ~(bits & sr::kClearable);
      next_frame();
      update_outputs();
    });
    registers_.add(kTxdr, "TXDR").write_only();
    registers_.add(kRxdr, "RXDR").read_only();
    registers_.add(kCrcpoly, "CRCPOLY").reset(0x107);
    registers_.add(kTxcrc, "TXCRC").read_only();
    registers_.add(kRxcrc, "RXCRC").read_only();
    registers_.add(kUdrdr, "UDRDR");
    registers_.add(kI2scfgr, "I2SCFGR").unimplemented(0, 1, "I2SMOD").field(1, 25, "I2S settings");
  }

  bool cr1(std::uint32_t bit) const { return (cr1_->value() & bit) != 0; }
  std::uint32_t tsize() const { return cr2_->value() & 0xFFFFu; }
  unsigned frame_bits() const { return (cfg1_->value() & 0x1Fu) + 1; }
  unsigned frame_bytes() const { return frame_bits() <= 8 ? 1 : frame_bits() <= 16 ? 2 : 4; }
  unsigned packet_bytes() const { return ((cfg1_->value() >> 5 & 0xFu) + 1) * frame_bytes(); }
  bool sends() const {
    const Communication comm{cfg2_->value() >> 17 & 3u};
    return comm == Communication::kHalfDuplex ? cr1(cr1::kHddir) : comm != Communication::kReceive;
  }
  bool receives() const {
    const Communication comm{cfg2_->value() >> 17 & 3u};
    return comm == Communication::kHalfDuplex ? !cr1(cr1::kHddir)
                                              : comm != Communication::kTransmit;
  }

  void control_written(std::uint32_t value) {
    const bool on = cr1(cr1::kSpe);
    if (on && !on_) {
      submitted_ = done_ = 0;
      if ((cfg2_->value() & cfg2::kMaster) == 0) {
        report_unmodelled("slave mode (CFG2.MASTER = 0)", kCfg2, cfg2_->value());
      }
    }
    if (!on) switch_off();
    on_ = on;
    // RM0455, CR1.CSTART: set by firmware, cleared at the end of transfer or when suspended.
    if (on && (value & cr1::kCstart) != 0) started_ = true;
    if (started_ && (value & cr1::kCsusp) != 0) {
      suspending_ = true;
      if (!wires_.busy()) suspend();
    }
    show_start();
    draw(on);
    next_frame();
    update_outputs();
  }
  void show_start() {
    cr1_->set((cr1_->value() & ~(cr1::kCstart | cr1::kCsusp)) | (started_ ? cr1::kCstart : 0) |
              (suspending_ ? cr1::kCsusp : 0));
  }

  // RM0455, CR1.SPE: FIFOs and status are reset while the SPI is off.
  void switch_off() {
    wires_.abort();
    pause_.cancel();
    transmit_.clear();
    receive_.clear();
    flags_ = 0;
    submitted_ = done_ = 0;
    started_ = suspending_ = false;
  }
  void suspend() {
    started_ = suspending_ = false;
    flags_ |= sr::kSusp;
    show_start();
  }

  void next_frame() {
    if (!started_ || wires_.busy() || pause_.scheduled() || clock_.hz() == 0) return;
    if ((cfg2_->value() & cfg2::kMaster) == 0 || (flags_ & sr::kEot) != 0) return;
    if (sends() && transmit_.size() < frame_bytes()) return;
    // RM0455, MASRX: a master stops its clock before an overrun.
    const bool full = receives() && receive_.size() + frame_bytes() > fifo_bytes_;
    if (full && cr1(cr1::kMasrx)) return;
    const std::uint32_t data = sends() ? transmit_.pop(frame_bytes()) : 0xFFFF'FFFF;
    const std::uint64_t divider = 2u << (cfg1_->value() >> 28 & 7u);
    wires_.exchange({data, frame_bits(), (cfg2_->value() & cfg2::kLsbfrst) != 0}, divider,
                    clock_.hz());
  }

  void frame_done(std::uint32_t received) {
    ++done_;
    if (receives()) {
      if (receive_.size() + frame_bytes() > fifo_bytes_) {
        flags_ |= sr::kOvr;  // RM0455, "Overrun error": the new data is lost
      } else {
        receive_.push(received, frame_bytes());
      }
    }
    if (tsize() != 0 && done_ >= tsize()) {
      flags_ |= sr::kEot;
      started_ = false;
      show_start();
    } else if (suspending_) {
      suspend();
    } else if (const std::uint64_t idle = cfg2_->value() >> 4 & 0xFu;
               idle != 0 && clock_.hz() != 0) {
      const std::uint64_t divider = 2u << (cfg1_->value() >> 28 & 7u);
      pause_.after({idle * divider * 1'000'000'000'000u / clock_.hz()});
    }
    next_frame();
    update_outputs();
  }

  std::uint32_t status() const {
    std::uint32_t value = flags_;
    const bool on = cr1(cr1::kSpe);
    const bool room = transmit_.size() + packet_bytes() <= fifo_bytes_;
    const bool more = tsize() == 0 || submitted_ < tsize();
    if (on && sends() && room && more) value |= sr::kTxp;
    if (on && receives() && receive_.size() >= packet_bytes()) value |= sr::kRxp;
    if ((value & sr::kTxp) != 0 && (value & sr::kRxp) != 0) value |= sr::kDxp;
    // RM0455, TXC: of a transfer with a size, together with EOT; else with everything sent.
    const bool sent = transmit_.empty() && !wires_.busy();
    if (!on || (tsize() != 0 ? (flags_ & sr::kEot) != 0 : sent)) value |= sr::kTxc;
    if (receive_.size() >= 4) value |= sr::kRxwne;
    value |= (receive_.size() % 4 / std::min(frame_bytes(), 2u) & 3u) << sr::kRxplvlBit;
    const std::uint32_t left = tsize() > done_ && on ? tsize() - done_ : 0;
    return value | left << sr::kCtsizeBit;
  }

  void update_outputs() {
    const std::uint32_t now = status();
    // RM0455: enables stand at the position of their flag; SUSP asks with EOT's, TXC likewise.
    std::uint32_t asking = now & ier_->value() & 0x7FFu;
    if ((ier_->value() & sr::kEot) != 0) asking |= now & sr::kSusp;
    irq_.set(asking != 0);
    dma_rx_.set((cfg1_->value() & cfg1::kRxdmaen) != 0 && (now & sr::kRxp) != 0);
    dma_tx_.set((cfg1_->value() & cfg1::kTxdmaen) != 0 && (now & sr::kTxp) != 0);
  }

  void reset_state(ResetKind) override {
    switch_off();
    on_ = false;
    draw(false);
    update_outputs();
  }

  void snapshot_state(StateArchive& archive) override {
    transmit_.snapshot(archive);
    receive_.snapshot(archive);
    archive(flags_, submitted_, done_, on_, started_, suspending_);
    wires_.snapshot(archive);
    pause_.snapshot(archive);
  }

  const unsigned fifo_bytes_;
  Wire& irq_;
  Wire& dma_rx_;
  Wire& dma_tx_;
  ClockSignal& clock_;
  SpiWires wires_;
  Event pause_;  // MIDI
  RegisterFile::Register* cr1_ = nullptr;
  RegisterFile::Register* cr2_ = nullptr;
  RegisterFile::Register* cfg1_ = nullptr;
  RegisterFile::Register* cfg2_ = nullptr;
  RegisterFile::Register* ier_ = nullptr;
  SpiFifo transmit_;
  SpiFifo receive_;
  std::uint32_t flags_ = 0;      // of SR, those that are stored rather than computed
  std::uint32_t submitted_ = 0;  // frames of this transfer that firmware has written
  std::uint32_t done_ = 0;       // frames of this transfer that have passed
  bool on_ = false;              // SPE as last seen
  bool started_ = false;         // CSTART
  bool suspending_ = false;      // CSUSP
};

const PeripheralType kType("st.spi_h7", [](PeripheralContext& context) {
  return std::make_unique<SpiH7>(context);
});

}  // namespace
}  // namespace tinyscope::st
