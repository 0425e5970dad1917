// --usb: what the board's USB connector is plugged into.
#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "sim/description/board.hpp"

namespace tinyscope {

struct UsbChoice {
  enum class Way { kOutput, kTerminal, kTcp };
  Way way = Way::kOutput;  // where the serial port's bytes go
  std::uint16_t port = 0;  // kTcp
};

// Reads "cdc", "none", "pty" or "tcp:PORT"; empty is "cdc" for boards with USB. "none" unplugs the
// cable in the description. Throws InputError for anything else, and if the board has no USB.
UsbChoice apply_usb_option(BoardDescription& board, const std::string& option);

}  // namespace tinyscope
