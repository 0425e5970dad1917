// Registers of RADIO: nRF52840 PS, chapter "RADIO — 2.4 GHz radio", "Registers".
#pragma once

#include <cstdint>

#include "sim/types.hpp"

namespace tinyscope::nordic::radio {

inline constexpr Address kTxEn = 0x000;
inline constexpr Address kRxEn = 0x004;
inline constexpr Address kStart = 0x008;
inline constexpr Address kStop = 0x00C;
inline constexpr Address kDisable = 0x010;
inline constexpr Address kRssiStart = 0x014;
inline constexpr Address kRssiStop = 0x018;
inline constexpr Address kBcStart = 0x01C;
inline constexpr Address kBcStop = 0x020;
inline constexpr Address kEdStart = 0x024;
inline constexpr Address kEdStop = 0x028;
inline constexpr Address kCcaStart = 0x02C;
inline constexpr Address kCcaStop = 0x030;

inline constexpr Address kEventReady = 0x100;
inline constexpr Address kEventAddress = 0x104;
inline constexpr Address kEventPayload = 0x108;
inline constexpr Address kEventEnd = 0x10C;
inline constexpr Address kEventDisabled = 0x110;
inline constexpr Address kEventDevMatch = 0x114;
inline constexpr Address kEventDevMiss = 0x118;
inline constexpr Address kEventRssiEnd = 0x11C;
inline constexpr Address kEventBcMatch = 0x128;
inline constexpr Address kEventCrcOk = 0x130;
inline constexpr Address kEventCrcError = 0x134;
inline constexpr Address kEventFrameStart = 0x138;
inline constexpr Address kEventEdEnd = 0x13C;
inline constexpr Address kEventEdStopped = 0x140;
inline constexpr Address kEventCcaIdle = 0x144;
inline constexpr Address kEventCcaBusy = 0x148;
inline constexpr Address kEventCcaStopped = 0x14C;
inline constexpr Address kEventRateBoost = 0x150;
inline constexpr Address kEventTxReady = 0x154;
inline constexpr Address kEventRxReady = 0x158;
inline constexpr Address kEventMhrMatch = 0x15C;
inline constexpr Address kEventSync = 0x168;
inline constexpr Address kEventPhyEnd = 0x16C;

inline constexpr Address kCrcStatus = 0x400;
inline constexpr Address kRxMatch = 0x408;
inline constexpr Address kRxCrc = 0x40C;
inline constexpr Address kDai = 0x410;
inline constexpr Address kPduStat = 0x414;
inline constexpr Address kPacketPtr = 0x504;
inline constexpr Address kFrequency = 0x508;
inline constexpr Address kTxPower = 0x50C;
inline constexpr Address kMode = 0x510;
inline constexpr Address kPcnf0 = 0x514;
inline constexpr Address kPcnf1 = 0x518;
inline constexpr Address kBase0 = 0x51C;
inline constexpr Address kBase1 = 0x520;
inline constexpr Address kPrefix0 = 0x524;
inline constexpr Address kPrefix1 = 0x528;
inline constexpr Address kTxAddress = 0x52C;
inline constexpr Address kRxAddresses = 0x530;
inline constexpr Address kCrcCnf = 0x534;
inline constexpr Address kCrcPoly = 0x538;
inline constexpr Address kCrcInit = 0x53C;
inline constexpr Address kTifs = 0x544;
inline constexpr Address kRssiSample = 0x548;
inline constexpr Address kState = 0x550;
inline constexpr Address kDataWhiteIv = 0x554;
inline constexpr Address kBcc = 0x560;
inline constexpr Address kDab = 0x600;
inline constexpr Address kDap = 0x620;
inline constexpr Address kDaCnf = 0x640;
inline constexpr Address kMhrMatchConf = 0x644;
inline constexpr Address kMhrMatchMas = 0x648;
inline constexpr Address kModeCnf0 = 0x650;
inline constexpr Address kSfd = 0x660;
inline constexpr Address kEdCnt = 0x664;
inline constexpr Address kEdSample = 0x668;
inline constexpr Address kCcaCtrl = 0x66C;
inline constexpr Address kPower = 0xFFC;

// STATE.
enum class State : std::uint32_t {
  kDisabled = 0,
  kRxRu = 1,
  kRxIdle = 2,
  kRx = 3,
  kRxDisable = 4,
  kTxRu = 9,
  kTxIdle = 10,
  kTx = 11,
  kTxDisable = 12,
};

// MODE.
inline constexpr std::uint32_t kNrf1Mbit = 0;
inline constexpr std::uint32_t kNrf2Mbit = 1;
inline constexpr std::uint32_t kBle1Mbit = 3;
inline constexpr std::uint32_t kBle2Mbit = 4;
inline constexpr std::uint32_t kBleLr125Kbit = 5;
inline constexpr std::uint32_t kBleLr500Kbit = 6;
inline constexpr std::uint32_t kIeee802154 = 15;

}  // namespace tinyscope::nordic::radio
