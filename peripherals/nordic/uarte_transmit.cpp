// Transmission of UARTE (a buffer in RAM) and UART (register TXD).
#include "peripherals/nordic/uarte.hpp"
#include "peripherals/nordic/uarte_registers.hpp"
#include "sim/log.hpp"

namespace tinyscope::nordic {

using namespace uarte;

void Uarte::define_transmit() {
  add_task(kStartTx, "TASKS_STARTTX", [this] { start_tx(); });
  add_task(kStopTx, "TASKS_STOPTX", [this] { stop_tx(); });
  add_event(kTxdRdy, "EVENTS_TXDRDY");
  add_event(kEndTx, "EVENTS_ENDTX");
  add_event(kTxStarted, "EVENTS_TXSTARTED");
  add_event(kTxStopped, "EVENTS_TXSTOPPED");
  define_transfer(tx_, kTxdPtr, "TXD");
  registers_.add(kTxd, "TXD").write_only().on_write([this](std::uint32_t value) {
    write_txd(value);
  });
}

void Uarte::start_tx() {
  if (uarte_mode()) {
    if (tx_.active) return;
    tx_started_ = true;
    tx_.latch();
    update_draw();
    raise(kTxStarted);
    begin_dma_frame();
  } else if (uart_mode()) {
    tx_started_ = true;
    update_draw();
  }
}

// PS: a byte that is on the line is completed. A buffer cut short still gets its ENDTX.
void Uarte::stop_tx() {
  if (!uarte_mode() && !uart_mode()) return;
  txd_waiting_ = false;
  tx_stopping_ = true;
  if (!frame_on_line_) end_tx();
}

void Uarte::write_txd(std::uint32_t value) {
  if (!uart_mode() || !tx_started_) return;
  txd_ = static_cast<std::uint8_t>(value);
  if (frame_on_line_) {
    txd_waiting_ = true;
  } else {
    begin_frame(txd_);
  }
}

void Uarte::begin_dma_frame() {
  if (tx_.done == tx_.length) {
    end_tx();
    return;
  }
  std::uint8_t byte = 0;
  dma_.read(tx_.address, {&byte, 1}, tx_.done);
  begin_frame(byte);
}

void Uarte::begin_frame(std::uint8_t byte) {
  frame_ = byte;
  frame_on_line_ = true;
  frame_end_.after(frame_time());
}

void Uarte::frame_sent() {
  frame_on_line_ = false;
  if ((psel_txd_->value() & kPselDisconnected) == 0) {
    lost_bytes_ = 0;
    port_.transmit(frame_, now());
  } else if (++lost_bytes_ == 2 && !warned_unconnected_) {
    // One byte is lost on purpose: Mbed OS sets EVENTS_TXDRDY with it before it connects the pins
    // (targets/TARGET_NORDIC/TARGET_NRF5x/TARGET_NRF52/serial_api.c, serial_init).
    warned_unconnected_ = true;
    log::warning("{}: transmits with PSEL.TXD disconnected, as on the chip nothing comes out",
                 name_);
  }
  if (tx_.active) ++tx_.done;
  raise(kTxdRdy);
  if (frame_on_line_) return;  // a listener to TXDRDY has started the next byte
  if (tx_stopping_ || (tx_.active && tx_.done == tx_.length)) {
    end_tx();
  } else if (tx_.active) {
    begin_dma_frame();
  } else if (txd_waiting_) {
    txd_waiting_ = false;
    begin_frame(txd_);
  }
}

void Uarte::end_tx() {
  const bool stopping = tx_stopping_;
  if (stopping) {
    tx_stopping_ = false;
    tx_started_ = false;
    update_draw();
  }
  if (tx_.active) {
    tx_.active = false;
    tx_.amount->set(tx_.done);
    raise(kEndTx);
  }
  if (stopping && uarte_mode()) raise(kTxStopped);
}

}  // namespace tinyscope::nordic
