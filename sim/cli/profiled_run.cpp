#include "sim/cli/profiled_run.hpp"

#include <memory>

#include "profiler/battery.hpp"
#include "profiler/lint/lint.hpp"
#include "profiler/power_trace.hpp"
#include "profiler/profiler.hpp"
#include "sim/cli/bare_model.hpp"
#include "sim/cli/firmware.hpp"
#include "sim/cli/phase_options.hpp"
#include "sim/cli/text_values.hpp"
#include "sim/error.hpp"

namespace tinyscope {
namespace {

// Of the power counter of a timeline, at first; steps grow so that there are not too many.
constexpr double kPowerStep = 100e-6;
constexpr std::size_t kMostPowerSteps = 50'000;

double period_of(const RunOptions& options) {
  const double period = parse_duration(options.profile.period, "--period").seconds();
  if (period > 0) return period;
  throw InputError("--period: expected a time above 0, for example 1s");
}

}  // namespace

void finish_report(ProfileReport& report, const EnergyMeter& energy, const RunOptions& options,
                   const BoardDescription& board, const FirmwareImage& image,
                   const ChipConfiguration& chip) {
  if (!options.profile.battery.empty()) {
    add_battery_life(report, energy, parse_battery(options.profile.battery), period_of(options));
  }
  const unsigned shown = options.profile.inference.value_or(0);
  if (shown != 0 && shown <= report.inferences.size()) {
    report.shown_inference = static_cast<std::int64_t>(shown) - 1;
  }
  report.lint = lint({report, image, board.soc, chip});
}

ProfiledRun profile_firmware(const RunOptions& options, const BoardDescription& board,
                             const FirmwareImage& image, std::ostream& out, Recording recording) {
  period_of(options);  // before anything runs
  ProfiledRun run;
  Session session(options, board, image, out);
  std::vector<LayerRules> rules = selected_rules(options);
  PhaseOptions phases(options.profile.phases, image.symbols, session.machine());
  rules.insert(rules.begin(), phases.rules());
  Profiler profiler(image, std::move(rules), board.soc, board.currents);
  if (options.profile.skip) profiler.skip_inferences(*options.profile.skip);
  attach_memory(profiler, session.machine(),
                {.traffic = options.profile.traffic,
                 .uninitialised = options.profile.check_uninitialised,
                 .timeline = recording == Recording::kOverTime});
  attach(profiler, session);
  attach_code(profiler, session.machine());
  phases.follow(profiler);
  if (recording == Recording::kOverTime) attach_timeline(profiler, session, options.profile);
  std::unique_ptr<PowerTrace> power;
  if (recording == Recording::kOverTime) {
    power = attach_power_trace(session, kPowerStep, kMostPowerSteps);
  }
  stop_by_itself(session, image);
  Machine& machine = session.machine();
  session.after_first_inference([&] { run.chip = machine.configuration(); });
  note_runner(machine, image);
  run.result = session.run();
  require_model_ran(machine, image);
  if (run.chip.clock_hz == 0) run.chip = machine.configuration();
  run.report = profiler.report(summarise(machine, run.result.stop, run.result.host_seconds),
                               machine.notes());
  if (power) {
    power->finish();
    run.report.timeline.counters.push_back(power->counter());
  }
  finish_report(run.report, profiler.energy(), options, board, image, run.chip);
  return run;
}

}  // namespace tinyscope
