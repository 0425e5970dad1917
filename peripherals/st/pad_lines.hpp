// Names of the lines that GPIO, SYSCFG and EXTI of an STM32 share inside the chip
// (EventFabric::line). The block that drives a line is named first.
#pragma once

#include <fmt/format.h>

#include <string>

namespace tinyscope::st {

inline constexpr unsigned kPinsPerPort = 16;
inline constexpr unsigned kPorts = 9;  // A to I

// GPIO -> SYSCFG: what the Schmitt trigger of the pad sees; port 0 is A. Low in analog mode.
inline std::string pad_line(unsigned port, unsigned pin) {
  return fmt::format("pad.P{}{}", static_cast<char>('A' + port), pin);
}

// -> EXTI: input of that line. SYSCFG drives 0 to 15, PVD 16, RTC 18 to 20, and so on.
inline std::string exti_line(unsigned line) { return fmt::format("exti.{}", line); }

}  // namespace tinyscope::st
