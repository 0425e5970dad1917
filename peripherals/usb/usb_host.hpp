// A computer at the other end of the USB cable. It supplies VBUS, notices the device, enumerates it
// as USB 2.0, chapter 9.1.2, describes, and opens the serial port of a CDC-ACM function as a
// program would: SET_LINE_CODING, then SET_CONTROL_LINE_STATE with DTR (CDC PSTN 1.2, 6.3). Other
// functions of a composite device are configured and left alone, and the report names them.
//
// Ports: "cable" (Plug) goes to a device controller; "serial" (SerialPort) is the open serial port.
//
// Parameters: `plugged` (true) whether the cable is there at all; `debounce_ms`, `reset_ms`,
// `open_ms` from the configured device until a program opens the port, `baud` that it sets,
// `retry_us` from one question to an endpoint without data to the next, `suspend_idle_ms` (0:
// never) without traffic until the host suspends the device.
//
// What a device says is never trusted: wrong descriptors are named and left out, a device that does
// not answer is tried three times and then left alone.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "peripherals/usb/descriptors.hpp"
#include "peripherals/usb/host_controller.hpp"
#include "sim/peripheral.hpp"
#include "sim/registry.hpp"

namespace tinyscope::usb {

class UsbHost final : public Device, private HostController::Client {
 public:
  explicit UsbHost(DeviceContext& context);

  void reset(ResetKind kind) override;
  Port* port(std::string_view name) override;
  void snapshot(StateArchive& archive) override;

 private:
  using Result = HostController::Result;

  enum class State : std::uint8_t {
    kDetached,
    kDebounce,
    kReset,
    kFirstBytes,  // of the device descriptor, with the packet size of endpoint 0
    kAddress,
    kAddressRecovery,
    kDeviceDescriptor,
    kConfigurationHeader,
    kConfiguration,
    kLanguages,
    kStrings,
    kSetConfiguration,
    kSettle,      // until a program opens the port
    kConfigured,  // the port may be open or closed
    kLeftAlone,
  };
  // The control transfer under way in state kConfigured.
  enum class Request : std::uint8_t { kNone, kClearHalt, kLineCoding, kLineState, kAllowWakeup };

  class Cable final : public Plug {
   public:
    explicit Cable(UsbHost& host) : host_(host) {}
    void connect(Function& function) override { host_.controller_.connect(function); }

   private:
    UsbHost& host_;
  };
  class Serial final : public SerialPort {
   public:
    explicit Serial(UsbHost& host) : host_(host) {}
    void set_baud(std::uint32_t baud) override { host_.set_line(baud, host_.wanted_dtr_); }
    void set_dtr(bool on) override { host_.set_line(host_.wanted_baud_, on); }
    std::size_t unsent() const override { return host_.unsent(); }

   private:
    UsbHost& host_;
  };

  // Client of the controller
  void attach_changed(bool attached) override;
  void bus_was_reset() override;
  void control_done(Result result, const std::vector<std::uint8_t>& data) override;
  void received(std::size_t pipe, const std::vector<std::uint8_t>& data) override;
  void pipe_failed(std::size_t pipe, Result result) override;
  void resumed(bool by_device) override;

  // Enumeration
  void state_assumptions();
  void timer_over();
  void enumerate(State state);
  void enumeration_step(Result result, const std::vector<std::uint8_t>& data);
  void got_first_bytes(const std::vector<std::uint8_t>& data);
  void got_device(const std::vector<std::uint8_t>& data);
  void got_configuration_header(const std::vector<std::uint8_t>& data);
  void got_configuration(const std::vector<std::uint8_t>& data);
  void got_languages(const std::vector<std::uint8_t>& data);
  void next_string();
  void choose_serial(const Configuration& configuration);
  void configured();
  void attempt_failed(const std::string& why);
  void get_descriptor(std::uint8_t type, std::uint8_t index, std::uint16_t language,
                      std::uint16_t length);
  void control(std::uint8_t type, std::uint8_t request, std::uint16_t value, std::uint16_t index,
               std::uint16_t length, std::vector<std::uint8_t> data = {});

  // The serial port
  void set_line(std::uint32_t baud, bool dtr);
  void next_request();
  void request_done(Result result);
  void open_port();
  void close_port();
  void send(std::uint8_t byte);
  std::size_t unsent() const;
  void traffic();
  void fall_idle();

  const std::string name_;
  Scheduler& scheduler_;
  RunNotes& notes_;
  HostController controller_;
  Cable cable_;
  Serial serial_;

  bool plugged_ = true;
  std::uint64_t debounce_ms_ = 0;
  std::uint64_t reset_ms_ = 0;
  std::uint64_t open_ms_ = 0;
  std::uint64_t retry_us_ = 0;
  std::uint64_t suspend_idle_ms_ = 0;
  std::uint32_t baud_ = 0;

  State state_ = State::kDetached;
  unsigned attempts_ = 0;
  std::array<std::uint8_t, 3> string_indices_{};  // manufacturer, product, serial number
  unsigned string_ = 0;
  std::uint16_t language_ = 0;
  std::string title_;
  std::uint8_t configuration_ = 0;
  bool remote_wakeup_ = false;
  bool has_serial_ = false;
  SerialFunction serial_function_{};

  Request request_ = Request::kNone;
  std::uint32_t wanted_baud_ = 0;
  bool wanted_dtr_ = false;
  std::uint32_t baud_set_ = 0;  // what the device was told; 0: nothing yet
  bool dtr_set_ = false;
  bool open_ = false;
  bool wakeup_allowed_ = false;
  bool wants_suspend_ = false;
  std::uint64_t in_pipe_ = 0;
  std::uint64_t out_pipe_ = 0;
  std::uint32_t halted_pipes_ = 0;  // bit by pipe
  Event timer_;
  Event idle_;
};

}  // namespace tinyscope::usb
