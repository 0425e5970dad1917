#include "peripherals/st/usart.hpp"

#include <algorithm>
#include <bit>
#include <utility>

#include "peripherals/st/usart_registers.hpp"
#include "sim/error.hpp"

namespace tinyscope::st {

using namespace usart;

namespace {

// RM0432, USART_PRESC: kernel clock cycles per cycle of the baud rate generator's clock.
constexpr std::array<std::uint32_t, 12> kPrescalers{1, 2, 4, 6, 8, 10, 12, 16, 32, 64, 128, 256};

// TXFTCFG and RXFTCFG: 1/8, 1/4, 1/2, 3/4, 7/8 and all of the FIFO's eight words.
constexpr std::array<std::size_t, 8> kThresholds{1, 2, 4, 6, 7, 8, 8, 8};

// Flags that firmware clears through ICR at the same position.
constexpr std::uint32_t kClearable = isr::kOre | isr::kIdle | isr::kTc | isr::kRtof | isr::kCmf;

// Priority of the idle and timeout events: a byte that ends at the same instant comes first.
constexpr int kAfterBytes = 1;

}  // namespace

std::uint16_t UsartQueue::pop() {
  TINYSCOPE_ASSERT(count_ > 0);
  const std::uint16_t first = words_[0];
  --count_;
  for (std::size_t i = 0; i < count_; ++i) words_[i] = words_[i + 1];
  return first;
}

Usart::Usart(PeripheralContext& context, Kind kind)
    : WiredBlock(context),
      kind_(kind),
      irq_(add_wire("irq")),
      dma_rx_(add_wire("dma_rx")),
      dma_tx_(add_wire("dma_tx")),
      kernel_clock_(context.clocks.signal(context.params.require_string("clock"))),
      line_(kernel_clock_.hz() * kTicksPerCycle),
      frame_end_(context.scheduler, [this] { frame_sent(); }),
      idle_(
          context.scheduler, [this] { line_idle(); }, kAfterBytes),
      timeout_(
          context.scheduler, [this] { receiver_timed_out(); }, kAfterBytes) {
  if (kind_ == Kind::kV1) {
    define_v1_registers();
  } else {
    define_registers();
  }
  kernel_clock_.on_change([this](std::uint64_t hz) { clock_changed(hz); });
  port_.on_receive([this](std::uint8_t byte) { receive(byte); });
}

void Usart::define_registers() {
  const bool usart = kind_ == Kind::kUsart;
  const auto changed = [this](std::uint32_t) { control_changed(); };
  cr1_ = &registers_.add(kCr1, "CR1")
              .field(0, 9, "UE, UESM, RE, TE, IDLEIE, RXNEIE, TCIE, TXEIE, PEIE")
              .field(9, 4, "PS, PCE, WAKE, M0")
              .unimplemented(13, 1, "MME")
              .flag(14, "CMIE")
              .field(16, 10, "DEDT, DEAT")
              .field(28, 4, "M1, FIFOEN, TXFEIE, RXFFIE")
              .on_write(changed);
  cr2_ = &registers_.add(kCr2, "CR2")
              .flag(4, "ADDM7")
              .field(12, 2, "STOP")
              .field(15, 3, "SWAP, RXINV, TXINV")  // levels: the port carries bytes
              .unimplemented(18, 1, "DATAINV")
              .unimplemented(19, 1, "MSBFIRST")
              .field(cr2::kAddBit, 8, "ADD")
              .on_write(changed);
  cr3_ = &registers_.add(kCr3, "CR3")
              .flag(0, "EIE")
              .unimplemented(3, 1, "HDSEL")
              .field(6, 2, "DMAR, DMAT")
              .unimplemented(8, 1, "RTSE")
              .unimplemented(9, 1, "CTSE")
              .unimplemented(10, 1, "CTSIE")
              .flag(12, "OVRDIS")
              .flag(13, "DDRE")  // masks DMA after errors that do not occur here
              .unimplemented(14, 1, "DEM")
              .flag(15, "DEP")
              .field(20, 2, "WUS")
              .unimplemented(22, 1, "WUFIE")
              .flag(23, "TXFTIE")
              .field(cr3::kRxftcfgBit, 3, "RXFTCFG")
              .flag(28, "RXFTIE")
              .field(cr3::kTxftcfgBit, 3, "TXFTCFG")
              .on_write(changed);
  if (usart) {
    cr1_->flag(15, "OVER8").flag(26, "RTOIE").unimplemented(27, 1, "EOBIE");
    cr2_->unimplemented(0, 1, "SLVEN")
        .flag(3, "DIS_NSS")
        .field(5, 2, "LBDL, LBDIE")
        .field(8, 3, "LBCL, CPHA, CPOL")
        .unimplemented(11, 1, "CLKEN")
        .unimplemented(14, 1, "LINEN")
        .unimplemented(20, 1, "ABREN")
        .field(21, 2, "ABRMOD")
        .flag(23, "RTOEN");
    cr3_->unimplemented(1, 1, "IREN")
        .flag(2, "IRLP")
        .flag(4, "NACK")
        .unimplemented(5, 1, "SCEN")
        .flag(11, "ONEBIT")
        .field(17, 3, "SCARCNT")
        .flag(24, "TCBGTIE");
    registers_.add(kGtpr, "GTPR").field(0, 16, "PSC, GT");
    rtor_ = &registers_.add(kRtor, "RTOR").field(0, 24, "RTO").field(24, 8, "BLEN");
  }
  brr_ = &registers_.add(kBrr, "BRR").field(0, usart ? 16 : 20, "BRR").on_write(changed);
  registers_.add(kRqr, "RQR").write_only().trigger().on_write([this](std::uint32_t bits) {
    request(bits);
  });
  registers_.add(kIsr, "ISR").read_only().on_read([this] { return status(); });
  registers_.add(kIcr, "ICR").write_only().trigger().on_write([this](std::uint32_t bits) {
    clear_flags(bits);
  });
  registers_.add(kRdr, "RDR").read_only().on_read([this] { return read_rdr(); });
  registers_.add(kTdr, "TDR").field(0, 9, "TDR").on_write([this](std::uint32_t value) {
    write_tdr(value);
  });
  presc_ = &registers_.add(kPresc, "PRESC").field(0, 4, "PRESCALER").on_write(changed);
}

bool Usart::fifo_mode() const { return cr1(cr1::kFifoen); }

// RM0432, CR1.M: 00 is 8 bits, 01 is 9, 10 is 7; the parity bit is one of them.
unsigned Usart::data_bits() const {
  const unsigned word = cr1(cr1::kM1) ? 7u : cr1(cr1::kM0) ? 9u : 8u;
  return cr1(cr1::kPce) ? word - 1 : word;
}

// RM0432, "Parity control": the bit after the data makes the number of ones even, or odd for PS=1.
std::uint16_t Usart::with_parity(std::uint16_t data) const {
  const unsigned bits = data_bits();
  const auto kept = static_cast<std::uint16_t>(data & ((1u << bits) - 1u));
  if (!cr1(cr1::kPce)) return kept;
  const bool odd_ones = (std::popcount(kept) & 1) != 0;
  return static_cast<std::uint16_t>(kept | ((odd_ones != cr1(cr1::kPs) ? 1u : 0u) << bits));
}

// RM0432, "Baud rate generation". Oversampling by 16: a bit is USARTDIV = BRR cycles. By 8: a bit
// is USARTDIV / 2 cycles, and BRR[2:0] holds USARTDIV[3:0] shifted right by one. LPUART: a bit is
// BRR / 256 cycles.
std::uint64_t Usart::half_bit_ticks() const {
  const std::uint32_t brr = brr_->value();
  const std::uint32_t presc = presc_ == nullptr ? 0 : presc_->value();
  const std::uint64_t prescaler = kPrescalers[std::min<std::size_t>(presc, 11)];
  if (kind_ == Kind::kLpuart) return std::uint64_t{brr} * prescaler * (kTicksPerCycle / 512);
  if (!cr1(cr1::kOver8)) return std::uint64_t{brr} * prescaler * (kTicksPerCycle / 2);
  const std::uint32_t usartdiv = (brr & 0xFFF0u) | (brr & 0x7u) << 1;
  return std::uint64_t{usartdiv} * prescaler * (kTicksPerCycle / 4);
}

std::uint64_t Usart::frame_ticks() const {
  // CR2.STOP: 1, 0.5, 2 and 1.5 stop bits, in half bits.
  constexpr std::array<std::uint64_t, 4> kStopHalves{2, 1, 4, 3};
  const std::uint64_t word = data_bits() + (cr1(cr1::kPce) ? 1u : 0u);
  const std::uint64_t stop = kStopHalves[cr2_->value() >> cr2::kStopBit & 3u];
  return half_bit_ticks() * (2 + 2 * word + stop);
}

void Usart::schedule_at_tick(Event& event, std::uint64_t due) {
  if (line_.hz() == 0) {
    event.cancel();  // clock_changed() schedules it when the clock runs again
  } else {
    event.at(line_.time_of(due));
  }
}

void Usart::clock_changed(std::uint64_t hz) {
  line_.set_hz(hz * kTicksPerCycle, now());
  if (on_line_ != OnLine::kNothing) schedule_at_tick(frame_end_, frame_end_tick_);
  if (idle_tick_ != 0) schedule_at_tick(idle_, idle_tick_);
  if (timeout_tick_ != 0) schedule_at_tick(timeout_, timeout_tick_);
  line_changed();
  next_frame();
  update_outputs();
}

void Usart::line_changed() {
  const std::uint64_t ticks = frame_ticks();
  const bool runs = cr1(cr1::kUe) && line_.hz() != 0 && ticks != 0;
  if (!runs) {
    port_.frame_time = {};
    return;
  }
  const auto ps =
      (static_cast<unsigned __int128>(ticks) * 1'000'000'000'000u + line_.hz() - 1) / line_.hz();
  port_.frame_time = {static_cast<std::uint64_t>(ps)};
}

void Usart::control_changed() {
  const bool enabled = cr1(cr1::kUe);
  if (enabled_ && !enabled) switched_off();
  enabled_ = enabled;
  line_changed();
  const bool transmitting = enabled && cr1(cr1::kTe);
  const bool receiving = enabled && cr1(cr1::kRe);
  if (transmitting && !transmitting_) transmitter_enabled();
  transmitting_ = transmitting;
  if (!receiving && receiving_) {
    idle_tick_ = timeout_tick_ = 0;
    idle_.cancel();
    timeout_.cancel();
  }
  receiving_ = receiving;
  draw(enabled);
  update_outputs();
}

// RM0432, CR1.UE: all current operations are discarded and the flags of ISR are reset.
void Usart::switched_off() {
  frame_end_.cancel();
  idle_.cancel();
  timeout_.cancel();
  idle_tick_ = timeout_tick_ = 0;
  on_line_ = OnLine::kNothing;
  tx_.clear();
  rx_.clear();
  flags_ = isr::kTc;
}

std::uint32_t Usart::status() const {
  std::uint32_t value = flags_;
  const std::size_t room = transmit_room();
  if (room != 0) value |= isr::kTxe;
  if (!rx_.empty()) value |= isr::kRxne;
  // The clock domain of the line takes note of TE and RE; without a clock it never does.
  if (line_.hz() != 0 && cr1(cr1::kUe)) {
    if (cr1(cr1::kTe)) value |= isr::kTeack;
    if (cr1(cr1::kRe)) value |= isr::kReack;
  }
  if (!fifo_mode()) return value;
  if (tx_.empty()) value |= isr::kTxfe;
  if (room >= kThresholds[cr3_->value() >> cr3::kTxftcfgBit & 7u]) value |= isr::kTxft;
  if (rx_.count() >= kThresholds[cr3_->value() >> cr3::kRxftcfgBit & 7u]) value |= isr::kRxft;
  // RM0432, RXFF: the FIFO is full and one word more is in RDR.
  if (rx_.count() == UsartQueue::kRoom) value |= isr::kRxff;
  return value;
}

void Usart::update_outputs() {
  const std::uint32_t now = status();
  const std::uint32_t enable = control();
  // RM0432, "USART interrupts": these enables of CR1 stand at the position of their flag.
  std::uint32_t asking = now & enable & (isr::kIdle | isr::kRxne | isr::kTc | isr::kTxe);
  if ((enable & cr1::kRxneie) != 0) asking |= now & isr::kOre;
  if ((enable & cr1::kCmie) != 0) asking |= now & isr::kCmf;
  if ((enable & cr1::kRtoie) != 0) asking |= now & isr::kRtof;
  if (fifo_mode()) {
    if ((enable & cr1::kTxfeie) != 0) asking |= now & isr::kTxfe;
    if ((enable & cr1::kRxffie) != 0) asking |= now & isr::kRxff;
    if (cr3(cr3::kTxftie)) asking |= now & isr::kTxft;
    if (cr3(cr3::kRxftie)) asking |= now & isr::kRxft;
  }
  if (cr3(cr3::kEie)) asking |= now & isr::kOre;
  irq_.set(asking != 0);
  const bool on = cr1(cr1::kUe);
  dma_rx_.set(on && cr3(cr3::kDmar) && (now & isr::kRxne) != 0);
  dma_tx_.set(on && cr1(cr1::kTe) && cr3(cr3::kDmat) && (now & isr::kTxe) != 0);
}

void Usart::request(std::uint32_t bits) {
  if ((bits & rqr::kRxfrq) != 0) rx_.clear();
  if ((bits & rqr::kTxfrq) != 0) tx_.clear();
  for (const auto& [bit, what] :
       {std::pair{rqr::kAbrrq, "RQR.ABRRQ"}, std::pair{rqr::kSbkrq, "RQR.SBKRQ"},
        std::pair{rqr::kMmrq, "RQR.MMRQ"}}) {
    if ((bits & bit) != 0) report_unmodelled(what, kRqr, bits);
  }
  update_outputs();
}

void Usart::clear_flags(std::uint32_t bits) {
  flags_ &= ~(bits & kClearable);
  update_outputs();
}

void Usart::reset_state(ResetKind) {
  switched_off();
  last_read_ = 0;
  sr_seen_ = 0;
  enabled_ = transmitting_ = receiving_ = false;
  line_changed();
  draw(false);
  update_outputs();
}

void Usart::snapshot_state(StateArchive& archive) {
  line_.snapshot(archive);
  archive(port_.frame_time.ps, flags_, sr_seen_, enabled_, transmitting_, receiving_, on_line_,
          frame_, frame_end_tick_, last_read_, idle_tick_, timeout_tick_);
  tx_.snapshot(archive);
  rx_.snapshot(archive);
  frame_end_.snapshot(archive);
  idle_.snapshot(archive);
  timeout_.snapshot(archive);
}

namespace {
const PeripheralType kUsartType("st.usart_v3", [](PeripheralContext& context) {
  return std::make_unique<Usart>(context, Usart::Kind::kUsart);
});
const PeripheralType kV1Type("st.usart_v1", [](PeripheralContext& context) {
  return std::make_unique<Usart>(context, Usart::Kind::kV1);
});
const PeripheralType kLpuartType("st.lpuart", [](PeripheralContext& context) {
  return std::make_unique<Usart>(context, Usart::Kind::kLpuart);
});
}  // namespace

}  // namespace tinyscope::st
