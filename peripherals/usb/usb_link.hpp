// A full-speed USB cable: what a host and a device controller see of each other.
//
// The host drives everything in time: it decides when a transaction takes place and calls the
// device when the last bit of the packet in question has passed. Bit stuffing, CRC and line errors
// do not exist on this cable. "USB 2.0" is the Universal Serial Bus Specification, Revision 2.0.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

#include "sim/ports.hpp"
#include "sim/time.hpp"

namespace tinyscope::usb {

enum class Reply : std::uint8_t {
  kAck,      // taken; of IN: here is the data
  kNak,      // not now
  kStall,    // the endpoint is halted or the request is refused
  kSilence,  // nobody answers: another address, a disabled endpoint, a device without clock
};

// bmRequestType, bRequest, wValue, wIndex, wLength (USB 2.0, table 9-2), as sent.
using SetupBytes = std::array<std::uint8_t, 8>;

struct Token {
  std::uint8_t address = 0;
  std::uint8_t endpoint = 0;  // number without direction
};

struct Packet {
  std::vector<std::uint8_t> data;
  bool data1 = false;  // PID DATA1, else DATA0
};

// What a device does that its host notices at once.
class Upstream {
 public:
  virtual ~Upstream() = default;
  // The pull-up on D+ appears or goes.
  virtual void attached(bool attached) = 0;
  // An endpoint that answered NAK, or not at all, may answer otherwise now.
  virtual void ready() = 0;
  // The device drives K, which wakes a suspended host, or stops doing so.
  virtual void driving_k(bool driving) = 0;
};

// The chip's side: a device controller.
class Function : public Port {
 public:
  void connect(Upstream& upstream) { upstream_ = &upstream; }

  // 5 V on VBUS.
  virtual void set_vbus(bool present) = 0;
  // The host begins to drive SE0.
  virtual void bus_reset() = 0;
  virtual void start_of_frame(unsigned number) = 0;
  // From now on the host keeps the lines idle.
  virtual void bus_idle() = 0;
  // The host drives K on a bus that was idle.
  virtual void bus_resume() = 0;

  // A SETUP transaction is complete. Devices acknowledge or are silent, nothing else.
  virtual Reply setup(Token token, const SetupBytes& bytes) = 0;
  // An OUT token and its data are complete. Never called for what the host then repeats.
  virtual Reply out(Token token, const Packet& packet) = 0;
  // An IN token is complete: kAck puts what the device sends into `packet`.
  virtual Reply in(Token token, Packet& packet) = 0;
  // The host has acknowledged the packet that in() gave. Not called for isochronous endpoints.
  virtual void in_acknowledged(Token token) = 0;

 protected:
  // Null: nothing is plugged in.
  Upstream* upstream() const { return upstream_; }

 private:
  Upstream* upstream_ = nullptr;
};

// The plug of a host: who builds the board connects it with a device controller.
class Plug : public Port {
 public:
  virtual void connect(Function& function) = 0;
};

// The serial port of a CDC device as a computer's programs see it: what a UartPort is, and the
// settings that programs change. frame_time is 0 until the port is open.
class SerialPort : public UartPort {
 public:
  virtual void set_baud(std::uint32_t baud) = 0;
  virtual void set_dtr(bool on) = 0;
  // Bytes that were sent and are not with the device yet.
  virtual std::size_t unsent() const = 0;
};

// Durations on the wire at 12 Mbit/s, from USB 2.0, 8.3 and 8.4: each packet begins with SYNC (8
// bits) and PID (8) and ends with EOP (3).
constexpr Duration bit_times(std::uint64_t bits) {
  return {bits * 250'000 / 3};  // 83.33 ns each
}
constexpr std::uint64_t kTokenBits = 8 + 8 + 7 + 4 + 5 + 3;  // also SOF: 11 bits of frame number
constexpr std::uint64_t kHandshakeBits = 8 + 8 + 3;
constexpr std::uint64_t data_bits(std::size_t bytes) { return 8 + 8 + 8 * bytes + 16 + 3; }
// Between packets of one transaction, USB 2.0, 7.1.18: at most 6.5 bit times at a device's own
// connector, and 7.5 behind a cable.
constexpr std::uint64_t kTurnaroundBits = 7;
constexpr Duration transaction_time(std::size_t bytes) {
  return bit_times(kTokenBits + data_bits(bytes) + kHandshakeBits + 2 * kTurnaroundBits);
}
constexpr Duration kFrame = Duration::from_ms(1);

}  // namespace tinyscope::usb
