// What firmware was doing, seen from the application.
//
// Every cycle is in exactly one phase. A cycle asleep is "sleep", whoever sleeps; else one in a
// handler, or in exception entry or return, is "interrupts", unless the handler runs an inference;
// else one in an inference is "inference"; else it belongs to the innermost function with a phase
// on the call stack; else to the marker that came last; else it is "other".
#pragma once

#include "profiler/energy.hpp"
#include "profiler/layer_collector.hpp"
#include "profiler/report.hpp"

namespace tinyscope {

// Fills in `phases`, those without a cycle left out; asserts that they have all cycles.
void report_phases(const LayerCollector& collector, const EnergyMeter& energy,
                   ProfileReport& report);

}  // namespace tinyscope
