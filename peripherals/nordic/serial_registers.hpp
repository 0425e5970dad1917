// Register offsets of the peripherals that share a window: TWI, TWIM, TWIS, SPI, SPIM, SPIS.
// nRF52840 PS, section "Registers" of each chapter. One name for each offset; where peripherals
// give it different names, the comment says which.
#pragma once

#include "sim/types.hpp"

namespace tinyscope::nordic::serial {

// Tasks.
inline constexpr Address kStartRx = 0x000;
inline constexpr Address kStartTx = 0x008;
inline constexpr Address kStart = 0x010;
inline constexpr Address kStop = 0x014;
inline constexpr Address kSuspend = 0x01C;
inline constexpr Address kResume = 0x020;
inline constexpr Address kAcquire = 0x024;
inline constexpr Address kRelease = 0x028;
inline constexpr Address kPrepareRx = 0x030;
inline constexpr Address kPrepareTx = 0x034;

// Events.
inline constexpr Address kStopped = 0x104;   // SPIS: END
inline constexpr Address kRxdReady = 0x108;  // SPI: READY
inline constexpr Address kEndRx = 0x110;
inline constexpr Address kEnd = 0x118;
inline constexpr Address kTxdSent = 0x11C;
inline constexpr Address kEndTx = 0x120;
inline constexpr Address kError = 0x124;
inline constexpr Address kAcquired = 0x128;
inline constexpr Address kBb = 0x138;
inline constexpr Address kSuspended = 0x148;
inline constexpr Address kRxStarted = 0x14C;  // SPIM: STARTED
inline constexpr Address kTxStarted = 0x150;
inline constexpr Address kLastRx = 0x15C;
inline constexpr Address kLastTx = 0x160;
inline constexpr Address kWrite = 0x164;
inline constexpr Address kRead = 0x168;

inline constexpr Address kStallStat = 0x400;  // SPIS: SEMSTAT
inline constexpr Address kStatus = 0x440;
inline constexpr Address kErrorSrc = 0x4C4;
inline constexpr Address kTwisErrorSrc = 0x4D0;
inline constexpr Address kMatch = 0x4D4;
inline constexpr Address kEnable = 0x500;
inline constexpr Address kPsel = 0x508;  // four: SCK, SCL; MOSI, SDA; MISO; CSN. SPIS: MISO second
inline constexpr Address kRxd = 0x518;
inline constexpr Address kTxd = 0x51C;
inline constexpr Address kFrequency = 0x524;
inline constexpr Address kRxdPtr = 0x534;
inline constexpr Address kTxdPtr = 0x544;
inline constexpr Address kConfig = 0x554;
inline constexpr Address kDef = 0x55C;
inline constexpr Address kRxDelay = 0x560;
inline constexpr Address kCsnDur = 0x564;
inline constexpr Address kCsnPol = 0x568;
inline constexpr Address kPselDcx = 0x56C;
inline constexpr Address kDcxCnt = 0x570;
inline constexpr Address kAddress = 0x588;  // two for TWIS
inline constexpr Address kTwisConfig = 0x594;
inline constexpr Address kOrc = 0x5C0;

// ENABLE.
inline constexpr std::uint32_t kEnableSpi = 1;
inline constexpr std::uint32_t kEnableSpis = 2;
inline constexpr std::uint32_t kEnableTwi = 5;
inline constexpr std::uint32_t kEnableTwim = 6;
inline constexpr std::uint32_t kEnableSpim = 7;
inline constexpr std::uint32_t kEnableTwis = 9;

// ERRORSRC of TWI and TWIM.
inline constexpr std::uint32_t kAnack = 1u << 1;
inline constexpr std::uint32_t kDnack = 1u << 2;

}  // namespace tinyscope::nordic::serial
