// Reception of UARTE (a buffer in RAM, the FIFO between buffers) and UART (register RXD).
#include "peripherals/nordic/uarte.hpp"
#include "peripherals/nordic/uarte_registers.hpp"

namespace tinyscope::nordic {

using namespace uarte;

namespace {
// PS, "Reception": after STOPRX up to four more bytes are taken if they follow in succession; RXTO
// comes when that time is over.
constexpr std::uint64_t kFramesUntilRxTo = 4;
}  // namespace

void Uarte::define_receive() {
  add_task(kStartRx, "TASKS_STARTRX", [this] { start_rx(); });
  add_task(kStopRx, "TASKS_STOPRX", [this] { stop_rx(); });
  add_task(kFlushRx, "TASKS_FLUSHRX", [this] { flush_rx(); });
  add_event(kRxdRdy, "EVENTS_RXDRDY");
  add_event(kEndRx, "EVENTS_ENDRX");
  add_event(kError, "EVENTS_ERROR");
  add_event(kRxTo, "EVENTS_RXTO");
  add_event(kRxStarted, "EVENTS_RXSTARTED");
  define_transfer(rx_, kRxdPtr, "RXD");
  errorsrc_ = &registers_.add(kErrorSrc, "ERRORSRC")
                   .flag(0, "OVERRUN")
                   .flag(1, "PARITY")
                   .flag(2, "FRAMING")
                   .flag(3, "BREAK")
                   .write_one_to_clear();
  registers_.add(kRxd, "RXD").read_only().on_read([this] {
    const std::uint8_t byte = rxd_;
    rxd_offered_ = false;
    offer_rxd();
    return std::uint32_t{byte};
  });
  port_.on_receive([this](std::uint8_t byte) { receive(byte); });
}

void Uarte::start_rx() {
  if (!uarte_mode() && !uart_mode()) return;
  rx_timeout_.cancel();
  receiving_ = true;
  update_draw();
  if (uart_mode()) return;
  rx_.latch();
  if (rx_.length == 0) {
    notes_.unmodelled(name_, "RXD.MAXCNT of 0", rx_.address, true, 0);
  }
  raise(kRxStarted);
  while (rx_.active && !fifo_.empty()) {
    if (rx_.done == rx_.length) break;
    receive_dma(fifo_.pop());
  }
}

// A receiver that never started has nothing to stop: no RXTO comes.
void Uarte::stop_rx() {
  if (receiving_ && !rx_timeout_.scheduled()) {
    rx_timeout_.after(frame_time() * kFramesUntilRxTo);
  }
}

void Uarte::receiver_stopped() {
  if (rx_.active) end_rx();  // PS: ENDRX comes before RXTO, also for a buffer that is not full
  receiving_ = false;
  rx_.active = false;  // a shortcut may have tried to start again
  update_draw();
  raise(kRxTo);
}

// PS: moves what is left in the FIFO into the buffer and ends with ENDRX. AMOUNT keeps its value
// when there was nothing to move.
void Uarte::flush_rx() {
  if (!uarte_mode()) return;
  rx_.latch();
  while (!fifo_.empty() && rx_.done < rx_.length) {
    const std::uint8_t byte = fifo_.pop();
    dma_.write(rx_.address, {&byte, 1}, rx_.done++);
  }
  const std::uint32_t amount = rx_.done != 0 ? rx_.done : rx_.amount->value();
  rx_.active = false;
  rx_.amount->set(amount);
  raise(kEndRx);
}

void Uarte::receive(std::uint8_t byte) {
  if (!receiving_ || (psel_rxd_->value() & kPselDisconnected) != 0) return;
  if (uart_mode()) {
    receive_fifo(byte);
    offer_rxd();
    return;
  }
  if (rx_.active && rx_.done < rx_.length) {
    raise(kRxdRdy);
    receive_dma(byte);
  } else {
    receive_fifo(byte);
  }
}

void Uarte::receive_dma(std::uint8_t byte) {
  dma_.write(rx_.address, {&byte, 1}, rx_.done);
  if (++rx_.done == rx_.length) end_rx();
}

void Uarte::receive_fifo(std::uint8_t byte) {
  if (fifo_.full()) {
    errorsrc_->set(errorsrc_->value() | kErrorOverrun);
    raise(kError);
    return;
  }
  fifo_.push(byte);
  if (uarte_mode()) raise(kRxdRdy);
}

void Uarte::end_rx() {
  rx_.active = false;
  rx_.amount->set(rx_.done);
  raise(kEndRx);
}

// UART: the next byte of the FIFO moves into RXD once the one before has been read.
void Uarte::offer_rxd() {
  if (rxd_offered_ || fifo_.empty()) return;
  rxd_ = fifo_.pop();
  rxd_offered_ = true;
  raise(kRxdRdy);
}

}  // namespace tinyscope::nordic
