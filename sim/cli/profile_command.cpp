#include <fmt/format.h>

#include <ostream>

#include "profiler/exporters/terminal_table.hpp"
#include "sim/cli/advise.hpp"
#include "sim/cli/commands.hpp"
#include "sim/cli/firmware.hpp"
#include "sim/cli/named_functions.hpp"
#include "sim/cli/profiled_run.hpp"
#include "sim/cli/report_files.hpp"
#include "sim/cli/terminal_style.hpp"
#include "sim/log.hpp"

namespace tinyscope {

namespace {

// Known only after the run, whose reports are written nevertheless.
void require_inference(const ProfileReport& report, unsigned number) {
  if (number <= report.inferences.size()) return;
  throw InputError(fmt::format(
      "--inference {}: the run had {} inferences; let it run longer, with --until inferences:{}",
      number, report.inferences.size(), number));
}

}  // namespace

ExitStatus profile_command(const RunOptions& options, std::ostream& out) {
  const BoardDescription board = selected_board(options);
  const FirmwareImage image =
      with_named_functions(selected_image(options, board), options.profile.functions);
  ReportFiles files(options.profile);
  if (options.profile.advice && !options.what_ifs.empty()) {
    throw InputError("--advice: tries what-ifs of its own; leave out --what-if");
  }
  if (options.profile.advice) require_repeatable(options);
  if (options.functional) {
    log::warning("--functional: cycles, times and energy of this report are not those of the chip");
  }
  ProfiledRun run = profile_firmware(options, board, image, out,
                                     files.over_time() ? Recording::kOverTime : Recording::kSums);
  if (options.profile.advice && run.result.status == kPass) {
    run.report.advice = advise(options, board, image, run);
  }
  out << '\n';
  TerminalTable(terminal_style(out)).write(run.report, out);
  files.write(run.report);
  require_inference(run.report, options.profile.inference.value_or(0));
  if (run.result.status != kPass) log::error("{}", run.result.stop.text);
  return run.result.status;
}

}  // namespace tinyscope
