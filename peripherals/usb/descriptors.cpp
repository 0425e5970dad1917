#include "peripherals/usb/descriptors.hpp"

#include <fmt/format.h>

#include <algorithm>

namespace tinyscope::usb {
namespace {

// bDescriptorType, USB 2.0, table 9-5; CDC 1.2, table 12.
constexpr std::uint8_t kConfiguration = 2;
constexpr std::uint8_t kString = 3;
constexpr std::uint8_t kInterface = 4;
constexpr std::uint8_t kEndpoint = 5;
constexpr std::uint8_t kClassInterface = 0x24;
constexpr std::uint8_t kUnionSubtype = 0x06;

constexpr std::uint8_t kRemoteWakeup = 1u << 5;  // bmAttributes
constexpr std::uint8_t kClassCommunications = 0x02;
constexpr std::uint8_t kSubclassAcm = 0x02;
constexpr std::uint8_t kClassData = 0x0A;
constexpr std::uint8_t kTypeBulk = 2;
constexpr std::uint8_t kTypeInterrupt = 3;

std::uint16_t word(std::span<const std::uint8_t> bytes, std::size_t at) {
  return static_cast<std::uint16_t>(bytes[at] | bytes[at + 1] << 8);
}

void read_interface(std::span<const std::uint8_t> item, Configuration& configuration) {
  configuration.interfaces.push_back({.number = item[2],
                                      .alternate = item[3],
                                      .class_code = item[5],
                                      .subclass = item[6],
                                      .protocol = item[7],
                                      .union_data = {},
                                      .endpoints = {}});
}

// USB 2.0, 5.8.3 and 5.7.3: a full-speed bulk packet is 8, 16, 32 or 64 bytes, an interrupt one up
// to 64, an isochronous one up to 1023.
void read_endpoint(std::span<const std::uint8_t> item, Configuration& configuration) {
  if (configuration.interfaces.empty()) {
    configuration.problems.push_back("an endpoint before the first interface");
    return;
  }
  EndpointDescriptor endpoint{.address = item[2],
                              .type = static_cast<std::uint8_t>(item[3] & 3u),
                              .max_packet = static_cast<std::uint16_t>(word(item, 4) & 0x7FFu),
                              .interval = item[6]};
  const std::uint16_t largest = endpoint.type == 1 ? 1023 : 64;
  if (endpoint.number() == 0 || endpoint.max_packet == 0 || endpoint.max_packet > largest) {
    configuration.problems.push_back(
        fmt::format("endpoint 0x{:02X} with wMaxPacketSize {}", endpoint.address, word(item, 4)));
    return;
  }
  configuration.interfaces.back().endpoints.push_back(endpoint);
}

void read_union(std::span<const std::uint8_t> item, Configuration& configuration) {
  if (configuration.interfaces.empty()) return;
  configuration.interfaces.back().union_data = item[4];
}

const EndpointDescriptor* find_endpoint(const InterfaceDescriptor& interface, std::uint8_t type,
                                        bool in) {
  const auto found = std::find_if(
      interface.endpoints.begin(), interface.endpoints.end(),
      [&](const EndpointDescriptor& each) { return each.type == type && each.in() == in; });
  return found == interface.endpoints.end() ? nullptr : &*found;
}

}  // namespace

Configuration read_configuration(std::span<const std::uint8_t> bytes) {
  Configuration configuration;
  auto& problems = configuration.problems;
  if (bytes.size() < 9 || bytes[0] < 9 || bytes[1] != kConfiguration) {
    problems.push_back("no configuration descriptor");
    return configuration;
  }
  const std::size_t total = word(bytes, 2);
  if (total < bytes.size()) {
    bytes = bytes.first(std::max<std::size_t>(total, 9));
  } else if (total > bytes.size()) {
    problems.push_back(fmt::format("wTotalLength says {}, {} bytes came", total, bytes.size()));
  }
  configuration.value = bytes[5];
  configuration.remote_wakeup = (bytes[7] & kRemoteWakeup) != 0;
  std::size_t at = bytes[0];
  while (at < bytes.size()) {
    const std::size_t left = bytes.size() - at;
    const std::size_t length = bytes[at];
    if (length < 2 || length > left) {
      problems.push_back(fmt::format("bLength {} at byte {}, {} are left", length, at, left));
      break;
    }
    const auto item = bytes.subspan(at, length);
    const std::uint8_t type = item[1];
    if (type == kInterface && length >= 9) {
      read_interface(item, configuration);
    } else if (type == kEndpoint && length >= 7) {
      read_endpoint(item, configuration);
    } else if (type == kClassInterface && length >= 5 && item[2] == kUnionSubtype) {
      read_union(item, configuration);
    } else if (type == kInterface || type == kEndpoint) {
      problems.push_back(fmt::format("descriptor type {} with bLength {}", type, length));
    }
    at += length;
  }
  return configuration;
}

std::optional<SerialFunction> find_serial(const Configuration& configuration) {
  const auto& all = configuration.interfaces;
  for (std::size_t i = 0; i < all.size(); ++i) {
    const InterfaceDescriptor& control = all[i];
    if (control.class_code != kClassCommunications || control.subclass != kSubclassAcm) continue;
    // The union descriptor names the data interface; without one it is the next of its class.
    for (std::size_t k = 0; k < all.size(); ++k) {
      const InterfaceDescriptor& data = all[k];
      const bool named = control.union_data ? data.number == *control.union_data && k != i : k > i;
      if (!named || data.class_code != kClassData || data.alternate != 0) continue;
      const EndpointDescriptor* const in = find_endpoint(data, kTypeBulk, true);
      const EndpointDescriptor* const out = find_endpoint(data, kTypeBulk, false);
      if (in == nullptr || out == nullptr) continue;
      SerialFunction found{.control_interface = control.number,
                           .data_interface = data.number,
                           .notification = {},
                           .in = *in,
                           .out = *out};
      const EndpointDescriptor* const notify = find_endpoint(control, kTypeInterrupt, true);
      if (notify != nullptr) found.notification = *notify;
      return found;
    }
  }
  return std::nullopt;
}

// Class codes: usb.org, "Defined Class Codes".
std::string describe(const InterfaceDescriptor& interface) {
  const char* name = "";
  switch (interface.class_code) {
    case 0x01: name = "audio, "; break;
    case 0x02: name = "communications, "; break;
    case 0x03: name = "HID, "; break;
    case 0x08: name = "mass storage, "; break;
    case 0x0A: name = "CDC data, "; break;
    case 0x0E: name = "video, "; break;
    case 0xEF: name = "miscellaneous, "; break;
    case 0xFE: name = "application specific, "; break;
    case 0xFF: name = "vendor specific, "; break;
    default: break;
  }
  return fmt::format("interface {} ({}class 0x{:02X})", interface.number, name,
                     interface.class_code);
}

std::string read_string(std::span<const std::uint8_t> bytes) {
  if (bytes.size() < 2 || bytes[1] != kString) return {};
  const std::size_t end = std::min<std::size_t>(bytes[0], bytes.size());
  std::string text;
  for (std::size_t i = 2; i + 1 < end; i += 2) {
    const unsigned unit = word(bytes, i);
    if (unit >= 0x20 && unit < 0x7F) {
      text += static_cast<char>(unit);
    } else if (unit >= 0xA0 && unit < 0x800) {
      text += static_cast<char>(0xC0u | unit >> 6);
      text += static_cast<char>(0x80u | (unit & 0x3Fu));
    } else if (unit >= 0x800 && (unit < 0xD800 || unit >= 0xE000)) {
      text += static_cast<char>(0xE0u | unit >> 12);
      text += static_cast<char>(0x80u | (unit >> 6 & 0x3Fu));
      text += static_cast<char>(0x80u | (unit & 0x3Fu));
    } else {
      text += '?';
    }
  }
  return text;
}

}  // namespace tinyscope::usb
