// Register offsets of UARTE and UART. nRF52840 PS, "UARTE / Registers" and "UART / Registers".
#pragma once

#include "sim/types.hpp"

namespace tinyscope::nordic::uarte {

inline constexpr Address kStartRx = 0x000;
inline constexpr Address kStopRx = 0x004;
inline constexpr Address kStartTx = 0x008;
inline constexpr Address kStopTx = 0x00C;
inline constexpr Address kSuspend = 0x01C;  // UART only
inline constexpr Address kFlushRx = 0x02C;
inline constexpr Address kCts = 0x100;
inline constexpr Address kNcts = 0x104;
inline constexpr Address kRxdRdy = 0x108;
inline constexpr Address kEndRx = 0x110;
inline constexpr Address kTxdRdy = 0x11C;
inline constexpr Address kEndTx = 0x120;
inline constexpr Address kError = 0x124;
inline constexpr Address kRxTo = 0x144;
inline constexpr Address kRxStarted = 0x14C;
inline constexpr Address kTxStarted = 0x150;
inline constexpr Address kTxStopped = 0x158;
inline constexpr Address kErrorSrc = 0x480;
inline constexpr Address kEnable = 0x500;
inline constexpr Address kPselRts = 0x508;
inline constexpr Address kPselTxd = 0x50C;
inline constexpr Address kPselCts = 0x510;
inline constexpr Address kPselRxd = 0x514;
inline constexpr Address kRxd = 0x518;  // UART only
inline constexpr Address kTxd = 0x51C;  // UART only
inline constexpr Address kBaudrate = 0x524;
inline constexpr Address kRxdPtr = 0x534;
inline constexpr Address kTxdPtr = 0x544;
inline constexpr Address kConfig = 0x56C;
inline constexpr Address kPower = 0xFFC;  // not in PS, see uarte.cpp

inline constexpr std::uint32_t kPselDisconnected = 1u << 31;
inline constexpr std::uint32_t kErrorOverrun = 1u << 0;

}  // namespace tinyscope::nordic::uarte
