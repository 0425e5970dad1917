// Names of the lines that blocks of an nRF52 share inside the chip (EventFabric::line). The block
// that drives a line is named first.
#pragma once

#include <fmt/format.h>

#include <cstdint>
#include <optional>
#include <string>

namespace tinyscope::nordic {

// CLOCK -> RTC, WDT: high while LFCLK runs.
inline constexpr const char* kLfclkLine = "lfclk";
// CLOCK -> USBD: high while HFCLK comes from the crystal.
inline constexpr const char* kHfxoLine = "hfxo";

// USBD, for the connector -> POWER: 5 V on VBUS.
inline constexpr const char* kVbusLine = "vbus";
// USBD -> POWER: ENABLE is set.
inline constexpr const char* kUsbEnabledLine = "usb_enabled";
// POWER -> USBD: the 3.3 V regulator for USB is ready.
inline constexpr const char* kUsbRegulatorLine = "usb_regulator";

// Pads are numbered as in PSEL registers: P0.n is n, P1.n is 32 + n.
// GPIO -> anybody: the level on the pad.
inline std::string pad_level_line(unsigned pad) { return fmt::format("pad{}.level", pad); }
// GPIOTE, PWM, QDEC -> GPIO: a peripheral has taken over the pad's output driver, and what it
// drives, unless it has handed the pad a signal (PadNode::set_output).
inline std::string pad_claimed_line(unsigned pad) { return fmt::format("pad{}.claimed", pad); }
inline std::string pad_output_line(unsigned pad) { return fmt::format("pad{}.output", pad); }
// GPIOTE -> GPIO: every edge of the pad counts, also of a signal too fast for an event for each.
inline std::string pad_watched_line(unsigned pad) { return fmt::format("pad{}.watched", pad); }

// LPCOMP -> POWER: pulses at the crossing that ANADETECT selects.
inline constexpr const char* kAnadetectLine = "anadetect";

// GPIO -> GPIOTE, POWER: DETECT signal of a port.
inline std::string detect_line(unsigned port) { return fmt::format("p{}.detect", port); }

inline constexpr unsigned kPorts = 2;
inline constexpr unsigned kPadsPerPort = 32;
inline constexpr unsigned kPads = kPorts * kPadsPerPort;

// "P0.13", as manual and board call it.
inline std::string pad_name(unsigned pad) {
  return fmt::format("P{}.{:02}", pad / kPadsPerPort, pad % kPadsPerPort);
}
// The number of no pad, for blocks that remember one.
inline constexpr unsigned kNoPad = 0xFFFF'FFFF;
// The pad that a PSEL register selects; nullopt: CONNECT says disconnected.
inline std::optional<unsigned> selected_pad(std::uint32_t psel) {
  constexpr std::uint32_t kDisconnected = 1u << 31;
  if ((psel & kDisconnected) != 0) return std::nullopt;
  return psel & 0x3Fu;
}

}  // namespace tinyscope::nordic
