// Registers of USBD. nRF52840 PS, chapter "USBD", "Registers".
#pragma once

#include <cstdint>

#include "sim/types.hpp"

namespace tinyscope::nordic::usbd {

// Tasks
inline constexpr Address kStartEpIn = 0x004;  // eight, 4 bytes apart, as their events below
inline constexpr Address kStartIsoIn = 0x024;
inline constexpr Address kStartEpOut = 0x028;
inline constexpr Address kStartIsoOut = 0x048;
inline constexpr Address kEp0RcvOut = 0x04C;
inline constexpr Address kEp0Status = 0x050;
inline constexpr Address kEp0Stall = 0x054;
inline constexpr Address kDpdmDrive = 0x058;
inline constexpr Address kDpdmNoDrive = 0x05C;
// Events
inline constexpr Address kUsbReset = 0x100;
inline constexpr Address kStarted = 0x104;
inline constexpr Address kEndEpIn = 0x108;
inline constexpr Address kEp0DataDone = 0x128;
inline constexpr Address kEndIsoIn = 0x12C;
inline constexpr Address kEndEpOut = 0x130;
inline constexpr Address kEndIsoOut = 0x150;
inline constexpr Address kSof = 0x154;
inline constexpr Address kUsbEvent = 0x158;
inline constexpr Address kEp0Setup = 0x15C;
inline constexpr Address kEpData = 0x160;
// Others
inline constexpr Address kEventCause = 0x400;
inline constexpr Address kHaltedEpIn = 0x420;
inline constexpr Address kHaltedEpOut = 0x444;
inline constexpr Address kEpStatus = 0x468;
inline constexpr Address kEpDataStatus = 0x46C;
inline constexpr Address kUsbAddr = 0x470;
inline constexpr Address kBmRequestType = 0x480;  // to WLENGTHH, eight of one byte each
inline constexpr Address kSizeEpOut = 0x4A0;
inline constexpr Address kSizeIsoOut = 0x4C0;
inline constexpr Address kEnable = 0x500;
inline constexpr Address kUsbPullup = 0x504;
inline constexpr Address kDpdmValue = 0x508;
inline constexpr Address kDtoggle = 0x50C;
inline constexpr Address kEpInEn = 0x510;
inline constexpr Address kEpOutEn = 0x514;
inline constexpr Address kEpStall = 0x518;
inline constexpr Address kIsoSplit = 0x51C;
inline constexpr Address kFrameCntr = 0x520;
inline constexpr Address kLowPower = 0x52C;
inline constexpr Address kIsoInConfig = 0x530;
inline constexpr Address kEpIn = 0x600;  // PTR, MAXCNT, AMOUNT, 0x14 bytes apart
inline constexpr Address kIsoIn = 0x6A0;
inline constexpr Address kEpOut = 0x700;
inline constexpr Address kIsoOut = 0x7A0;
// Not in PS. The driver writes them to work around errata 166, 199 and 200 and to take data back:
// arduino/mbed-os, targets/TARGET_NORDIC/TARGET_NRF5x/TARGET_SDK_15_0/integration/nrfx/legacy/
// nrf_drv_usbd.c. A register of the USB core is selected and then read or written.
inline constexpr Address kCoreIndex = 0x800;
inline constexpr Address kCoreData = 0x804;
inline constexpr Address kErratum199 = 0xC1C;
inline constexpr std::uint32_t kCoreIn0 = 0x7B4;   // bit 2: drop the data of IN endpoint 0
inline constexpr std::uint32_t kCoreIn1 = 0x7B6;   // and on, two apart; bit 1: of endpoints 1 to 7
inline constexpr std::uint32_t kCoreOut0 = 0x7C5;  // and on, two apart: as SIZE.EPOUT

// EVENTCAUSE
inline constexpr std::uint32_t kCauseIsoOutCrc = 1u << 0;
inline constexpr std::uint32_t kCauseSuspend = 1u << 8;
inline constexpr std::uint32_t kCauseResume = 1u << 9;
inline constexpr std::uint32_t kCauseUsbWuAllowed = 1u << 10;
inline constexpr std::uint32_t kCauseReady = 1u << 11;
// DPDMVALUE
inline constexpr std::uint32_t kStateResume = 1;
inline constexpr std::uint32_t kStateK = 4;
// DTOGGLE and EPSTALL
inline constexpr std::uint32_t kSelectIn = 1u << 7;
inline constexpr std::uint32_t kStall = 1u << 8;
// SIZE.ISOOUT
inline constexpr std::uint32_t kZeroData = 1u << 16;
// ISOSPLIT
inline constexpr std::uint32_t kHalfIn = 0x80;

inline constexpr unsigned kEndpoints = 8;  // 0 to 7 in each direction
inline constexpr unsigned kIsoEndpoint = 8;
inline constexpr unsigned kOutBit = 16;  // of EPSTATUS and EPDATASTATUS
inline constexpr std::uint32_t kPacketBytes = 64;
inline constexpr std::uint32_t kIsoBytes = 1023;

}  // namespace tinyscope::nordic::usbd
