// Endpoint 0. PS, "Control transfers".
//
// EP0SETUP says that the registers hold a request. Until firmware has decided, IN and OUT get NAK.
//   control read   STARTEPIN[0] fills the buffer, EP0DATADONE follows when the host has taken it;
//                  EP0STATUS lets the host end the transfer
//   control write  EP0RCVOUT lets one packet in, EP0DATADONE says that it is there, STARTEPOUT[0]
//                  moves it to RAM; EP0STATUS lets the host end the transfer
//   EP0STALL       refuses what the host tries until the next SETUP
// SET_ADDRESS is executed by the controller; firmware sees EP0SETUP and has nothing to do.
#include <algorithm>

#include "peripherals/nordic/usbd.hpp"

namespace tinyscope::nordic {

using namespace usbd;

namespace {
constexpr std::uint8_t kSetAddress = 5;  // USB 2.0, table 9-4

constexpr const char* kSetupNames[] = {"BMREQUESTTYPE", "BREQUEST", "WVALUEL",  "WVALUEH",
                                       "WINDEXL",       "WINDEXH",  "WLENGTHL", "WLENGTHH"};
}  // namespace

void Usbd::define_control() {
  add_event(kEp0Setup, "EVENTS_EP0SETUP");
  add_event(kEp0DataDone, "EVENTS_EP0DATADONE");
  add_task(kEp0RcvOut, "TASKS_EP0RCVOUT", [this] {
    receive_allowed_ = true;
    answer_may_change();
  });
  add_task(kEp0Status, "TASKS_EP0STATUS", [this] {
    status_allowed_ = true;
    answer_may_change();
  });
  add_task(kEp0Stall, "TASKS_EP0STALL", [this] {
    control_stalled_ = true;
    answer_may_change();
  });
  for (unsigned i = 0; i < setup_.size(); ++i) {
    registers_.add(kBmRequestType + 4 * i, kSetupNames[i]).read_only().on_read([this, i] {
      return std::uint32_t{setup_[i]};
    });
  }
}

usb::Reply Usbd::setup(usb::Token token, const usb::SetupBytes& bytes) {
  if (token.endpoint != 0 || !responds(token)) return usb::Reply::kSilence;
  setup_ = bytes;
  control_stalled_ = status_allowed_ = receive_allowed_ = false;
  setting_address_ = bytes[0] == 0 && bytes[1] == kSetAddress;
  in_[0].ready = in_[0].stalled = out_[0].stalled = false;
  in_[0].data1 = true;  // USB 2.0, 8.5.3: the first data behind SETUP is DATA1
  raise(kEp0Setup);
  return usb::Reply::kAck;
}

usb::Reply Usbd::control_out(const usb::Packet& packet) {
  if (control_stalled_ || out_[0].stalled) return usb::Reply::kStall;
  if (control_reads()) {
    if (!status_allowed_) return usb::Reply::kNak;
    status_allowed_ = false;
    return usb::Reply::kAck;
  }
  if (!control_has_data()) return usb::Reply::kStall;
  if (!receive_allowed_) return usb::Reply::kNak;
  receive_allowed_ = false;
  const std::size_t bytes = std::min<std::size_t>(packet.data.size(), kPacketBytes);
  std::copy_n(packet.data.begin(), bytes, out_[0].buffer.begin());
  out_[0].size = static_cast<std::uint8_t>(bytes);
  size_epout_[0]->set(static_cast<std::uint32_t>(bytes));
  raise(kEp0DataDone);
  return usb::Reply::kAck;
}

usb::Reply Usbd::control_in(usb::Packet& packet) {
  if (control_stalled_ || in_[0].stalled) return usb::Reply::kStall;
  packet.data1 = true;
  if (setting_address_) return usb::Reply::kAck;  // its status stage
  if (!control_reads()) return status_allowed_ ? usb::Reply::kAck : usb::Reply::kNak;
  if (!in_[0].ready) {
    // Seen by authors of the driver: data is asked for, and the status stage is open already
    // (arduino/mbed-os, USBPhy_Nordic.cpp, ep0_read()).
    return status_allowed_ ? usb::Reply::kStall : usb::Reply::kNak;
  }
  packet.data1 = in_[0].data1;
  packet.data.assign(in_[0].buffer.begin(), in_[0].buffer.begin() + in_[0].size);
  return usb::Reply::kAck;
}

void Usbd::control_in_acknowledged() {
  if (std::exchange(setting_address_, false)) {
    usbaddr_->set(setup_[2] & 0x7Fu);
  } else if (!control_reads()) {
    status_allowed_ = false;
  } else {
    in_[0].ready = false;
    in_[0].data1 = !in_[0].data1;
    raise(kEp0DataDone);
  }
}

}  // namespace tinyscope::nordic
