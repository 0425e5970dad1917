#include "sim/cli/usb_options.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "sim/cli/text_values.hpp"
#include "sim/error.hpp"

namespace tinyscope {
namespace {

constexpr const char* kHostType = "usb_host";

UsbChoice parse(const std::string& option) {
  const std::string what = "--usb " + option;
  if (option == "pty") return {UsbChoice::Way::kTerminal, 0};
  if (option.starts_with("tcp:")) {
    const std::uint64_t port = parse_unsigned(option.substr(4), what);
    if (port > 0xFFFF) throw InputError(what + ": expected a port from 0 to 65535");
    return {UsbChoice::Way::kTcp, static_cast<std::uint16_t>(port)};
  }
  if (option != "cdc" && option != "none" && !option.empty()) {
    throw InputError(what + ": expected cdc, none, pty or tcp:PORT");
  }
  return {};
}

}  // namespace

UsbChoice apply_usb_option(BoardDescription& board, const std::string& option) {
  const UsbChoice choice = parse(option);
  const auto host =
      std::find_if(board.devices.begin(), board.devices.end(),
                   [](const DeviceDescription& device) { return device.type == kHostType; });
  if (host == board.devices.end()) {
    if (option.empty() || option == "none") return choice;
    throw InputError(fmt::format("--usb {}: board '{}' has no USB", option, board.name));
  }
  if (option == "none") {
    if (!host->params) host->params = TomlTable::empty(host->where);
    host->params->override_value("plugged", "false", "--usb none");
    board.soc.assumptions.push_back({"usb.unplugged",
                                     "nothing is plugged into the USB connector: the board runs "
                                     "without VBUS",
                                     "command line: --usb none"});
  }
  return choice;
}

}  // namespace tinyscope
