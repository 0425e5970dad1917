// The analogue inputs AIN0 to AIN7 as SAADC, COMP and LPCOMP see them.
// nRF52840 PS, "Pin assignments": AIN0 to AIN7 are P0.02 to P0.05 and P0.28 to P0.31.
#pragma once

#include <array>
#include <optional>

#include "peripherals/nordic/lines.hpp"
#include "sim/registry.hpp"

namespace tinyscope::nordic {

inline constexpr unsigned kAnalogInputs = 8;
// Pads of AIN0 to AIN7, numbered as in PSEL registers.
inline constexpr std::array<unsigned, kAnalogInputs> kAnalogPads{2, 3, 4, 5, 28, 29, 30, 31};

class AnalogInputs {
 public:
  // Reads the parameter `vdd_volts`, the voltage on VDD: 1.7 to 3.6 V (PS, "Recommended operating
  // conditions"), 3.3 V unless given. Throws InputError outside that range.
  explicit AnalogInputs(PeripheralContext& context);

  double vdd() const { return vdd_; }
  // What is on AIN`n` at `when`, in volts. A pad without a voltage of the board's is at VDD while
  // its logic level is high, so a pull-up or a button counts; nullopt: nothing pulls it up.
  std::optional<double> volts(unsigned n, TimePoint when) const;
  // The first change of volts(n) after `when`; `when` itself: it may change at any time; nullopt:
  // none, unless the logic level changes.
  std::optional<TimePoint> next_change(unsigned n, TimePoint when) const;
  // High while the pad's logic level is high.
  Wire& level(unsigned n) const { return *levels_.at(n); }

 private:
  std::array<PadNode*, kAnalogInputs> pads_{};
  std::array<Wire*, kAnalogInputs> levels_{};
  double vdd_;
};

}  // namespace tinyscope::nordic
