// Names of the lines that GPIO, SYSCFG and EXTI of an STM32 share inside the chip
// (EventFabric::line). The block that drives a line is named first.
#pragma once

#include <fmt/format.h>

#include <string>
#include <string_view>

namespace tinyscope::st {

inline constexpr unsigned kPinsPerPort = 16;
inline constexpr unsigned kPorts = 11;  // A to K

// The pad as the board and the data sheet name it: "PB8".
inline std::string pad_name(unsigned port, unsigned pin) {
  return fmt::format("P{}{}", static_cast<char>('A' + port), pin);
}

// GPIO -> SYSCFG: what the Schmitt trigger of the pad sees; port 0 is A. Low in analog mode.
inline std::string pad_line(unsigned port, unsigned pin) { return "pad." + pad_name(port, pin); }

// GPIO -> the block that the pad's alternate function belongs to: high while firmware has selected
// that function (MODER, AFR).
inline std::string alternate_line(std::string_view pad, unsigned function) {
  return fmt::format("alternate.{}.{}", pad, function);
}
inline std::string alternate_line(unsigned port, unsigned pin, unsigned function) {
  return alternate_line(pad_name(port, pin), function);
}

// -> EXTI: input of that line. SYSCFG drives 0 to 15, PVD 16, RTC 18 to 20, and so on.
inline std::string exti_line(unsigned line) { return fmt::format("exti.{}", line); }

}  // namespace tinyscope::st
