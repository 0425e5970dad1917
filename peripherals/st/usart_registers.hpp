// Registers and bits of USART, UART and LPUART. RM0432, "USART registers" and "LPUART registers".
#pragma once

#include "sim/types.hpp"

namespace tinyscope::st::usart {

inline constexpr Address kCr1 = 0x00;
inline constexpr Address kCr2 = 0x04;
inline constexpr Address kCr3 = 0x08;
inline constexpr Address kBrr = 0x0C;
inline constexpr Address kGtpr = 0x10;  // USART only
inline constexpr Address kRtor = 0x14;  // USART only
inline constexpr Address kRqr = 0x18;
inline constexpr Address kIsr = 0x1C;
inline constexpr Address kIcr = 0x20;
inline constexpr Address kRdr = 0x24;
inline constexpr Address kTdr = 0x28;
inline constexpr Address kPresc = 0x2C;

namespace cr1 {
inline constexpr std::uint32_t kUe = 1u << 0;
inline constexpr std::uint32_t kRe = 1u << 2;
inline constexpr std::uint32_t kTe = 1u << 3;
inline constexpr std::uint32_t kIdleie = 1u << 4;
inline constexpr std::uint32_t kRxneie = 1u << 5;
inline constexpr std::uint32_t kTcie = 1u << 6;
inline constexpr std::uint32_t kTxeie = 1u << 7;
inline constexpr std::uint32_t kPs = 1u << 9;
inline constexpr std::uint32_t kPce = 1u << 10;
inline constexpr std::uint32_t kM0 = 1u << 12;
inline constexpr std::uint32_t kCmie = 1u << 14;
inline constexpr std::uint32_t kOver8 = 1u << 15;
inline constexpr std::uint32_t kRtoie = 1u << 26;
inline constexpr std::uint32_t kM1 = 1u << 28;
inline constexpr std::uint32_t kFifoen = 1u << 29;
inline constexpr std::uint32_t kTxfeie = 1u << 30;
inline constexpr std::uint32_t kRxffie = 1u << 31;
}  // namespace cr1

namespace cr2 {
inline constexpr unsigned kStopBit = 12;
inline constexpr std::uint32_t kRtoen = 1u << 23;
inline constexpr unsigned kAddBit = 24;
}  // namespace cr2

namespace cr3 {
inline constexpr std::uint32_t kEie = 1u << 0;
inline constexpr std::uint32_t kDmar = 1u << 6;
inline constexpr std::uint32_t kDmat = 1u << 7;
inline constexpr std::uint32_t kOvrdis = 1u << 12;
inline constexpr std::uint32_t kTxftie = 1u << 23;
inline constexpr unsigned kRxftcfgBit = 25;
inline constexpr std::uint32_t kRxftie = 1u << 28;
inline constexpr unsigned kTxftcfgBit = 29;
}  // namespace cr3

namespace rqr {
inline constexpr std::uint32_t kAbrrq = 1u << 0;
inline constexpr std::uint32_t kSbkrq = 1u << 1;
inline constexpr std::uint32_t kMmrq = 1u << 2;
inline constexpr std::uint32_t kRxfrq = 1u << 3;
inline constexpr std::uint32_t kTxfrq = 1u << 4;
}  // namespace rqr

namespace isr {
inline constexpr std::uint32_t kOre = 1u << 3;
inline constexpr std::uint32_t kIdle = 1u << 4;
inline constexpr std::uint32_t kRxne = 1u << 5;  // RXFNE in FIFO mode
inline constexpr std::uint32_t kTc = 1u << 6;
inline constexpr std::uint32_t kTxe = 1u << 7;  // TXFNF in FIFO mode
inline constexpr std::uint32_t kRtof = 1u << 11;
inline constexpr std::uint32_t kCmf = 1u << 17;
inline constexpr std::uint32_t kTeack = 1u << 21;
inline constexpr std::uint32_t kReack = 1u << 22;
inline constexpr std::uint32_t kTxfe = 1u << 23;
inline constexpr std::uint32_t kRxff = 1u << 24;
inline constexpr std::uint32_t kRxft = 1u << 26;
inline constexpr std::uint32_t kTxft = 1u << 27;
}  // namespace isr

}  // namespace tinyscope::st::usart
