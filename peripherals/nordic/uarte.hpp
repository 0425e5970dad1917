// UARTE and, in the same window, the older UART without DMA. ENABLE chooses: 8 is UARTE, 4 UART.
// nRF52840 PS, chapters "UARTE — Universal asynchronous receiver/transmitter with EasyDMA" and
// "UART". Transmission is in uarte_transmit.cpp, reception in uarte_receive.cpp.
//
// Not modelled: hardware flow control (CONFIG.HWFC, the CTS and NCTS events), and parity, framing
// and break errors, since the port carries whole bytes.
#pragma once

#include "peripherals/nordic/easy_dma.hpp"
#include "peripherals/nordic/nordic_block.hpp"
#include "peripherals/nordic/uart_line.hpp"

namespace tinyscope::nordic {

class Uarte final : public NordicBlock {
 public:
  explicit Uarte(PeripheralContext& context);
  Port* port(std::string_view name) override { return name == "uart" ? &port_ : nullptr; }

 private:
  bool uarte_mode() const;
  bool uart_mode() const;
  Duration frame_time() const;
  void line_changed();
  void power_written();
  void update_draw() { draw(tx_started_ || receiving_); }

  // Transmission.
  void define_transmit();
  void start_tx();
  void stop_tx();
  void write_txd(std::uint32_t value);
  void begin_frame(std::uint8_t byte);
  void begin_dma_frame();
  void frame_sent();
  void end_tx();

  // Reception.
  void define_receive();
  void start_rx();
  void stop_rx();
  void flush_rx();
  void receive(std::uint8_t byte);
  void receive_dma(std::uint8_t byte);
  void receive_fifo(std::uint8_t byte);
  void end_rx();
  void receiver_stopped();
  void offer_rxd();

  void reset_state(ResetKind kind) override;
  void snapshot_state(StateArchive& archive) override;

  EasyDma dma_;
  UartPort port_;
  RegisterFile::Register* enable_ = nullptr;
  RegisterFile::Register* baudrate_ = nullptr;
  RegisterFile::Register* config_ = nullptr;
  RegisterFile::Register* power_register_ = nullptr;
  RegisterFile::Register* psel_txd_ = nullptr;
  RegisterFile::Register* psel_rxd_ = nullptr;
  RegisterFile::Register* errorsrc_ = nullptr;

  // A PTR, MAXCNT, AMOUNT group, and the copy that a started transfer works with.
  struct Transfer {
    RegisterFile::Register* ptr = nullptr;
    RegisterFile::Register* maxcnt = nullptr;
    RegisterFile::Register* amount = nullptr;
    bool active = false;
    Address address = 0;
    std::uint32_t length = 0;
    std::uint32_t done = 0;

    void latch() {
      active = true;
      address = ptr->value();
      length = maxcnt->value();
      done = 0;
    }
    void snapshot(StateArchive& archive) { archive(active, address, length, done); }
  };
  void define_transfer(Transfer& transfer, Address offset, std::string_view name);

  Transfer tx_;
  bool tx_started_ = false;  // between STARTTX and STOPTX: the clock is requested
  bool tx_stopping_ = false;
  bool frame_on_line_ = false;
  std::uint8_t frame_ = 0;
  bool txd_waiting_ = false;  // UART: a byte written to TXD while another is on the line
  std::uint8_t txd_ = 0;
  std::uint64_t lost_bytes_ = 0;  // in a row, for want of a pin
  bool warned_unconnected_ = false;
  Event frame_end_;

  Transfer rx_;
  bool receiving_ = false;
  UartReceiveFifo fifo_;
  bool rxd_offered_ = false;  // UART: RXDRDY was raised for the byte in RXD
  std::uint8_t rxd_ = 0;
  Event rx_timeout_;
};

}  // namespace tinyscope::nordic
