#include "sim/cli/profiled_run.hpp"

#include <fmt/format.h>

#include "profiler/lint/lint.hpp"
#include "profiler/profiler.hpp"
#include "sim/cli/firmware.hpp"
#include "sim/cli/phase_options.hpp"

namespace tinyscope {
namespace {

void show_inference(ProfileReport& report, unsigned number) {
  if (number > report.inferences.size()) {
    throw InputError(fmt::format(
        "--inference {}: the run had {} inferences; let it run longer, with --until inferences:{}",
        number, report.inferences.size(), number));
  }
  report.shown_inference = static_cast<std::int64_t>(number) - 1;
}

}  // namespace

ProfiledRun profile_firmware(const RunOptions& options, const BoardDescription& board,
                             const FirmwareImage& image, std::ostream& out, Recording recording) {
  ProfiledRun run;
  Session session(options, board, image, out);
  std::vector<LayerRules> rules = selected_rules(options);
  PhaseOptions phases(options.profile.phases, image.symbols, session.machine());
  rules.insert(rules.begin(), phases.rules());
  Profiler profiler(image, std::move(rules), board.soc, board.currents);
  if (options.profile.skip) profiler.skip_inferences(*options.profile.skip);
  attach_memory(profiler, session,
                {.traffic = options.profile.traffic,
                 .uninitialised = options.profile.check_uninitialised,
                 .timeline = recording == Recording::kOverTime});
  attach(profiler, session);
  phases.follow(profiler);
  if (recording == Recording::kOverTime) attach_timeline(profiler, session, options.profile);
  session.stop_by_itself(kProfileTail);
  Machine& machine = session.machine();
  session.after_first_inference([&] { run.chip = machine.configuration(); });
  run.result = session.run();
  if (run.chip.clock_hz == 0) run.chip = machine.configuration();
  run.report = profiler.report(summarise(session, run.result), machine.notes());
  if (options.profile.inference) show_inference(run.report, *options.profile.inference);
  run.report.lint = lint({run.report, image, board.soc, run.chip});
  return run;
}

}  // namespace tinyscope
