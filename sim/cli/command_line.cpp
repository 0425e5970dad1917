#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <exception>
#include <ostream>

#include "sim/cli/check_options.hpp"
#include "sim/cli/commands.hpp"
#include "sim/cli/profile_options.hpp"
#include "sim/cli/python_command.hpp"
#include "sim/cli/run_options.hpp"
#include "sim/cli/session.hpp"
#include "sim/error.hpp"
#include "sim/log.hpp"

namespace tinyscope {
namespace {

constexpr const char* kFooter =
    "Exit status: 0 pass; 1 firmware or check failed; 2 wrong options or input; 3 fault of the "
    "simulator;\n124 a limit was reached; 130 ended with Ctrl-C.\n\n"
    "Examples:\n"
    "  tinyscope boards\n"
    "  tinyscope profile kws.elf --board nano33ble-sense --mic yes.wav --json report.json\n"
    "  tinyscope run kws.elf --board nano33ble-sense --until uart:RESULT --limit-time 10s\n";

// Listed here for --help; they are Python's.
void add_python_commands(CLI::App& app) {
  for (const PythonCommand& command : python_commands()) {
    app.add_subcommand(command.name, command.help);
  }
}

void add_diff_options(CLI::App& command, DiffOptions& options) {
  command.add_option("BEFORE", options.before, "Report that profile --json wrote")->required();
  command.add_option("AFTER", options.after, "Another one")->required();
  const auto file = [&](const char* name, std::string& path, const char* help) {
    command.add_option(name, path, help)->type_name("FILE")->group("Reports");
  };
  file("--json", options.json, "Everything, for programs");
  file("--folded", options.folded,
       "Call stacks with the cycles of both, for flamegraph.pl: what difffolded.pl makes");
  file("--html", options.html, "Differential flame graph");
}

void add_calibrate_options(CLI::App& command, CalibrateOptions& options) {
  const auto add = [&](const char* name, auto& value, const char* text, const char* type) {
    return command.add_option(name, value, text)->type_name(type)->group("Calibration");
  };
  add("--trace", options.trace,
      "What was measured: CSV of PPK2, Joulescope or LPM01A, any CSV whose header has a time and a "
      "current or power, or an EnergyRunner .bin",
      "FILE")
      ->required();
  add("--trace-offset", options.trace_offset,
      "Time of the trace at which the run begins, may be negative; without it the best match is "
      "looked for",
      "TIME");
  add("--trace-rate", options.rate, "Samples a second, where the file does not say", "HZ")
      ->check(CLI::PositiveNumber);
  add("--skip", options.skip,
      "Leaves out what the run did before, such as the start of a board that ran long since when "
      "the trace begins",
      "TIME")
      ->capture_default_str();
  add("--bin", options.bin, "Stretch of time over which run and trace are compared", "TIME")
      ->capture_default_str();
  add("--out", options.out, "Writes the fitted numbers for --power of run and profile", "TOML");
}

void add_inspect_options(CLI::App& command, InspectOptions& options) {
  const auto group = "Inspection";
  command
      .add_option("--seconds", options.seconds,
                  "How long firmware runs to show what it needs, in simulated time; default 0.5")
      ->check(CLI::Range(1e-6, 3600.0))
      ->type_name("SECONDS")
      ->group(group);
  command.add_option("--cycles", options.cycles, "The same, in cycles of the core")
      ->check(CLI::PositiveNumber)
      ->type_name("N")
      ->group(group);
  command.add_option("--json", options.json, "Writes what the run showed as JSON")
      ->type_name("FILE")
      ->group(group);
}

log::Level parse_level(const std::string& name) {
  if (name == "debug") return log::Level::kDebug;
  if (name == "info") return log::Level::kInfo;
  if (name == "error") return log::Level::kError;
  if (name == "off") return log::Level::kOff;
  return log::Level::kWarning;
}

}  // namespace

int run_command_line(int argc, const char* const* argv, std::ostream& out, std::ostream& error) {
  CLI::App app("Cycle-accurate Cortex-M4 and Cortex-M7 simulator with a TinyML inference profiler.",
               "tinyscope");
  app.require_subcommand(1);
  app.fallthrough();
  app.footer(kFooter);
  app.set_version_flag("--version", std::string("tinyscope ") + TINYSCOPE_VERSION);
  std::string level = "warning";
  app.add_option("--log", level, "Messages on standard error")
      ->check(CLI::IsMember({"debug", "info", "warning", "error", "off"}))
      ->capture_default_str();

  app.add_subcommand("boards", "Lists the boards and what can feed their sensors");

  RunOptions options;
  CLI::App& run = *app.add_subcommand("run", "Runs firmware on a board");
  add_firmware_options(run, options);
  add_stimulus_options(run, options.stimuli);
  add_run_options(run, options);

  CLI::App& profile = *app.add_subcommand(
      "profile", "Runs firmware and says what each layer of each inference costs");
  profile.footer(
      "Without --until the run ends with the UART script, or without one 100 ms of simulated time "
      "after the first inference; with a bare model it ends after the second inference.");
  add_firmware_options(profile, options);
  add_stimulus_options(profile, options.stimuli);
  add_run_options(profile, options);

  CLI::App& advice = *app.add_subcommand(
      "advise", "Runs firmware, then again for each what-if, and says what would save how much");
  advice.footer("docs/advice.md says what is tried and how each figure is got.");
  add_firmware_options(advice, options);
  add_stimulus_options(advice, options.stimuli);
  add_run_options(advice, options);

  CLI::App& check = *app.add_subcommand(
      "check", "Runs firmware and holds what it took against budgets: status 1 if one is broken");
  CLI::App& baseline = *app.add_subcommand("baseline", "What a run took, to compare others with");
  baseline.require_subcommand(1);
  CLI::App& update = *baseline.add_subcommand("update", "Runs firmware and writes what it took");
  for (CLI::App* const command : {&check, &update}) {
    command->footer("docs/ci.md describes budgets and baselines.");
    add_firmware_options(*command, options);
    add_stimulus_options(*command, options.stimuli);
    add_run_options(*command, options);
  }
  CheckOptions check_options;
  add_check_options(check, check_options);
  BaselineOptions baseline_options;
  add_baseline_options(update, baseline_options);
  CLI::App& shown_baseline = *baseline.add_subcommand("show", "Shows such a file");
  shown_baseline.add_option("BASELINE,--baseline", baseline_options.baseline, "The file")
      ->required();

  for (CLI::App* const command : {&run, &profile, &check, &update}) {
    add_what_if_option(*command, options);
  }
  for (CLI::App* const command : {&run, &profile, &advice, &check, &update}) {
    add_recognition_options(*command, options);
  }
  for (CLI::App* const command : {&profile, &advice, &check, &update}) {
    add_profile_options(*command, options.profile);
  }
  profile
      .add_flag("--advice", options.profile.advice,
                "Also runs the firmware again for each what-if, as `advise` does")
      ->group("Profile");

  CLI::App& shown = *app.add_subcommand(
      "report", "Shows a report that profile wrote as JSON, and writes it in other formats");
  std::string saved_report;
  ProfileOptions saved_files;
  shown.add_option("REPORT", saved_report, "What profile --json wrote")->required();
  add_saved_report_options(shown, saved_files);

  CLI::App& diff = *app.add_subcommand("diff", "Says what changed between two reports");
  DiffOptions diff_options;
  add_diff_options(diff, diff_options);

  CLI::App& annotate = *app.add_subcommand(
      "annotate", "Runs firmware and shows its code with what each instruction cost");
  AnnotateOptions annotate_options;
  add_firmware_options(annotate, options);
  annotate.add_option("SYMBOL", annotate_options.selection,
                      "What to show: a function, a pattern such as '*conv*', FILE:LINE, "
                      "FILE:LINE-LINE or ADDRESS-ADDRESS; without it, what took most");
  add_stimulus_options(annotate, options.stimuli);
  add_run_options(annotate, options);
  add_recognition_options(annotate, options);
  annotate
      .add_option("--source-root", annotate_options.source_roots,
                  "Folder with the source files, below any part of their paths; repeatable")
      ->allow_extra_args(false)
      ->type_name("FOLDER")
      ->group("Annotate");
  annotate.add_option("--json", annotate_options.json, "Writes what is shown as JSON")
      ->type_name("FILE")
      ->group("Annotate");

  CLI::App& inspect = *app.add_subcommand(
      "inspect",
      "Shows what is in an image and, on a board, which hardware it needs and what of that is "
      "modelled");
  InspectOptions inspect_options;
  add_firmware_options(inspect, inspect_options.run, false);
  add_inspect_options(inspect, inspect_options);

  CLI::App& verify = *app.add_subcommand(
      "verify", "Compares the cycle model with the cycles that manuals and measurements give");
  VerifyOptions verify_options;
  verify.add_option("--filter", verify_options.filter, "Only cases with this in name or source")
      ->type_name("TEXT");
  verify.add_option("--json", verify_options.json, "Writes the results as JSON")->type_name("FILE");

  CLI::App& energy = *app.add_subcommand("energy", "The energy model and measurements");
  energy.require_subcommand(1);
  CLI::App& calibrate = *energy.add_subcommand(
      "calibrate",
      "Fits the energy model to a power trace that was measured while the same "
      "firmware ran (docs/energy.md)");
  CalibrateOptions calibrate_options;
  add_firmware_options(calibrate, options);
  add_stimulus_options(calibrate, options.stimuli);
  add_run_options(calibrate, options);
  add_recognition_options(calibrate, options);
  add_calibrate_options(calibrate, calibrate_options);

  add_python_commands(app);

  const bool pythons = argc > 1 && is_python_command(argv[1]);
  try {
    if (!pythons) app.parse(argc, argv);
  } catch (const CLI::ParseError& parse_error) {
    return app.exit(parse_error, out, error) == 0 ? kPass : kUsage;
  }
  try {
    log::set_level(parse_level(level));
    if (pythons) become_python(argc, argv);
    catch_interrupt();
    if (run.parsed()) return run_command(options, out);
    if (profile.parsed()) return profile_command(options, out);
    if (advice.parsed()) return advise_command(options, out);
    if (check.parsed()) {
      require_no_run_options(check);
      return check_command(options, check_options, out);
    }
    if (update.parsed()) {
      require_no_run_options(update);
      return update_baseline_command(options, baseline_options, out);
    }
    if (shown_baseline.parsed()) return show_baseline_command(baseline_options.baseline, out);
    if (shown.parsed()) return report_command(saved_report, saved_files, out);
    if (diff.parsed()) return diff_command(diff_options, out);
    if (annotate.parsed()) return annotate_command(options, annotate_options, out);
    if (inspect.parsed()) return inspect_command(inspect_options, out);
    if (calibrate.parsed()) return calibrate_command(options, calibrate_options, out);
    if (verify.parsed()) return verify_command(verify_options, out);
    for (const PythonCommand& command : python_commands()) {
      if (!app.got_subcommand(command.name)) continue;
      throw InputError(fmt::format("put '{0}' first: tinyscope {0} ...", command.name));
    }
    return boards_command(out);
  } catch (const InputError& input_error) {
    error << "tinyscope: error: " << input_error.what() << '\n';
    return kUsage;
  } catch (const std::exception& fault) {
    error << "tinyscope: internal error: " << fault.what()
          << "\nThis is a bug of the simulator; please report it with the firmware and the command "
             "line.\n";
    return kSimulatorFault;
  }
}

}  // namespace tinyscope
