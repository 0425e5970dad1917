// A baseline for people.
#pragma once

#include <iosfwd>

#include "profiler/budget/run_measurements.hpp"

namespace tinyscope {

// `width`: columns of the terminal.
void write_baseline_text(const RunMeasurements& of, unsigned width, std::ostream& out);

// Only what differs, layers matched as budgets match them.
void write_baseline_changes(const RunMeasurements& before, const RunMeasurements& after,
                            unsigned width, std::ostream& out);

}  // namespace tinyscope
