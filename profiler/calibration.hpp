// Fits numbers of the energy model to a measured power trace.
//
// The run tells for each stretch of time how much of each free number was in use and what the rest
// drew; the trace tells what was measured. Least squares with all numbers at 0 or above. A number
// that moves together with others (the run and the clock never changed, say) cannot be told apart
// from them: it keeps its value, and the report says so.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "profiler/energy.hpp"
#include "profiler/measured_trace.hpp"
#include "profiler/power_trace.hpp"

namespace tinyscope {

struct FittedNumber {
  std::size_t term = 0;  // index of EnergyMeter::terms()
  std::string name;      // "cpu run when pwr=boost, microamps_per_mhz"
  double before = 0;
  double after = 0;
  double error = 0;          // standard error of `after`
  bool unused = false;       // nothing of it in the stretches that were compared
  std::string undetermined;  // why it kept its value; empty: it was fitted
};

struct StateResidual {
  std::string state;
  std::size_t bins = 0;
  double measured_mw = 0;  // means
  double fitted_mw = 0;
  double rms_mw = 0;
};

struct Calibration {
  std::vector<FittedNumber> numbers;
  double offset_seconds = 0;  // time of the trace at which the run began
  std::string alignment;      // how that was found
  double bin_seconds = 0;
  std::size_t bins = 0;  // compared
  double mean_mw = 0;    // measured, over these
  double rms_before_mw = 0;
  double rms_mw = 0;  // of the residual
  double percent() const { return mean_mw > 0 ? 100 * rms_mw / mean_mw : 0; }
  std::vector<StateResidual> states;
};

// The numbers to fit: those marked `free`, or if there are none, currents of the CPU and charges of
// its events.
std::vector<std::size_t> free_terms(const EnergyMeter& meter);
std::string name_of_term(const EnergyMeter& meter, std::size_t term);

// `run` followed `terms` and is finished. Without `offset_seconds` the best one is looked for.
// `skip_seconds`: what the run did before is left out. Throws InputError if run and trace have too
// little time in common.
Calibration calibrate(const PowerTrace& run, const std::vector<std::size_t>& terms,
                      const MeasuredTrace& trace, std::optional<double> offset_seconds,
                      double skip_seconds = 0);

// The fitted numbers as a file for --power: a complete entry for each that changed.
std::string override_toml(const Calibration& calibration, const EnergyMeter& meter,
                          const std::string& trace_name);

}  // namespace tinyscope
