// What RADIO sends and hears: whole packets. Nothing is on the air unless somebody puts it there.
#pragma once

#include <cstdint>
#include <functional>
#include <vector>

#include "sim/ports.hpp"

namespace tinyscope::nordic {

// A packet without its preamble, before whitening.
struct AirPacket {
  unsigned mhz = 2402;            // carrier
  std::uint32_t mode = 3;         // as MODE: 3 is Ble_1Mbit
  std::uint64_t address = 0;      // access address, least significant bit sent first
  std::vector<std::uint8_t> pdu;  // S0, LENGTH, S1 and payload as their bits follow each other
  std::uint32_t crc = 0;          // state of the CRC register after the last bit
  std::uint8_t attenuation = 60;  // at the receiver, as RSSISAMPLE: -60 dBm
};

class RadioAir : public Port {
 public:
  // `listener` hears each packet when its last bit has left, with the time of its first bit.
  void on_transmit(std::function<void(const AirPacket&, TimePoint)> listener) {
    transmit_ = std::move(listener);
  }
  // The first bit of the preamble reaches the antenna now. False: the radio does not listen for it.
  bool receive(const AirPacket& packet) const { return receive_ && receive_(packet); }

  // The radio's side.
  void on_receive(std::function<bool(const AirPacket&)> listener) {
    receive_ = std::move(listener);
  }
  void transmit(const AirPacket& packet, TimePoint start) const {
    if (transmit_) transmit_(packet, start);
  }

 private:
  std::function<void(const AirPacket&, TimePoint)> transmit_;
  std::function<bool(const AirPacket&)> receive_;
};

}  // namespace tinyscope::nordic
