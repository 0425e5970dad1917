// What a device says of itself in its configuration descriptor. USB 2.0, chapter 9.6; class
// definitions for communications devices (CDC) 1.2 and its PSTN subclass 1.2.
//
// A device may send anything: what does not fit is named in `problems` and left out.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <vector>

namespace tinyscope::usb {

struct EndpointDescriptor {
  std::uint8_t address = 0;  // bit 7: IN
  std::uint8_t type = 0;     // 0 control, 1 isochronous, 2 bulk, 3 interrupt
  std::uint16_t max_packet = 0;
  std::uint8_t interval = 0;  // frames

  bool in() const { return (address & 0x80u) != 0; }
  std::uint8_t number() const { return address & 0x0Fu; }
};

struct InterfaceDescriptor {
  std::uint8_t number = 0;
  std::uint8_t alternate = 0;
  std::uint8_t class_code = 0;
  std::uint8_t subclass = 0;
  std::uint8_t protocol = 0;
  std::optional<std::uint8_t> union_data;  // CDC union: the data interface of this one
  std::vector<EndpointDescriptor> endpoints;
};

struct Configuration {
  std::uint8_t value = 0;
  bool remote_wakeup = false;
  std::vector<InterfaceDescriptor> interfaces;
  std::vector<std::string> problems;
};

// The parts of a CDC-ACM function that a serial port needs.
struct SerialFunction {
  std::uint8_t control_interface = 0;
  std::uint8_t data_interface = 0;
  std::optional<EndpointDescriptor> notification;
  EndpointDescriptor in;
  EndpointDescriptor out;
};

// Reads what GET_DESCRIPTOR(CONFIGURATION) returned, of whatever length.
Configuration read_configuration(std::span<const std::uint8_t> bytes);

// The first function of class CDC, subclass ACM, that can be used; nullopt: there is none.
std::optional<SerialFunction> find_serial(const Configuration& configuration);

// "interface 2 (HID, class 0x03)".
std::string describe(const InterfaceDescriptor& interface);

// The text of a string descriptor as UTF-8; what is no valid text becomes '?'.
std::string read_string(std::span<const std::uint8_t> bytes);

}  // namespace tinyscope::usb
