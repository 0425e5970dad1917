#include "peripherals/nordic/analog_inputs.hpp"

namespace tinyscope::nordic {

AnalogInputs::AnalogInputs(PeripheralContext& context)
    : vdd_(context.params.number("vdd_volts").value_or(3.3)) {
  if (!(vdd_ >= 1.7 && vdd_ <= 3.6)) context.params.fail("vdd_volts", "expected 1.7 to 3.6 V");
  for (unsigned n = 0; n < kAnalogInputs; ++n) {
    pads_[n] = &context.events.pad(pad_name(kAnalogPads[n]));
    levels_[n] = &context.events.line(pad_level_line(kAnalogPads[n]));
  }
}

std::optional<double> AnalogInputs::volts(unsigned n, TimePoint when) const {
  if (const PadNode& pad = *pads_.at(n); pad.volts) {
    if (const auto driven = pad.volts(when)) return driven;
  }
  if (levels_[n]->level()) return vdd_;
  return std::nullopt;
}

std::optional<TimePoint> AnalogInputs::next_change(unsigned n, TimePoint when) const {
  const PadNode& pad = *pads_.at(n);
  if (!pad.volts) return std::nullopt;
  return pad.volts_change ? pad.volts_change(when) : when;
}

}  // namespace tinyscope::nordic
