// The serial port of a configured CDC-ACM device. Requests: CDC PSTN subclass 1.2, 6.3.10
// SET_LINE_CODING and 6.3.12 SET_CONTROL_LINE_STATE.
#include "peripherals/usb/usb_host.hpp"
#include "sim/log.hpp"

namespace tinyscope::usb {
namespace {

constexpr std::uint8_t kClearFeature = 1;  // USB 2.0, table 9-4
constexpr std::uint8_t kSetFeature = 3;
constexpr std::uint16_t kEndpointHalt = 0;  // table 9-6
constexpr std::uint16_t kDeviceRemoteWakeup = 1;
constexpr std::uint8_t kSetLineCoding = 0x20;
constexpr std::uint8_t kSetControlLineState = 0x22;
constexpr std::uint8_t kToInterface = 0x21;  // class request
constexpr std::uint16_t kDtrAndRts = 3;

// A program writes to a driver's buffer, not to the wire: as fast as the wire would take it.
constexpr Duration kByteTime = bit_times(8);

}  // namespace

void UsbHost::set_line(std::uint32_t baud, bool dtr) {
  if (state_ != State::kConfigured || !has_serial_) return;
  wanted_baud_ = baud;
  wanted_dtr_ = dtr;
  if (controller_.suspended()) controller_.resume();
  next_request();
}

// The next control transfer that the port needs; control_done() comes back here.
void UsbHost::next_request() {
  if (state_ != State::kConfigured || controller_.control_busy() || controller_.suspended()) return;
  if (halted_pipes_ != 0) {
    const bool in = (halted_pipes_ >> in_pipe_ & 1u) != 0;
    request_ = Request::kClearHalt;
    control(0x02, kClearFeature, kEndpointHalt,
            in ? serial_function_.in.address : serial_function_.out.address, 0);
  } else if (wanted_baud_ != baud_set_) {
    request_ = Request::kLineCoding;
    const std::uint32_t baud = baud_set_ = wanted_baud_;
    const auto byte = [baud](unsigned i) { return static_cast<std::uint8_t>(baud >> (8 * i)); };
    control(kToInterface, kSetLineCoding, 0, serial_function_.control_interface, 7,
            {byte(0), byte(1), byte(2), byte(3), 0, 0, 8});  // 1 stop bit, no parity, 8 bits
  } else if (wanted_dtr_ != dtr_set_) {
    request_ = Request::kLineState;
    dtr_set_ = wanted_dtr_;
    control(kToInterface, kSetControlLineState, dtr_set_ ? kDtrAndRts : 0,
            serial_function_.control_interface, 0);
  } else if (wants_suspend_ && remote_wakeup_ && !wakeup_allowed_) {
    request_ = Request::kAllowWakeup;
    control(0x00, kSetFeature, kDeviceRemoteWakeup, 0, 0);
  } else if (std::exchange(wants_suspend_, false)) {
    controller_.suspend();
  }
}

// A device may refuse requests of its class: a port without speed or lines is one still.
void UsbHost::request_done(Result result) {
  if (result != Result::kDone) {
    log::warning("{}: the device refuses a request of the serial port", name_);
  }
  switch (std::exchange(request_, Request::kNone)) {
    case Request::kClearHalt: {
      const std::uint64_t pipe = (halted_pipes_ >> in_pipe_ & 1u) != 0 ? in_pipe_ : out_pipe_;
      halted_pipes_ &= ~(1u << pipe);
      if (open_ && result == Result::kDone) controller_.restart(pipe);
      break;
    }
    case Request::kLineState:
      if (dtr_set_) {
        open_port();
      } else {
        close_port();
      }
      break;
    case Request::kAllowWakeup: wakeup_allowed_ = true; break;
    case Request::kLineCoding:
    case Request::kNone: break;
  }
  next_request();
}

void UsbHost::open_port() {
  if (open_) return;
  open_ = true;
  if (serial_function_.notification) controller_.open(*serial_function_.notification);
  in_pipe_ = controller_.open(serial_function_.in);
  out_pipe_ = controller_.open(serial_function_.out);
  serial_.frame_time = kByteTime;
  traffic();
}

void UsbHost::close_port() {
  controller_.close_pipes();
  open_ = false;
  halted_pipes_ = 0;
  request_ = Request::kNone;
  wants_suspend_ = false;
  serial_.frame_time = {};
}

void UsbHost::send(std::uint8_t byte) {
  if (!open_) return;
  controller_.send(out_pipe_, {&byte, 1});
  if (controller_.suspended()) controller_.resume();
  traffic();
}

std::size_t UsbHost::unsent() const { return open_ ? controller_.queued(out_pipe_) : 0; }

void UsbHost::received(std::size_t pipe, const std::vector<std::uint8_t>& data) {
  traffic();
  if (pipe != in_pipe_) {
    log::debug("{}: a notification of {} bytes", name_, data.size());
    return;
  }
  for (const std::uint8_t byte : data) serial_.transmit(byte, scheduler_.now());
}

void UsbHost::pipe_failed(std::size_t pipe, Result result) {
  if (result == Result::kStalled && (pipe == in_pipe_ || pipe == out_pipe_)) {
    halted_pipes_ |= 1u << pipe;
    next_request();
    return;
  }
  log::warning("{}: an endpoint of the serial port {}; nothing more is read from it", name_,
               result == Result::kBabble ? "sends more than it may" : "does not answer");
}

void UsbHost::traffic() {
  if (suspend_idle_ms_ != 0) idle_.after(Duration::from_ms(suspend_idle_ms_));
}

void UsbHost::fall_idle() {
  if (!open_ || unsent() != 0) return;
  wants_suspend_ = true;
  next_request();
}

void UsbHost::resumed(bool by_device) {
  if (by_device) log::info("{}: the device has woken the host", name_);
  traffic();
  next_request();
}

void UsbHost::snapshot(StateArchive& archive) {
  controller_.snapshot(archive);
  archive(serial_.frame_time.ps, state_, attempts_, string_indices_, string_, language_, title_,
          configuration_, remote_wakeup_, has_serial_, serial_function_.control_interface,
          serial_function_.data_interface);
  bool notifies = serial_function_.notification.has_value();
  archive(notifies);
  if (archive.is_loading()) {
    serial_function_.notification =
        notifies ? std::optional<EndpointDescriptor>(EndpointDescriptor{}) : std::nullopt;
  }
  const auto endpoint = [&archive](EndpointDescriptor& each) {
    archive(each.address, each.type, each.max_packet, each.interval);
  };
  if (notifies) endpoint(*serial_function_.notification);
  endpoint(serial_function_.in);
  endpoint(serial_function_.out);
  archive(request_, wanted_baud_, wanted_dtr_, baud_set_, dtr_set_, open_, wakeup_allowed_,
          wants_suspend_, in_pipe_, out_pipe_, halted_pipes_);
  timer_.snapshot(archive);
  idle_.snapshot(archive);
}

}  // namespace tinyscope::usb
