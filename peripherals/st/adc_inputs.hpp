// What the channels of an STM32's ADC measure: pads, and sources inside the chip.
//
// Parameters of the block, which the chip's file gives:
//   adc1, adc2, adc3              pads of channels 0, 1, … of each converter; "" where there is
//   none vrefint, temperature, vbat    their channels, on converter `internal_unit` (default 1)
//   vrefint_volts                 the reference voltage that VREFINT gives, typical
//   temperature_volts             of the sensor at `temperature_at` °C; `temperature_slope_volts`
//                                 is what a kelvin adds
//   vbat_divider                  VBAT is measured divided by this
//   missing_triggers              inputs of EXTSEL that the chip has and this model does not
//   connect:
//                                 "6 EXTI line 11"
// and which the board or the user may change:
//   vdda_volts (3.3)              also VREF+: full scale
//   vbat_volts (as VDDA), celsius (25)
#pragma once

#include <array>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "sim/registry.hpp"

namespace tinyscope::st {

class AdcInputs {
 public:
  static constexpr unsigned kMostUnits = 3;
  static constexpr unsigned kMostChannels = 20;

  AdcInputs(PeripheralContext& context, unsigned units);

  // Which sources inside the chip firmware has connected (CCR).
  struct Internal {
    bool vrefint = false;
    bool temperature = false;
    bool vbat = false;
  };
  // In volts at `when`; an input that nobody drives is at 0 V.
  double volts(unsigned unit, unsigned channel, TimePoint when, const Internal& connected) const;
  double full_scale_volts() const { return vdda_; }
  // What the chip has at that input of EXTSEL and nothing here drives; empty: no such thing.
  std::string missing_trigger(unsigned extsel) const;

 private:
  void read_internal_sources(PeripheralContext& context);

  std::array<std::vector<const PadNode*>, kMostUnits> pads_;  // null: no pad
  unsigned internal_unit_ = 0;
  std::optional<unsigned> vrefint_, temperature_, vbat_;
  double vdda_ = 0;
  double vrefint_volts_ = 0;
  double temperature_volts_ = 0;
  double vbat_volts_ = 0;  // after the divider
  std::map<unsigned, std::string> missing_triggers_;
};

}  // namespace tinyscope::st
