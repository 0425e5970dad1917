#include <ostream>

#include "profiler/exporters/terminal_page.hpp"
#include "sim/cli/advise.hpp"
#include "sim/cli/commands.hpp"
#include "sim/cli/firmware.hpp"
#include "sim/cli/named_functions.hpp"
#include "sim/cli/report_files.hpp"
#include "sim/cli/terminal_style.hpp"
#include "sim/log.hpp"

namespace tinyscope {

ExitStatus advise_command(const RunOptions& options, std::ostream& out) {
  require_repeatable(options);
  const BoardDescription board = selected_board(options);
  const FirmwareImage image =
      with_named_functions(selected_image(options, board), options.profile.functions);
  ReportFiles files(options.profile);
  ProfiledRun run = profile_firmware(options, board, image, out);
  if (run.result.status == kPass) run.report.advice = advise(options, board, image, run);
  out << '\n';
  const TerminalOptions style = terminal_style(out);
  TerminalPage page{run.report, style, out};
  if (!run.report.no_inference.empty()) page.paragraph(run.report.no_inference);
  write_lint(page);
  write_advice(page);
  files.write(run.report);
  if (run.result.status != kPass) log::error("{}", run.result.stop.text);
  return run.result.status;
}

}  // namespace tinyscope
