#include "sim/cli/measured_report.hpp"

#include "profiler/report_reader.hpp"
#include "sim/cli/firmware.hpp"
#include "sim/cli/named_functions.hpp"
#include "sim/cli/profiled_run.hpp"
#include "sim/cli/report_files.hpp"
#include "sim/error.hpp"

namespace tinyscope {
namespace {

// Such a run counts instructions, not cycles.
void require_timing(const RunOptions& options, const ProfileReport& report) {
  bool functional = options.functional;
  for (const Assumption& known : report.assumptions)
    functional |= known.topic == "timing.functional";
  if (!functional) return;
  throw InputError(
      "a run with --functional takes no cycles, time or energy of the chip, so there is nothing to "
      "compare; run without it");
}

}  // namespace

MeasuredReport measured_report(const RunOptions& options, const std::string& saved,
                               std::ostream& out) {
  MeasuredReport measured;
  if (!saved.empty()) measured.report = read_report(saved);
  require_timing(options, measured.report);
  ReportFiles files(options.profile);
  if (!saved.empty()) {
    files.write(measured.report);
    return measured;
  }
  if (options.firmware.empty()) {
    throw InputError("expected FIRMWARE to run, or --report FILE that profile --json wrote");
  }
  if (options.board.empty()) throw InputError("--board is missing: the board to run it on");
  const BoardDescription board = selected_board(options);
  const FirmwareImage image =
      with_named_functions(selected_image(options, board), options.profile.functions);
  ProfiledRun run = profile_firmware(options, board, image, out,
                                     files.over_time() ? Recording::kOverTime : Recording::kSums);
  measured.report = std::move(run.report);
  measured.status = run.result.status;
  if (run.result.status != kPass) measured.failure = run.result.stop.text;
  out << '\n';
  files.write(measured.report);
  return measured;
}

}  // namespace tinyscope
