// Transmission of USART and LPUART: TDR or the FIFO behind it, then the shift register.
#include <algorithm>

#include "peripherals/st/usart.hpp"
#include "peripherals/st/usart_registers.hpp"

namespace tinyscope::st {

using namespace usart;

namespace {
constexpr std::size_t kFifoWords = 8;  // RM0432, "USART implementation"
}  // namespace

std::size_t Usart::transmit_room() const {
  const std::size_t words = fifo_mode() ? kFifoWords : 1;
  return words - std::min(words, tx_.count());
}

void Usart::write_tdr(std::uint32_t value) {
  if (!cr1(cr1::kUe)) return;
  // RM0432, ISR.TC: a write to TDR clears it. RM0090, SR.TC: one that follows a read of SR.
  if (kind_ != Kind::kV1 || (sr_seen_ & isr::kTc) != 0) flags_ &= ~isr::kTc;
  sr_seen_ &= ~isr::kTc;
  const std::uint16_t word = with_parity(static_cast<std::uint16_t>(value & 0x1FFu));
  if (transmit_room() != 0) {
    tx_.push(word);
  } else if (!fifo_mode()) {
    tx_.replace_last(word);  // the word before it never left TDR
  }
  next_frame();
  update_outputs();
}

// RM0432, "Character transmission procedure": setting TE sends an idle frame first.
void Usart::transmitter_enabled() {
  if (on_line_ != OnLine::kNothing || frame_ticks() == 0) return;
  on_line_ = OnLine::kPreamble;
  frame_end_tick_ = tick() + frame_ticks();
  schedule_at_tick(frame_end_, frame_end_tick_);
}

// Moves the next word into the shift register, if that is free.
void Usart::next_frame() {
  if (on_line_ != OnLine::kNothing || tx_.empty() || !cr1(cr1::kUe) || !cr1(cr1::kTe)) return;
  if (frame_ticks() == 0) {
    report_unmodelled("transmission with BRR = 0", kBrr, 0);
    return;
  }
  frame_ = tx_.pop();
  on_line_ = OnLine::kFrame;
  frame_end_tick_ = tick() + frame_ticks();
  schedule_at_tick(frame_end_, frame_end_tick_);
}

void Usart::frame_sent() {
  const bool frame = on_line_ == OnLine::kFrame;
  on_line_ = OnLine::kNothing;
  if (frame) {
    const auto data = static_cast<std::uint16_t>(frame_ & ((1u << data_bits()) - 1u));
    if (data > 0xFF) report_unmodelled("ninth data bit", kTdr, data);
    port_.transmit(static_cast<std::uint8_t>(data), now());
  }
  // The next word follows without a gap.
  next_frame();
  if (frame && on_line_ == OnLine::kNothing && tx_.empty()) flags_ |= isr::kTc;
  update_outputs();
}

}  // namespace tinyscope::st
