// USART, UART and LPUART of the STM32L4+ (and, without PRESC and FIFO bits used, of L4, F7, H7).
// RM0432, chapters "Universal synchronous/asynchronous receiver transmitter" and "Low-power
// universal asynchronous receiver transmitter". Transmission is in usart_transmit.cpp, reception in
// usart_receive.cpp. The USART of the STM32F4 (RM0090, RM0390) has other registers in front of the
// same line: usart_v1.cpp.
//
// Frames take their exact time on the line, from the kernel clock, BRR and PRESC, also when the
// clock changes in mid-frame. A byte arrives whole, when its last stop bit has passed: BUSY stays
// 0, there are no framing, parity or noise errors, and a byte that has begun does not keep IDLE or
// RTOF away. Not modelled, and reported when used: hardware flow control and driver enable, break
// characters, mute mode, automatic baud rate, synchronous, LIN, smartcard, IrDA and half-duplex
// modes, and wake-up from Stop.
#pragma once

#include <array>
#include <cstdint>

#include "peripherals/st/wired_block.hpp"
#include "sim/time.hpp"

namespace tinyscope::st {

// The data register and, in FIFO mode, the FIFO behind it.
class UsartQueue {
 public:
  static constexpr std::size_t kRoom = 9;
  bool empty() const { return count_ == 0; }
  std::size_t count() const { return count_; }
  void clear() { count_ = 0; }
  void push(std::uint16_t word) {
    TINYSCOPE_ASSERT(count_ < kRoom);
    words_[count_++] = word;
  }
  std::uint16_t pop();
  void replace_last(std::uint16_t word) { words_[count_ - 1] = word; }
  void snapshot(StateArchive& archive) { archive(words_, count_); }

 private:
  std::array<std::uint16_t, kRoom> words_{};
  std::size_t count_ = 0;
};

class Usart final : public WiredBlock {
 public:
  enum class Kind { kUsart, kLpuart, kV1 };
  Usart(PeripheralContext& context, Kind kind);
  Port* port(std::string_view name) override { return name == "uart" ? &port_ : nullptr; }

 private:
  // The line: time is counted in 512ths of a kernel clock cycle, so that half a bit of every
  // setting is a whole number of ticks.
  static constexpr std::uint64_t kTicksPerCycle = 512;
  std::uint64_t half_bit_ticks() const;
  std::uint64_t frame_ticks() const;  // start bit, data, parity, stop bits
  std::uint64_t tick() const { return line_.tick_at(now()); }
  void schedule_at_tick(Event& event, std::uint64_t due);
  void clock_changed(std::uint64_t hz);
  void line_changed();

  void define_registers();
  void control_changed();
  void switched_off();
  std::uint32_t status() const;
  void update_outputs();
  void request(std::uint32_t bits);
  void clear_flags(std::uint32_t bits);

  // CR1 with the bits where the newer block has them.
  std::uint32_t control() const;
  bool cr1(std::uint32_t bit) const { return (control() & bit) != 0; }
  bool cr3(std::uint32_t bit) const { return (cr3_->value() & bit) != 0; }
  bool fifo_mode() const;
  unsigned data_bits() const;  // without parity
  std::uint16_t with_parity(std::uint16_t data) const;

  // usart_v1.cpp
  void define_v1_registers();
  std::uint32_t read_sr();
  std::uint32_t read_dr();
  void write_sr(std::uint32_t value);

  // Transmission.
  std::size_t transmit_room() const;
  void write_tdr(std::uint32_t value);
  void transmitter_enabled();
  void next_frame();
  void frame_sent();

  // Reception.
  void receive(std::uint8_t byte);
  std::uint32_t read_rdr();
  void line_idle();
  void receiver_timed_out();

  void reset_state(ResetKind kind) override;
  void snapshot_state(StateArchive& archive) override;

  const Kind kind_;
  UartPort port_;
  Wire& irq_;
  Wire& dma_rx_;
  Wire& dma_tx_;
  RegisterFile::Register* cr1_ = nullptr;
  RegisterFile::Register* cr2_ = nullptr;
  RegisterFile::Register* cr3_ = nullptr;
  RegisterFile::Register* brr_ = nullptr;
  RegisterFile::Register* rtor_ = nullptr;   // USART only
  RegisterFile::Register* presc_ = nullptr;  // not of an F4

  ClockSignal& kernel_clock_;
  ClockDomain line_;
  std::uint32_t flags_ = 0;    // of ISR, those that are stored rather than computed
  std::uint32_t sr_seen_ = 0;  // F4: flags that a read of SR has shown, for what clears them
  bool enabled_ = false;       // UE as last seen
  bool transmitting_ = false;  // TE as last seen
  bool receiving_ = false;     // RE as last seen

  enum class OnLine : std::uint8_t { kNothing, kPreamble, kFrame };
  UsartQueue tx_;
  OnLine on_line_ = OnLine::kNothing;
  std::uint16_t frame_ = 0;
  std::uint64_t frame_end_tick_ = 0;
  Event frame_end_;

  UsartQueue rx_;
  std::uint16_t last_read_ = 0;  // RDR keeps the last word
  std::uint64_t idle_tick_ = 0;
  std::uint64_t timeout_tick_ = 0;
  Event idle_;
  Event timeout_;
};

}  // namespace tinyscope::st
