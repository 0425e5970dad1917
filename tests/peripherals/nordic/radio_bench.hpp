// RADIO alone on a bench, with the times of its events.
#pragma once

#include <gtest/gtest.h>

#include <map>
#include <vector>

#include "peripherals/nordic/radio_air.hpp"
#include "tests/support/peripheral_bench.hpp"

namespace tinyscope::test {

class RadioBench : public ::testing::Test {
 protected:
  static constexpr Address kBase = 0x4000'1000;
  static constexpr Address kPacket = PeripheralBench::kRam + 0x100;
  enum : Address {
    kTxEn = 0x000,
    kRxEn = 0x004,
    kStart = 0x008,
    kStop = 0x00C,
    kDisable = 0x010,
    kRssiStart = 0x014,
    kEdStart = 0x024,
    kEdStop = 0x028,
    kCcaStart = 0x02C,
    kCcaStop = 0x030,
    kReady = 0x100,
    kAddress = 0x104,
    kPayload = 0x108,
    kEnd = 0x10C,
    kDisabled = 0x110,
    kDevMatch = 0x114,
    kDevMiss = 0x118,
    kRssiEnd = 0x11C,
    kBcMatch = 0x128,
    kCrcOk = 0x130,
    kCrcError = 0x134,
    kFrameStart = 0x138,
    kEdEnd = 0x13C,
    kEdStopped = 0x140,
    kCcaIdle = 0x144,
    kCcaStopped = 0x14C,
    kTxReady = 0x154,
    kRxReady = 0x158,
    kPhyEnd = 0x16C,
    kShorts = 0x200,
    kIntenSet = 0x304,
    kCrcStatus = 0x400,
    kRxMatch = 0x408,
    kRxCrc = 0x40C,
    kDai = 0x410,
    kPduStat = 0x414,
    kPacketPtr = 0x504,
    kFrequency = 0x508,
    kTxPower = 0x50C,
    kMode = 0x510,
    kPcnf0 = 0x514,
    kPcnf1 = 0x518,
    kBase0 = 0x51C,
    kPrefix0 = 0x524,
    kRxAddresses = 0x530,
    kCrcCnf = 0x534,
    kCrcPoly = 0x538,
    kCrcInit = 0x53C,
    kTifs = 0x544,
    kRssiSample = 0x548,
    kState = 0x550,
    kBcc = 0x560,
    kDab = 0x600,
    kDap = 0x620,
    kDaCnf = 0x640,
    kModeCnf0 = 0x650,
    kEdCnt = 0x664,
    kEdSample = 0x668,
    kPower = 0xFFC,
  };
  enum : std::uint32_t {
    kDisabledState = 0,
    kRxRu = 1,
    kRxIdle = 2,
    kRx = 3,
    kTxRu = 9,
    kTxIdle = 10,
    kTx = 11,
    kTxDisable = 12,
  };
  enum : std::uint32_t {
    kReadyStart = 1u << 0,
    kEndDisable = 1u << 1,
    kDisabledRxEn = 1u << 3,
    kEndStart = 1u << 5,
    kAddressBcStart = 1u << 6,
    kPhyEndDisable = 1u << 20,
  };
  static constexpr std::uint32_t kBlePcnf0 = 8u | 1u << 8;      // LENGTH of 8 bits, S0 of a byte
  static constexpr std::uint64_t kAccessAddress = 0x8E89'BED6;  // of advertising

  RadioBench() {
    bench.add("radio", "nordic.radio", kBase);
    bench.fabric.subscribe([this](Address event) { times_[event - kBase].push_back(now_us()); });
    air().on_transmit([this](const nordic::AirPacket& packet, TimePoint start) {
      sent.push_back(packet);
      sent_at = start;
    });
  }

  Peripheral& radio() { return bench.peripheral("radio"); }
  nordic::RadioAir& air() { return dynamic_cast<nordic::RadioAir&>(*radio().port("air")); }
  std::uint32_t read(Address offset) { return bench.read(kBase + offset); }
  void write(Address offset, std::uint32_t value) { bench.write(kBase + offset, value); }
  void run_us(std::uint64_t us) { bench.run_for(Duration::from_us(us)); }
  double now_us() const { return static_cast<double>(bench.now().ps) / 1e6; }

  // Microseconds at which the event last happened.
  double at(Address event) { return happened(event) ? times_[event].back() : -1; }
  bool happened(Address event) { return !times_[event].empty(); }
  std::size_t count(Address event) { return times_[event].size(); }

  void start_over() {
    bench.reset(ResetKind::kPin);
    times_.clear();
    sent.clear();
  }

  // Legacy advertising at 1 Mbit/s with fast ramp-up, as Cordio's driver sets it up.
  void advertise_on(unsigned channel) {
    write(kMode, 3);
    write(kModeCnf0, 0x201);
    write(kFrequency, channel == 37 ? 2 : channel == 38 ? 26 : 80);
    write(kPcnf0, kBlePcnf0);
    write(kPcnf1, 37u | 3u << 16 | 1u << 25);
    write(kPrefix0, static_cast<std::uint32_t>(kAccessAddress >> 24));
    write(kBase0, static_cast<std::uint32_t>(kAccessAddress << 8));
    write(kRxAddresses, 1);
    write(kCrcCnf, 3 | 1u << 8);
    write(kCrcPoly, 0x65B);
    write(kCrcInit, 0x55'5555);
    write(kPacketPtr, kPacket);
  }

  PeripheralBench bench;
  std::vector<nordic::AirPacket> sent;
  TimePoint sent_at{};

 private:
  std::map<Address, std::vector<double>> times_;
};

}  // namespace tinyscope::test
