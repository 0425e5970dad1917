#include "peripherals/st/adc_inputs.hpp"

#include <fmt/format.h>

#include <charconv>

namespace tinyscope::st {

AdcInputs::AdcInputs(PeripheralContext& context, unsigned units)
    : vdda_(context.params.number("vdda_volts").value_or(3.3)) {
  // Data sheets: 1.62 to 3.6 V.
  if (!(vdda_ >= 1.6 && vdda_ <= 3.6)) context.params.fail("vdda_volts", "expected 1.6 to 3.6 V");
  for (unsigned unit = 0; unit < units; ++unit) {
    const std::string key = fmt::format("adc{}", unit + 1);
    for (const std::string& pad : context.params.strings(key)) {
      pads_.at(unit).push_back(pad.empty() ? nullptr : &context.events.pad(pad));
    }
    if (pads_[unit].size() > kMostChannels) context.params.fail(key, "expected at most 20 pads");
  }
  read_internal_sources(context);
  for (const std::string& trigger : context.params.strings("missing_triggers")) {
    unsigned input = 0;
    const auto parsed = std::from_chars(trigger.data(), trigger.data() + trigger.size(), input);
    if (parsed.ec != std::errc() || *parsed.ptr != ' ') {
      context.params.fail("missing_triggers",
                          fmt::format("'{}': expected a number and a name", trigger));
    }
    missing_triggers_[input] = parsed.ptr + 1;
  }
}

std::string AdcInputs::missing_trigger(unsigned extsel) const {
  const auto found = missing_triggers_.find(extsel);
  return found == missing_triggers_.end() ? "" : found->second;
}

void AdcInputs::read_internal_sources(PeripheralContext& context) {
  TomlTable& params = context.params;
  internal_unit_ = params.u32("internal_unit").value_or(1) - 1;
  vrefint_ = params.u32("vrefint");
  temperature_ = params.u32("temperature");
  vbat_ = params.u32("vbat");
  if (vrefint_) vrefint_volts_ = params.require_number("vrefint_volts");
  if (temperature_) {
    const double celsius = params.number("celsius").value_or(25);
    temperature_volts_ = params.require_number("temperature_volts") +
                         params.require_number("temperature_slope_volts") *
                             (celsius - params.require_number("temperature_at"));
    context.notes.assume(
        {context.name + ".celsius",
         fmt::format("the temperature of the chip, as its sensor sees it, is {} °C", celsius),
         "parameter celsius of the block: estimate"});
  }
  if (vbat_) {
    vbat_volts_ =
        params.number("vbat_volts").value_or(vdda_) / params.require_number("vbat_divider");
  }
}

double AdcInputs::volts(unsigned unit, unsigned channel, TimePoint when,
                        const Internal& connected) const {
  if (unit == internal_unit_) {
    // VBAT first: where it shares its channel with the sensor it is what is measured (RM0390,
    // ADC_CCR.VBATE).
    if (connected.vbat && vbat_ == channel) return vbat_volts_;
    if (connected.temperature && temperature_ == channel) return temperature_volts_;
    if (connected.vrefint && vrefint_ == channel) return vrefint_volts_;
  }
  const auto& pads = pads_.at(unit);
  if (channel >= pads.size() || pads[channel] == nullptr || !pads[channel]->volts) return 0;
  return pads[channel]->volts(when).value_or(0);
}

}  // namespace tinyscope::st
