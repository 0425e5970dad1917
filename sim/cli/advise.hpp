// What would save cycles, energy and memory: what-ifs run again on a changed machine, and
// estimates from the report.
#pragma once

#include <vector>

#include "profiler/report.hpp"
#include "sim/cli/profiled_run.hpp"

namespace tinyscope {

// Throws InputError where a run cannot be repeated: what came from outside is gone.
void require_repeatable(const RunOptions& options);

// Runs the same firmware again for each what-if, two at a time, and ranks what they save. Says on
// standard error how far it is, unless the user wants it quiet. Best first; the same each time.
std::vector<AdviceRow> advise(const RunOptions& options, const BoardDescription& board,
                              const FirmwareImage& image, const ProfiledRun& run);

}  // namespace tinyscope
