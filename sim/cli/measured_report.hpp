// The report that a check or a baseline is made from: of a run, or one that was saved.
#pragma once

#include <ostream>
#include <string>

#include "profiler/report.hpp"
#include "sim/cli/exit_status.hpp"
#include "sim/cli/options.hpp"

namespace tinyscope {

struct MeasuredReport {
  ProfileReport report;
  ExitStatus status = kPass;  // of the run; of a saved report kPass
  std::string failure;        // why that is not kPass
};

// `saved`: a report that `profile --json` wrote; empty: runs the firmware, and writes the files
// that the options name. Throws InputError if there is neither a report nor firmware and board.
MeasuredReport measured_report(const RunOptions& options, const std::string& saved,
                               std::ostream& out);

}  // namespace tinyscope
