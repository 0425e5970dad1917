// Reception of USART and LPUART: RDR or the FIFO before it, and what silence on the line does.
#include <algorithm>

#include "peripherals/st/usart.hpp"
#include "peripherals/st/usart_registers.hpp"

namespace tinyscope::st {

using namespace usart;

void Usart::receive(std::uint8_t byte) {
  if (!receiving_ || line_.hz() == 0 || frame_ticks() == 0) return;
  const std::uint16_t word = with_parity(byte);
  const std::size_t room = fifo_mode() ? UsartQueue::kRoom : 1;
  if (rx_.count() < room) {
    rx_.push(word);
  } else if (cr3(cr3::kOvrdis)) {
    rx_.replace_last(word);  // RM0432, CR3.OVRDIS: the new word overwrites, and nobody is told
  } else {
    flags_ |= isr::kOre;  // RM0432, "Overrun error": RDR keeps its content, the new word is lost
  }
  // RM0432, CR2.ADD: the byte, or its low seven bits, is compared with all bits that are compared.
  const std::uint32_t character = cr2_->value() >> cr2::kAddBit;
  if ((word & 0xFFu) == character) flags_ |= isr::kCmf;
  // RM0432, "Idle character": a line that is high for the whole time of a frame after a byte. The
  // next byte shows when it is complete, so half a bit is waited for one that follows at once.
  const std::uint64_t silence = frame_ticks() + half_bit_ticks();
  idle_tick_ = tick() + silence;
  schedule_at_tick(idle_, idle_tick_);
  // RM0432, RTOR.RTO: in bits, from the end of the last stop bit.
  if (rtor_ != nullptr && (cr2_->value() & cr2::kRtoen) != 0) {
    const std::uint64_t bits = rtor_->value() & 0xFF'FFFFu;
    timeout_tick_ = tick() + std::max(2 * half_bit_ticks() * bits, silence);
    schedule_at_tick(timeout_, timeout_tick_);
  }
  update_outputs();
}

std::uint32_t Usart::read_rdr() {
  if (rx_.empty()) return last_read_;
  last_read_ = rx_.pop();
  update_outputs();
  return last_read_;
}

// The flag comes once after each byte that was received, not again while the line stays idle.
void Usart::line_idle() {
  idle_tick_ = 0;
  flags_ |= isr::kIdle;
  update_outputs();
}

void Usart::receiver_timed_out() {
  timeout_tick_ = 0;
  if ((cr2_->value() & cr2::kRtoen) != 0) flags_ |= isr::kRtof;
  update_outputs();
}

}  // namespace tinyscope::st
