#include <fmt/format.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include <iostream>
#include <ostream>

#include "profiler/exporters/terminal_table.hpp"
#include "profiler/profiler.hpp"
#include "sim/cli/commands.hpp"
#include "sim/cli/firmware.hpp"
#include "sim/cli/named_functions.hpp"
#include "sim/cli/phase_options.hpp"
#include "sim/cli/report_files.hpp"
#include "sim/cli/session.hpp"
#include "sim/log.hpp"

namespace tinyscope {
namespace {

// Without conditions of the user's own, the run goes on for a moment behind the first inference,
// so that firmware can print what it found.
constexpr Duration kTail = Duration::from_ms(100);

// Bars and colours for a person at a terminal, plain text for a pipe.
TerminalOptions terminal_style(const std::ostream& out) {
  TerminalOptions style;
  if (&out != &std::cout || isatty(STDOUT_FILENO) == 0) return style;
  style.bars = style.colours = true;
  winsize window{};
  if (ioctl(STDOUT_FILENO, TIOCGWINSZ, &window) == 0 && window.ws_col >= 80) {
    style.width = window.ws_col;
  }
  return style;
}

RunSummary summarise(Session& session, const Session::Result& result) {
  Machine& machine = session.machine();
  const CortexM& core = machine.core();
  RunSummary run;
  run.board = machine.board().name;
  run.clock_hz = core.clock_hz();
  run.total_cycles = core.cycles().count;
  run.end = core.now();
  run.stop_reason = result.stop.text;
  run.exit_code = result.stop.exit_code;
  run.host.seconds = result.host_seconds;
  run.host.tinyscope_version = TINYSCOPE_VERSION;
  if (result.host_seconds > 0) {
    run.host.mips = static_cast<double>(core.counts().instructions) / result.host_seconds / 1e6;
    run.host.real_time_factor = run.end.seconds() / result.host_seconds;
  }
  return run;
}

void show_inference(ProfileReport& report, unsigned number) {
  if (number > report.inferences.size()) {
    throw InputError(fmt::format(
        "--inference {}: the run had {} inferences; let it run longer, with --until inferences:{}",
        number, report.inferences.size(), number));
  }
  report.shown_inference = static_cast<std::int64_t>(number) - 1;
}

}  // namespace

ExitStatus profile_command(const RunOptions& options, std::ostream& out) {
  const BoardDescription board = selected_board(options);
  const FirmwareImage image =
      with_named_functions(selected_image(options, board), options.profile.functions);
  ReportFiles files(options.profile);
  Session session(options, board, image, out);
  std::vector<LayerRules> rules = selected_rules(options);
  PhaseOptions phases(options.profile.phases, image.symbols, session.machine());
  rules.insert(rules.begin(), phases.rules());
  Profiler profiler(image, std::move(rules), board.soc, board.currents);
  if (options.profile.skip) profiler.skip_inferences(*options.profile.skip);
  attach(profiler, session);
  phases.follow(profiler);
  if (files.over_time()) {
    attach_timeline(profiler, session, options.profile);
  } else if (options.profile.timeline_functions) {
    throw InputError(
        "--timeline-functions: none of the files shows the run over time; add --html, --perfetto "
        "or "
        "--chrome-trace");
  }
  session.stop_by_itself(kTail);
  const auto result = session.run();
  ProfileReport report = profiler.report(summarise(session, result), session.machine().notes());
  if (options.profile.inference) show_inference(report, *options.profile.inference);
  out << '\n';
  TerminalTable(terminal_style(out)).write(report, out);
  files.write(report);
  if (result.status != kPass) log::error("{}", result.stop.text);
  return result.status;
}

}  // namespace tinyscope
