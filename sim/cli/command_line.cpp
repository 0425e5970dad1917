#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <exception>
#include <ostream>

#include "sim/cli/check_options.hpp"
#include "sim/cli/commands.hpp"
#include "sim/cli/profile_options.hpp"
#include "sim/cli/python_command.hpp"
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

void add_firmware_options(CLI::App& command, RunOptions& options, bool needs_board = true) {
  command
      .add_option("FIRMWARE", options.firmware,
                  "The image that would be flashed: ELF, HEX, UF2 or BIN; or a bare model, .tflite "
                  "(docs/bare-models.md)")
      ->required();
  command
      .add_option("-b,--board", options.board,
                  "Board name (see `tinyscope boards`) or a .toml file")
      ->required(needs_board);
  command
      .add_option("--bin-address", options.bin_address,
                  "Where a raw .bin image goes; default: where the board's boot loader expects it")
      ->type_name("ADDRESS");
  command
      .add_option("--kernels", options.kernels,
                  "Of the runner that a bare model is put into; default: dsp")
      ->check(CLI::IsMember({"dsp", "reference"}));
  command
      .add_option("--bootloader", options.boot_loader,
                  "A boot loader that is in flash as well and starts FIRMWARE: ELF, HEX, UF2 or "
                  "BIN; without it FIRMWARE starts in the state that the board's boot loader "
                  "leaves")
      ->type_name("FILE");
  command
      .add_option("--set", options.set,
                  "Gives a parameter of a peripheral another value than the board's description "
                  "does; repeatable")
      ->allow_extra_args(false)
      ->type_name("PERIPHERAL.PARAM=VALUE");
  command
      .add_option("--svd", options.svd,
                  "CMSIS-SVD file of the chip: what the board's description does not model becomes "
                  "a stub that holds values and names its registers (docs/new-chip.md)")
      ->type_name("FILE");
  command
      .add_option("--svd-rules", options.svd_rules,
                  "What such stubs do beside that, for example which ready flag follows which "
                  "enable bit; repeatable")
      ->allow_extra_args(false)
      ->type_name("TOML");
  command.add_option("--seed", options.seed, "Seed of everything random")->capture_default_str();
  command.add_flag(
      "--reference-path", options.reference_path,
      "Watches every instruction instead of every block: about eight times slower, the "
      "same figures");
  command.add_flag("--functional", options.functional,
                   "Without a cycle model, as fast as can be: the same results, but every "
                   "instruction counts as one cycle, so that no time and no energy is the chip's");
}

void add_stimulus_options(CLI::App& command, StimulusArguments& stimuli) {
  const auto group = "What the board senses (docs/stimuli.md)";
  const auto add = [&](const char* name, auto& value, const char* text, const char* type) {
    return command.add_option(name, value, text)->type_name(type)->group(group);
  };
  add("--mic", stimuli.mic, "What the microphone hears", "WAV");
  add("--imu", stimuli.imu,
      "How the board moves: columns such as ax_g, gx_dps, mx_uT, and time_s or a line "
      "\"# rate_hz = 50\"",
      "CSV");
  add("--camera", stimuli.camera, "What the camera sees", "IMAGE|FOLDER");
  add("--sensor", stimuli.sensors,
      "Feeds a device of the board from a file; repeatable; `tinyscope boards` lists the names",
      "NAME=FILE")
      ->allow_extra_args(false);
  add("--pin", stimuli.pins,
      "Drives a pin of the board: a level (0, 1), a voltage (1.2V) or a CSV file with a column "
      "level or volts_V; repeatable",
      "PIN=VALUE|FILE")
      ->allow_extra_args(false);
  add("--scenario", stimuli.scenario,
      "Steps over time: recordings, values, gestures, buttons and pins, with loops and noise",
      "TOML");
}

void add_run_options(CLI::App& command, RunOptions& options) {
  const auto group = "Ending the run";
  command
      .add_option("--until", options.until,
                  "Ends the run with success when it is met; repeatable, the first one counts: "
                  "uart:TEXT, symbol:NAME, mem:NAME==VALUE, inferences:N, time:2.5s, cycles:N")
      ->allow_extra_args(false)
      ->type_name("CONDITION")
      ->group(group);
  command.add_option("--limit-cycles", options.limit_cycles, "Ends the run with status 124")
      ->type_name("N")
      ->group(group);
  command.add_option("--limit-time", options.limit_time, "The same, in simulated time")
      ->type_name("TIME")
      ->group(group);
  command.add_option("--limit-host-time", options.limit_host_time, "The same, in the host's time")
      ->type_name("TIME")
      ->group(group);
  command.add_option("--limit-uart-bytes", options.limit_uart_bytes, "The same, in bytes printed")
      ->type_name("N")
      ->group(group);
  command
      .add_option("--limit-no-progress", options.limit_no_progress,
                  "The same, when neither a byte is printed nor an inference ends for that long")
      ->type_name("TIME")
      ->group(group);
  const auto io = "Input and output";
  command.add_option("--uart", options.uart, "File for what firmware prints; - is standard output")
      ->capture_default_str()
      ->type_name("FILE")
      ->group(io);
  command
      .add_option(
          "--usb", options.usb,
          "What the board's USB connector is plugged into: cdc, a computer that opens the "
          "serial port and prints what comes with the rest (as without this option); pty or "
          "tcp:PORT, the same, and the port appears here as a pseudo terminal or on a TCP "
          "port; none, nothing: the board runs from a battery")
      ->type_name("cdc|pty|tcp:PORT|none")
      ->group(io);
  command.add_option("--usb-out", options.usb_out, "File for what firmware prints over USB")
      ->type_name("FILE")
      ->group(io);
  command
      .add_flag("--stdin", options.from_stdin, "Sends what comes on standard input to the console")
      ->group(io);
  command
      .add_option(
          "--uart-script", options.uart_script,
          "What to send to the console and what to wait for, a step a line: send \"TEXT\", "
          "send_hex BYTES, send_file FILE, expect \"TEXT\", expect /REGEX/, expect[2s] ..., "
          "timeout 2s, delay 10ms, stop, # comment")
      ->type_name("FILE")
      ->group(io);
  command
      .add_option("--print", options.print,
                  "Prints memory at the end: SYMBOL or address, with :u8 :i8 :u16 :i16 :u32 :i32 "
                  ":f32 :hex or :str and [count]; repeatable")
      ->allow_extra_args(false)
      ->type_name("SYMBOL[:FORMAT]")
      ->group(io);
  command
      .add_option("--trace-pins", options.trace_pins,
                  "File for what the pins of the board do, LEDs among them: CSV, a row a change")
      ->type_name("FILE")
      ->group(io);
  command.add_option("--frame", options.frame, "PNG file for what the display shows at the end")
      ->type_name("FILE")
      ->group(io);
  command
      .add_option("--frame-every", options.frame_every,
                  "With --frame: every N-th frame goes to a file of its own, FILE-0001.png, …")
      ->type_name("N")
      ->group(io);
  command.add_option("--itm", options.itm, "File for the bytes of the ITM stimulus ports")
      ->type_name("FILE")
      ->group(io);
  command
      .add_option("--semihosting-files", options.semihosting_files,
                  "Lets firmware open files in this folder by semihosting")
      ->type_name("FOLDER")
      ->group(io);
  command.add_option("--semihosting-args", options.semihosting_args, "Command line for firmware")
      ->type_name("TEXT")
      ->group(io);
  command.add_flag("-q,--quiet", options.quiet, "No progress")->group(io);
}

void add_what_if_option(CLI::App& command, RunOptions& options) {
  command
      .add_option("--what-if", options.what_ifs,
                  "The chip set up in another way than firmware does it (docs/what-if.md): "
                  "clock=80MHz, wait_states=N, instruction_cache=on|off, data_cache=on|off, "
                  "prefetch=on|off, weights=MEMORY, code=MEMORY, arena=MEMORY; repeatable")
      ->allow_extra_args(false)
      ->type_name("KEY=VALUE")
      ->group("What if");
}

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
