// Runs firmware with the profiler listening, to the end of the run.
#pragma once

#include <ostream>

#include "profiler/energy.hpp"
#include "profiler/lint/chip_configuration.hpp"
#include "profiler/report.hpp"
#include "sim/cli/options.hpp"
#include "sim/cli/session.hpp"
#include "sim/description/board.hpp"
#include "sim/image/image.hpp"

namespace tinyscope {

struct ProfiledRun {
  ProfileReport report;
  ChipConfiguration chip;  // when the first inference ended; without one, at the end
  Session::Result result;
};

// Whether the report holds its timeline.
enum class Recording { kSums, kOverTime };

// What firmware prints goes to `out`. Without conditions of the user's own, the run ends a moment
// after the first inference.
ProfiledRun profile_firmware(const RunOptions& options, const BoardDescription& board,
                             const FirmwareImage& image, std::ostream& out,
                             Recording recording = Recording::kSums);

// What a report says beyond what the profiler has seen: battery life, the inference to show, lint
// findings on the `chip` as firmware has set it up.
void finish_report(ProfileReport& report, const EnergyMeter& energy, const RunOptions& options,
                   const BoardDescription& board, const FirmwareImage& image,
                   const ChipConfiguration& chip);

}  // namespace tinyscope
