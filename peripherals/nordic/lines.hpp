// Names of the lines that blocks of an nRF52 share inside the chip (EventFabric::line). The block
// that drives a line is named first.
#pragma once

#include <fmt/format.h>

#include <string>

namespace tinyscope::nordic {

// CLOCK -> RTC, WDT: high while LFCLK runs.
inline constexpr const char* kLfclkLine = "lfclk";

// Pads are numbered as in PSEL registers: P0.n is n, P1.n is 32 + n.
// GPIO -> anybody: the level on the pad.
inline std::string pad_level_line(unsigned pad) { return fmt::format("pad{}.level", pad); }
// GPIOTE -> GPIO: a peripheral has taken over the pad's output driver, and what it drives.
inline std::string pad_claimed_line(unsigned pad) { return fmt::format("pad{}.claimed", pad); }
inline std::string pad_output_line(unsigned pad) { return fmt::format("pad{}.output", pad); }

// GPIO -> GPIOTE, POWER: DETECT signal of a port.
inline std::string detect_line(unsigned port) { return fmt::format("p{}.detect", port); }

inline constexpr unsigned kPorts = 2;
inline constexpr unsigned kPadsPerPort = 32;
inline constexpr unsigned kPads = kPorts * kPadsPerPort;

}  // namespace tinyscope::nordic
