// A bench with USBD, its clock and its supply, and a cable whose other end the test holds.
#pragma once

#include <gtest/gtest.h>

#include <cstdint>
#include <string>
#include <vector>

#include "peripherals/usb/usb_link.hpp"
#include "tests/support/peripheral_bench.hpp"

namespace tinyscope::test {

// Offsets as in the nRF52840 PS, chapter USBD, "Registers".
inline constexpr Address kUsbd = 0x4002'7000;
inline constexpr Address kStartEpIn = kUsbd + 0x004;
inline constexpr Address kStartIsoIn = kUsbd + 0x024;
inline constexpr Address kStartEpOut = kUsbd + 0x028;
inline constexpr Address kStartIsoOut = kUsbd + 0x048;
inline constexpr Address kEp0RcvOut = kUsbd + 0x04C;
inline constexpr Address kEp0Status = kUsbd + 0x050;
inline constexpr Address kEp0Stall = kUsbd + 0x054;
inline constexpr Address kDpdmDrive = kUsbd + 0x058;
inline constexpr Address kDpdmNoDrive = kUsbd + 0x05C;
inline constexpr Address kUsbReset = kUsbd + 0x100;
inline constexpr Address kStarted = kUsbd + 0x104;
inline constexpr Address kEndEpIn = kUsbd + 0x108;
inline constexpr Address kEp0DataDone = kUsbd + 0x128;
inline constexpr Address kEndIsoIn = kUsbd + 0x12C;
inline constexpr Address kEndEpOut = kUsbd + 0x130;
inline constexpr Address kEndIsoOut = kUsbd + 0x150;
inline constexpr Address kSof = kUsbd + 0x154;
inline constexpr Address kUsbEvent = kUsbd + 0x158;
inline constexpr Address kEp0Setup = kUsbd + 0x15C;
inline constexpr Address kEpData = kUsbd + 0x160;
inline constexpr Address kShorts = kUsbd + 0x200;
inline constexpr Address kIntenSet = kUsbd + 0x304;
inline constexpr Address kEventCause = kUsbd + 0x400;
inline constexpr Address kHaltedEpIn = kUsbd + 0x420;
inline constexpr Address kHaltedEpOut = kUsbd + 0x444;
inline constexpr Address kEpStatus = kUsbd + 0x468;
inline constexpr Address kEpDataStatus = kUsbd + 0x46C;
inline constexpr Address kUsbAddr = kUsbd + 0x470;
inline constexpr Address kBmRequestType = kUsbd + 0x480;
inline constexpr Address kSizeEpOut = kUsbd + 0x4A0;
inline constexpr Address kSizeIsoOut = kUsbd + 0x4C0;
inline constexpr Address kEnable = kUsbd + 0x500;
inline constexpr Address kPullup = kUsbd + 0x504;
inline constexpr Address kDpdmValue = kUsbd + 0x508;
inline constexpr Address kDtoggle = kUsbd + 0x50C;
inline constexpr Address kEpInEn = kUsbd + 0x510;
inline constexpr Address kEpOutEn = kUsbd + 0x514;
inline constexpr Address kEpStall = kUsbd + 0x518;
inline constexpr Address kIsoSplit = kUsbd + 0x51C;
inline constexpr Address kFrameCntr = kUsbd + 0x520;
inline constexpr Address kLowPower = kUsbd + 0x52C;
inline constexpr Address kIsoInConfig = kUsbd + 0x530;
inline constexpr Address kEpIn = kUsbd + 0x600;  // PTR, MAXCNT, AMOUNT every 0x14
inline constexpr Address kIsoIn = kUsbd + 0x6A0;
inline constexpr Address kEpOut = kUsbd + 0x700;
inline constexpr Address kIsoOut = kUsbd + 0x7A0;

inline constexpr std::uint32_t kCauseSuspend = 1u << 8;
inline constexpr std::uint32_t kCauseResume = 1u << 9;
inline constexpr std::uint32_t kCauseWakeAllowed = 1u << 10;
inline constexpr std::uint32_t kCauseReady = 1u << 11;

inline constexpr Address kPower = 0x4000'0000;
inline constexpr Address kHfclkStart = kPower + 0x000;
inline constexpr Address kHfclkStop = kPower + 0x004;
inline constexpr Address kUsbDetected = kPower + 0x11C;
inline constexpr Address kUsbRemoved = kPower + 0x120;
inline constexpr Address kUsbPwrRdy = kPower + 0x124;
inline constexpr Address kUsbRegStatus = kPower + 0x438;

class UsbdBench : public PeripheralBench {
 public:
  UsbdBench() {
    add("clock_power", "nordic.clock_power", kPower, "hfxo_start_us = 360");
    add("usbd", "nordic.usbd", kUsbd);
    function = dynamic_cast<usb::Function*>(peripheral("usbd").port("usb"));
  }
  bool event(Address address) {
    const bool set = read(address) != 0;
    if (set) write(address, 0);
    return set;
  }
  void put(Address address, const std::vector<std::uint8_t>& data) { fill(address, data); }
  // As drivers do it: PTR, MAXCNT, task; EasyDMA needs time.
  void send(unsigned endpoint, Address address, std::size_t count) {
    write(kEpIn + 0x14 * endpoint, address);
    write(kEpIn + 0x14 * endpoint + 4, static_cast<std::uint32_t>(count));
    write(kStartEpIn + 4 * endpoint, 1);
    run_for(Duration::from_us(10));
  }
  void fetch(unsigned endpoint, Address address, std::size_t count) {
    write(kEpOut + 0x14 * endpoint, address);
    write(kEpOut + 0x14 * endpoint + 4, static_cast<std::uint32_t>(count));
    write(kStartEpOut + 4 * endpoint, 1);
    run_for(Duration::from_us(10));
  }

  usb::Function* function = nullptr;
};

// The test's end of the cable.
class CableEnd final : public usb::Upstream {
 public:
  void attached(bool attached) override { pulled_up = attached; }
  void ready() override { ++changes; }
  void driving_k(bool driving) override { k = driving; }
  bool pulled_up = false;
  bool k = false;
  unsigned changes = 0;
};

}  // namespace tinyscope::test
