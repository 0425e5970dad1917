// The registers of the USART of the STM32F4 (and F1, F2). RM0090 and RM0390, "USART registers". CR1
// but for UE, CR2, CR3, BRR and the flags of SR stand where the newer block has them; flags go by
// reading SR and then reading or writing DR.
#include "peripherals/st/usart.hpp"
#include "peripherals/st/usart_registers.hpp"

namespace tinyscope::st {

using namespace usart;

namespace {

constexpr Address kV1Sr = 0x00;
constexpr Address kV1Dr = 0x04;
constexpr Address kV1Brr = 0x08;
constexpr Address kV1Cr1 = 0x0C;
constexpr Address kV1Cr2 = 0x10;
constexpr Address kV1Cr3 = 0x14;
constexpr Address kV1Gtpr = 0x18;

constexpr unsigned kV1Ue = 13;               // of CR1
constexpr std::uint32_t kV1Common = 0xDFFC;  // of CR1: at the same places in both blocks
constexpr std::uint32_t kV1Flags = 0x3FF;    // of SR
// RM0090, SR: cleared by a read of SR followed by a read of DR. PE, FE and NF do not occur here.
constexpr std::uint32_t kClearedByDr = isr::kOre | isr::kIdle;

}  // namespace

std::uint32_t Usart::control() const {
  const std::uint32_t value = cr1_->value();
  if (kind_ != Kind::kV1) return value;
  return (value & kV1Common) | ((value >> kV1Ue & 1u) != 0 ? cr1::kUe : 0);
}

void Usart::define_v1_registers() {
  const auto changed = [this](std::uint32_t) { control_changed(); };
  registers_.add(kV1Sr, "SR")
      .trigger()
      .on_read([this] { return read_sr(); })
      .on_write([this](std::uint32_t value) { write_sr(value); });
  registers_.add(kV1Dr, "DR")
      .trigger()
      .on_read([this] { return read_dr(); })
      .on_write([this](std::uint32_t value) { write_tdr(value); });
  brr_ = &registers_.add(kV1Brr, "BRR").field(0, 16, "BRR").on_write(changed);
  cr1_ = &registers_.add(kV1Cr1, "CR1")
              .unimplemented(0, 1, "SBK")
              .unimplemented(1, 1, "RWU")
              .field(2, 12, "RE, TE, IDLEIE, RXNEIE, TCIE, TXEIE, PEIE, PS, PCE, WAKE, M, UE")
              .flag(15, "OVER8")
              .on_write(changed);
  cr2_ = &registers_.add(kV1Cr2, "CR2")
              .field(0, 4, "ADD")
              .field(5, 2, "LBDL, LBDIE")
              .field(8, 3, "LBCL, CPHA, CPOL")
              .unimplemented(11, 1, "CLKEN")
              .field(12, 2, "STOP")
              .unimplemented(14, 1, "LINEN")
              .on_write(changed);
  cr3_ = &registers_.add(kV1Cr3, "CR3")
              .flag(0, "EIE")
              .unimplemented(1, 1, "IREN")
              .flag(2, "IRLP")
              .unimplemented(3, 1, "HDSEL")
              .flag(4, "NACK")
              .unimplemented(5, 1, "SCEN")
              .field(6, 2, "DMAR, DMAT")
              .unimplemented(8, 1, "RTSE")
              .unimplemented(9, 1, "CTSE")
              .unimplemented(10, 1, "CTSIE")
              .flag(11, "ONEBIT")
              .on_write(changed);
  registers_.add(kV1Gtpr, "GTPR").field(0, 16, "PSC, GT");
}

std::uint32_t Usart::read_sr() {
  sr_seen_ = status() & kV1Flags;
  return sr_seen_;
}

std::uint32_t Usart::read_dr() {
  const std::uint32_t word = read_rdr();
  flags_ &= ~(sr_seen_ & kClearedByDr);
  sr_seen_ &= ~kClearedByDr;
  update_outputs();
  return word;
}

// RM0090, SR: RXNE and TC are cleared by writing 0, a 1 leaves them.
void Usart::write_sr(std::uint32_t value) {
  if ((value & isr::kRxne) == 0) rx_.clear();
  if ((value & isr::kTc) == 0) flags_ &= ~isr::kTc;
  update_outputs();
}

}  // namespace tinyscope::st
