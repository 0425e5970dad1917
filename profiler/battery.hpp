// How long a battery lasts when the mean inference of a run is repeated at a fixed period and the
// chip sleeps in between.
#pragma once

#include <string>
#include <string_view>

#include "profiler/energy.hpp"
#include "profiler/report.hpp"
#include "sim/run_notes.hpp"

namespace tinyscope {

struct Battery {
  std::string name;
  double capacity_mah = 0;
  double volts = 0;
  double uncertainty = 0;  // of the capacity, relative
  std::string source;
};

// "cr2032", "aa", "aaa" (two cells in series each), "lipo-500" (a lithium polymer cell of 500 mAh),
// or NAME:CAPACITYmAh,VOLTS. Throws InputError that says what is known.
Battery parse_battery(std::string_view text);

// Fills in report.energy.battery, from inferences and energy in the report; without a complete
// inference there is nothing to repeat, and the notes say so.
void add_battery_life(ProfileReport& report, const EnergyMeter& meter, const Battery& battery,
                      double period_seconds);

}  // namespace tinyscope
